"""`evenhand campaign`: make studies, open and close them, let raters in, see how far they are."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.options import Category, Language, Source, StoreOptions, TableOptions, grouped
from app.commands.tables import Row, print_json, print_table, visible
from storage.values import BallotState, CampaignState

if TYPE_CHECKING:
    from arena.campaigns.creation import CampaignProgress
    from storage.database.tables import Campaign

commands = typer.Typer(
    help="Make studies, open and close them, let raters in.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name or number of the campaign.")]


@dataclass(frozen=True)
class MaterialOptions:
    """What a study is made of.

    Attributes:
        model: the models that meet; none for all that have responses.
        category: only questions of this category.
        language: only questions in this language.
        source: only questions of this source.
    """

    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A model that takes part; repeat it. [default: all with responses]", show_default=False
        ),
    ] = None
    category: Category = None
    language: Language = None
    source: Source = None


@commands.command(
    epilog='Example: evenhand campaign create "First study" --language en --overlap 2',
)
@grouped
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="New name; raters see it, so it must not name a model.")],
    material: MaterialOptions,
    store: StoreOptions,
    overlap: Annotated[int, typer.Option(metavar="N", help="Raters per pair of responses.")] = 1,
    policy: Annotated[str, typer.Option(metavar="NAME", help="Pairing policy: deficit or uniform.")] = "deficit",
    uniform_share: Annotated[float, typer.Option(metavar="SHARE", help="Share of uniform draws, 0.1 to 1.")] = 0.1,
    guidelines: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Markdown for the raters.", show_default="a built-in text")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seeds the draws of pairs and sides.")] = 0,
) -> None:
    """Make a study of the questions and responses in the store, open to the raters that you add."""
    from arena.campaigns.creation import CampaignPlan, create_campaign

    plan = CampaignPlan(
        name=name,
        models=tuple(material.model or ()),
        category=material.category,
        language=material.language,
        source=material.source,
        overlap=overlap,
        policy=policy,
        uniform_share=uniform_share,
        guidelines=None if guidelines is None else _read(guidelines),
        seed=seed,
    )
    with store.opened() as database, database.writing() as session:
        number = create_campaign(session, plan, now=datetime.now(UTC))
    typer.echo(f"Made campaign {number}, {visible(name.strip())}. Next, bring in raters:")
    typer.echo(f"  evenhand raters invite --campaign {number}          for somebody new")
    typer.echo(f"  evenhand campaign add-raters {number} NAME …        for those who have an account")


@commands.command("list", epilog="Example: evenhand campaign list --json")
@grouped
def list_(table: TableOptions, store: StoreOptions) -> None:
    """List all studies, oldest first, with how far they are."""
    rows = campaign_rows(store)
    if table.json:
        print_json({"campaigns": rows})
    elif rows:
        print_table(rows)
    else:
        typer.echo("There are no campaigns yet; make one with `evenhand campaign create NAME`.")


@commands.command(epilog='Example: evenhand campaign show "First study"')
@grouped
def show(name: Name, table: TableOptions, store: StoreOptions) -> None:
    """Show how far a study is: ballots by state, verdicts by pair of models, and its raters."""
    from arena.campaigns.creation import progress
    from storage.campaigns.campaigns import campaign_named
    from storage.campaigns.tallies import workers

    with store.opened() as database, database.reading() as session:
        campaign = campaign_named(session, name)
        facts = _facts(campaign, progress(session, campaign))
        facts["raters"] = [
            {
                "rater": worker.name,
                "voted": worker.ballots.get(BallotState.voted, 0),
                "skipped": worker.ballots.get(BallotState.skipped, 0),
                "median seconds": worker.median_seconds,
            }
            for worker in workers(session, _number(campaign))
        ]
    if table.json:
        print_json(facts)
        return
    print_table([{key: facts[key] for key in _LINE}], title=str(facts["name"]))
    for title in ("verdicts", "raters"):
        if facts[title]:
            typer.echo()
            print_table(facts[title], title=title.capitalize())


@commands.command(epilog='Example: evenhand campaign pause "First study"')
@grouped
def pause(name: Name, store: StoreOptions) -> None:
    """Hand out no more ballots of a study until it is resumed; pairs on screen may still be voted on."""
    _set_state(store, name, CampaignState.paused)


@commands.command(epilog='Example: evenhand campaign resume "First study"')
@grouped
def resume(name: Name, store: StoreOptions) -> None:
    """Hand out ballots of a study again, also after it was closed."""
    _set_state(store, name, CampaignState.open)


@commands.command(epilog='Example: evenhand campaign close "First study"')
@grouped
def close(name: Name, store: StoreOptions) -> None:
    """End a study; its verdicts stay and count."""
    _set_state(store, name, CampaignState.closed)


@commands.command("add-raters", epilog='Example: evenhand campaign add-raters "First study" ann bo')
@grouped
def add_raters(
    name: Name,
    raters: Annotated[list[str], typer.Argument(metavar="RATER...", help="User names, see `evenhand raters list`.")],
    store: StoreOptions,
) -> None:
    """Let people with an account into a study."""
    from storage.accounts.raters import person_named
    from storage.campaigns.campaigns import campaign_named, invite_raters

    with store.opened() as database, database.writing() as session:
        campaign = campaign_named(session, name)
        fresh = invite_raters(session, _number(campaign), [person_named(session, rater).rater_id for rater in raters])
        title = campaign.name
    typer.echo(f"{visible(title)}: {fresh} added, {len(set(raters)) - fresh} in it already.")


@commands.command("remove-raters", epilog='Example: evenhand campaign remove-raters "First study" ann')
@grouped
def remove_raters(
    name: Name,
    raters: Annotated[list[str], typer.Argument(metavar="RATER...", help="User names, see `evenhand raters list`.")],
    store: StoreOptions,
) -> None:
    """Take people out of a study; their open ballots are withdrawn, their verdicts stay and count."""
    from storage.accounts.raters import person_named
    from storage.campaigns.campaigns import campaign_named, rater_ids, remove_rater

    with store.opened() as database, database.writing() as session:
        campaign = campaign_named(session, name)
        people = {person_named(session, rater).rater_id for rater in raters}
        present = people.intersection(rater_ids(session, _number(campaign)))
        for rater in sorted(present):
            remove_rater(session, _number(campaign), rater, now=datetime.now(UTC))
        title = campaign.name
    typer.echo(f"{visible(title)}: {len(present)} removed, {len(people) - len(present)} not in it.")


@commands.command(epilog='Example: evenhand campaign guidelines "First study" guidelines.md')
@grouped
def guidelines(
    name: Name,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.md", help="Markdown for the raters; it must not name a model of the study.")
    ],
    store: StoreOptions,
) -> None:
    """Give a study new guidelines; verdicts keep the version under which they were given."""
    from arena.campaigns.creation import check_hides
    from storage.campaigns import campaigns
    from storage.errors import BadInput

    body = _read(file)
    if not body.strip():
        raise BadInput(f"expected guidelines for the raters, but {str(file)!r} is empty; write what they shall do")
    with store.opened() as database, database.writing() as session:
        campaign = campaigns.campaign_named(session, name)
        models, _ = campaigns.names(session, _number(campaign))
        check_hides(body, models, what="text of guidelines")
        version = campaigns.set_guidelines(session, _number(campaign), body, now=datetime.now(UTC))
        title = campaign.name
    typer.echo(f"{visible(title)} has version {version} of its guidelines now.")


_LINE = ("number", "name", "state", "models", "questions", "pairs", "overlap", "verdicts wanted", "voted", "skipped")


def campaign_rows(store: StoreOptions) -> list[Row]:
    """One line per study, oldest first."""
    from arena.campaigns.creation import progress
    from storage.campaigns.campaigns import campaigns

    with store.opened() as database, database.reading() as session:
        found = [_facts(campaign, progress(session, campaign)) for campaign in campaigns(session)]
    return [{key: facts[key] for key in _LINE} for facts in found]


def _facts(campaign: "Campaign", done: "CampaignProgress") -> dict[str, Any]:
    return {
        "number": _number(campaign),
        "name": campaign.name,
        "state": CampaignState(campaign.state).value,
        "models": len(done.models),
        "model names": done.models,
        "questions": done.n_questions,
        "pairs": done.n_pairs,
        "overlap": campaign.overlap,
        "verdicts wanted": done.votes_wanted,
        "voted": done.ballots.get(BallotState.voted, 0),
        "skipped": done.ballots.get(BallotState.skipped, 0),
        "ballots": {state.value: done.ballots.get(state, 0) for state in BallotState},
        "verdicts": [
            {"model": one, "against": other, "verdicts": number} for (one, other), number in done.votes.items()
        ],
    }


def _set_state(store: StoreOptions, name: str, state: CampaignState) -> None:
    from storage.campaigns.campaigns import campaign_named, set_state

    with store.opened() as database, database.writing() as session:
        campaign = campaign_named(session, name)
        set_state(session, _number(campaign), state, now=datetime.now(UTC))
        title = campaign.name
    typer.echo(f"{visible(title)} is {state.value} now.")


def _number(campaign: "Campaign") -> int:
    return int(campaign.id or 0)


def _read(path: Path) -> str:
    from storage.errors import BadInput
    from storage.values import without_nul

    try:
        return without_nul(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"expected a Markdown file in UTF-8, got {str(path)!r} ({error}); check the path") from error

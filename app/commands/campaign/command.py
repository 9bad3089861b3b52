"""`evenhand campaign`: create, open and close campaigns, admit raters, and show progress."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.campaign.gold import gold
from app.commands.campaign.live import live
from app.commands.campaign.options import DrawingOptions, QualityOptions, told_rules
from app.commands.campaign.review import decide, disagreements, go_on, quality, remarks
from app.commands.campaign.scoring_options import ScoringOptions
from app.commands.options.filters import QuestionFilter
from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.tables import Row, counted, print_json, print_table, visible
from app.wiring import clock
from storage.values import BallotState, CampaignKind, CampaignState, SpecialDraw

if TYPE_CHECKING:
    from arena.campaigns.creation import CampaignProgress
    from storage.database.tables import Campaign

commands = typer.Typer(
    help="Create, open and close campaigns, and admit raters.", no_args_is_help=True, rich_markup_mode=None
)

commands.command(epilog='Example: evenhand campaign gold "First campaign" gold.jsonl --onboarding')(gold)
commands.command(epilog='Example: evenhand campaign live "Live arena" --model wren --model finch')(live)
commands.command(epilog='Example: evenhand campaign quality "First campaign" --json')(quality)
commands.command("go-on", epilog='Example: evenhand campaign go-on "First campaign" ann --note "talked to her"')(go_on)
commands.command(epilog='Example: evenhand campaign disagreements "First campaign"')(disagreements)
commands.command(
    epilog='Example: evenhand campaign decide "First campaign" q7 finch wren model_a --reason "B invents a source"'
)(decide)
commands.command(epilog='Example: evenhand campaign remarks "First campaign"')(remarks)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name or number of the campaign.")]


@dataclass(frozen=True)
class CampaignContents(QuestionFilter):
    """The models and questions of a new campaign.

    Attributes:
        model: names of the models; None for all models with responses.
        questions: number of questions, drawn at random; None for all.
    """

    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Model that takes part; repeat for several.", show_default="all with responses"
        ),
    ] = None
    questions: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Number of questions, drawn at random among those that can be shown.",
            show_default="all",
        ),
    ] = None


@commands.command(
    epilog='Example: evenhand campaign create "First campaign" --language en --overlap 2',
)
@grouped
def create(
    *,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Name of the new campaign; raters see it, so it must not name a model."),
    ],
    contents: CampaignContents,
    drawing: DrawingOptions,
    quality: QualityOptions,
    scoring: ScoringOptions,
    store: StoreOptions,
    guidelines: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Markdown file with the guidelines for raters.", show_default="a built-in text"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the draws of questions, pairs and sides.")] = 0,
    gold: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="JSONL or CSV file with gold items, see `campaign gold`.", show_default=False
        ),
    ] = None,
) -> None:
    """Create a campaign from the questions and responses in the store; it is open to the raters whom you add."""
    from arena.campaigns.creation import CampaignPlan, create_campaign
    from arena.campaigns.gold_files import read_gold_rows
    from storage.campaigns.rules import QualityRules

    plan = CampaignPlan(
        name=name,
        models=tuple(contents.model or ()),
        category=contents.category,
        language=contents.language,
        source=contents.source,
        n_questions=contents.questions,
        overlap=drawing.overlap,
        policy=drawing.policy,
        uniform_share=drawing.uniform_share,
        guidelines=None if guidelines is None else _read(guidelines),
        seed=seed,
        rules=QualityRules(**quality.changes()),
        kind=CampaignKind(scoring.kind),
        scoring=scoring.plan(),
        gold=() if gold is None else read_gold_rows(gold, onboarding=False),
    )
    with store.changing() as session:
        number = create_campaign(session, plan, now=clock())
    _tell_next(number, name)


@commands.command(epilog='Example: evenhand campaign change "First campaign" --gold-share 0.1 --deadline 2099-12-31')
@grouped
def change(
    name: Name,
    quality: QualityOptions,
    store: StoreOptions,
    overlap: Annotated[
        int | None,
        typer.Option(metavar="N", help="Number of raters per pair of responses.", show_default="unchanged"),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Pairing policy: deficit, informative or uniform.", show_default="unchanged"),
    ] = None,
    uniform_share: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", help="Share of pairs drawn uniformly at random, 0.1 to 1.", show_default="unchanged"
        ),
    ] = None,
) -> None:
    """Change the settings of a campaign from the next pair on; what is not given stays as it is."""
    from arena.campaigns.settings import change_campaign
    from storage.campaigns.campaigns import campaign_named
    from storage.campaigns.tallies import n_open_ballots

    drawing = {"overlap": overlap, "policy": policy, "uniform_share": uniform_share}
    changes = quality.changes() | {key: value for key, value in drawing.items() if value is not None}
    if not changes:
        raise typer.BadParameter("expected a setting to change, got none; see `evenhand campaign change --help`")
    with store.changing() as session:
        campaign = campaign_named(session, name)
        settings = change_campaign(session, campaign, changes, now=clock())
        held = n_open_ballots(session, _number(campaign))
        title = campaign.name
    facts = {"overlap": settings.overlap, **told_rules(settings.rules)}
    told = ", ".join(f"{key} {value}" for key, value in facts.items() if value is not None)
    typer.echo(f"{visible(title)}: {told}.")
    typer.echo(f"Pairs that raters hold now stay with them: {held:,}. Votes stay as they are.")


@commands.command("list", epilog="Example: evenhand campaign list --json")
@grouped
def list_(table: TableOptions, store: StoreOptions) -> None:
    """List all campaigns with their progress, oldest first."""
    rows = campaign_rows(store)
    if table.json:
        print_json({"campaigns": rows})
    elif rows:
        print_table(rows)
    else:
        typer.echo("There are no campaigns yet; create one with `evenhand campaign create NAME`.")


@commands.command(epilog='Example: evenhand campaign show "First campaign"')
@grouped
def show(name: Name, table: TableOptions, store: StoreOptions) -> None:
    """Show a campaign's progress: ballots by state, votes by pair of models, and its raters."""
    from arena.campaigns.creation import progress
    from storage.campaigns.campaigns import campaign_named
    from storage.campaigns.rules import rules_of
    from storage.campaigns.tallies import workers

    with store.opened() as database, database.reading() as session:
        campaign = campaign_named(session, name)
        facts = _facts(campaign, progress(session, campaign))
        facts["settings"] = {"policy": campaign.policy, **told_rules(rules_of(session, _number(campaign)))}
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
    if any(facts["special"].values()):
        typer.echo()
        print_table([facts["special"]], title="Votes that check raters, and count on no leaderboard")
    for key, title in (("verdicts", "Votes by pair of models"), ("raters", "Raters")):
        if facts[key]:
            typer.echo()
            print_table(facts[key], title=title)


@commands.command(epilog='Example: evenhand campaign pause "First campaign"')
@grouped
def pause(name: Name, store: StoreOptions) -> None:
    """Stop handing out ballots of a campaign until it is resumed; open ballots can still be voted on."""
    _set_state(store, name, CampaignState.paused)


@commands.command(epilog='Example: evenhand campaign resume "First campaign"')
@grouped
def resume(name: Name, store: StoreOptions) -> None:
    """Hand out ballots of a campaign again, also after it was closed."""
    _set_state(store, name, CampaignState.open)


@commands.command(epilog='Example: evenhand campaign close "First campaign"')
@grouped
def close(name: Name, store: StoreOptions) -> None:
    """Close a campaign; its votes are kept and count."""
    _set_state(store, name, CampaignState.closed)


@commands.command("add-raters", epilog='Example: evenhand campaign add-raters "First campaign" ann bo')
@grouped
def add_raters(
    name: Name,
    raters: Annotated[list[str], typer.Argument(metavar="RATER...", help="User names, see `evenhand raters list`.")],
    store: StoreOptions,
) -> None:
    """Add people with an account to a campaign."""
    from storage.accounts.raters import person_named
    from storage.campaigns.campaigns import campaign_named, invite_raters

    with store.changing() as session:
        campaign = campaign_named(session, name)
        fresh = invite_raters(session, _number(campaign), [person_named(session, rater).rater_id for rater in raters])
        title = campaign.name
    typer.echo(f"{visible(title)}: added {counted(fresh, 'rater')}; already in it: {len(set(raters)) - fresh:,}.")


@commands.command("remove-raters", epilog='Example: evenhand campaign remove-raters "First campaign" ann')
@grouped
def remove_raters(
    name: Name,
    raters: Annotated[list[str], typer.Argument(metavar="RATER...", help="User names, see `evenhand raters list`.")],
    store: StoreOptions,
) -> None:
    """Remove people from a campaign; their open ballots are withdrawn, their votes are kept and count."""
    from storage.accounts.raters import person_named
    from storage.campaigns.campaigns import campaign_named, rater_ids, remove_rater

    with store.changing() as session:
        campaign = campaign_named(session, name)
        people = {person_named(session, rater).rater_id for rater in raters}
        present = people.intersection(rater_ids(session, _number(campaign)))
        for rater in sorted(present):
            remove_rater(session, _number(campaign), rater, now=clock())
        title = campaign.name
    typer.echo(
        f"{visible(title)}: removed {counted(len(present), 'rater')}; not in it: {len(people) - len(present):,}."
    )


@commands.command(epilog='Example: evenhand campaign guidelines "First campaign" guidelines.md')
@grouped
def guidelines(
    name: Name,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.md", help="Markdown file with the guidelines; they must not name a model of the campaign."
        ),
    ],
    store: StoreOptions,
) -> None:
    """Replace a campaign's guidelines; each vote keeps the version under which it was given."""
    from arena.campaigns.blindness import check_hides
    from storage.campaigns import campaigns
    from storage.errors import BadInput

    body = _read(file)
    if not body.strip():
        raise BadInput(f"expected guidelines for the raters, but {str(file)!r} is empty; write what raters shall do")
    with store.changing() as session:
        campaign = campaigns.campaign_named(session, name)
        models, _ = campaigns.names(session, _number(campaign))
        check_hides(body, models, what="text of guidelines")
        version = campaigns.set_guidelines(session, _number(campaign), body, now=clock())
        title = campaign.name
    typer.echo(f"{visible(title)}: the guidelines are at version {version} now.")


_LINE = ("number", "name", "state", "models", "questions", "pairs", "overlap", "verdicts wanted", "voted", "skipped")


def campaign_rows(store: StoreOptions) -> list[Row]:
    """One row per campaign, oldest first."""
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
        "special": {what.value: done.special.get(what, 0) for what in SpecialDraw},
        "verdicts": [
            {"model": one, "against": other, "verdicts": number} for (one, other), number in done.votes.items()
        ],
    }


def _set_state(store: StoreOptions, name: str, state: CampaignState) -> None:
    from storage.campaigns.campaigns import campaign_named, set_state

    with store.changing() as session:
        campaign = campaign_named(session, name)
        set_state(session, _number(campaign), state, now=clock())
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


def _tell_next(number: int, name: str) -> None:
    typer.echo(f"Created campaign {number}, {visible(name.strip())}. Next, add raters:")
    typer.echo(f"  evenhand raters invite --campaign {number}          for a person without an account")
    typer.echo(f"  evenhand campaign add-raters {number} NAME …        for people with an account")

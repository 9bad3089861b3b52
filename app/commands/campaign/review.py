"""`evenhand campaign quality | go-on | disagreements | decide | remarks`: the review of raters and of their votes."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.rater_quality import flag_sentence, quality_json, quality_row
from app.commands.tables import print_json, print_table, visible
from app.wiring import clock
from storage.values import Winner

if TYPE_CHECKING:
    from storage.campaigns.review import DisputedPair

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name or number of the campaign.")]
By = Annotated[
    str | None, typer.Option(metavar="NAME", help="User name of the reviewer.", show_default="the command line")
]


@grouped
def quality(name: Name, table: TableOptions, store: StoreOptions) -> None:
    """Show the quality of all raters of a campaign, with flags and with pauses by rule."""
    from app.views.campaign_words import say_of
    from arena.campaigns.pairing import shape_of
    from arena.quality.report import measure_raters
    from storage.campaigns.campaigns import campaign_named, campaign_row
    from storage.campaigns.rules import pauses

    with store.opened() as database, database.reading() as session:
        campaign = campaign_named(session, name)
        number = int(campaign.id or 0)
        lines, held, title = measure_raters(session, number), pauses(session, number), campaign.name
        shape = shape_of(campaign_row(session, number))
    if table.json:
        told = [{key: value for key, value in vars(one).items() if key != "rater_id"} for one in held]
        for one in told:
            one |= {key: one[key] and one[key].isoformat() for key in ("since", "lifted_at")}
        print_json({"campaign": title, "raters": [quality_json(line) for line in lines], "pauses": told})
        return
    if not lines:
        typer.echo(f"{visible(title)} has no {say_of('en', shape, 'campaign_answers')} yet.")
        return
    print_table([quality_row(line, shape) for line in lines], title=title)
    for line in lines:
        for flag in line.flags:
            typer.echo(f"  {visible(line.name)}, {flag.rule}: {flag_sentence(flag, shape)}")


@grouped
def go_on(
    name: Name,
    rater: Annotated[str, typer.Argument(metavar="RATER", help="User name of the paused rater.")],
    store: StoreOptions,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Reason why the rater may go on.")] = "",
) -> None:
    """Let a rater go on whom a quality rule has paused; earlier gold answers and votes pause nobody again."""
    from storage.accounts.raters import person_named
    from storage.audit import Subject, record
    from storage.campaigns.campaigns import campaign_named
    from storage.campaigns.rules import lift_pause

    with store.changing() as session:
        campaign, person = campaign_named(session, name), person_named(session, rater)
        lift_pause(session, int(campaign.id or 0), person.rater_id, by=None, note=note, now=clock())
        record(session, Subject.rater, person.rater_id, "quality pause", old=campaign.name, new=None)
        title = campaign.name
    typer.echo(f"{visible(title)}: {visible(rater)} can go on.")


@grouped
def disagreements(
    name: Name,
    table: TableOptions,
    store: StoreOptions,
    decided: Annotated[
        bool, typer.Option("--decided", help="List the decided pairs instead of the open ones.")
    ] = False,
) -> None:
    """List the pairs on which raters disagree or that they flagged, the most divided first, until one decides them."""
    from storage.campaigns.campaigns import campaign_named
    from storage.campaigns.rater_votes import shown_names
    from storage.campaigns.review import disputed_pairs

    with store.opened() as database, database.reading() as session:
        campaign = campaign_named(session, name)
        found = disputed_pairs(session, int(campaign.id or 0), decided=decided)
        names, title = shown_names(session), campaign.name
    rows = [_pair_row(one, names) for one in found]
    if table.json:
        print_json({"campaign": title, "pairs": rows})
    elif rows:
        print_table([_pair_line(row, decided=decided) for row in rows], title=title)
    else:
        typer.echo(f"{visible(title)} has no {'decisions' if decided else 'disagreements or flagged pairs'}.")


@grouped
def decide(
    name: Name,
    store: StoreOptions,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUESTION MODEL_A MODEL_B WINNER",
            help="Key of the question (or SOURCE/KEY), both models, and model_a, model_b, tie or both_bad.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Reason of the decision, stored with it.")] = "",
    by: By = None,
    undo: Annotated[
        int | None, typer.Option(metavar="N", help="Number of a decision to take back.", show_default=False)
    ] = None,
) -> None:
    """Decide a pair as a reviewer: a row of its own beside the votes, counted by `rank --adjudicated`."""
    from storage.accounts.raters import person_named
    from storage.campaigns.campaigns import campaign_named
    from storage.campaigns.gold import TURNED
    from storage.campaigns.review import pair_named
    from storage.ledger import adjudications

    with store.changing() as session:
        campaign = campaign_named(session, name)
        actor = None if by is None else person_named(session, by).rater_id
        if undo is not None:
            adjudications.take_back(session, undo, actor_id=actor, reason=reason, now=clock())
            typer.echo(f"Took decision {undo} back; the votes on its pair count again.")
            return
        given = list(words or ())
        if len(given) != 4 or given[3] not in Winner.__members__:
            raise typer.BadParameter(
                "expected QUESTION MODEL_A MODEL_B and one of model_a, model_b, tie and both_bad, or --undo N"
            )
        question, model_a, model_b, chosen = given
        winner = Winner(chosen)
        pair, turned = pair_named(session, int(campaign.id or 0), question, model_a, model_b)
        meant = TURNED.get(winner, winner) if turned else winner
        number = adjudications.decide(session, pair, meant, actor_id=actor, reason=reason, now=clock())
    typer.echo(f"Decision {number}: {winner.value}. Votes stay as they are; `rank --adjudicated` counts decisions.")


@grouped
def remarks(name: Name, table: TableOptions, store: StoreOptions) -> None:
    """List the flags, skip reasons and comments of a campaign's raters, the latest first."""
    from storage.campaigns.campaigns import campaign_named
    from storage.campaigns.review import remarks as read_remarks

    with store.opened() as database, database.reading() as session:
        campaign = campaign_named(session, name)
        found = [vars(one) | {"at": one.at.isoformat()} for one in read_remarks(session, int(campaign.id or 0))]
        title = campaign.name
    if table.json:
        print_json({"campaign": title, "remarks": found})
    elif found:
        shown = ("at", "rater", "question", "vote", "flag", "skip", "comment")
        print_table([{key: row[key] if key != "at" else row[key][:16] for key in shown} for row in found], title=title)
    else:
        typer.echo(f"{visible(title)} has no flags, skips or comments.")


def _pair_row(one: "DisputedPair", names: dict[int, str]) -> dict[str, Any]:
    made = one.decision
    return {
        "source": one.source,
        "question": one.question,
        "model_a": one.model_a,
        "model_b": one.model_b,
        "votes": one.votes,
        "flags": one.flags,
        "split": one.split,
        "decision": None
        if made is None
        else {
            "number": made.position,
            "winner": made.winner.value,
            "by": None if made.actor_id is None else names[made.actor_id],
            "reason": made.reason,
            "at": made.at.isoformat(),
        },
    }


def _pair_line(row: dict[str, Any], *, decided: bool) -> dict[str, Any]:
    line = {
        "question": f"{row['source']}/{row['question']}",
        "model a": row["model_a"],
        "model b": row["model_b"],
        "a": row["votes"]["model_a"],
        "b": row["votes"]["model_b"],
        "tie": row["votes"]["tie"],
        "both bad": row["votes"]["both_bad"],
        "flags": ", ".join(row["flags"]) or None,
    }
    if decided:
        made = row["decision"]
        line |= {"number": made["number"], "decision": made["winner"], "by": made["by"], "reason": made["reason"]}
    return line

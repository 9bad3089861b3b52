"""`evenhand ask`: which pairs to ask about next, and how many more votes each needs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.rank.options import FUSED, VoteFilter
from app.commands.tables import Row, counted, print_json, print_table, visible

if TYPE_CHECKING:
    from arena.decisions.asking import DrawnPair, PairNeed
    from storage.database.engine import Database
    from storage.ledger.battle_reading import Selection


@dataclass(frozen=True)
class NextVotes:
    """How many votes to plan, how exactly, and where to write them.

    Attributes:
        votes: number of votes to plan.
        margin: wanted half width of the interval of a difference.
        level: confidence level of that interval.
        uniform_share: share of the draws that is uniform.
        seed: seed of the draws.
        out: file for the drawn pairs.
        most: number of pairs to show.
    """

    votes: Annotated[int, typer.Option(metavar="N", min=1, help="Number of votes or judgments to plan.")] = 100
    margin: Annotated[
        float, typer.Option(metavar="POINTS", help="Wanted ± of the difference of two models in Elo points.")
    ] = 50.0
    level: Annotated[float, typer.Option(metavar="SHARE", help="Confidence level of that ±, 0 to 1.")] = 0.95
    uniform_share: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of pairs drawn uniformly at random, 0.1 to 1.")
    ] = 0.1
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the draws.")] = 0
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw questions and pairs and write them to this JSONL file with their probabilities, for "
            "`evenhand judge pairwise --pairs FILE`.",
            show_default="none",
        ),
    ] = None
    most: Annotated[int, typer.Option(metavar="N", min=1, help="Number of pairs to show.")] = 20


@grouped
def ask(
    *,
    plan: NextVotes,
    filters: VoteFilter,
    table: TableOptions,
    store: StoreOptions,
    by: Annotated[
        str,
        typer.Option(metavar="human|judge|judge:NAME", help="Plan votes of people, or judgments of all or one judge."),
    ] = "human",
) -> None:
    """Show which pairs to ask about next, and how many more votes each needs."""
    from storage.campaigns.campaigns import campaign_named

    if by.partition(":")[0] == FUSED:
        raise typer.BadParameter(f"expected --by human, judge or judge:NAME, got {by!r}; plan the two separately")
    selection = filters.selection(by)
    with store.opened() as database:
        if filters.campaign is not None:
            with database.reading() as session:
                selection = replace(selection, campaign=campaign_named(session, filters.campaign).id)
        needs, answered = _needs(database, selection, plan)
        drawn = _drawn(database, needs, answered, plan) if plan.out is not None else []
    if table.json:
        print_json({"votes": plan.votes, "margin": plan.margin, "pairs": [asdict(one) for one in needs]})
    else:
        _print(needs, plan)
    if plan.out is not None:
        typer.echo(f"Wrote {counted(len(drawn), 'pair')} to {visible(str(plan.out))}.", err=table.json)


def _needs(
    database: "Database", selection: "Selection", plan: NextVotes
) -> "tuple[tuple[PairNeed, ...], Sequence[tuple[int, str]]]":
    """Every pair of models, and which model has answered which question.

    Raises:
        BadInput: there are fewer than two models or too many, or a number is out of its range.
    """
    from arena.decisions.asking import pair_needs, refuse_many_pairs, with_models
    from arena.rating.bradley_terry import rate_bradley_terry
    from arena.rating.evidence import Evidence
    from arena.rating.method import RatingSettings
    from storage.errors import BadInput
    from storage.judges.judgeable import Scope, judgeable
    from storage.ledger.battle_reading import read_battles
    from storage.questions.model_names import model_names

    with database.reading() as session:
        names = model_names(session)
        scope = Scope(None, selection.category, selection.language, selection.source)
        answered = [(one.question, names[one.model]) for one in judgeable(session, scope)]
        battles = with_models(read_battles(session, selection), [name for _, name in answered])
    refuse_many_pairs(len(battles.models))
    if len(battles.models) < 2:
        raise BadInput(f"expected two or more models to compare, got {len(battles.models)}; import responses or votes")
    ratings = rate_bradley_terry(Evidence(battles), settings=RatingSettings(level=plan.level))
    needs = pair_needs(battles, ratings, level=plan.level, margin=plan.margin, uniform_share=plan.uniform_share)
    return needs, answered


def _drawn(
    database: "Database", needs: "Sequence[PairNeed]", answered: Sequence[tuple[int, str]], plan: NextVotes
) -> "list[DrawnPair]":
    """Draw pairs with their questions and write them.

    Raises:
        BadInput: no question has two responses, or the file cannot be written.
    """
    from arena.decisions.asking import as_questions, draw_pairs
    from storage.errors import BadInput
    from storage.judges.judgeable import question_keys

    drawn = draw_pairs(needs, as_questions(answered), votes=plan.votes, seed=plan.seed)
    if not drawn or plan.out is None:
        raise BadInput("expected questions that two models have answered, got none; import or collect responses first")
    with database.reading() as session:
        keys = dict(question_keys(session, sorted({one.question for one in drawn})))
    rows = (asdict(one) | {"question": keys[one.question]} for one in drawn)
    try:
        plan.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"expected a file that can be written, got {str(plan.out)!r} ({error.strerror})") from error
    return drawn


def _print(needs: "Sequence[PairNeed]", plan: NextVotes) -> None:
    missing = [need.missing for need in needs if need.missing is not None]
    lines: list[Row] = [
        {
            "pair": f"{need.model_a} · {need.model_b}",
            "votes": need.votes,
            "apart": "" if need.difference is None else f"{need.difference:.0f}",
            "±": "" if need.half_width is None else f"{need.half_width:.0f}",
            f"next {plan.votes}": f"{plan.votes * need.probability:.0f}",
            f"more for ±{plan.margin:g}": "" if need.missing is None else f"{need.missing:,}",
        }
        for need in needs[: plan.most]
    ]
    print_table(lines, right=["apart", "±", f"next {plan.votes}", f"more for ±{plan.margin:g}"])
    if len(needs) > plan.most:
        typer.echo(f"… and {len(needs) - plan.most:,} more pairs; --most shows more.")
    typer.echo(
        f"Next {plan.votes}: how to spread as many votes over the pairs so that they tell most about the ranking; "
        f"{plan.uniform_share:.0%} are uniform. In a campaign, `--policy informative` does so after every vote."
    )
    typer.echo(
        f"More for ±{plan.margin:g}: further votes on this pair alone until its difference is known to "
        f"±{plan.margin:g} Elo points ({plan.level:.0%} interval)."
    )
    if missing and max(missing) == 0:
        typer.echo("Every difference is known as exactly as wanted.")

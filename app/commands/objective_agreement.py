"""Output of `evenhand agreement --objective`: ratings beside objective scores."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import typer

from app.commands.estimates import as_json, number
from app.commands.rank.options import rater_kind
from app.commands.tables import Row, print_json, print_table, visible

if TYPE_CHECKING:
    from arena.leaderboard.two_worlds import TwoWorlds
    from storage.database.engine import Database
    from storage.ledger.battle_reading import Selection


def show_worlds(database: "Database", selection: "Selection", *, by: str, level: float, as_json_text: bool) -> None:
    """Compare the leaderboard of a selection with the newest objective scores, and print it.

    Args:
        database: the store.
        selection: filter on votes or judgments; kind and rater come from `by`.
        by: raters: `human`, `judge` or `judge:NAME`.
        level: confidence of the intervals, 0 to 1.
        as_json_text: whether to print JSON instead of tables.

    Raises:
        BadInput: there is nothing to rank.
    """
    from app.views.worlds.words import score_rows, scores_by_task
    from arena.leaderboard.ranking import rank
    from arena.leaderboard.two_worlds import compare_worlds
    from arena.rating.method import RatingSettings
    from storage.evaluations.runs import newest_scores
    from storage.upkeep.heads import head_of

    kind, judge = rater_kind(by)
    board = rank(database, replace(selection, kind=kind, rater=judge), settings=RatingSettings(level=level))
    with database.reading() as session:
        scores = scores_by_task(score_rows(newest_scores(session)))
    worlds = compare_worlds(board.ratings, scores, level=level)
    if as_json_text:
        print_json({"by": by, **as_json(asdict(worlds)), "ledger_head": head_of(database, board.position)})
        return
    _print_worlds(worlds)


def _print_worlds(worlds: "TwoWorlds") -> None:
    from app.views.worlds.words import worlds_answer, worlds_notes

    if worlds.points:
        _print_tables(worlds)
    typer.echo(visible(worlds_answer(worlds, "en")))
    for note in worlds_notes(worlds, "en"):
        typer.echo(visible(note))


def _print_tables(worlds: "TwoWorlds") -> None:
    points: list[Row] = [
        {
            "model": point.model,
            "rank by rating": point.rating_rank,
            "rating": f"{point.rating:.0f}",
            "rank by score": point.score_rank,
            "score %": f"{100.0 * point.score:.1f}",
            "± %": "" if point.error is None else f"{100.0 * point.error:.1f}",
        }
        for point in worlds.points
    ]
    print_table(points, title="Ratings and mean objective scores", right=("rating", "score %", "± %"))
    typer.echo()
    tasks: list[Row] = [
        {
            "task": one.task,
            "models": one.found.models,
            "Kendall": number(one.found.kendall),
            "Spearman": number(one.found.spearman),
        }
        for one in worlds.by_task
    ]
    tasks.append(
        {
            "task": "(mean of the common tasks)",
            "models": worlds.overall.models,
            "Kendall": number(worlds.overall.kendall),
            "Spearman": number(worlds.overall.spearman),
        }
    )
    print_table(tasks, title="Rank correlation of the ratings with each task")
    typer.echo()

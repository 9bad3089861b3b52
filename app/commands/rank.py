"""`evenhand rank`: fit a leaderboard, store the fit, print it."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.commands.options import FilterOptions, StoreOptions, TableOptions, grouped
from app.commands.tables import Row, print_json, print_table, visible, write_csv

if TYPE_CHECKING:
    from arena.ranking import Board
    from arena.rating.method import RatingSettings
    from storage.battle_rows import Selection
    from storage.database import Database

CSV_COLUMNS = ("model", "rating", "lower", "upper", "battles", "rank_low", "rank_high", "win_rate")


@dataclass(frozen=True)
class FitOptions:
    """How battles become ratings.

    Attributes:
        method: name in the catalog of rating methods.
        both_bad: what a both-bad verdict counts as.
        anchor: what stands at 1000 Elo points: a model, `mean` or `weighted`.
    """

    method: Annotated[str, typer.Option(metavar="NAME", help="Rating method, see `evenhand list methods`.")] = (
        "bradley-terry"
    )
    both_bad: Annotated[
        Literal["tie", "drop"], typer.Option(help="Count a both-bad verdict as a tie, or leave it out.")
    ] = "tie"
    anchor: Annotated[
        str,
        typer.Option(
            metavar="MODEL|mean|weighted",
            help="What stands at 1000 Elo points: a model, the mean of all models, or their mean weighted by battles.",
        ),
    ] = "mean"


@grouped
def rank(
    fit: FitOptions,
    filters: FilterOptions,
    table: TableOptions,
    store: StoreOptions,
    by: Annotated[
        str, typer.Option(metavar="human|judge|judge:NAME", help="Whose verdicts: people's, all judges', one judge's.")
    ] = "human",
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the ratings to this CSV file.", show_default="none")
    ] = None,
    campaign: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only verdicts given in this campaign.", show_default="all")
    ] = None,
) -> None:
    """Fit a leaderboard (Elo points, 95 % intervals), store and print it."""
    from datetime import UTC, datetime

    from arena.catalog import RATING_METHODS
    from arena.ranking import rank as fit_board

    selection = _selection(by, filters)
    if fit.method not in RATING_METHODS:
        raise typer.BadParameter(f"expected a method among {', '.join(RATING_METHODS)}, got {fit.method!r}")
    with store.opened() as database:
        if campaign is not None:
            selection = replace(selection, campaign=_number_of(database, campaign))
        board = fit_board(database, selection, method=fit.method, settings=_settings(fit), now=datetime.now(UTC))
    if csv is not None:
        write_csv(csv, [asdict(row) for row in board.rows], CSV_COLUMNS)
    if table.json:
        print_json(board_as_json(board, by=by))
    else:
        _print_board(board, by=by)


def board_as_json(board: "Board", *, by: str) -> dict[str, object]:
    """A leaderboard for programs.

    Args:
        board: what was fitted.
        by: whose verdicts were asked for, as given on the command line.

    Returns:
        `ratings` lists the models best first, in Elo points; an unknown or open end of an interval, and the
        rating of a model without a usable battle, are null. `counts` holds the rows that were not used, by
        reason; `run` is the number under which the fit was stored.
    """
    from app.views import board_notes

    return {
        "kind": board.selection.kind.value,
        "by": by,
        "method": board.ratings.method,
        "settings": dict(board.ratings.settings),
        "filters": {key: value for key, value in asdict(board.selection).items() if key != "kind"},
        "position": board.position,
        "run": board.run,
        "battles": len(board.battles),
        "counts": board.counts,
        "notes": list(board_notes(board, "en")),
        "ratings": [asdict(row) for row in board.rows],
    }


def _selection(by: str, filters: FilterOptions) -> "Selection":
    from storage.battle_rows import Selection
    from storage.values import RaterKind

    kind, _, judge = by.partition(":")
    if kind == "fused":
        raise typer.BadParameter(
            "expected human, judge or judge:NAME for --by; 'fused' boards of people and judges together are not "
            "available yet"
        )
    if kind not in set(RaterKind) or (":" in by and (kind != RaterKind.judge or not judge)):
        raise typer.BadParameter(f"expected human, judge or judge:NAME for --by, got {by!r}")
    if judge and filters.rater:
        raise typer.BadParameter(f"expected one rater, got --by {by!r} and --rater {filters.rater!r}; leave one out")
    return Selection(
        kind=RaterKind(kind),
        rater=judge or filters.rater,
        category=filters.category,
        language=filters.language,
        source=filters.source,
    )


def _number_of(database: "Database", campaign: str) -> int | None:
    from storage.campaigns import campaign_named

    with database.reading() as session:
        return campaign_named(session, campaign).id


def _settings(fit: FitOptions) -> "RatingSettings":
    from arena.rating.method import RatingSettings

    if fit.anchor in ("mean", "weighted"):
        return RatingSettings(both_bad=fit.both_bad, mean="models" if fit.anchor == "mean" else "battles")
    return RatingSettings(both_bad=fit.both_bad, anchor=fit.anchor)


def _print_board(board: "Board", *, by: str) -> None:
    from app.views import board_view

    view = board_view(board, "en")
    typer.echo(visible(_title(board, by=by)))
    typer.echo(view.summary)
    for group in view.groups:
        lines: list[Row] = [
            {
                "rank": line.rank,
                "model": line.model,
                "rating": line.rating,
                view.interval: line.interval,
                "battles": line.battles,
                "win rate": line.win_rate,
            }
            for line in group.lines
        ]
        typer.echo()
        title = None if len(view.groups) == 1 else f"Group {group.number}" if group.number else "Not rated"
        print_table(lines, title=title, right=("rating", "battles", "win rate"))
    typer.echo()
    for note in view.notes:
        typer.echo(visible(note))
    if view.left_out:
        typer.echo(visible(f"Not counted: {'; '.join(view.left_out)}."))
    typer.echo(f"Stored as rating run {board.run}.")


def _title(board: "Board", *, by: str) -> str:
    from app.sentences import say
    from storage.values import RaterKind

    is_human = board.selection.kind is RaterKind.human
    whose = "Verdicts of people" if is_human else f"{say('en', 'board_judges')} ({by})"
    filters = [
        f"{name} {value}"
        for name, value in asdict(board.selection).items()
        if name in ("category", "language", "source", "rater", "campaign")
        and value is not None
        and f":{value}" not in by
    ]
    return ", ".join([whose, *filters, board.ratings.method])

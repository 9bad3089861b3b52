"""What `evenhand rank` prints and writes: the board, its slices, differences, and the same as JSON and CSV."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.commands.tables import Row, print_json, print_table, visible, write_csv
from storage.errors import BadInput

if TYPE_CHECKING:
    from arena.leaderboard.ranking import Board, RemadeBoard
    from arena.leaderboard.slices import SliceBoard
    from arena.rating.ranks import Difference

CSV_COLUMNS = ("model", "rating", "lower", "upper", "battles", "rank_low", "rank_high", "win_rate")


@dataclass
class BoardOutput:
    """Where a board goes, and what goes with it.

    Attributes:
        by: whose verdicts were asked for, as given.
        against: a model to show distances from.
        as_json: JSON instead of tables.
        csv: file for the ratings.
        slices: boards of slices, filled in when they were asked for.
    """

    by: str
    against: str | None = None
    as_json: bool = False
    csv: Path | None = None
    slices: "SliceBoard | None" = field(default=None)

    def show(self, board: "Board") -> None:
        """Write the files, then print.

        Raises:
            BadInput: no such model to compare with, or a file that cannot be written.
        """
        differences = _differences(board, self.against)
        if self.csv is not None:
            _write_ratings(self.csv, board, differences)
        if self.as_json:
            print_json(board_as_json(board, by=self.by, differences=differences, slices=self.slices))
            return
        _print_board(board, self.by, differences)
        if self.slices is not None:
            _print_slices(self.slices)


def print_remake(made: "RemadeBoard", output: BoardOutput) -> None:
    """A stored run made again, and whether it came out the same."""
    output.show(made.board)
    if output.as_json:
        return
    if made.is_same:
        typer.echo("Every stored number came out the same.")
    else:
        typer.echo(f"Not the same as stored: ratings or ends differ by up to {made.largest_change:.6f}.", err=True)


def board_as_json(
    board: "Board",
    *,
    by: str,
    differences: Sequence["Difference"] = (),
    slices: "SliceBoard | None" = None,
) -> dict[str, object]:
    """A leaderboard for programs.

    Args:
        board: what was fitted.
        by: whose verdicts were asked for, as given on the command line.
        differences: distances from one model.
        slices: boards of slices.

    Returns:
        `ratings` lists the models best first; an unknown or open end of an interval, and the rating of a model
        without a usable battle, are null. `counts` holds the rows that were not used, by reason; `run` is the
        number under which the fit was stored.
    """
    from app.views.board import board_notes

    ratings = board.ratings
    found: dict[str, object] = {
        "kind": board.selection.kind.value,
        "by": by,
        "method": ratings.method,
        "scale": ratings.scale,
        "settings": dict(ratings.settings),
        "filters": {key: value for key, value in asdict(board.selection).items() if key != "kind"},
        "position": board.position,
        "run": board.run,
        "seed": board.recipe.settings.seed,
        "battles": len(board.battles),
        "counts": board.counts,
        "intervals": asdict(ratings.basis),
        "coefficients": [asdict(one) for one in ratings.coefficients],
        "without_style": None
        if ratings.plain_rating is None
        else dict(zip(ratings.models, ratings.plain_rating.tolist(), strict=True)),
        "compared": [asdict(one) for one in ratings.compared],
        "reliability": dict(ratings.reliability),
        "notes": list(board_notes(board, "en")),
        "ratings": [asdict(row) for row in board.rows],
        "differences": [asdict(one) for one in differences],
        "slices": None if slices is None else _slices_as_json(slices),
    }
    return {key: _jsonable(value) for key, value in found.items()}


def _slices_as_json(slices: "SliceBoard") -> dict[str, object]:
    return {
        "compared": slices.compared,
        "empty": list(slices.empty),
        "slices": [
            {
                "name": one.name,
                "battles": one.battles,
                "groups": one.n_islands,
                "ratings": [
                    asdict(cell.row)
                    | {"shift": cell.shift, "chance": cell.chance, "rate": cell.rate, "flagged": cell.flagged}
                    for cell in one.cells.values()
                ],
            }
            for one in slices.slices
        ],
    }


def _jsonable(value: Any) -> Any:  # noqa: ANN401  any JSON value, and what stands for one
    """NaN and infinity as null, times as ISO text, tuples as lists."""
    if isinstance(value, dict):
        return {key: _jsonable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(entry) for entry in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return float(value) if abs(value) < float("inf") else None
    return value


def _differences(board: "Board", against: str | None) -> tuple["Difference", ...]:
    from arena.rating.ranks import difference

    ratings = board.ratings
    if against is None:
        return ()
    if against not in ratings.models:
        raise BadInput(
            f"expected a model of the board to compare with, got {against!r}; see `evenhand list models` for names"
        )
    other = ratings.models.index(against)
    codes = [ratings.models.index(row.model) for row in board.rows if row.model != against]
    return tuple(difference(ratings, code, other, level=board.recipe.settings.level) for code in codes)


def _write_ratings(path: Path, board: "Board", differences: Sequence["Difference"]) -> None:
    rows = [asdict(row) for row in board.rows]
    columns = list(CSV_COLUMNS)
    if differences:
        apart = {one.model: _jsonable(asdict(one)) for one in differences}
        columns += ["difference", "difference_lower", "difference_upper"]
        for row in rows:
            one = apart.get(row["model"], {})
            row["difference"] = one.get("difference")
            row["difference_lower"], row["difference_upper"] = one.get("lower"), one.get("upper")
    write_csv(path, rows, columns)


def _print_board(board: "Board", by: str, differences: Sequence["Difference"]) -> None:
    from app.views.board import board_view

    view = board_view(board, "en")
    typer.echo(visible(_title(board, by=by)))
    typer.echo(view.summary)
    apart = {one.model: one for one in differences}
    ratings = board.ratings
    for group in view.groups:
        lines: list[Row] = []
        for line in group.lines:
            row: dict[str, str] = {"rank": line.rank, "model": line.model, "rating": line.rating}
            if ratings.plain_rating is not None:
                row["without style"] = line.plain
            row |= {view.interval: line.interval, "battles": line.battles, "win rate": line.win_rate}
            if apart:
                row[f"above {differences[0].against}"] = _apart(apart.get(line.model))
            lines.append(row)
        typer.echo()
        title = None if len(view.groups) == 1 else f"Group {group.number}" if group.number else "Not rated"
        print_table(lines, title=title, right=("rating", "without style", "battles", "win rate"))
    typer.echo()
    for note in view.notes:
        typer.echo(visible(note))
    if view.left_out:
        typer.echo(visible(f"Not counted: {'; '.join(view.left_out)}."))
    typer.echo(f"Stored as rating run {board.run}.")


def _apart(one: "Difference | None") -> str:
    if one is None or math.isnan(one.difference):
        return ""
    if math.isnan(one.lower):
        return f"{one.difference:+.0f}"
    return f"{one.difference:+.0f} ({one.lower:+.0f} – {one.upper:+.0f})"


def _print_slices(slices: "SliceBoard") -> None:
    models = [row.model for row in slices.overall]
    lines: list[Row] = []
    for row in slices.overall:
        line: dict[str, str] = {"model": row.model, "all": "" if row.rank is None else str(row.rank)}
        for one in slices.slices:
            cell = one.cells[row.model]
            mark = "" if not cell.flagged else " ▲" if (cell.shift or 0.0) > 0 else " ▼"
            line[f"{one.name} ({one.battles:,})"] = "" if cell.row.rank is None else f"{cell.row.rank}{mark}"
        lines.append(line)
    typer.echo()
    if not models or not slices.slices:
        typer.echo("No slice has a usable verdict.")
        return
    print_table(lines, title="Ranks by slice (verdicts in brackets)")
    typer.echo(
        f"{slices.compared} shifts were tested; ▲ and ▼ mark those that stand at a false-discovery rate of 5 %. "
        "The others may be chance."
    )
    for one in slices.slices:
        if one.n_islands > 1:
            typer.echo(visible(f"Slice {one.name}: {one.n_islands} groups that never met; ranks count within each."))
    if slices.empty:
        typer.echo(visible(f"Without a usable verdict: {', '.join(slices.empty)}."))


def _title(board: "Board", *, by: str) -> str:
    from app.views.sentences import say
    from storage.values import RaterKind

    is_human = board.selection.kind is RaterKind.human
    whose = "Verdicts of people" if is_human else f"{say('en', 'board_judges')} ({by})"
    named = ("category", "language", "source", "rater", "rater_source", "campaign", "dimension")
    filters = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in asdict(board.selection).items()
        if name in named and value is not None and f":{value}" not in by
    ]
    window = {name: getattr(board.selection, name) for name in ("since", "until")}
    filters += [f"{name} {moment:%Y-%m-%d}" for name, moment in window.items() if moment is not None]
    return ", ".join([whose, *filters, board.ratings.method])

"""Output of `evenhand rank`: the leaderboard, its slices and differences, as tables, JSON and CSV."""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.commands.tables import Row, counted, print_json, print_table, visible, write_csv
from storage.errors import BadInput

if TYPE_CHECKING:
    from app.commands.rank.robustness_output import FirstPlaceLines
    from app.commands.rank.score_output import ScoreTables
    from app.views.columns import BoardFacts, ModelCost
    from arena.leaderboard.ranking import Board, RemadeBoard
    from arena.leaderboard.slices import SliceBoard


@dataclass
class BoardOutput:
    """The form of the output, and its parts beside the leaderboard.

    Attributes:
        by: kind of raters, as given on the command line.
        against: model to show the differences from.
        as_json: whether to print JSON instead of tables.
        csv: file for the ratings.
        slices: leaderboards of slices, set if they are asked for.
        scores: scores by dimension, set for a leaderboard of scores.
        first_place: what first place rests on, set if it is asked for.
        costs: mean cost of a response by model, set if it is asked for.
        ledger_head: head of the ledger at the leaderboard's position, set for JSON.
    """

    by: str
    against: str | None = None
    as_json: bool = False
    csv: Path | None = None
    slices: "SliceBoard | None" = field(default=None)
    scores: "ScoreTables | None" = field(default=None)
    first_place: "FirstPlaceLines | None" = field(default=None)
    costs: "dict[str, ModelCost] | None" = field(default=None)
    ledger_head: str | None = None

    def show(self, board: "Board") -> None:
        """Write the CSV file, then print the leaderboard.

        Raises:
            BadInput: there is no such model to compare with, or the file cannot be written.
        """
        facts = replace(compared(board, self.against), costs=self.costs)
        if self.csv is not None:
            _write_ratings(self.csv, facts)
        if self.as_json:
            found = board_as_json(facts, by=self.by, slices=self.slices) | {"ledger_head": self.ledger_head}
            found |= {} if self.first_place is None else {"robustness": self.first_place.as_json()}
            print_json(found if self.scores is None else found | self.scores.as_json())
            return
        _print_board(facts, self.by)
        if self.scores is not None:
            self.scores.show()
        elif self.slices is not None:
            _print_slices(self.slices)
        if self.first_place is not None:
            self.first_place.show()


def print_remake(made: "RemadeBoard", output: BoardOutput) -> None:
    """Print a stored run that was computed again, and whether it gave the same numbers."""
    output.show(made.board)
    if output.as_json:
        return
    if made.is_same and made.board.intervals_as_stored:
        typer.echo(
            "All ratings equal the stored ones. Intervals and rank ranges are shown as they were stored: they are "
            "computed in another way now, see `evenhand rank`."
        )
    elif made.is_same:
        typer.echo("All numbers equal the stored ones.")
    else:
        typer.echo(
            f"The numbers differ from the stored ones: ratings or interval ends by up to {made.largest_change:.6f}.",
            err=True,
        )


def board_as_json(facts: "BoardFacts", *, by: str, slices: "SliceBoard | None" = None) -> dict[str, object]:
    """A leaderboard for programs.

    Args:
        facts: the leaderboard, and its comparison with one model.
        by: kind of raters, as given on the command line.
        slices: leaderboards of slices.

    Returns:
        `ratings` lists the models best first; an unknown or open end of an interval, and the rating of a model
        without a usable battle, are null, as is `freedom` (effective degrees) of a normal interval. `counts` holds
        the unused rows, by reason; `similar` groups of names that look alike; `run` the number of the stored fit.
    """
    from app.views.board import board_notes, few_degrees
    from app.views.columns import board_records
    from app.views.fused.board_lines import fusion_json
    from storage.spelling import look_alikes

    board, ratings = facts.board, facts.board.ratings
    found: dict[str, object] = {
        "kind": board.selection.kind.value,
        "by": by,
        "method": ratings.method,
        "scale": ratings.scale,
        "settings": dict(ratings.settings),
        "filters": {key: value for key, value in asdict(board.selection).items() if key != "kind"},
        "position": board.position,
        "intervals_as_stored": board.intervals_as_stored,
        "run": board.run,
        "seed": board.recipe.settings.seed,
        "battles": len(board.battles),
        "counts": board.counts,
        "empty_losses": board.battles.empty_losses,
        "decisions": board.battles.decisions,
        "intervals": asdict(ratings.basis) | {"few_degrees": few_degrees(ratings)},
        "coefficients": [asdict(one) for one in ratings.coefficients],
        "without_style": None
        if ratings.plain_rating is None
        else dict(zip(ratings.models, ratings.plain_rating.tolist(), strict=True)),
        "rank_ranges": "simultaneous" if board.recipe.settings.simultaneous else "marginal",
        "compared": [asdict(one) for one in ratings.compared],
        "reliability": dict(ratings.reliability),
        "notes": list(board_notes(board, "en")),
        "similar": [list(group) for group in look_alikes(ratings.models)],
        "ratings": board_records(facts, "json"),
        "differences": [asdict(one) for one in facts.differences.values()],
        "slices": None if slices is None else _slices_as_json(slices),
        **fusion_json(board),
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


def _jsonable(value: Any) -> Any:  # noqa: ANN401  any value, and its JSON value
    """A value for JSON: NaN and infinity become null, times ISO 8601 text, and tuples lists."""
    if isinstance(value, dict):
        return {key: _jsonable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(entry) for entry in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return float(value) if abs(value) < float("inf") else None
    return value


def compared(board: "Board", against: str | None) -> "BoardFacts":
    """The leaderboard with the difference of every other model from one.

    Raises:
        BadInput: the leaderboard has no such model.
    """
    from app.views.columns import BoardFacts
    from arena.rating.ranks import difference
    from storage.questions.model_names import suggestion_among

    ratings = board.ratings
    if against is None:
        return BoardFacts(board)
    if against not in ratings.models:
        raise BadInput(
            f"expected a model of the board to compare with, got {against!r}; "
            f"{suggestion_among(ratings.models, against)}"
        )
    code_of = {model: code for code, model in enumerate(ratings.models)}
    level, other = board.recipe.settings.level, code_of[against]
    others = [row.model for row in board.rows if row.model != against]
    differences = {model: difference(ratings, code_of[model], other, level=level) for model in others}
    return BoardFacts(board, against, differences)


def _write_ratings(path: Path, facts: "BoardFacts") -> None:
    from app.views.columns import board_records, shown_columns

    write_csv(path, board_records(facts, "csv"), [column.key for column in shown_columns(facts, "csv")])


def _print_board(facts: "BoardFacts", by: str) -> None:
    from app.views.board_table import board_view
    from app.views.fused.board_lines import missed_line

    board, view = facts.board, board_view(facts, "en", "terminal")
    typer.echo(visible(_title(board, by=by)))
    typer.echo(view.summary)
    _print_fusion(board)
    headings = {key: heading[:1].lower() + heading[1:] for key, heading in view.headings.items()}
    right = [headings[column.key] for column in view.columns if column.kind == "number"]
    for group in view.groups:
        lines: list[Row] = [{headings[key]: text for key, text in line.cells.items()} for line in group.lines]
        typer.echo()
        title = None if len(view.groups) == 1 else f"Group {group.number}" if group.number else "Not rated"
        print_table(lines, title=title, right=right)
    typer.echo()
    if missed := missed_line(board, "en"):
        typer.echo(visible(missed))
    for note in view.notes:
        typer.echo(visible(note))
    if view.left_out:
        typer.echo(visible(f"Not counted: {'; '.join(view.left_out)}."))
    typer.echo(f"Stored as rating run {board.run}.")


def _print_fusion(board: "Board") -> None:
    """Print what judges can save, before any rating, and the judges."""
    from app.views.fused.board_lines import fusion_lines, headings, judge_table
    from app.views.sentences import say

    if board.fusion is None:
        return
    typer.echo()
    for line in fusion_lines(board, "en"):
        typer.echo(visible(line))
    typer.echo()
    named = headings("en")
    lines: list[Row] = [
        {named[key].lower(): visible(text) for key, text in line.items()} for line in judge_table(board, "en")
    ]
    print_table(lines, right=[named[key].lower() for key in ("rho", "lambda", "items", "voted")])
    typer.echo(say("en", "fused_table"))


def _print_slices(slices: "SliceBoard") -> None:
    from app.views.board import rank_text

    models = [row.model for row in slices.overall]
    lines: list[Row] = []
    for row in slices.overall:
        line: dict[str, str] = {"model": row.model, "all": rank_text(row)}
        for one in slices.slices:
            cell = one.cells[row.model]
            mark = "" if not cell.flagged else " ▲" if (cell.shift or 0.0) > 0 else " ▼"
            line[f"{one.name} ({one.battles:,})"] = "" if cell.row.rank is None else f"{rank_text(cell.row)}{mark}"
        lines.append(line)
    typer.echo()
    if not models or not slices.slices:
        typer.echo("No slice has a usable vote or judgment.")
        return
    print_table(lines, title="Rank ranges by slice (number of comparisons in brackets)")
    typer.echo(
        f"Tested {counted(slices.compared, 'difference')} from the overall rating; ▲ and ▼ mark the significant ones, "
        "at a false-discovery rate of 5 %. The others may be due to chance."
    )
    for one in slices.slices:
        if one.n_islands > 1:
            typer.echo(visible(f"Slice {one.name}: {one.n_islands} groups that are not compared with each other."))
    if slices.empty:
        typer.echo(visible(f"Without a usable vote or judgment: {', '.join(slices.empty)}."))


def _title(board: "Board", *, by: str) -> str:
    from app.views.sentences import say
    from storage.values import RaterKind

    is_human = board.selection.kind is RaterKind.human
    whose = "Votes by people" if is_human else f"{say('en', 'board_judges')} ({by})"
    if board.fusion is not None:
        whose = f"{say('en', 'fused_title')} ({by})"
    named = ("category", "language", "source", "rater", "rater_source", "campaign", "dimension")
    filters = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in asdict(board.selection).items()
        if name in named and value is not None and f":{value}" not in by
    ]
    window = {name: getattr(board.selection, name) for name in ("since", "until")}
    filters += [f"{name} {moment:%Y-%m-%d}" for name, moment in window.items() if moment is not None]
    return ", ".join([whose, *filters, board.ratings.method])

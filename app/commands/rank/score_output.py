"""Output of `evenhand rank --method satisfaction`: the scores by dimension behind the leaderboard."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from app.commands.tables import Row, print_table, visible

if TYPE_CHECKING:
    from arena.leaderboard.score_summary import ScoreLine, SideLine


@dataclass(frozen=True)
class ScoreTables:
    """Tables about scores.

    Attributes:
        lines: scores by model and dimension, for all questions and by category.
        sides: people beside judges.
    """

    lines: "Sequence[ScoreLine]"
    sides: "Sequence[SideLine]"

    def as_json(self) -> dict[str, object]:
        """The tables for programs."""
        from arena.leaderboard.score_summary import SATISFIED_FROM

        return {
            "satisfied_from": SATISFIED_FROM,
            "scores": [asdict(line) for line in self.lines],
            "people_and_judges": [asdict(line) for line in self.sides],
        }

    def show(self) -> None:
        """Print the tables."""
        from arena.leaderboard.score_summary import SATISFIED_FROM

        grouped = any(line.group is not None for line in self.lines)
        typer.echo()
        print_table([_row(line, grouped=grouped) for line in self.lines], title="Scores by dimension", right=_NUMBERS)
        typer.echo(
            f"Satisfied: scores from {SATISFIED_FROM:.0%} of the scale on (4 on a scale of 1 to 5). Distribution: the "
            "number of scores at each step that occurs, from low to high."
        )
        if self.sides:
            typer.echo()
            rows: list[Row] = [
                {
                    "model": visible(side.model),
                    "dimension": visible(side.dimension),
                    "responses": f"{side.responses:,}",
                    "people": f"{side.people:.1f}",
                    "judges": f"{side.judges:.1f}",
                }
                for side in self.sides
            ]
            print_table(rows, title="Responses scored by people and judges: mean in percent", right=_NUMBERS)


_NUMBERS = ["scores", "mean", "satisfied", "cannot judge", "responses", "people", "judges"]


def _row(line: "ScoreLine", *, grouped: bool) -> Row:
    ends = "" if line.lower is None or line.upper is None else f"{line.lower:.1f} – {line.upper:.1f}"
    group = {"category": "(all)" if line.group is None else visible(line.group)} if grouped else {}
    return {
        "model": visible(line.model),
        "dimension": visible(line.dimension),
        **group,
        "scores": f"{line.scores:,}",
        "mean": "" if line.mean is None else f"{line.mean:.1f}",
        "interval": ends,
        "satisfied": "" if line.satisfied is None else f"{line.satisfied:.0%}",
        "cannot judge": f"{line.cannot_judge:,}",
        "distribution": " · ".join(str(number) for _, number in line.distribution),
    }

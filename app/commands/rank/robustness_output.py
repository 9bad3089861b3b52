"""Output of `evenhand rank --robustness`: what first place rests on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from app.commands.tables import counted, visible

if TYPE_CHECKING:
    from arena.decisions.robustness import FirstPlace, Removal

_NAMES_SHOWN = 5


@dataclass(frozen=True)
class FirstPlaceLines:
    """What first place rests on, as text and for programs.

    Attributes:
        found: the finding; None with fewer than two models.
    """

    found: "FirstPlace | None"

    def as_json(self) -> dict[str, object] | None:
        """The finding for programs; `positions` are those of the votes in the ledger."""
        return None if self.found is None else asdict(self.found)

    def lines(self) -> list[str]:
        """The finding in sentences."""
        found = self.found
        if found is None:
            return ["First place rests on nothing yet: fewer than two models are compared."]
        if found.votes is None or found.rival is None:
            lines = [f"No removal of votes was found that takes first place from {found.first}."]
        else:
            share = f"{found.votes / found.total:.1%}"
            few = f"{counted(found.votes, 'vote')} of {found.total:,} ({share})"
            lines = [f"{found.first} would lose first place to {found.rival} without {few}, chosen for that."]
            if found.by_rater:
                most = ", ".join(f"{name} ({number})" for name, number in found.by_rater[:_NAMES_SHOWN])
                more = len(found.by_rater) - _NAMES_SHOWN
                lines.append(f"These votes are by {most}{f' and {more} more' if more > 0 else ''}.")
        lines += _removed("rater", found.raters, found.raters_tried, found.first)
        return lines + _removed("question", found.questions, found.questions_tried, found.first)

    def show(self) -> None:
        """Print the sentences."""
        typer.echo()
        for line in self.lines():
            typer.echo(visible(line))


def _removed(kind: str, removals: "Sequence[Removal]", tried: int, first: str) -> list[str]:
    if removals:
        return [
            f"Without {kind} {one.name} ({counted(one.votes, 'vote')}), {one.first} would be first." for one in removals
        ]
    if tried == 0:
        return []
    return [f"{first} stays first without any single {kind} ({counted(tried, kind)} tried, the most influential)."]

"""`evenhand compare` on votes and judgments: the answer as text, as JSON and as Markdown."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from app.commands.tables import Row, markdown_table, markdown_text, print_table, visible

if TYPE_CHECKING:
    from app.views.decisions import DecisionWords
    from arena.decisions.comparison import Comparison, PairDecision
    from arena.decisions.judged_blocks import JudgedEvidence


@dataclass(frozen=True)
class VotesAnswer:
    """The comparison of two models by votes or judgments.

    Attributes:
        found: the comparison.
    """

    found: "Comparison"

    @property
    def decision(self) -> str:
        """The outcome, in a word for programs."""
        return self.found.overall.decision

    @property
    def words(self) -> "DecisionWords":
        """The comparison in words."""
        from app.views.decisions import decision_words

        return decision_words(self.found, "en")

    @property
    def answer(self) -> str:
        """The decision in one sentence."""
        return self.words.answer

    def as_json(self) -> dict[str, object]:
        """The comparison for programs; unknown numbers are null."""
        found, words, apart = self.found, self.words, self.found.difference
        return {
            "new": found.new,
            "old": found.old,
            "decision": found.overall.decision,
            "may_stop": found.overall.is_decided,
            "answer": words.answer,
            "basis": list(words.basis),
            "cautions": list(words.cautions),
            "kind": found.kind.value if found.judged is None else "fused",
            "plan": asdict(found.plan),
            "overall": _decision_json(found.overall),
            "looks": [asdict(look) for look in found.overall.looks],
            "categories": [_decision_json(one) for one in found.categories],
            "rating_difference": {
                "points": _number(apart.difference),
                "lower": _number(apart.lower),
                "upper": _number(apart.upper),
                "half_width_repeated": _number(found.repeated),
            },
            "open_raters": found.blocks.open_blocks,
            "open_votes": found.blocks.open_votes,
            "late_votes": found.blocks.late_votes,
            "votes_of_unknown_raters": found.blocks.unknown,
            "battles": found.battles,
            "questions": found.questions,
            "position": found.position,
            "counts": dict(found.left_out),
            "judges": None if found.judged is None else _judges_json(found.judged),
        }

    def markdown(self) -> str:
        """The comparison for the summary of a build."""
        found, words = self.found, self.words
        lines = [f"### {markdown_text(found.new)} against {markdown_text(found.old)}", ""]
        lines += [f"**{markdown_text(words.answer)}**", ""]
        lines += [f"- {markdown_text(line)}" for line in (*words.basis, *words.cautions)]
        if found.categories:
            lines += ["", *markdown_table(self._rows())]
        return "\n".join([*lines, "", ""])

    def show(self) -> None:
        """Print the comparison."""
        from arena.decisions.sequence import LEAST_BLOCKS

        words = self.words
        typer.echo(visible(words.answer))
        typer.echo()
        for line in (*words.basis, *words.cautions):
            typer.echo(visible(line))
        if self.found.blocks.late_votes or self.found.blocks.open_votes:
            typer.echo("If nobody votes any more, count every vote now: --over.")
        if self.decision == "too_few" and self.found.overall.unit == "rater" and self.found.questions >= LEAST_BLOCKS:
            typer.echo("To learn what these raters prefer, count each question instead: --block question.")
        if self.found.categories:
            typer.echo()
            print_table(self._rows(), title="Each category by itself", right=["win rate", "interval"])

    def _rows(self) -> list[Row]:
        from app.views.decisions import percent, word_of

        unit = f"{self.found.overall.unit}s"
        return [
            {
                "category": one.name,
                "decision": word_of(one, "en"),
                "win rate": percent(one.win_rate),
                "interval": "" if one.lower is None else f"{percent(one.lower)} – {percent(one.upper)}",
                unit: one.blocks,
                "votes": one.votes,
            }
            for one in self.found.categories
        ]


def _judges_json(judged: "JudgedEvidence") -> dict[str, object]:
    found: dict[str, object] = asdict(judged)
    weights = dict(zip(judged.names, judged.weights, strict=True))
    del found["names"], found["weights"]
    return found | {"lambda": weights, "is_claimed": judged.is_claimed}


def _decision_json(one: "PairDecision") -> dict[str, object]:
    return {name: value for name, value in asdict(one).items() if name != "looks"}


def _number(value: float) -> float | None:
    return value if abs(value) < float("inf") else None

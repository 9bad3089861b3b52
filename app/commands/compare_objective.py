"""`evenhand compare --by objective`: two models on the same items of tasks with fixed answers."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from app.commands.tables import Row, counted, markdown_table, markdown_text, print_table, visible

if TYPE_CHECKING:
    from objective.scoring.paired_comparison import PairedComparison
    from storage.database.engine import Database


@dataclass(frozen=True)
class ObjectiveDecision:
    """Two models on the items that both answered.

    Attributes:
        new: the model that is asked about.
        old: the model that it is compared with.
        level: confidence level of the intervals.
        margin: difference of the mean score that does not matter, 0 to 1.
        overall: all items together.
        tasks: each task by itself.
    """

    new: str
    old: str
    level: float
    margin: float
    overall: "PairedComparison"
    tasks: "dict[str, PairedComparison]"

    @property
    def decision(self) -> str:
        """`better`, `worse`, `equal` (within the margin) or `open`."""
        return _decision(self.overall, self.margin)

    @property
    def answer(self) -> str:
        """The decision in one sentence."""
        found = self.overall
        ends = f"{100 * found.low:+.1f} to {100 * found.high:+.1f} points at {self.level:.0%} confidence"
        difference = f"{100 * found.difference:+.1f} points on {counted(found.items, 'item')}, {ends}"
        return {
            "better": f"{self.new} is better than {self.old}: {difference}.",
            "worse": f"{self.new} is worse than {self.old}: {difference}.",
            "equal": f"{self.new} and {self.old} are about equal: {difference}.",
            "open": f"No difference is shown between {self.new} and {self.old}: {difference}. More items would tell.",
        }[self.decision]

    @property
    def basis(self) -> list[str]:
        """What the decision rests on."""
        found = self.overall
        alike = (
            f"items of one task count as alike ({found.clusters} tasks)"
            if found.clusters
            else "items count as independent"
        )
        ahead = f"{self.new} on {counted(found.only_a, 'item')}, {self.old} on {counted(found.only_b, 'item')}"
        return [
            f"Higher score: {ahead}; exact McNemar p = {found.p_value:.3g}.",
            f"In the interval, {alike}. It is right for one look, at a set of items chosen beforehand.",
            *(
                [f"Not compared: {counted(found.left_out, 'item')} that only one of the two answered."]
                * bool(found.left_out)
            ),
        ]

    def as_json(self) -> dict[str, object]:
        """The comparison for programs."""
        return {
            "new": self.new,
            "old": self.old,
            "decision": self.decision,
            "may_stop": self.decision != "open",
            "answer": self.answer,
            "basis": self.basis,
            "kind": "objective",
            "level": self.level,
            "margin": self.margin,
            "overall": asdict(self.overall),
            "tasks": {
                name: asdict(one) | {"decision": _decision(one, self.margin)} for name, one in self.tasks.items()
            },
        }

    def markdown(self) -> str:
        """The comparison for the summary of a build."""
        lines = [f"### {markdown_text(self.new)} against {markdown_text(self.old)}", ""]
        lines += [f"**{markdown_text(self.answer)}**", "", *(f"- {markdown_text(line)}" for line in self.basis)]
        return "\n".join([*lines, "", *markdown_table(self.rows()), "", ""])

    def rows(self) -> list[Row]:
        """One row for each task."""
        return [
            {
                "task": name,
                "decision": _decision(one, self.margin),
                "points": f"{100 * one.difference:+.1f}",
                "interval": f"{100 * one.low:+.1f} – {100 * one.high:+.1f}",
                "items": one.items,
            }
            for name, one in self.tasks.items()
        ]

    def show(self) -> None:
        """Print the comparison."""
        typer.echo(visible(self.answer))
        typer.echo()
        for line in self.basis:
            typer.echo(visible(line))
        if len(self.tasks) > 1:
            typer.echo()
            print_table(self.rows(), title="Each task by itself", right=["points", "interval"])


def compare_objective(
    database: "Database", new: str, old: str, *, level: float, margin: float, seed: int = 0
) -> ObjectiveDecision:
    """Compare the latest runs of two models.

    Raises:
        NotFound: a model has no run.
        BadInput: the runs have no task or item in common.
    """
    from objective.evaluation.run import common_scores, compare_runs
    from objective.scoring.paired_comparison import compare_paired
    from storage.evaluations.runs import latest_run

    with database.reading() as session:
        run = latest_run(session, new)
    overall = compare_runs(database, run, old, seed=seed, level=level)
    scores, others = common_scores(database, run, old)
    tasks = {}
    for task in sorted({item.split("/", 1)[0] for item in scores.keys() & others.keys()}):
        own, theirs = ({k: v for k, v in one.items() if k.split("/", 1)[0] == task} for one in (scores, others))
        tasks[task] = compare_paired(own, theirs, seed=seed, level=level)
    return ObjectiveDecision(new, old, level, margin, overall, tasks)


def _decision(found: "PairedComparison", margin: float) -> str:
    if found.low > 0.0 or found.high < 0.0:
        return "better" if found.low > 0.0 else "worse"
    return "equal" if max(-found.low, found.high) <= margin else "open"

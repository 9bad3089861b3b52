"""`evenhand compare --by objective`: two models on the same items of tasks with fixed answers."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from app.commands.tables import Row, counted, markdown_table, markdown_text, print_table, visible

if TYPE_CHECKING:
    from objective.evaluation.flipped_items import ItemFlip
    from objective.scoring.paired_comparison import PairedComparison
    from storage.database.engine import Database

_RUN = "run:"
_RUNS_NAMED = 5
_FLIPS_SHOWN = 5
_FLIPS_IN_MARKDOWN = 50
_SHORT = 160


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
        flips: items on which they differ.
    """

    new: str
    old: str
    level: float
    margin: float
    overall: "PairedComparison"
    tasks: "dict[str, PairedComparison]"
    flips: "tuple[ItemFlip, ...]" = ()

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
            "flips": [asdict(one) for one in self.flips],
        }

    def markdown(self) -> str:
        """The comparison for the summary of a build."""
        lines = [f"### {markdown_text(self.new)} against {markdown_text(self.old)}", ""]
        lines += [f"**{markdown_text(self.answer)}**", "", *(f"- {markdown_text(line)}" for line in self.basis)]
        return "\n".join([*lines, "", *markdown_table(self.rows()), "", *self._markdown_flips(), ""])

    def _markdown_flips(self) -> list[str]:
        """The items that differ, folded away; the first ones, with a line that says how many are left out."""
        if not self.flips:
            return []
        lost = sum(one.direction == "lost" for one in self.flips)
        summary = f"{counted(len(self.flips), 'item')} differ: {lost:,} lost, {len(self.flips) - lost:,} gained"
        rows: list[Row] = [
            {
                "item": f"{one.task}/{one.item}",
                "change": one.direction,
                "accepted": _short(" | ".join(one.gold)),
                f"{self.old}": f"{one.old.ending}: {_short(one.old.text)}",
                f"{self.new}": f"{one.new.ending}: {_short(one.new.text)}",
            }
            for one in self.flips[:_FLIPS_IN_MARKDOWN]
        ]
        more = len(self.flips) - len(rows)
        rest = [f"… and {counted(more, 'more item')}; `--json` has all of them.", ""] if more else []
        return ["<details>", f"<summary>{summary}</summary>", "", *markdown_table(rows), "", *rest, "</details>", ""]

    def rows(self) -> list[Row]:
        """One row for each task."""
        return [
            {
                "task": name,
                "decision": _decision(one, self.margin),
                "points": f"{100 * one.difference:+.1f}",
                "interval": f"{100 * one.low:+.1f} – {100 * one.high:+.1f}",
                "items": one.items,
                "gained": one.only_a,
                "lost": one.only_b,
                "p": f"{one.p_value:.3g}",
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
            print_table(self.rows(), title="Each task by itself", right=["points", "interval", "p"])
        self._show_flips()

    def _show_flips(self) -> None:
        for one in self.flips[:_FLIPS_SHOWN]:
            typer.echo()
            typer.echo(visible(f"{one.task}/{one.item} {one.direction}; accepted: {_short(' | '.join(one.gold))}"))
            typer.echo(visible(f"  {self.old} ({one.old.ending}): {_short(one.old.text)}"))
            typer.echo(visible(f"  {self.new} ({one.new.ending}): {_short(one.new.text)}"))
        more = len(self.flips) - _FLIPS_SHOWN
        if more > 0:
            typer.echo(f"\n… and {counted(more, 'more item')} that differ; --json shows all of them.")


@dataclass(frozen=True)
class RegressionOptions:
    """How two runs are compared.

    Attributes:
        level: confidence level of the intervals.
        margin: difference of the mean score that does not matter, 0 to 1.
        seed: seed of the bootstrap.
    """

    level: float = 0.95
    margin: float = 0.0
    seed: int = 0


def compare_objective(database: "Database", new: str, old: str, how: RegressionOptions) -> ObjectiveDecision:
    """Compare two runs: the latest ones of two models, or those with the numbers after `run:`.

    Raises:
        NotFound: a model has no run, or there is no run with the number.
        BadInput: the runs have no task or item in common.
    """
    from objective.evaluation.flipped_items import flipped_items
    from objective.evaluation.run import common_scores, common_tasks, compare_runs
    from objective.scoring.paired_comparison import compare_paired

    run = _run(database, new)
    other, common = common_tasks(database, run, _run(database, old) if _numbered(old) else old)
    overall = compare_runs(database, run, other, seed=how.seed, level=how.level)
    scores, others = common_scores(database, run, other)
    tasks = {}
    for task in sorted({item.split("/", 1)[0] for item in scores.keys() & others.keys()}):
        own, theirs = ({k: v for k, v in one.items() if k.split("/", 1)[0] == task} for one in (scores, others))
        tasks[task] = compare_paired(own, theirs, seed=how.seed, level=how.level)
    flips = flipped_items(database, (run, other), sorted(common), (scores, others))
    return ObjectiveDecision(new, old, how.level, how.margin, overall, tasks, tuple(flips))


def _numbered(name: str) -> bool:
    return name.startswith(_RUN) and name.removeprefix(_RUN).isdigit()


def _run(database: "Database", name: str) -> int:
    """The run that a name stands for.

    Raises:
        NotFound: the model has no run, or there is no run with this number.
    """
    from storage.errors import NotFound
    from storage.evaluations.runs import latest_run, list_runs

    with database.reading() as session:
        if not _numbered(name):
            return latest_run(session, name)
        runs = {run.run_id: run.model for run in list_runs(session)}
    number = int(name.removeprefix(_RUN))
    if number not in runs:
        known = ", ".join(f"{_RUN}{one} ({model})" for one, model in list(runs.items())[:_RUNS_NAMED]) or "none"
        raise NotFound(f"expected the number of a stored run, got {name!r}; the newest are {known}")
    return number


def _short(text: str) -> str:
    """The end of a text on one line, where answers usually stand."""
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else f"…{line[-_SHORT:]}"


def _decision(found: "PairedComparison", margin: float) -> str:
    if found.low > 0.0 or found.high < 0.0:
        return "better" if found.low > 0.0 else "worse"
    return "equal" if max(-found.low, found.high) <= margin else "open"

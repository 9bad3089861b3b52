"""`evenhand compare --by objective`: two models on the same items of tasks with fixed answers."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from app.commands.tables import Row, counted, markdown_table, markdown_text, print_table, visible

if TYPE_CHECKING:
    from app.views.regressions.comparison import RegressionOptions, RunComparison
    from storage.database.engine import Database

_RUN = "run:"
_RUNS_NAMED = 5
_FLIPS_SHOWN = 5
_FLIPS_IN_MARKDOWN = 50
_SHORT = 160


@dataclass(frozen=True)
class ObjectiveAnswer:
    """The comparison of two runs, in the forms that the command gives.

    Attributes:
        found: the comparison.
    """

    found: "RunComparison"

    @property
    def decision(self) -> str:
        """`better`, `worse`, `equal` (within the margin) or `open`."""
        return self.found.decision

    @property
    def answer(self) -> str:
        """The decision in one sentence."""
        from app.views.regressions.words import regression_answer

        return regression_answer(self.found, "en")

    @property
    def basis(self) -> list[str]:
        """What the decision rests on."""
        from app.views.regressions.words import regression_basis

        return regression_basis(self.found, "en")

    def as_json(self) -> dict[str, object]:
        """The comparison for programs."""
        found = self.found
        return {
            "new": found.new,
            "old": found.old,
            "decision": self.decision,
            "may_stop": self.decision != "open",
            "answer": self.answer,
            "basis": self.basis,
            "kind": "objective",
            "level": found.options.level,
            "margin": found.options.margin,
            "overall": asdict(found.overall),
            "tasks": {name: asdict(one) | {"decision": found.decision_on(name)} for name, one in found.tasks.items()},
            "flips": [asdict(one) for one in found.flips],
        }

    def markdown(self) -> str:
        """The comparison for the summary of a build."""
        lines = [f"### {markdown_text(self.found.new)} against {markdown_text(self.found.old)}", ""]
        lines += [f"**{markdown_text(self.answer)}**", "", *(f"- {markdown_text(line)}" for line in self.basis)]
        return "\n".join([*lines, "", *markdown_table(self.rows()), "", *self._markdown_flips(), ""])

    def _markdown_flips(self) -> list[str]:
        """The items that differ, folded away; the first ones, with a line that says how many are left out."""
        if not self.found.flips:
            return []
        flips, lost = len(self.found.flips), self.found.lost
        summary = f"{counted(flips, 'item')} differ: {lost:,} lost, {flips - lost:,} gained"
        rows: list[Row] = [
            {
                "item": f"{one.task}/{one.item}",
                "change": one.direction,
                "accepted": _short(" | ".join(one.gold)),
                f"{self.found.old}": f"{one.old.ending}: {_short(one.old.text)}",
                f"{self.found.new}": f"{one.new.ending}: {_short(one.new.text)}",
            }
            for one in self.found.flips[:_FLIPS_IN_MARKDOWN]
        ]
        more = flips - len(rows)
        rest = [f"… and {counted(more, 'more item')}; `--json` has all of them.", ""] if more else []
        return ["<details>", f"<summary>{summary}</summary>", "", *markdown_table(rows), "", *rest, "</details>", ""]

    def rows(self) -> list[Row]:
        """One row for each task."""
        from app.views.regressions.words import interval_text, p_text, points

        return [
            {
                "task": name,
                "decision": self.found.decision_on(name),
                "points": points(one.difference),
                "interval": interval_text(one),
                "items": one.items,
                "gained": one.only_a,
                "lost": one.only_b,
                "p": p_text(one),
            }
            for name, one in self.found.tasks.items()
        ]

    def show(self) -> None:
        """Print the comparison."""
        typer.echo(visible(self.answer))
        typer.echo()
        for line in self.basis:
            typer.echo(visible(line))
        if len(self.found.tasks) > 1:
            typer.echo()
            print_table(self.rows(), title="Each task by itself", right=["points", "interval", "p"])
        self._show_flips()

    def _show_flips(self) -> None:
        for one in self.found.flips[:_FLIPS_SHOWN]:
            typer.echo()
            typer.echo(visible(f"{one.task}/{one.item} {one.direction}; accepted: {_short(' | '.join(one.gold))}"))
            typer.echo(visible(f"  {self.found.old} ({one.old.ending}): {_short(one.old.text)}"))
            typer.echo(visible(f"  {self.found.new} ({one.new.ending}): {_short(one.new.text)}"))
        more = len(self.found.flips) - _FLIPS_SHOWN
        if more > 0:
            typer.echo(f"\n… and {counted(more, 'more item')} that differ; --json shows all of them.")


def compare_objective(database: "Database", new: str, old: str, how: "RegressionOptions") -> ObjectiveAnswer:
    """Compare two runs: the latest ones of two models, or those with the numbers after `run:`.

    Raises:
        NotFound: a model has no run, or there is no run with the number.
        BadInput: the runs have no task or item in common.
    """
    from app.views.regressions.comparison import compare_evaluations

    runs = _run(database, new), _run(database, old) if _numbered(old) else old
    return ObjectiveAnswer(compare_evaluations(database, runs, (new, old), how))


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

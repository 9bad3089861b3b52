"""Which runs and tasks the Objective tab shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.ui.choices import Choice, number
from app.ui.visitor import Visitor
from app.views.objective import groups_of, newest_of_each, run_choice, run_names, tasks_of
from objective.task import TaskGroup
from storage.evaluations.runs import RunLine, list_runs

MOST_RUNS = 12
"""Runs that are shown side by side."""
FIRST_RUNS = 4
"""Models whose newest run is shown before anybody has chosen."""
_GROUP, _TASK = "group:", "task:"
"""What stands before a name in the list of tasks, since a group and a task may have the same."""


@dataclass(frozen=True)
class ObjectiveSelection:
    """What is shown.

    Attributes:
        offered: every run, newest first.
        runs: those that are shown, oldest first.
        names: what each of them is called.
        offered_tasks: every task of these runs.
        offered_groups: the groups that they were asked for.
        picked: what was picked of tasks and groups, as it was sent; empty for all.
    """

    offered: tuple[RunLine, ...]
    runs: tuple[RunLine, ...]
    names: dict[int, str]
    offered_tasks: tuple[str, ...]
    offered_groups: tuple[TaskGroup, ...]
    picked: tuple[str, ...]

    @property
    def run_ids(self) -> list[int]:
        """The numbers of the runs that are shown."""
        return [run.run_id for run in self.runs]

    @property
    def tasks(self) -> list[str]:
        """The tasks that are shown, in the order in which they were asked for."""
        members = {group.name: group.members for group in self.offered_groups}
        wanted = {name for one in self.picked if one.startswith(_GROUP) for name in members[one.removeprefix(_GROUP)]}
        wanted |= {one.removeprefix(_TASK) for one in self.picked if one.startswith(_TASK)}
        return [task for task in self.offered_tasks if not self.picked or task in wanted]

    @property
    def groups(self) -> list[TaskGroup]:
        """The groups of which every task is shown."""
        return groups_of(self.runs, self.tasks)


def choose(session: Session, sent_runs: Sequence[str] | None, sent_tasks: Sequence[str] | None) -> ObjectiveSelection:
    """What was chosen, as far as it is still there; the newest run of each model, and all tasks, before that.

    Args:
        session: any.
        sent_runs: numbers of runs, from the browser.
        sent_tasks: choices of `task_choices`, from the browser.
    """
    offered = list_runs(session)
    numbers = {run.run_id for run in offered}
    wanted = [run_id for run_id in map(number, _listed(sent_runs)) if run_id in numbers][:MOST_RUNS]
    shown = set(wanted or newest_of_each(offered, FIRST_RUNS))
    runs = tuple(run for run in reversed(offered) if run.run_id in shown)
    tasks = tasks_of(runs)
    groups = groups_of(runs, tasks)
    known = {_GROUP + group.name for group in groups} | {_TASK + task for task in tasks}
    picked = tuple(one for one in _listed(sent_tasks) if one in known)
    return ObjectiveSelection(tuple(offered), runs, run_names(runs), tuple(tasks), tuple(groups), picked)


def _listed(sent: Sequence[str] | None) -> list[str]:
    """What a list of choices sent, nothing for whatever else a browser may send."""
    return [one for one in sent if isinstance(one, str)] if isinstance(sent, list | tuple) else []


def run_choices(visitor: Visitor, chosen: ObjectiveSelection) -> list[Choice]:
    """Each run by its model and time; the number is what is meant."""
    return [(run_choice(run, visitor.language), str(run.run_id)) for run in chosen.offered]


def task_choices(visitor: Visitor, chosen: ObjectiveSelection) -> list[Choice]:
    """Groups with how many tasks they hold, then single tasks."""
    groups = [
        (visitor.say("objective_group_choice", group=group.name, n=len(group.members)), _GROUP + group.name)
        for group in chosen.offered_groups
    ]
    return groups + [(task, _TASK + task) for task in chosen.offered_tasks]

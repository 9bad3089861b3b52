"""The evaluation runs and tasks that the Objective tab shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.ui.choices import Choice, number
from app.ui.visitor import Visitor
from app.views.objective import groups_of, newest_of_each, run_choice, run_names, tasks_of
from objective.task import TaskGroup
from storage.evaluations.runs import RunLine, list_runs

MOST_RUNS = 12
"""Largest number of runs side by side."""
FIRST_RUNS = 4
"""Number of models whose newest run is shown by default."""
_GROUP, _TASK = "group:", "task:"
"""Prefixes that keep groups and tasks of the same name apart."""


@dataclass(frozen=True)
class ObjectiveSelection:
    """The runs and tasks on screen.

    Attributes:
        offered: all runs, newest first.
        runs: runs on screen, oldest first.
        names: display name by run id.
        offered_tasks: all tasks of these runs.
        offered_groups: all requested task groups of these runs.
        picked: selected tasks and groups as the browser sent them; empty for all.
    """

    offered: tuple[RunLine, ...]
    runs: tuple[RunLine, ...]
    names: dict[int, str]
    offered_tasks: tuple[str, ...]
    offered_groups: tuple[TaskGroup, ...]
    picked: tuple[str, ...]

    @property
    def run_ids(self) -> list[int]:
        """Ids of the runs on screen."""
        return [run.run_id for run in self.runs]

    @property
    def tasks(self) -> list[str]:
        """Tasks on screen, in the order of the runs."""
        members = {group.name: group.members for group in self.offered_groups}
        wanted = {name for one in self.picked if one.startswith(_GROUP) for name in members[one.removeprefix(_GROUP)]}
        wanted |= {one.removeprefix(_TASK) for one in self.picked if one.startswith(_TASK)}
        return [task for task in self.offered_tasks if not self.picked or task in wanted]

    @property
    def groups(self) -> list[TaskGroup]:
        """Groups whose tasks are all on screen."""
        return groups_of(self.runs, self.tasks)


def choose(session: Session, sent_runs: Sequence[str] | None, sent_tasks: Sequence[str] | None) -> ObjectiveSelection:
    """Return the selection as far as it still exists; by default the newest run of each model and all tasks.

    Of a single model the two newest runs are shown, which can be compared.

    Args:
        session: a database session.
        sent_runs: run ids from the browser.
        sent_tasks: values of `task_choices` from the browser.
    """
    offered = list_runs(session)
    numbers = {run.run_id for run in offered}
    wanted = [run_id for run_id in map(number, _listed(sent_runs)) if run_id in numbers][:MOST_RUNS]
    is_single = len({run.model for run in offered}) == 1
    newest = [run.run_id for run in offered[:2]] if is_single else newest_of_each(offered, FIRST_RUNS)
    shown = set(wanted or newest)
    runs = tuple(run for run in reversed(offered) if run.run_id in shown)
    tasks = tasks_of(runs)
    groups = groups_of(runs, tasks)
    known = {_GROUP + group.name for group in groups} | {_TASK + task for task in tasks}
    picked = tuple(one for one in _listed(sent_tasks) if one in known)
    return ObjectiveSelection(tuple(offered), runs, run_names(runs), tuple(tasks), tuple(groups), picked)


def _listed(sent: Sequence[str] | None) -> list[str]:
    """Return the strings of a list; empty for anything else a browser may send."""
    return [one for one in sent if isinstance(one, str)] if isinstance(sent, list | tuple) else []


def run_choices(visitor: Visitor, chosen: ObjectiveSelection) -> list[Choice]:
    """Return each run as (model and time, id)."""
    return [(run_choice(run, visitor.language), str(run.run_id)) for run in chosen.offered]


def task_choices(visitor: Visitor, chosen: ObjectiveSelection) -> list[Choice]:
    """Return groups with their number of tasks, then single tasks."""
    groups = [
        (visitor.say("objective_group_choice", group=group.name, n=len(group.members)), _GROUP + group.name)
        for group in chosen.offered_groups
    ]
    return groups + [(task, _TASK + task) for task in chosen.offered_tasks]

"""Which tasks there are, and from what a user asks for to tasks that are ready to run."""

import difflib
import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from objective.task import MODES, Family, Mode, Task, TaskGroup, checked
from objective.tasks import agieval, arc, ceval, cmmlu, gsm8k, mini
from objective.tasks.own import read_own
from objective.tasks.python_file import read_family
from storage.errors import BadInput, NotFound

FAMILIES: tuple[Family, ...] = (
    mini.FAMILY,
    ceval.FAMILY,
    cmmlu.FAMILY,
    agieval.FAMILY,
    arc.FAMILY,
    gsm8k.FAMILY,
)
_BY_NAME: Mapping[str, Family] = {family.name: family for family in FAMILIES}
_NEAR = 3


@dataclass(frozen=True)
class UnreadyTask:
    """A task that was asked for and cannot be asked.

    Attributes:
        name: of the task.
        mode: in which it was asked for.
        is_missing: whether its data is not there; else its data or the mode does not fit.
        cause: the sentence that says what is wrong.
    """

    name: str
    mode: Mode
    is_missing: bool
    cause: str


@dataclass(frozen=True)
class TaskSelection:
    """What a user asked for.

    Attributes:
        tasks: in the order asked, each once; those that cannot be asked as `UnreadyTask`.
        groups: whose members were all asked for.
    """

    tasks: tuple[Task | UnreadyTask, ...]
    groups: tuple[TaskGroup, ...]

    @property
    def ready(self) -> tuple[Task, ...]:
        """The tasks that can be asked."""
        return tuple(task for task in self.tasks if isinstance(task, Task))

    @property
    def unready(self) -> tuple[UnreadyTask, ...]:
        """The tasks that cannot be asked."""
        return tuple(task for task in self.tasks if isinstance(task, UnreadyTask))


def select(
    names: Sequence[str], *, data_dir: Path, mode: Mode | None = None, files: Sequence[Path] = ()
) -> TaskSelection:
    """Read the tasks behind names and files of own data.

    Args:
        names: of tasks, families or groups, patterns such as `cmmlu-*`, or paths of Python files.
        data_dir: below which published files lie.
        mode: how they are asked; by default each family's own first mode.
        files: JSONL or CSV files, each a task.

    Raises:
        NotFound: a name that nothing has, or no data for any task that was asked for.
        BadInput: own files that do not hold what they must, a mode that a family does not have, or a name twice.
    """
    if not names and not files:
        raise BadInput("expected tasks or a data file, got neither; see `evenhand list tasks`")
    wanted: dict[str, Family] = {}
    for name in names:
        for task, family in _named(name):
            wanted.setdefault(task, family)
    tasks: list[Task | UnreadyTask] = [_load(name, family, data_dir, mode) for name, family in wanted.items()]
    if tasks and not any(isinstance(task, Task) for task in tasks) and not files:
        first = next(task for task in tasks if isinstance(task, UnreadyTask))
        raise NotFound(first.cause) if first.is_missing else BadInput(first.cause)
    tasks += [read_own(path, mode or "gen") for path in files]
    _check_names(tasks)
    families = {family.name: family for family in wanted.values()}.values()
    groups = tuple(group for family in families for group in family.groups if set(group.members) <= wanted.keys())
    return TaskSelection(tuple(tasks), groups)


def task_rows(words: Sequence[str] = ()) -> list[dict[str, str | None]]:
    """What there is to choose from, for a table: one row a family, and one a task once words narrow it down.

    Args:
        words: only rows that hold every one of them; a family's name stands for its tasks and groups.
    """
    if not words:
        return [_family_row(family) for family in FAMILIES]
    folded = [word.casefold() for word in words]
    rows = [row for family in FAMILIES for row in _rows_of(family)]
    return [
        row for row in rows if all(word in " ".join(str(cell) for cell in row.values()).casefold() for word in folded)
    ]


def _family_row(family: Family) -> dict[str, str | None]:
    return {
        "task": family.name,
        "family": family.name,
        "tasks": str(len(family.tasks)),
        "modes": " ".join(family.modes),
        "licence": family.licence,
        "source": family.source,
        "title": family.title,
    }


def _rows_of(family: Family) -> list[dict[str, str | None]]:
    groups = [
        _family_row(family) | {"task": group.name, "tasks": str(len(group.members)), "title": "group"}
        for group in family.groups
    ]
    tasks = [
        _family_row(family)
        | {
            "task": name,
            "tasks": "1",
            "modes": " ".join(family.modes_of(name)),
            "title": " ".join(group.name for group in family.groups if name in group.members),
        }
        for name in family.tasks
    ]
    return groups + tasks


def _named(name: str) -> list[tuple[str, Family]]:
    """The tasks that one word stands for."""
    if name.endswith(".py"):
        family = read_family(Path(name))
        return [(task, family) for task in family.tasks]
    if name in _BY_NAME:
        return [(task, _BY_NAME[name]) for task in _BY_NAME[name].tasks]
    for family in FAMILIES:
        for group in family.groups:
            if group.name == name:
                return [(task, family) for task in group.members]
    found = [(task, family) for family in FAMILIES for task in family.tasks if fnmatch.fnmatchcase(task, name)]
    if found:
        return found
    if name.startswith("ceval-test"):
        ceval.load(name, Path(), "gen")  # says why it cannot be scored
    words = (word for family in FAMILIES for word in (*family.tasks, *(group.name for group in family.groups)))
    known = list(dict.fromkeys([*_BY_NAME, *words]))
    near = difflib.get_close_matches(name, known, n=_NEAR, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "see `evenhand list tasks`"
    raise NotFound(f"expected the name of a task, got {name!r}; {hint}")


def _load(name: str, family: Family, data_dir: Path, mode: Mode | None) -> Task | UnreadyTask:
    asked, modes = mode or family.modes[0], family.modes_of(name)
    if asked not in modes:
        cause = f"expected mode {' or '.join(modes)} for {name}, got {asked!r}; change --mode"
        return UnreadyTask(name, asked, is_missing=False, cause=cause)
    try:
        task = family.load(name, data_dir, asked)
    except (NotFound, BadInput) as error:
        return UnreadyTask(name, asked, isinstance(error, NotFound), str(error))
    except Exception as error:
        if family in FAMILIES:
            raise
        cause = f"expected a task from {family.name}, but its load fails with {type(error).__name__}: {error}"
        return UnreadyTask(name, asked, is_missing=False, cause=cause)
    if family in FAMILIES:
        return task
    try:
        return _own(task, name, asked)
    except BadInput as error:
        return UnreadyTask(name, asked, is_missing=False, cause=str(error))


def _own(task: object, name: str, mode: Mode) -> Task:
    """What a Python file made, if it is what was asked for and could be asked."""
    if not isinstance(task, Task) or (task.name, task.mode) != (name, mode):
        raise BadInput(f"expected load to return an objective.task.Task {name!r} in mode {mode}, got {task!r:.80}")
    for item in (*task.items, *task.pool):
        template = task.templates.get(item.form)
        for text in (template.ask, template.reply, template.told) if template is not None else ():
            text(item)  # raises where a field is unknown
    return checked(task)


def _check_names(tasks: Sequence[Task | UnreadyTask]) -> None:
    seen: set[str] = set()
    for task in tasks:
        if task.name in seen:
            raise BadInput(f"expected tasks with names of their own, got {task.name!r} twice; rename one of the files")
        seen.add(task.name)


def mode_named(text: str | None) -> Mode | None:
    """The mode behind a word of the command line; None for each family's own.

    Raises:
        BadInput: a word that is no mode; those of other harnesses are told their new name.
    """
    if text is None:
        return None
    for mode in MODES:
        if text == mode:
            return mode
    stages = {
        "all": "leave it out",
        "infer": "leave it out, asking and scoring are one step that goes on where it stopped",
        "eval": "use --stage score",
        "viz": "use --stage table",
    }
    raise BadInput(f"expected --mode gen or ppl, got {text!r}; {stages.get(text, 'choose one of them')}")

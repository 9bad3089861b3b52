"""The task families, and the selection of tasks by name, pattern or file."""

import difflib
import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from objective.causes import Cause, CauseCode, TaskProblem, cause_of
from objective.scoring.code_execution.permission import check_allowed
from objective.task import MODES, Family, Mode, Task, TaskGroup, validate_task
from objective.tasks import agieval, arc, ceval, cmmlu, gsm8k, mini
from objective.tasks.exams.families import FAMILIES as EXAMS
from objective.tasks.instructions.families import FAMILIES as INSTRUCTIONS
from objective.tasks.language.families import FAMILIES as LANGUAGE
from objective.tasks.long_context.families import FAMILIES as LONG_CONTEXT
from objective.tasks.own_files.groups import GroupLine
from objective.tasks.own_files.python_file import read_family
from objective.tasks.programs.families import FAMILIES as PROGRAMS
from objective.tasks.reasoning.families import FAMILIES as REASONING
from objective.tasks.vision.families import FAMILIES as VISION
from storage.errors import BadInput, NotFound

FAMILIES: tuple[Family, ...] = (
    mini.FAMILY,
    ceval.FAMILY,
    cmmlu.FAMILY,
    agieval.FAMILY,
    *EXAMS,
    *LANGUAGE,
    arc.FAMILY,
    gsm8k.FAMILY,
    *REASONING,
    *PROGRAMS,
    *INSTRUCTIONS,
    *LONG_CONTEXT,
    *VISION,
)
"""All families, in the order of the list; each folder has a tuple of its own."""

_BY_NAME: Mapping[str, Family] = {family.name: family for family in FAMILIES}
_MAX_SUGGESTIONS = 3
PROGRAM_SCORER = "programs"
"""Name of the scorer that runs programs of the model; its tasks are refused unless that is allowed."""
_WITH_MODE = re.compile(r"(?P<name>[A-Za-z][\w-]*?)_(?P<mode>gen|ppl)(?:_[0-9a-f]{6})?")
_OTHER_NAMES = {
    "arc-c": "arc",
    "arc-challenge": "arc",
    "agieval-mixed": "agieval",
    "obqa": "openbookqa",
    "social-iqa": "siqa",
    "sglue-rte": "rte",
    "nq-open": "nq",
    "lambada-openai": "lambada",
    "truthfulqa-mc1": "truthfulqa-mc1",
    "truthfulqa-mc2": "truthfulqa-mc2",
    **{f"superglue-{name}": name for name in ("boolq", "cb", "copa", "wsc", "rte", "wic", "multirc")},
    **{f"clue-{name}": name for name in ("ocnli", "c3", "cmrc", "drcd")},
    **{f"fewclue-{name}": name for name in ("bustm", "chid", "cluewsc")},
}
"""Names in OpenCompass and the evaluation harness, in lower case and with hyphens, where ours differ."""


@dataclass(frozen=True)
class UnreadyTask:
    """A requested task that cannot be asked.

    Attributes:
        name: name of the task.
        mode: requested mode.
        error: error that loading the task raised.
    """

    name: str
    mode: Mode
    error: BadInput | NotFound

    @property
    def is_missing(self) -> bool:
        """Whether the data is missing; otherwise the data or the mode is invalid."""
        return isinstance(self.error, NotFound)

    @property
    def cause(self) -> Cause:
        """The cause as a code with its names."""
        return cause_of(self.error)


@dataclass(frozen=True)
class TaskSelection:
    """The tasks that a user requested.

    Attributes:
        tasks: requested tasks in order, without duplicates; those that cannot be asked are an `UnreadyTask`.
        groups: groups with all members requested.
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


def select_tasks(
    names: Sequence[str],
    *,
    data_dir: Path,
    mode: Mode | None = None,
    files: Sequence[Path] = (),
    groups: Sequence[GroupLine] = (),
) -> TaskSelection:
    """Load the requested tasks.

    Args:
        names: names of tasks, families or groups, patterns such as `cmmlu-*`, or paths of Python files or task
            files of lm-evaluation-harness (`.yaml`); a name may end
            in the mode and a version, such as `ceval_gen_5f30c7` or `ARC_c_ppl` of OpenCompass.
        data_dir: folder with the published data files.
        mode: how the model is asked; by default the first mode of each family.
        files: JSONL or CSV files of the user, one task per file.
        groups: groups of the user; their tasks are asked if no others are named.

    Raises:
        NotFound: an unknown name, or none of the requested tasks has its data.
        BadInput: invalid user files, a mode that no requested task supports, or a duplicate name.
    """
    if not names and not files:
        names = [name for line in groups for name in line.tasks]
    if not names and not files:
        raise BadInput("expected tasks or a data file, got neither; see `evenhand list tasks`")
    wanted: dict[str, Family] = {}
    modes: dict[str, Mode | None] = {}
    for given in names:
        name, own = _without_mode(given)
        for task, family in _expand_name(name):
            wanted.setdefault(task, family)
            modes.setdefault(task, mode or own)
    tasks: list[Task | UnreadyTask] = [
        _load_task(name, family, data_dir, modes[name]) for name, family in wanted.items()
    ]
    if tasks and not any(isinstance(task, Task) for task in tasks) and not files:
        raise next(task.error for task in tasks if isinstance(task, UnreadyTask))
    if files:
        from objective.tasks.own_files.rows import read_user_rows  # noqa: PLC0415  it loads the readers of all rows

        tasks += [read_user_rows(path, mode or "gen") for path in files]
    _check_unique_names(tasks)
    families = {family.name: family for family in wanted.values()}.values()
    published = tuple(group for family in families for group in family.groups if set(group.members) <= wanted.keys())
    added = [_own_group(line, [task.name for task in tasks]) for line in groups]
    names_of_own = {group.name for group in added}
    return TaskSelection(tuple(tasks), (*(one for one in published if one.name not in names_of_own), *added))


def _own_group(line: GroupLine, asked: Sequence[str]) -> TaskGroup:
    """A group of the user with the tasks that its names stand for; a task without data stays a member.

    Raises:
        NotFound: a name stands for no task, neither of the catalogue nor among those that are asked.
    """
    weights: dict[str, float] = {}
    for name, weight in line.tasks.items():
        for task in [name] if name in asked else [task for task, _ in _expand_name(_without_mode(name)[0])]:
            weights.setdefault(task, weight)
    own = tuple(weights.values()) if line.has_weights else ()
    return TaskGroup(line.name, tuple(weights), is_weighted=True, weights=own)


def task_rows(words: Sequence[str] = ()) -> list[dict[str, str | None]]:
    """The catalogue as table rows: one row per family, or with words one row per matching task and group.

    Args:
        words: words that a row must contain; the name of a family matches its tasks and groups.
    """
    if not words:
        return [_family_row(family) for family in FAMILIES]
    folded = [word.casefold() for word in words]
    rows = [row for family in FAMILIES for row in _member_rows(family)]
    return [
        row for row in rows if all(word in " ".join(str(cell) for cell in row.values()).casefold() for word in folded)
    ]


def _family_row(family: Family) -> dict[str, str | None]:
    return {
        "task": family.name,
        "family": family.name,
        "tasks": str(len(family.tasks)),
        "modes": " ".join(family.modes),
        "languages": " ".join(family.languages),
        "abilities": " ".join(family.abilities),
        "licence": family.licence,
        "source": family.source,
        "title": family.title,
    }


def _member_rows(family: Family) -> list[dict[str, str | None]]:
    groups = [
        _family_row(family)
        | {
            "task": group.name,
            "tasks": str(len(group.members)),
            "title": family.title_of(group.name),
            "groups": "group",
        }
        for group in family.groups
    ]
    tasks = [
        _family_row(family)
        | {
            "task": name,
            "tasks": "1",
            "modes": " ".join(family.modes_of(name)),
            "title": family.title_of(name),
            "groups": " ".join(group.name for group in family.groups if name in group.members),
        }
        for name in family.tasks
    ]
    return groups + tasks


def _without_mode(name: str) -> tuple[str, Mode | None]:
    """A name without `_gen` or `_ppl` and a version, and the mode; other names are returned as they are."""
    match = _WITH_MODE.fullmatch(name)
    if match is None:
        is_ours = any(name in family.tasks for family in FAMILIES)
        return name if is_ours else _OTHER_NAMES.get(name.replace("_", "-").lower(), name), None
    plain = match["name"].replace("_", "-").lower()
    return _OTHER_NAMES.get(plain, plain), "gen" if match["mode"] == "gen" else "ppl"


def _expand_name(name: str) -> list[tuple[str, Family]]:
    """The tasks that a name, a pattern, a Python file or a task file stands for."""
    if name.endswith(".py"):
        family = read_family(Path(name))
        return [(task, family) for task in family.tasks]
    if name.endswith((".yaml", ".yml")):
        from objective.tasks.task_files.families import read_families  # noqa: PLC0415  it loads the template engine

        return [(task, family) for family in read_families(Path(name)) for task in family.tasks]
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
        ceval.load(name, Path(), "gen")  # raises with the reason why it cannot be scored
    words = (word for family in FAMILIES for word in (*family.tasks, *(group.name for group in family.groups)))
    known = list(dict.fromkeys([*_BY_NAME, *words]))
    near = difflib.get_close_matches(name, known, n=_MAX_SUGGESTIONS, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "see `evenhand list tasks`"
    raise NotFound(f"expected the name of a task, got {name!r}; {hint}")


def _load_task(name: str, family: Family, data_dir: Path, mode: Mode | None) -> Task | UnreadyTask:
    modes = family.modes_of(name)
    asked = mode or (family.modes[0] if family.modes[0] in modes else modes[0])
    if asked not in modes:
        message = f"expected mode {' or '.join(modes)} for {name}, got {asked!r}; change --mode"
        cause = Cause(CauseCode.unsupported_mode, name=" / ".join(modes), text=asked)
        return UnreadyTask(name, asked, TaskProblem(message, cause))
    is_bundled = family in FAMILIES
    try:
        task = family.load(name, data_dir, asked)
        task = validate_task(task) if is_bundled else _checked_user_task(task, name, asked)
        if task.scorer == PROGRAM_SCORER:
            check_allowed()
    except (NotFound, BadInput) as error:
        return UnreadyTask(name, asked, error)
    except Exception as error:
        if is_bundled:
            raise
        text = f"{type(error).__name__}: {error}"
        message = f"expected a task from {family.name}, but its load fails with {text}"
        cause = Cause(CauseCode.failed_load, name=family.name, text=text)
        return UnreadyTask(name, asked, TaskProblem(message, cause))
    return task


def _checked_user_task(task: object, name: str, mode: Mode) -> Task:
    """Check what a user's Python file returned: the requested task, valid and with known template fields."""
    if not isinstance(task, Task) or (task.name, task.mode) != (name, mode):
        raise BadInput(f"expected load to return an objective.task.Task {name!r} in mode {mode}, got {task!r:.80}")
    for item in (*task.items, *task.pool):
        template = task.templates.get(item.form)
        for text in (
            (template.render_question, template.render_answer, template.render_instruction)
            if template is not None
            else ()
        ):
            text(item)  # raises where a field is unknown
    return validate_task(task)


def _check_unique_names(tasks: Sequence[Task | UnreadyTask]) -> None:
    seen: set[str] = set()
    for task in tasks:
        if task.name in seen:
            raise BadInput(f"expected tasks with names of their own, got {task.name!r} twice; rename one of the files")
        seen.add(task.name)


def parse_mode(text: str | None) -> Mode | None:
    """Read a mode from the command line; None stands for the default of each family.

    Raises:
        BadInput: an unknown mode; for mode names of other harnesses the message names the option to use here.
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

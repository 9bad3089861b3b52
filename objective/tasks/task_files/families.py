"""Families of the tasks and groups that a file defines."""

from pathlib import Path
from typing import Any

from objective.task import Family, Mode, Task, TaskGroup
from objective.tasks.task_files.fields import (
    GroupFile,
    TaskFile,
    as_definition,
    definitions_below,
    read_file,
    read_values,
)
from objective.tasks.task_files.items import load_task
from storage.errors import BadInput

_MAX_DEPTH = 8


def read_families(path: Path) -> list[Family]:
    """One family for each task that a file defines, the first of them with the file's groups.

    Raises:
        BadInput: the file cannot be read, or a group names a task that no file beside or below it defines.
    """
    groups: list[TaskGroup] = []
    tasks = list({task.name: task for task in _tasks_of(read_file(path), groups, 0)}.values())
    if not tasks:
        raise BadInput(f"expected tasks in {str(path)!r}, got a group without members")
    families = [_family(task, path, ()) for task in tasks[1:]]
    return [_family(tasks[0], path, tuple(groups)), *families]


def _family(task: TaskFile, path: Path, groups: tuple[TaskGroup, ...]) -> Family:
    mode: Mode = "gen" if task.output_type not in ("multiple_choice", "loglikelihood") else "ppl"

    def load(name: str, data_dir: Path, mode: Mode) -> Task:
        del name
        return load_task(task, data_dir, mode)

    return Family(
        name=task.name,
        title=f"task file {path.name}",
        source=task.text("dataset_path", str(path)),
        licence="as its source",
        tasks=(task.name,),
        load=load,
        modes=(mode,),
        groups=groups,
    )


def _tasks_of(found: TaskFile | GroupFile, groups: list[TaskGroup], depth: int) -> list[TaskFile]:
    if isinstance(found, TaskFile):
        return [found]
    if depth > _MAX_DEPTH:
        raise BadInput(f"expected groups that end somewhere, but {found.name!r} contains itself; remove the circle")
    tasks = [task for member in found.members for task in _member_tasks(member, found, groups, depth)]
    groups.append(TaskGroup(found.name, tuple(dict.fromkeys(task.name for task in tasks))))
    return tasks


def _member_tasks(member: Any, group: GroupFile, groups: list[TaskGroup], depth: int) -> list[TaskFile]:  # noqa: ANN401
    """The tasks of one member of a group: a name, a name with other values, or a whole definition."""
    if isinstance(member, str):
        return _tasks_of(read_file(_path_of(member, group)), groups, depth + 1)
    if not isinstance(member, dict):
        raise BadInput(f"expected names or definitions in the group {group.name!r}, got {str(member)[:80]!r}")
    name = member.get("task")
    if isinstance(name, str) and "doc_to_text" not in member and name in definitions_below(group.folder):
        member = read_values(_path_of(name, group)) | member
    return _tasks_of(as_definition(member, group.folder, group.name), groups, depth + 1)


def _path_of(name: str, group: GroupFile) -> Path:
    found = definitions_below(group.folder)
    if name not in found:
        raise BadInput(
            f"expected a file beside or below {str(group.folder)!r} that defines {name!r} for the group "
            f"{group.name!r}, found none"
        )
    return found[name]

"""Groups of tasks from a user's TOML file: names, tasks or patterns, and weights."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.errors import BadInput

_FORM = '[[group]] with name = "exams", and tasks = ["ceval-logic", "cmmlu-*"] or tasks = {gsm8k = 2, svamp = 1}'
_KEYS = frozenset({"name", "tasks"})


@dataclass(frozen=True)
class GroupLine:
    """One group as a file defines it.

    Attributes:
        name: name in the summary.
        tasks: names of tasks, families or groups, or patterns, each with its weight.
        has_weights: whether the file gives weights; otherwise the weighted mean is by items.
    """

    name: str
    tasks: Mapping[str, float]
    has_weights: bool


def read_groups(path: Path) -> list[GroupLine]:
    """Read the groups of a TOML file.

    Raises:
        BadInput: the file cannot be read, is no TOML, or has a group of another form.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"expected a TOML file in {str(path)!r}, but it cannot be read; check the path") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path.name}: expected TOML, got an error: {error}") from None
    rows = content.get("group")
    if not isinstance(rows, list) or not rows or set(content) != {"group"}:
        raise BadInput(f"{path.name}: expected {_FORM}, got {', '.join(content) or 'nothing'}")
    groups = [_read_group(path, row) for row in rows]
    names = [group.name for group in groups]
    if len(set(names)) < len(names):
        raise BadInput(f"{path.name}: expected groups with names of their own, got two equal ones; rename one")
    return groups


def _read_group(path: Path, row: Any) -> GroupLine:  # noqa: ANN401  any value of TOML
    if not isinstance(row, dict) or set(row) != _KEYS or not isinstance(row["name"], str) or not row["name"].strip():
        raise BadInput(f"{path.name}: expected {_FORM}, got {row!r:.80}")
    tasks, name = row["tasks"], row["name"]
    if isinstance(tasks, list) and tasks and all(isinstance(one, str) for one in tasks):
        return GroupLine(name, dict.fromkeys(tasks, 1.0), has_weights=False)
    if not isinstance(tasks, dict) or not tasks:
        raise BadInput(f"{path.name}: expected names or weights of tasks in group {name!r}, got {tasks!r:.80}")
    for task, weight in tasks.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < float("inf"):
            raise BadInput(f"{path.name}: expected a weight above 0 for {task!r} in group {name!r}, got {weight!r}")
    return GroupLine(name, {task: float(weight) for task, weight in tasks.items()}, has_weights=True)

"""Tasks from a user's Python file, which defines `FAMILY`, a `Family` with a `load` function."""

import importlib.util
from pathlib import Path

from objective.task import Family
from storage.errors import BadInput


def read_family(path: Path) -> Family:
    """Run a user's Python file and return its `FAMILY`.

    Raises:
        BadInput: there is no such file, it raises an error, or it defines no family with tasks.
    """
    if not path.is_file():
        raise BadInput(f"expected a Python file with tasks, found none at {str(path)!r}; check the path")
    spec = importlib.util.spec_from_file_location(f"evenhand_own_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadInput(f"expected a Python file with tasks, got {str(path)!r}; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadInput(
            f"expected a Python file with tasks, but {str(path)!r} fails with {type(error).__name__}: {error}"
        ) from error
    family = getattr(module, "FAMILY", None)
    if not isinstance(family, Family) or not family.tasks:
        raise BadInput(
            f"expected {str(path)!r} to define FAMILY, an objective.task.Family with at least one task, got {family!r}"
        )
    return family

"""Whether programs of models may run: off unless the user allows it for this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from objective.causes import Cause, CauseCode, TaskProblem
from objective.scoring.code_execution.sandbox import check_sandbox

OPTION = "--allow-code-execution"
"""Option of the command line that allows it."""


@dataclass
class _Permission:
    is_given: bool = False


_PERMISSION = _Permission()


def allow_programs() -> None:
    """Allow the programs of models to run in the sandbox, until this process ends."""
    _PERMISSION.is_given = True


@contextmanager
def programs_allowed() -> Iterator[None]:
    """Allow the programs of models to run in the sandbox within a block."""
    before, _PERMISSION.is_given = _PERMISSION.is_given, True
    try:
        yield
    finally:
        _PERMISSION.is_given = before


def check_allowed() -> None:
    """Check that programs may run, and that the sandbox for them can be made here.

    Raises:
        TaskProblem: one of both is not so.
    """
    if not _PERMISSION.is_given:
        raise TaskProblem(
            f"expected {OPTION} for a task that runs programs written by the model, got none; they run in a sandbox "
            "without network or access to files",
            Cause(CauseCode.programs_not_allowed, name=OPTION),
        )
    check_sandbox()

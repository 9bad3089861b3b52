"""Files that one process of a test run makes for all of them."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A file that is made once a run and never changed; tests get copies.

    Args:
        factory: knows the folder of the run.
        name: of the file, and of no other in any process.
        make: puts it at a path.
    """
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of the run, which holds the folders of its workers
    path = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            in_work = folder / f"in-work-{name}"
            make(in_work)
            in_work.rename(path)
    return path

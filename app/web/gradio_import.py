"""Import Gradio without writing its stub files, which takes half of its import time."""

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def import_gradio() -> None:
    """Import Gradio if it is not loaded yet."""
    with _no_stubs():
        importlib.import_module("gradio")


@contextmanager
def _no_stubs() -> Iterator[None]:
    """Hide the source files of Gradio's classes, since it writes a stub for each component that has one."""
    find = inspect.getfile

    def found(thing: Any) -> str:  # noqa: ANN401  as the library has it
        if isinstance(thing, type) and thing.__module__.partition(".")[0] == "gradio":
            raise OSError
        return find(thing)

    inspect.getfile = found  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = find

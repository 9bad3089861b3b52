"""Gradio, imported without the stub files that it writes beside its own source each time: half of its import's work."""

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def import_gradio() -> None:
    """Import it, if that has not been done; whoever imports it after that finds it in memory."""
    with _no_stubs():
        importlib.import_module("gradio")


@contextmanager
def _no_stubs() -> Iterator[None]:
    """Let no class of Gradio have a source file, since it writes a stub for each component that has one."""
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

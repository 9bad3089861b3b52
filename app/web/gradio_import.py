"""Import Gradio and build its pages without the stub files and the extra applications that Gradio makes."""

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


@contextmanager
def one_application() -> Iterator[None]:
    """Build pages without the application that Gradio makes when a page begins, when it ends and when it is queued.

    Only the application that mounting makes is ever served; the other three take a tenth of a second each.
    """
    application = importlib.import_module("gradio.routes").App
    make = application.create_app
    application.create_app = staticmethod(lambda *_arguments, **_options: None)
    try:
        yield
    finally:
        application.create_app = staticmethod(make)

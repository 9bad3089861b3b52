"""Start Gradio without the work whose result nobody uses, which takes half of its time.

On import it writes a stub file for each component; while pages are built it makes their application three times before
`mount_gradio_app` makes the one that serves them.
"""

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def import_gradio() -> None:
    """Import Gradio if it is not loaded yet."""
    with no_stubs():
        importlib.import_module("gradio")


@contextmanager
def no_stubs() -> Iterator[None]:
    """Import Gradio without stubs: it writes one for each component whose source file it finds."""
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
def no_application() -> Iterator[None]:
    """Build pages without an application; `mount_gradio_app` makes the one that serves them."""
    blocks: Any = importlib.import_module("gradio.blocks")
    own = blocks.App
    blocks.App = _NoApplication
    try:
        yield
    finally:
        blocks.App = own


class _NoApplication:
    """What Gradio makes in place of an application."""

    @staticmethod
    def create_app(*_arguments: object, **_options: object) -> None:
        """Make nothing."""

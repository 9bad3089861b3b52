"""The libraries of local models, which not every installation has."""

from collections.abc import Iterator
from contextlib import contextmanager

from storage.errors import BadInput


@contextmanager
def local_libraries() -> Iterator[None]:
    """Import the libraries of local models inside; a missing one becomes one sentence.

    Raises:
        BadInput: a library is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise BadInput(
            f"expected {error.name} for a local model, found none; install it with pip install 'evenhand[local]'"
        ) from None

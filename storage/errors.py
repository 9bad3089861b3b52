"""Every error a user may see, as one tree.

A message is one sentence that says what was expected, what came and what to do; the command line prints
it after `evenhand:` and exits with 1, a web page shows it as it is. Anything else that escapes is a defect.

    EvenhandError
    ├── StoreError            the database cannot be used as it is
    │   ├── StoreBusy         another process holds the write lock for too long
    │   └── StoreVersionError the database was written by a newer version
    ├── BadInput              a value, file or option that does not hold what it must
    │   └── BadRows           rows of an imported file, each with file and line
    ├── NotFound              a name or token that is not in the store
    ├── NotAllowed            a role or an ownership that forbids it
    └── Conflict              something that exists already or has moved on
"""

from collections.abc import Sequence


class EvenhandError(Exception):
    """The root: catch it to turn any expected failure into a sentence for a person."""


class StoreError(EvenhandError):
    """The database cannot be opened, read or written as it is."""


class StoreBusy(StoreError):
    """Another process held the write lock longer than the busy timeout."""


class StoreVersionError(StoreError):
    """The database carries a migration that this version does not know."""


class BadInput(EvenhandError):
    """A value, file or option from outside does not hold what it must."""


class BadRows(BadInput):
    """Rows of an imported file that were refused; nothing of the file was stored.

    Attributes:
        rows: one sentence per bad row, each beginning with `FILE:LINE:`.
        truncated: how many further bad rows were found beyond those listed.
    """

    def __init__(self, summary: str, rows: Sequence[str], truncated: int = 0) -> None:
        """Keep the summary as the message and the rows for a report."""
        super().__init__(summary)
        self.rows = tuple(rows)
        self.truncated = truncated


class NotFound(EvenhandError):
    """A name, key or token that is not in the store."""


class NotAllowed(EvenhandError):
    """The person asking may not do this: wrong role, or somebody else's ballot."""


class Conflict(EvenhandError):
    """What was asked contradicts what the store holds already."""

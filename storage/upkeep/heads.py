"""Heads of the ledger that were kept elsewhere, read from text and from files.

A head is one word, `POSITION:DIGEST`. Exports, backups and `rank --json` show it.
"""

import re
from pathlib import Path
from typing import NamedTuple

from storage.database.engine import Database
from storage.errors import BadInput
from storage.ledger import chain

_HEAD = re.compile(r"(?<!\d)(\d{1,18}):([0-9a-f]{64})(?![0-9A-Za-z])")
_MOST_BYTES = 50_000_000


class LedgerHead(NamedTuple):
    """The last position of a ledger at some time, and the digest of its chain up to it."""

    position: int
    digest: str

    def __str__(self) -> str:
        """The word that exports show."""
        return f"{self.position}:{self.digest}"


def read_heads(given: str) -> list[LedgerHead]:
    """The heads in a text, or in the file that it names, in order and each once.

    Raises:
        BadInput: the text is no head and names no file that can be read, or the file holds no head.
    """
    found = _heads(given)
    if found:
        return found
    path = Path(given)
    try:
        with path.open("rb") as file:
            found = _heads(file.read(_MOST_BYTES).decode(errors="replace"))
    except (OSError, ValueError):
        raise BadInput(
            f"expected a head of the ledger like 1200:3f…, or a file that holds one, got {given!r}; "
            "take it from an export, a backup or `evenhand rank --json`"
        ) from None
    if not found:
        raise BadInput(f"expected a head of the ledger (POSITION:DIGEST) in {given!r}, found none; name another file")
    return found


def head_of(database: Database, position: int | None = None) -> str | None:
    """The store's head now or at an earlier position, as one word; None inside of rows that were written together."""
    with database.reading() as session:
        return chain.head_text(session, position)


def _heads(text: str) -> list[LedgerHead]:
    return list(dict.fromkeys(LedgerHead(int(position), digest) for position, digest in _HEAD.findall(text)))

"""Keys of imported votes, judgments and scores, by which duplicates are recognised.

A row with a key is a duplicate if the key is known with the same content, and an error if it is known with different
content. A row without a key gets one made of its content and of the number of equal rows above it in the file:
importing a file twice adds nothing, while two equal votes in one file stay two.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, TypeVar

import orjson
from sqlalchemy import Table, select
from sqlmodel import Session

from storage.database.bulk import in_lists
from storage.database.columns import table_of
from storage.database.ledger_tables import Judgment, Preference, Satisfaction
from storage.exchange import store_rows
from storage.exchange.identities import Pseudonyms, holds_address
from storage.exchange.rows.canonical import NATIVE, PreferenceRow, SatisfactionRow
from storage.exchange.rows.problems import Problems, shown
from storage.questions.model_names import standing_names

TABLES = {"preference": table_of(Preference), "judgement": table_of(Judgment), "satisfaction": table_of(Satisfaction)}
_READERS: dict[str, Any] = {
    "preference": store_rows.preference_rows,
    "judgement": store_rows.judgment_rows,
    "satisfaction": store_rows.satisfaction_rows,
}
_NOT_COMPARED = frozenset(
    ("rater", "created_at", "category", "language", "conversations", "comment", "response", "response_a", "response_b")
)
RatedRow = TypeVar("RatedRow", PreferenceRow, SatisfactionRow)
"""A row of a person or a judge, on a pair or on one response."""


class RowKeys:
    """Gives keys to the rows of one file and leaves duplicates out.

    Attributes:
        duplicates: number of duplicates so far.
    """

    def __init__(self, session: Session, problems: Problems, pseudonyms: Pseudonyms) -> None:
        """Look up known keys in one session."""
        self.duplicates = 0
        self._session, self._problems, self._pseudonyms = session, problems, pseudonyms
        self._copies: dict[bytes, int] = {}
        self._given: dict[tuple[str, str], bytes] = {}
        self._holding: dict[tuple[str, str], bool] = {}
        self._native: dict[str, set[str]] = {}
        self._names: dict[str, str] = {}

    def fresh(self, kind: str, rows: Sequence[tuple[int, RatedRow]]) -> tuple[list[RatedRow], list[str]]:
        """The rows that are neither duplicates nor wrong, and their keys; all rows are for one ledgered table."""
        keyed: list[tuple[int, RatedRow, str]] = []
        for line, row in rows:
            content = self._content(row)
            if row.row_key is None:
                n = self._copies[content] = self._copies.get(content, 0) + 1
                keyed.append((line, row, content.hex() if n == 1 else f"{content.hex()}-{n}"))
            elif self._first(line, row, row.row_key, content):
                keyed.append((line, row, row.row_key))
        known, wrong = self._known(kind, keyed)
        self.duplicates += len(known) - wrong
        if known:
            keyed = [item for item in keyed if (item[1].source, item[2]) not in known]
        return [row for _, row, _ in keyed], [key for _, _, key in keyed]

    def _content(self, row: RatedRow) -> bytes:
        """A digest of the row that discloses no address; the first three fields are the identity of the row."""
        kind, label, source, judge = row.rater
        values = (row[0], kind, source, self._pseudonyms.of(label)[1], judge, *row[3:])
        return blake2b(orjson.dumps(values, default=list), digest_size=12).digest()

    def _first(self, line: int, row: RatedRow, key: str, content: bytes) -> bool:
        before = self._given.setdefault((row.source, key), content)
        if before is content:
            return True
        if before == content:
            self.duplicates += 1
        else:
            self._contradicts(line, row.source, key, "an earlier line of the file")
        return False

    def _known(self, kind: str, keyed: Sequence[tuple[int, RatedRow, str]]) -> tuple[set[tuple[str, str]], int]:
        """Source and key of the rows that are in the store, and how many have different content and are wrong."""
        known: set[tuple[str, str]] = set()
        wrong = 0
        table = TABLES[kind]
        by_source: dict[str, dict[str, tuple[int, RatedRow]]] = {}
        for line, row, key in keyed:
            by_source.setdefault(row.source, {})[key] = line, row
        for source, rows in by_source.items():
            if source == NATIVE:
                native = self._native_keys(kind)
                known.update((source, key) for key in rows if key in native)
            if not self._holds(kind, table, source):
                continue
            for some in in_lists(rows):
                where = (table.c.source == source, table.c.row_key.in_(some))
                given = [key for key in some if rows[key][1].row_key is not None]
                if given:
                    wrong += self._compare(kind, rows, where)
                found = self._session.execute(select(table.c.row_key).where(*where)).scalars()
                known.update((source, str(key)) for key in found)
        return known, wrong

    def _compare(self, kind: str, rows: dict[str, tuple[int, RatedRow]], where: tuple[Any, ...]) -> int:
        wrong = 0
        for stored in _READERS[kind](self._session, *where):
            line, row = rows[stored.row_key]
            if row.row_key is not None and not _agree(stored, self._as_stored(row)):
                self._contradicts(line, row.source, row.row_key, "the store")
                wrong += 1
        return wrong

    def _as_stored(self, row: RatedRow) -> RatedRow:
        """The row with the names that its models have in the store."""
        named = (row.model_a, row.model_b) if isinstance(row, PreferenceRow) else (row.model,)
        if unseen := set(named) - self._names.keys():
            self._names |= {name: name for name in unseen} | standing_names(self._session, unseen)
        found = [self._names[name] for name in named]
        if isinstance(row, PreferenceRow):
            return row._replace(model_a=found[0], model_b=found[1])
        return row._replace(model=found[0])

    def _contradicts(self, line: int, source: str, key: str, holder: str) -> None:
        self._problems.add(
            line,
            f"expected row key {shown(key)} of source {shown(source)} once, got it with different content than in "
            f"{holder}; give the row another key",
        )

    def _native_keys(self, kind: str) -> set[str]:
        """Exported keys of rows given in this store, so that none is imported a second time."""
        if kind not in self._native:
            given_here = TABLES[kind].c.source.is_(None)
            self._native[kind] = {row.row_key for row in _READERS[kind](self._session, given_here)}
        return self._native[kind]

    def _holds(self, kind: str, table: Table, source: str) -> bool:
        """Whether the table had rows of this source before this import."""
        if (kind, source) not in self._holding:
            found = self._session.execute(select(table.c.position).where(table.c.source == source).limit(1)).first()
            self._holding[kind, source] = found is not None
        return self._holding[kind, source]


def _agree(stored: PreferenceRow | SatisfactionRow, row: PreferenceRow | SatisfactionRow) -> bool:
    """Whether a stored row and a row of the file are equal in all columns that a file must have."""
    same_rater = holds_address(row.rater.label) or stored.rater.label == row.rater.label
    fields = [name for name in stored._fields if name not in _NOT_COMPARED]
    return same_rater and all(getattr(stored, name) == getattr(row, name) for name in fields)

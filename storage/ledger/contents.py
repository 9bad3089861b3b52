"""Digests of what ledgered rows refer to: the texts of responses and questions, and the ballots.

A row of the ledger names a ballot and responses by id. Each batch stores one digest over what these ids meant when it
was written, so that a text or a side that is edited later is found. Ballots count with the values that never change
after they are drawn; questions only with ballots, because the text of an imported question may be added later.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import Select, Text, bindparam, cast, select

from storage.database.bulk import in_lists
from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.tables import Ballot, Question, Response

BALLOT_VALUES = (
    "id",
    "campaign_id",
    "rater_id",
    "question_id",
    "response_a_id",
    "response_b_id",
    "swapped",
    "probability",
    "policy",
    "policy_version",
    "guidelines_version",
    "occasion",
)
"""What a ballot counts with; an undo gives it another token, and a later version may store more about it."""

Key = tuple[str, int]

_BALLOT, _QUESTION, _RESPONSE = table_of(Ballot), table_of(Question), table_of(Response)
_OF_BALLOT = [_BALLOT.c[name] for name in BALLOT_VALUES]
_OF_RESPONSE = (_RESPONSE.c.id, _RESPONSE.c.question_id, _RESPONSE.c.model_id, cast(_RESPONSE.c.turns, Text))
_OF_QUESTION = (_QUESTION.c.id, cast(_QUESTION.c.turns, Text))
_STATEMENTS: dict[str, Select[Any]] = {
    "ballot": select(*_OF_BALLOT),
    "question": select(*_OF_QUESTION),
    "response": select(*_OF_RESPONSE),
}
_SOME = {
    table: statement.where(statement.selected_columns[0].in_(bindparam("ids", expanding=True)))
    for table, statement in _STATEMENTS.items()
}
_A, _B = _RESPONSE.alias("a"), _RESPONSE.alias("b")
_ONE = (
    select(
        *_OF_BALLOT,
        cast(_QUESTION.c.turns, Text),
        *(_A.c[name] for name in ("id", "question_id", "model_id")),
        cast(_A.c.turns, Text),
        *(_B.c[name] for name in ("id", "question_id", "model_id")),
        cast(_B.c.turns, Text),
    )
    .select_from(
        _BALLOT.join(_QUESTION, _QUESTION.c.id == _BALLOT.c.question_id)
        .join(_A, _A.c.id == _BALLOT.c.response_a_id)
        .outerjoin(_B, _B.c.id == _BALLOT.c.response_b_id)
    )
    .where(_BALLOT.c.id == bindparam("ballot"))
)
"""A ballot with all that belongs to it in one statement, because every vote waits for it."""

_RESPONSES = ("response_a_id", "response_b_id", "response_id")


def contents_of(sql: Sql, columns: Mapping[str, Sequence[Any]]) -> str | None:
    """The digest of what these ledgered rows, given as columns, refer to; None if they name no response or ballot."""
    ballots = _ids(columns, "ballot_id")
    responses = _ids(columns, *_RESPONSES)
    if len(ballots) == 1:
        found = _one_ballot(sql, next(iter(ballots)))
        if found and found.keys() >= {("response", number) for number in responses}:
            return combined(found)
    if not ballots and not responses:
        return None
    found = dict(_read(sql, "ballot", ballots))
    drawn = _drawn(sql, ballots)
    found.update(_read(sql, "response", responses | drawn["response"]))
    found.update(_read(sql, "question", drawn["question"]))
    return combined(found)


def combined(found: Mapping[Key, bytes]) -> str:
    """One digest of the digests of several rows."""
    return hashlib.sha256(b"".join(found[key] for key in sorted(found))).hexdigest()


class StoredContents:
    """Digests of all responses, questions and ballots of a store, to check many batches against; read once."""

    def __init__(self, sql: Sql) -> None:
        """Read the store."""
        self._found: dict[Key, bytes] = {}
        self._drawn: dict[int, list[Key]] = {}
        for table in _STATEMENTS:
            self._found.update(_read(sql, table, None))
        columns = (_BALLOT.c.id, _BALLOT.c.question_id, _BALLOT.c.response_a_id, _BALLOT.c.response_b_id)
        for ballot, question, *responses in connection_of(sql).execute(select(*columns)):
            keys = [("ballot", ballot), ("question", question)]
            self._drawn[ballot] = keys + [("response", number) for number in responses if number is not None]

    def digest_of(self, columns: Mapping[str, Sequence[Any]]) -> str | None:
        """As `contents_of`; rows that are missing from the store count as empty."""
        keys = {("response", number) for number in _ids(columns, *_RESPONSES)}
        for ballot in _ids(columns, "ballot_id"):
            keys.update(self._drawn.get(ballot, [("ballot", ballot)]))
        return combined({key: self._found.get(key, b"") for key in keys}) if keys else None


def _ids(columns: Mapping[str, Sequence[Any]], *names: str) -> set[int]:
    return {value for name in names for value in columns.get(name, ()) if value is not None}


def _one_ballot(sql: Sql, ballot: int) -> dict[Key, bytes]:
    row = connection_of(sql).execute(_ONE, {"ballot": ballot}).first()
    if row is None:
        return {}
    n_values = len(BALLOT_VALUES)
    values, (question, *responses) = row[:n_values], row[n_values:]
    named = dict(zip(BALLOT_VALUES, values, strict=True))
    found = {
        ("ballot", ballot): _digest("ballot", values),
        ("question", named["question_id"]): _digest("question", (named["question_id"], question)),
    }
    for some in (responses[:4], responses[4:]):
        if some[0] is not None:
            found["response", some[0]] = _digest("response", some)
    return found


def _drawn(sql: Sql, ballots: set[int]) -> dict[str, set[int]]:
    """The questions and responses of some ballots."""
    found: dict[str, set[int]] = {"question": set(), "response": set()}
    columns = (_BALLOT.c.question_id, _BALLOT.c.response_a_id, _BALLOT.c.response_b_id)
    for some in in_lists(ballots):
        for question, *responses in connection_of(sql).execute(select(*columns).where(_BALLOT.c.id.in_(some))):
            found["question"].add(question)
            found["response"].update(number for number in responses if number is not None)
    return found


def _read(sql: Sql, table: str, ids: Iterable[int] | None) -> Iterator[tuple[Key, bytes]]:
    """Digests of some rows of a table, or of all."""
    connection = connection_of(sql)
    if ids is None:
        pieces = iter([connection.execute(_STATEMENTS[table].execution_options(yield_per=5_000))])
    else:
        pieces = (connection.execute(_SOME[table], {"ids": some}) for some in in_lists(ids))
    for row in chain.from_iterable(pieces):
        yield (table, row[0]), _digest(table, row)


def _digest(table: str, values: Sequence[Any]) -> bytes:
    return hashlib.sha256(orjson.dumps((table, *values))).digest()

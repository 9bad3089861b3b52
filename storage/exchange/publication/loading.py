"""Published files read into an empty store, so that every statistic can be computed from them again."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import Database
from storage.database.ledger_tables import JudgeCall, Judgment
from storage.database.tables import Model
from storage.errors import BadInput
from storage.exchange.importing import ImportOptions, import_file
from storage.exchange.publication.columns import LATER_COLUMNS, PUBLISHED_COLUMNS, PublishedKind
from storage.exchange.rows.canonical import RowKind
from storage.questions.questions import ensure_models

SOURCE = "report"
"""Source of the votes, judgments and scores of a publication."""

_MODEL, _JUDGMENT, _CALL = table_of(Model), table_of(Judgment), table_of(JudgeCall)
_IMPORTED = (
    PublishedKind.questions,
    PublishedKind.responses,
    PublishedKind.preferences,
    PublishedKind.satisfaction,
)


def read_published(folder: Path, kind: PublishedKind) -> list[dict[str, Any]]:
    """The rows of one kind in a folder of published files; none where there is no such file.

    Columns that were added after the file was written are None.

    Raises:
        BadInput: a line is no object with the columns of this kind.
    """
    rows = rows_as_written(folder, kind)
    return [dict.fromkeys(PUBLISHED_COLUMNS[kind]) | row for row in rows]


def rows_as_written(folder: Path, kind: PublishedKind) -> list[dict[str, Any]]:
    """The rows of one kind with the columns that the file has, the same in each row; see `read_published`."""
    path = folder / f"{kind}.jsonl"
    if not path.is_file():
        return []
    columns = PUBLISHED_COLUMNS[kind]
    needed = columns.keys() - LATER_COLUMNS.get(kind, frozenset())
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise BadInput(f"{path.name}, line {number}: expected a JSON object, got something else") from error
        names = row.keys() if isinstance(row, dict) else set()
        if not needed <= names <= columns.keys() or (rows and names != rows[0].keys()):
            raise BadInput(f"{path.name}, line {number}: expected the columns {', '.join(columns)}; restore the file")
        rows.append(row)
    return rows


def load_published(database: Database, folder: Path, *, now: datetime) -> None:
    """Read published files into an empty store; objective scores have no place in it and stay outside.

    Args:
        database: an empty store.
        folder: folder of the JSONL files.
        now: the present time.

    Raises:
        BadInput: a file cannot be read.
        BadRows: a row has a value that no publication writes.
    """
    models = read_published(folder, PublishedKind.models)
    with database.writing() as session:
        _add_models(session, models)
    options = ImportOptions(now=now, salt=SOURCE, source=SOURCE)
    for kind in _IMPORTED:
        path = folder / f"{kind}.jsonl"
        if path.is_file():
            import_file(database, RowKind(kind.value), path, options)
    calls = read_published(folder, PublishedKind.calls)
    with database.writing() as session:
        _add_calls(session, calls, now=now)


def _add_models(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    ids = ensure_models(session, [row["name"] for row in rows])
    statement = (
        update(_MODEL)
        .where(_MODEL.c.id == bindparam("the_id"))
        .values({name: bindparam(name) for name in ("organisation", "licence", "kind")})
    )
    values = [{**row, "the_id": ids[row["name"]]} for row in rows]
    for row in values:
        del row["name"]
    if values:
        session.connection().execute(statement, values)


def _add_calls(session: Session, rows: Sequence[dict[str, Any]], *, now: datetime) -> None:
    found = session.execute(select(_JUDGMENT.c.row_key, _JUDGMENT.c.position))
    position = {str(key): number for key, number in found}
    values = [
        {
            "judgement": position[row["row_key"]],
            "request_digest": "",
            "swapped": row["swapped"],
            "verdict": {"value": row["share"]},
            "created_at": now,
        }
        for row in rows
        if row["row_key"] in position
    ]
    if values:
        session.execute(insert(_CALL), values)

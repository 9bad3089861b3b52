"""Small files for the tests of import and export."""

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import SQLModel

from storage.database.columns import table_of
from storage.database.engine import Database
from storage.database.ledger_tables import Comment, Judgment, Ledger, Preference, Satisfaction
from storage.database.tables import Model, Question, Rater, Response
from storage.exchange.exporting import ExportKind, ExportOptions, ExportReport, export_file
from storage.exchange.importing import ImportOptions, ImportReport, import_file
from storage.exchange.rows.canonical import RowKind

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
TABLES: tuple[type[SQLModel], ...] = (
    Model,
    Question,
    Response,
    Rater,
    Preference,
    Judgment,
    Satisfaction,
    Comment,
    Ledger,
)
QUESTION = {"source": "s", "key": "q1", "turns": ["How?"], "category": "code", "language": "en"}
BATTLE = {
    "question_id": "b1",
    "model_a": "Ann",
    "model_b": "Bob",
    "winner": "model_a",
    "judge": "arena_user_1",
    "turn": 1,
    "anony": True,
    "language": "English",
    "tstamp": 1682351591.25,
}
VOTE = {
    "source": "s",
    "row_key": "v1",
    "question": "q1",
    "model_a": "Ann",
    "model_b": "Bob",
    "winner": "model_a",
    "rater": "eve",
    "rater_kind": "human",
}
SCORE = {
    "source": "s",
    "row_key": "c1",
    "question": "q1",
    "model": "Ann",
    "rater": "eve",
    "rater_kind": "human",
    "dimension": "helpful",
    "score": 4,
    "scale_low": 1,
    "scale_high": 5,
}


def jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def bring(database: Database, kind: str, path: Path, **options: Any) -> ImportReport:
    return import_file(database, RowKind(kind), path, ImportOptions(now=NOW, salt="salt", **options))


def take(database: Database, kind: str, path: Path, **options: Any) -> ExportReport:
    return export_file(database, ExportKind(kind), path, ExportOptions(**options))


def counts(database: Database) -> dict[str, int]:
    """Rows by table: equal before and after when a store is unchanged."""
    with database.reading() as session:
        return {
            table_of(row).name: int(session.execute(select(func.count()).select_from(table_of(row))).scalar_one())
            for row in TABLES
        }

"""A format for import is one file with functions and `FORMATS`, and one line in the catalogue."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database.engine import Database, open_database
from storage.exchange.formats import catalog
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.importing import ImportOptions, import_file
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ImportContext, RawRow, RowKind
from storage.questions.questions import QuestionText, list_questions
from storage.values import as_turn
from tests.storage.files import NOW, jsonl


def exam_question(row: RawRow, context: ImportContext) -> Iterator[QuestionText]:
    """A question of `nr, aufgabe`."""
    yield QuestionText(context.row_source, fields.name(row, "nr"), [as_turn(fields.name(row, "aufgabe"))])


EXAM = RowFormat.of(RowKind.questions, "exam", exam_question, needs="nr aufgabe", also="punkte")


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    opened.close()


def test_a_further_format_is_recognised_by_its_columns_and_read(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "FORMATS", (*catalog.FORMATS, EXAM))
    path = jsonl(tmp_path / "exam.jsonl", [{"nr": 7, "aufgabe": "2 + 2?", "punkte": 1, "datum": "x"}])
    report = import_file(database, RowKind.questions, path, ImportOptions(now=NOW, salt="s"))
    assert (report.format, report.added, report.unused) == ("exam", 1, ("datum",))
    with database.reading() as session:
        (question,) = list_questions(session)
    assert (question.source, question.key, question.turns) == ("exam", "7", [as_turn("2 + 2?")])


def test_no_format_hides_another() -> None:
    """The format that needs the most columns is taken, so no two without a test of values need the same ones."""
    hidden = [
        (later.title, earlier.title)
        for n, later in enumerate(catalog.FORMATS)
        for earlier in catalog.FORMATS[:n]
        if earlier.needs == later.needs and later.fits is None and earlier.fits is None
    ]
    assert hidden == []


def test_a_name_of_a_format_and_a_kind_mean_one_format() -> None:
    named = [(known.name, known.kind) for known in catalog.FORMATS]
    assert len(named) == len(set(named))

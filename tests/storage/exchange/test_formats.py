"""A format for import is one file with functions and `FORMATS`, and one line in the catalogue."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from storage.database.engine import Database, open_database
from storage.errors import BadInput
from storage.exchange.formats import catalog
from storage.exchange.formats.battles import annotated, plain
from storage.exchange.formats.chosen_pairs import chosen_pair
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.importing import ImportOptions, import_file
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import BattleTexts, ImportContext, RawRow, RowKind
from storage.questions.questions import QuestionText, list_questions
from storage.values import RaterKind, as_turn
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


CONTEXT = ImportContext(source="s", rater_kind=None)
PEOPLE = ImportContext(source="s", rater_kind=RaterKind.human)
HI, YES = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}
NO = {"role": "assistant", "content": "No"}
PLAIN: RawRow = {"model_a": "Ann", "model_b": "Bob", "winner": "model_a"}
CHOSEN: RawRow = {"prompt": "Hi", "chosen": "Yes", "rejected": "No"}


def test_the_rater_of_a_battle_is_the_named_judge_or_a_person() -> None:
    (judged,) = annotated({**PLAIN, "judge": "umpire", "annotator": "u1"}, CONTEXT)
    assert (judged.rater.kind, judged.rater.label) == (RaterKind.judge, "umpire") and judged.judgment is not None
    (person,) = annotated({**PLAIN, "judge": "human", "annotator": "u1"}, CONTEXT)
    assert (person.rater.kind, person.rater.label, person.judgment) == (RaterKind.human, "u1", None)
    (said,) = annotated({**PLAIN, "judge": "", "annotator": "u1"}, PEOPLE)
    assert (said.rater.kind, said.rater.label) == (RaterKind.human, "u1")


@pytest.mark.parametrize(
    ("read", "row", "context", "sentence"),
    [
        (annotated, {**PLAIN, "judge": ""}, CONTEXT, "judge's name or 'human' in column 'judge', got none"),
        (annotated, {**PLAIN, "judge": "umpire"}, PEOPLE, "human row as --rater-kind says, got judge 'umpire'"),
        (plain, PLAIN, CONTEXT, "add --rater-kind human or --rater-kind judge"),
        (plain, {**PLAIN, "model_b": "Ann"}, PEOPLE, "two different models, got 'Ann' twice"),
        (
            plain,
            {**PLAIN, "conversation_a": [HI, YES], "conversation_b": [{**HI, "content": "Ho"}, NO]},
            PEOPLE,
            "the same user turns in 'conversation_a' and 'conversation_b'",
        ),
        (
            plain,
            {**PLAIN, "conversation_a": [HI, {"role": "tool", "content": "x"}], "conversation_b": [HI, NO]},
            PEOPLE,
            "messages with a role and content in column 'conversation_a'",
        ),
        (
            plain,
            {**PLAIN, "conversation_a": [HI, "Yes"], "conversation_b": [HI, NO]},
            PEOPLE,
            "messages with a role and content in column 'conversation_a'",
        ),
        (
            plain,
            {**PLAIN, "conversation_a": [HI, YES], "conversation_b": [HI]},
            PEOPLE,
            "at least one turn of the user and of the model in column 'conversation_b'",
        ),
        (
            chosen_pair,
            {**CHOSEN, "chosen": [{**HI, "content": "Ho"}, YES], "rejected": [HI, NO], "prompt": ""},
            PEOPLE,
            "the same user turns in 'chosen' and 'rejected'",
        ),
        (chosen_pair, CHOSEN, CONTEXT, "add --rater-kind human or --rater-kind judge"),
        (chosen_pair, {**CHOSEN, "chosen_model": "Ann", "rejected_model": "Ann"}, PEOPLE, "got 'Ann' twice"),
        (chosen_pair, {**CHOSEN, "chosen": []}, PEOPLE, "text or chat messages in column 'chosen'"),
        (chosen_pair, {**CHOSEN, "chosen": ["Yes"]}, PEOPLE, "text or chat messages in column 'chosen'"),
        (
            chosen_pair,
            {**CHOSEN, "rejected": [{**NO, "role": "tool"}]},
            PEOPLE,
            "content in column 'rejected'",
        ),
        (chosen_pair, {**CHOSEN, "prompt": ""}, PEOPLE, "got no prompt; fill it in"),
    ],
)
def test_a_pair_that_cannot_be_read_is_refused_in_a_sentence(
    read: Callable[[RawRow, ImportContext], Iterable[object]], row: RawRow, context: ImportContext, sentence: str
) -> None:
    with pytest.raises(BadInput, match=re.escape(sentence)):
        list(read(row, context))


def test_system_messages_are_no_turns() -> None:
    system = {"role": "system", "content": "Be brief."}
    (row,) = plain({**PLAIN, "conversation_a": [system, HI, YES], "conversation_b": [HI, NO]}, PEOPLE)
    assert row.conversations == BattleTexts(*([as_turn(text)] for text in ("Hi", "Yes", "No")))

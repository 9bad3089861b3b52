"""Models, questions and responses in bulk, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from storage.database import bulk
from storage.database.bulk import ROWS_WORTH_COPYING
from storage.database.engine import Database, open_database
from storage.errors import BadInput
from storage.questions import questions
from storage.questions.questions import QuestionText
from storage.questions.transcripts import response_texts
from storage.values import as_turn

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


def question(key: str, **values: Any) -> QuestionText:
    return QuestionText("s", key, [as_turn(key)])._replace(**values)


def answer(question_id: int, model_id: int, state: str = "ok", sample: int = 0) -> dict[str, object]:
    return {
        "question_id": question_id,
        "model_id": model_id,
        "turns": [as_turn("x")],
        "settings": {},
        "settings_digest": questions.settings_digest({}),
        "sample": sample,
        "state": state,
        "created_at": NOW,
    }


def test_models_are_made_once_and_keep_their_order(database: Database) -> None:
    with database.writing() as session:
        first = questions.ensure_models(session, ["Bob", "Ann", "Bob"])
        again = questions.ensure_models(session, ["Cat", "Ann"])
        assert list(first) == ["Bob", "Ann"]
        assert again["Ann"] == first["Ann"]
        assert questions.find_models(session, ["Ann", "Nobody"]) == {"Ann": first["Ann"]}
        assert [line.name for line in questions.list_models(session)] == ["Ann", "Bob", "Cat"]


def test_the_text_by_which_a_response_is_measured_has_no_words_for_its_images(database: Database) -> None:
    image = {"type": "image", "media": "0" * 64, "alt": "a long description"}
    turns = [as_turn([image, {"type": "text", "text": "One."}]), as_turn("Two.")]
    with database.writing() as session:
        (number,) = questions.add_questions(session, [question("q")], now=NOW)
        models = questions.ensure_models(session, ["Ann"])
        (response,) = questions.add_responses(session, [answer(number, models["Ann"]) | {"turns": turns}])
        assert list(response_texts(session, [response])) == [(response, "One.\n\nTwo.")]


def test_numbers_taken_beforehand_do_not_collide_with_later_ones(database: Database) -> None:
    from storage.database.tables import Model

    with database.writing() as session:
        taken = questions.ensure_models(session, [f"m{n}" for n in range(3)])
    with database.writing() as session:
        late = Model(name="late")
        session.add(late)
        session.flush()
        assert late.id not in taken.values()
    with database.writing() as session:
        assert questions.ensure_models(session, ["after"])["after"] not in (late.id, *taken.values())


def test_more_keys_than_fit_into_one_statement_are_found(database: Database) -> None:
    keys = [f"k{n}" for n in range(2 * bulk.IN_LIST + 1)]
    with database.writing() as session:
        ids = questions.add_questions(session, [question(key) for key in keys], now=NOW)
        assert questions.find_questions(session, "s", keys) == dict(zip(keys, ids, strict=True))
        assert questions.find_questions(session, "t", keys) == {}


def test_a_second_question_of_a_key_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        questions.add_questions(session, [question("a"), question("a")], now=NOW)


def test_questions_are_listed_by_what_is_asked_for_with_usable_responses_counted(database: Database) -> None:
    with database.writing() as session:
        ids = questions.add_questions(
            session,
            [question("a", category="code"), question("b", language="zh"), QuestionText("t", "a", None)],
            now=NOW,
        )
        model = questions.ensure_models(session, ["Ann"])["Ann"]
        states = ["ok", "truncated", "error", "refused"]
        questions.add_responses(session, [answer(ids[0], model, state, n) for n, state in enumerate(states)])
    with database.reading() as session:
        every = questions.list_questions(session)
        assert [(line.source, line.key, line.n_responses) for line in every] == [
            ("s", "a", 2),
            ("s", "b", 0),
            ("t", "a", 0),
        ]
        assert every[2].turns is None
        assert [line.key for line in questions.list_questions(session, category="code")] == ["a"]
        assert [line.key for line in questions.list_questions(session, source="s", language="zh")] == ["b"]
        assert questions.sources_of_keys(session, ["a", "none"]) == {"a": ["s", "t"]}
        assert questions.list_models(session)[0].n_responses == 2


def test_failed_attempts_stand_beside_a_response_but_a_second_good_one_is_refused(database: Database) -> None:
    with database.writing() as session:
        (asked,) = questions.add_questions(session, [question("a")], now=NOW)
        model = questions.ensure_models(session, ["Ann"])["Ann"]
        questions.add_responses(session, [answer(asked, model, "error")] * 2 + [answer(asked, model)])
        assert len(list(questions.find_responses(session, [asked]))) == 3
    with pytest.raises(IntegrityError), database.writing() as session:
        questions.add_responses(session, [answer(asked, model)])


COPIES = pytest.mark.parametrize("copies", [1, ROWS_WORTH_COPYING], ids=["inserted", "copied"])


@COPIES
def test_a_character_that_no_database_can_hold_is_refused_in_a_sentence(database: Database, copies: int) -> None:
    refuse(database, "a\ud800", copies)


@COPIES
def test_a_text_longer_than_its_column_is_refused_in_a_sentence_by_postgres(postgres_url: str, copies: int) -> None:
    """SQLite limits no length; there the import checks it (`test_exchange_bad_input.py`)."""
    database = open_database(postgres_url)
    refuse(database, "a" * 201, copies)
    database.close()


def refuse(database: Database, category: str, copies: int) -> None:
    rows = [question(str(n))._replace(category=category) for n in range(copies)]
    with pytest.raises(BadInput, match="expected values that the database can hold"), database.writing() as session:
        questions.add_questions(session, rows, now=NOW)
    with database.reading() as session:
        assert questions.list_questions(session) == []

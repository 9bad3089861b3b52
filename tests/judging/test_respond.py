"""Missing responses are collected once per sample, turn by turn, and a failure keeps its code."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import text

from judging.chat.model import RequestCause
from judging.respond import Respondent, ResponseRun, find_missing
from storage.database.engine import Database, open_database
from storage.questions.missing_responses import OpenQuestion, questions_to_answer
from tests.judging.judged_store import ScriptedJudge, fill, make_client, ticking

RESPONDENT = Respondent("m", "house")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    fill(database, questions=3, models=(), turns=2)
    yield database
    database.close()


def questions(database: Database) -> Sequence[OpenQuestion]:
    with database.reading() as session:
        return questions_to_answer(session)


def collect(database: Database, model: ScriptedJudge) -> ResponseRun:
    run = ResponseRun(database, RESPONDENT, make_client(model), clock=ticking())
    asyncio.run(run.ask_all(find_missing(database, RESPONDENT, questions(database), 1)))
    return run


def test_every_turn_is_sent_after_the_replies_before_it_and_nothing_is_requested_again(database: Database) -> None:
    model = ScriptedJudge(lambda prompt: f"reply to {prompt}")
    assert collect(database, model).states == {"ok": 3} and len(model.asked) == 6
    assert collect(database, model).states == {} and len(model.asked) == 6
    with database.reading() as session:
        turns = session.connection().execute(text("SELECT turns FROM response ORDER BY question_id")).first()
    assert turns is not None and "reply to question 0 turn 2" in str(turns[0])


def test_a_failed_response_is_stored_with_the_code_of_its_cause_and_collected_later(database: Database) -> None:
    down = ScriptedJudge(lambda prompt: RequestCause.rejected if "question 1 turn 2" in prompt else "fine")
    run = collect(database, down)
    assert (run.states, run.causes) == ({"ok": 2, "error": 1}, {"rejected": 1})
    with database.reading() as session:
        rows = session.connection().execute(text("SELECT state, cause FROM response WHERE cause IS NOT NULL"))
        assert [tuple(row) for row in rows] == [("error", "rejected")]
    assert collect(database, ScriptedJudge(lambda _: "fine")).states == {"ok": 1}

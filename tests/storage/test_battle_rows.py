"""Votes as columns: what counts, what does not, and under which name each row that does not is counted."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from storage.database.engine import Database, open_database
from storage.database.tables import Account, Model, Question, Rater
from storage.errors import Conflict, NotFound
from storage.ledger import chain, preferences
from storage.ledger.battle_reading import Selection, filter_values, read_battles
from storage.ledger.battles import BOTH_BAD, FRACTIONAL, MODEL_A, TIE, Battles
from storage.values import RaterKind
from tests.clocks import START
from tests.stores import void_row

JUDGES = Selection(kind=RaterKind.judge)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Two models (1, 2), two questions (1 English code, 2 Chinese knowledge), two people (1, 2), a judge (3)."""
    opened = open_database(database_url)
    with opened.writing() as session:
        session.add_all([Model(name="beta"), Model(name="alpha")])
        for key, language, category in (("1", "en", "code"), ("2", "zh", "knowledge")):
            session.add(Question(source="s", key=key, language=language, category=category, created_at=START))
            session.flush()
        for kind, key in ((RaterKind.human, "ann"), (RaterKind.human, "bob"), (RaterKind.judge, "gpt")):
            session.add(
                Rater(kind=kind, source="s", key=key, judge_model="gpt-4" if key == "gpt" else None, created_at=START)
            )
            session.flush()
        session.add(Account(rater_id=2, username="robert", password_hash="-", created_at=START))
    yield opened
    opened.close()


def prefer(database: Database, winner: str | None = "model_a", **columns: Any) -> int:
    row = {"rater_id": 1, "question_id": 1, "model_a_id": 1, "model_b_id": 2, "winner": winner, "created_at": START}
    with database.writing() as session:
        return preferences.record(session, row | columns, now=START)


def judge(database: Database, **columns: Any) -> None:
    row = {
        "rater_id": 3, "question_id": 1, "model_a_id": 1, "model_b_id": 2, "form": "three_way", "state": "scored",
        "sample": 0, "created_at": START,
    }  # fmt: skip
    with database.writing() as session:
        chain.append(session, "judgement", [row | columns], now=START)


def read(database: Database, selection: Selection | None = None) -> Battles:
    with database.reading() as session:
        return read_battles(session, selection or Selection())


def test_columns_hold_codes_into_alphabetical_names(database: Database) -> None:
    prefer(database, "model_a", question_id=1, rater_id=1)
    prefer(database, "both_bad", question_id=2, rater_id=2)
    battles = read(database)
    assert battles.models == ("alpha", "beta")
    assert battles.a.tolist() == [1, 1] and battles.b.tolist() == [0, 0]
    assert battles.outcome.tolist() == [MODEL_A, BOTH_BAD]
    assert battles.score.tolist() == [1.0, 0.5]
    assert [battles.raters[code] for code in battles.rater] == ["ann", "bob"]
    assert [battles.questions[code] for code in battles.question] == ["s/1", "s/2"]
    assert battles.position.tolist() == [1, 2]
    assert np.isnan(battles.probability).all()
    assert battles.counts == {}


def test_each_reason_to_leave_a_row_out_is_counted_under_its_own_name(database: Database) -> None:
    first = prefer(database)
    prefer(database, "tie", supersedes=first)
    undone = prefer(database)
    prefer(database, None, supersedes=undone)
    prefer(database, flag="broken")
    prefer(database, blind=False)
    voided = prefer(database)
    prefer(database, rater_id=2)
    prefer(database, question_id=2)
    with database.writing() as session:
        void_row(session, voided, now=START)
        preferences.exclude(session, rater_id=2, actor_id=1, reason="random", now=START)
        preferences.exclude(session, question_id=2, actor_id=1, reason="leaked", now=START)
    battles = read(database)
    assert battles.outcome.tolist() == [TIE]
    assert battles.counts == {
        "superseded": 1, "undone": 1, "void": 1, "excluded": 1, "excluded_question": 1, "flagged": 1, "not_blind": 1,
    }  # fmt: skip
    assert len(read(database, Selection(flagged=True, not_blind=True))) == 3


def test_an_exclusion_is_taken_back_by_another_row(database: Database) -> None:
    prefer(database)
    with database.writing() as session:
        preferences.exclude(session, rater_id=1, actor_id=None, reason="fast", now=START)
        with pytest.raises(Conflict, match="already"):
            preferences.exclude(session, rater_id=1, actor_id=None, reason="again", now=START)
    assert len(read(database)) == 0
    with database.writing() as session:
        preferences.readmit(session, rater_id=1, actor_id=None, reason="was a mistake", now=START)
        with pytest.raises(NotFound, match="is not excluded"):
            preferences.readmit(session, rater_id=1, actor_id=None, reason="again", now=START)
    assert len(read(database)) == 1
    with database.writing() as session:
        preferences.exclude(session, rater_id=1, actor_id=None, reason="after all", now=START)
    assert read(database).counts == {"excluded": 1}


def test_a_board_at_an_earlier_position_sees_what_the_ledger_held_then(database: Database) -> None:
    first = prefer(database)
    prefer(database, "model_b", supersedes=first)
    with database.writing() as session:
        preferences.exclude(session, rater_id=1, actor_id=None, reason="fast", now=START)
    assert read(database, Selection(position=1)).outcome.tolist() == [MODEL_A]
    assert read(database, Selection(position=2)).counts == {"superseded": 1}
    assert read(database).counts == {"superseded": 1, "excluded": 1}


def test_judges_and_people_never_share_a_board(database: Database) -> None:
    prefer(database)
    judge(database, winner="tie", score=0.5)
    judge(database, score=0.75, winner="model_a")
    judge(database, state="inconsistent")
    judge(database, state="failed", cause="no marker")
    assert len(read(database)) == 1
    battles = read(database, JUDGES)
    assert battles.outcome.tolist() == [TIE, FRACTIONAL]
    assert battles.score.tolist() == [0.5, 0.75]
    assert battles.counts == {"inconsistent": 1, "failed": 1}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(category="code"), 1),
        (Selection(language="zh"), 2),
        (Selection(source="nowhere"), 0),
        (Selection(rater="ann"), 1),
        (Selection(rater="robert"), 2),
        (Selection(rater="bob", category="code"), 0),
        (Selection(campaign=1), 0),
        (Selection(kind=RaterKind.judge, rater="gpt-4"), 1),
    ],
)
def test_filters_keep_what_they_name(database: Database, selection: Selection, expected: int) -> None:
    prefer(database, question_id=1, rater_id=1)
    prefer(database, question_id=2, rater_id=2)
    prefer(database, question_id=2, rater_id=2, winner="tie")
    judge(database, winner="tie", score=0.5)
    battles = read(database, selection)
    assert len(battles) == expected and battles.counts == {}


def test_a_rater_that_nobody_knows_is_an_error(database: Database) -> None:
    with pytest.raises(NotFound, match="'gpt'"):
        read(database, Selection(rater="gpt"))


def test_filter_values_name_only_questions_and_raters_with_votes(database: Database) -> None:
    prefer(database, rater_id=2, question_id=2)
    with database.reading() as session:
        found = filter_values(session, RaterKind.human)
    questions = {"category": ["knowledge"], "language": ["zh"], "source": ["s"]}
    assert found == questions | {"rater": ["robert"], "rater_source": ["s"]}

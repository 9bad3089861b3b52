"""Satisfaction scores as shares of their scales, and every row that stays out under its own name."""

from collections.abc import Iterator
from typing import Any

import pytest

from storage.database.engine import Database, open_database
from storage.database.tables import Model, Question, Rater
from storage.ledger import chain, preferences
from storage.ledger.battle_reading import Selection
from storage.ledger.scores import Scores, read_scores
from storage.values import RaterKind
from tests.clocks import START
from tests.stores import void_row


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    with opened.writing() as session:
        session.add_all([Model(name="beta"), Model(name="alpha")])
        for kind, key in ((RaterKind.human, "ann"), (RaterKind.human, "bob"), (RaterKind.judge, "gpt")):
            session.add(Rater(kind=kind, source="s", key=key, created_at=START))
            session.flush()
        session.add(Question(source="s", key="q", category="code", created_at=START))
    yield opened
    opened.close()


def score(database: Database, value: float | None, **columns: Any) -> int:
    row = {
        "rater_id": 1, "question_id": 1, "model_id": 1, "dimension": "overall", "state": "scored", "score": value,
        "scale_low": 1.0, "scale_high": 5.0, "sample": 0, "created_at": START,
    }  # fmt: skip
    with database.writing() as session:
        return chain.append(session, "satisfaction", [row | columns], now=START)[0]


def read(database: Database, selection: Selection | None = None) -> Scores:
    with database.reading() as session:
        return read_scores(session, selection or Selection())


def test_scores_are_shares_of_their_scales(database: Database) -> None:
    score(database, 4.0)
    score(database, 30.0, model_id=2, scale_low=0.0, scale_high=100.0, dimension="style")
    scores = read(database)
    assert scores.models == ("alpha", "beta")
    assert scores.model.tolist() == [1, 0]
    assert scores.value.tolist() == [0.75, 0.3]
    assert scores.scales == ((0.0, 100.0), (1.0, 5.0))
    assert [scores.dimensions[code] for code in scores.dimension] == ["overall", "style"]
    assert read(database, Selection(dimension="style")).value.tolist() == [0.3]


def test_each_reason_is_counted_under_its_own_name(database: Database) -> None:
    first = score(database, 2.0)
    score(database, 3.0, supersedes=first)
    score(database, None, state="cannot_judge")
    score(database, None, state="failed", cause="timeout")
    voided = score(database, 5.0)
    score(database, 1.0, rater_id=2)
    with database.writing() as session:
        void_row(session, voided, now=START)
        preferences.exclude(session, rater_id=2, actor_id=1, reason="random", now=START)
    scores = read(database)
    assert scores.value.tolist() == [0.5]
    assert scores.counts == {"superseded": 1, "cannot_judge": 1, "failed": 1, "void": 1, "excluded": 1}


def test_people_and_judges_are_never_pooled_and_filters_choose(database: Database) -> None:
    score(database, 2.0)
    score(database, 5.0, rater_id=3)
    assert read(database).value.tolist() == [0.25]
    assert read(database, Selection(kind=RaterKind.judge)).value.tolist() == [1.0]
    assert len(read(database, Selection(category="maths"))) == 0
    assert len(read(database, Selection(rater="ann", category="code"))) == 1
    assert len(read(database, Selection(rater_source="elsewhere"))) == 0

"""Times of imported rows: read as they are written, unknown where they are, and refused where they cannot be."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import Judgment, Preference, Satisfaction
from storage.errors import BadRows
from storage.ledger import chain
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.scores import read_scores
from storage.values import RaterKind
from tests.storage.files import NOW, SCORE, VOTE, bring, jsonl

BATTLE = {"model_a": "Ann", "model_b": "Bob", "winner": "model_a"}
MOMENT = datetime(2024, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


def times(session: Session, table: type[Preference | Judgment | Satisfaction]) -> list[datetime | None]:
    column = table_of(table).c
    return list(session.execute(select(column.created_at).order_by(column.position)).scalars())


@pytest.mark.parametrize("column", ["tstamp", "timestamp", "created_at", "time", "date"])
def test_a_time_is_read_from_any_of_its_usual_columns(database: Database, tmp_path: Path, column: str) -> None:
    seconds = int(MOMENT.timestamp())
    written: list[Any] = [
        *(seconds, float(seconds), seconds * 1000, str(seconds), str(seconds * 1000)),
        *("2024-01-31T12:00:00Z", "2024-01-31 20:00:00+08:00", "2024-01-31 12:00:00", "20240131T120000"),
    ]
    path = jsonl(tmp_path / "a.jsonl", [BATTLE | {"question_id": str(n), column: at} for n, at in enumerate(written)])
    assert bring(database, "preferences", path, rater_kind=RaterKind.human).unused == ()
    with database.reading() as session:
        assert times(session, Preference) == [MOMENT] * len(written)


@pytest.mark.parametrize(
    "moment", [-5, 0, 1000, 1e17, "2024-13-01", "yesterday", True, "1969-07-20", (NOW + timedelta(days=2)).isoformat()]
)
def test_a_time_that_cannot_be_is_refused(database: Database, tmp_path: Path, moment: Any) -> None:
    path = jsonl(tmp_path / "a.jsonl", [BATTLE | {"tstamp": moment}])
    with pytest.raises(BadRows) as refused:
        bring(database, "preferences", path, rater_kind=RaterKind.human)
    assert "a.jsonl:1: expected a time " in refused.value.rows[0]


def test_an_unknown_time_stays_unknown_and_is_counted_out_of_time_windows(database: Database, tmp_path: Path) -> None:
    timed = VOTE | {"row_key": "v2", "created_at": MOMENT.isoformat()}
    judged = VOTE | {"row_key": "v3", "rater_kind": "judge", "rater": "gpt"}
    bring(database, "preferences", jsonl(tmp_path / "v.jsonl", [VOTE, timed, judged]))
    scores = [SCORE, SCORE | {"row_key": "c2", "created_at": MOMENT.isoformat()}]
    bring(database, "satisfaction", jsonl(tmp_path / "s.jsonl", scores))
    everything, window = Selection(), Selection(since=MOMENT - timedelta(1), until=MOMENT + timedelta(1))
    with database.reading() as session:
        assert times(session, Preference) == [None, MOMENT]
        assert times(session, Judgment) == [None]
        assert times(session, Satisfaction) == [None, MOMENT]
        assert len(read_battles(session, everything)) == len(read_scores(session, everything)) == 2
        for found in (read_battles(session, window), read_scores(session, window)):
            assert (len(found), found.counts) == (1, {"unknown_time": 1})
        later = read_battles(session, Selection(since=MOMENT + timedelta(1)))
        assert (len(later), later.counts) == (0, {"unknown_time": 1})
        assert list(chain.broken_batches(session)) == []

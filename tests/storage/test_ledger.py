"""The ledger: gap-free under many writers, exact on both databases, and no change goes unnoticed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.database import bulk
from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import Ledger, Preference
from storage.database.tables import Model, Question, Rater
from storage.ledger import chain, preferences

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
ELSEWHERE = timezone(timedelta(hours=8))
WRITERS = 8
BATCHES = 5


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A store with a question, two models and a rater, all with the number 1 (and 2)."""
    opened = open_database(database_url)
    with opened.writing() as session:
        session.execute(insert(table_of(Model)), [{"name": "Ann"}, {"name": "Bob"}])
        question = {"source": "s", "key": "k", "private": False, "created_at": NOW}
        session.execute(insert(table_of(Question)), question)
        session.execute(insert(table_of(Rater)), {"kind": "human", "source": "s", "key": "k", "created_at": NOW})
    yield opened
    opened.close()


def vote(**values: Any) -> dict[str, Any]:
    row = {"rater_id": 1, "question_id": 1, "model_a_id": 1, "model_b_id": 2, "winner": "tie", "created_at": NOW}
    return row | values


def broken(database: Database) -> list[str]:
    with database.reading() as session:
        return list(chain.broken_batches(session))


def test_positions_are_given_in_order_and_shared_by_all_tables(database: Database) -> None:
    judged = vote(form="three_way", state="scored", score=0.5, sample=0)
    with database.writing() as session:
        assert chain.append(session, "preference", [vote(), vote()], now=NOW) == range(1, 3)
        assert chain.append(session, "judgement", [judged], now=NOW) == range(3, 4)
        assert chain.append(session, "preference", [], now=NOW) == range(4, 4)
        assert chain.head(session)[0] == 3
        assert len(session.execute(select(table_of(Preference).c.position)).all()) == 2
    assert broken(database) == []


def test_many_writers_at_once_leave_no_gap(database: Database) -> None:
    start = Barrier(WRITERS)

    def write(writer: int) -> list[int]:
        start.wait()
        positions: list[int] = []
        for batch in range(BATCHES):
            with database.writing() as session:
                rows = [vote(source=f"w{writer}", row_key=f"{batch}-{n}") for n in range(batch + 1)]
                positions.extend(chain.append(session, "preference", rows, now=NOW))
        return positions

    with ThreadPoolExecutor(WRITERS) as pool:
        given = sorted(position for positions in pool.map(write, range(WRITERS)) for position in positions)
    assert given == list(range(1, WRITERS * sum(range(1, BATCHES + 1)) + 1))
    assert broken(database) == []


def test_a_batch_that_fails_leaves_no_gap(database: Database) -> None:
    with database.writing() as session:
        chain.append(session, "preference", [vote(source="s", row_key="1")], now=NOW)
    with pytest.raises(IntegrityError), database.writing() as session:
        chain.append(session, "preference", [vote(), vote(source="s", row_key="1")], now=NOW)
    with database.writing() as session:
        assert chain.append(session, "preference", [vote()], now=NOW) == range(2, 3)
    assert broken(database) == []


def test_a_large_batch_refuses_a_second_row_of_a_key_like_a_small_one(database: Database) -> None:
    rows = [vote(source="s", row_key=str(n)) for n in range(2 * bulk.ROWS_WORTH_COPYING)]
    with pytest.raises(IntegrityError), database.writing() as session:
        chain.append(session, "preference", [*rows, rows[0]], now=NOW)
    with database.writing() as session:
        assert len(chain.append(session, "preference", rows, now=NOW)) == len(rows)
    assert broken(database) == []


@pytest.mark.parametrize("copies", [1, bulk.ROWS_WORTH_COPYING])
def test_every_kind_of_value_reads_back_as_it_was_chained(database: Database, copies: int) -> None:
    row = vote(
        seconds=3,
        reasons=["“quoted”", "line\nbreak", "表\t\\N"],
        blind=True,
        strength=2,
        created_at=datetime(2026, 1, 1, 17, 0, 0, 123456, tzinfo=ELSEWHERE),
        flag=None,
    )
    with database.writing() as session:
        chain.append(session, "preference", [row] * copies, now=NOW)
    assert broken(database) == []
    with database.reading() as session:
        stored = session.execute(select(table_of(Preference))).first()
    assert stored is not None
    assert (stored.reasons, stored.blind, stored.seconds) == (row["reasons"], True, 3.0)
    assert stored.created_at == row["created_at"]


def test_a_changed_a_removed_and_a_forged_row_are_noticed(database: Database) -> None:
    with database.writing() as session:
        for _ in range(4):
            chain.append(session, "preference", [vote(), vote()], now=NOW)
    table = table_of(Preference)
    with database.writing() as session:
        session.execute(update(table).where(table.c.position == 1).values(winner="model_a"))
        session.execute(delete(table).where(table.c.position == 4))
    found = broken(database)
    assert [sentence.split(" (")[0] for sentence in found[:2]] == ["positions 1 to 2", "positions 3 to 4"]
    assert found[2:] == ["expected 8 ledgered rows, got 7; some were written without the ledger"]
    with database.writing() as session:
        session.execute(delete(table).where(table.c.position.in_([5, 6])))
        batches = table_of(Ledger)
        session.execute(delete(batches).where(batches.c.first_position == 5))
    assert any("5 to 6 are missing" in sentence for sentence in broken(database))


def test_a_row_written_beside_the_ledger_and_a_changed_time_are_noticed(database: Database) -> None:
    with database.writing() as session:
        chain.append(session, "preference", [vote(), vote()], now=NOW)
        preferences.exclude(session, question_id=1, actor_id=None, reason="leaked", now=NOW)
    table = table_of(Preference)
    with database.writing() as session:
        session.execute(insert(table), vote() | {"position": 3})
    assert broken(database) == ["expected 3 ledgered rows, got 4; some were written without the ledger"]
    batches = table_of(Ledger)
    with database.writing() as session:
        session.execute(delete(table).where(table.c.position == 3))
        session.execute(update(batches).where(batches.c.first_position == 1).values(written_at=NOW.replace(year=2020)))
    assert len(broken(database)) == 1


def test_a_column_that_does_not_exist_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="winer"), database.writing() as session:
        chain.append(session, "preference", [vote(winer="tie")], now=NOW)


def test_bulk_rows_are_stored_as_the_declared_columns_say(database: Database) -> None:
    """The fast way for times on SQLite must spell them as SQLAlchemy does, or they would not compare."""
    table = table_of(Question)
    moments = [NOW, datetime(2026, 1, 1, 17, 0, 0, 5, tzinfo=ELSEWHERE)]
    names = ("source", "key", "private", "created_at")
    with database.writing() as session:
        bulk.insert_rows(session, table, names, [("fast", str(n), True, moment) for n, moment in enumerate(moments)])
        slow = [
            {"source": "slow", "key": str(n), "private": True, "created_at": moment} for n, moment in enumerate(moments)
        ]
        session.execute(insert(table), slow)
    with database.reading() as session:
        found = session.connection().exec_driver_sql(
            "SELECT key, private, created_at FROM question WHERE source = 'fast' "
            "EXCEPT SELECT key, private, created_at FROM question WHERE source = 'slow'"
        )
        assert found.all() == []

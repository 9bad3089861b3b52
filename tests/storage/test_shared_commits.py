"""Operations of several threads share a commit: none returns before it, and one that fails takes no other along."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Connection, event, insert, select, text

from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.shared_commits import LARGEST_COMMIT
from storage.database.tables import CampaignQuestion, Model
from storage.errors import StoreBusy, StoreError


def add(connection: Connection, name: str) -> None:
    connection.execute(insert(table_of(Model)), {"name": name})


def adding(name: str) -> Callable[[Connection], None]:
    return partial(add, name=name)


def names(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(table_of(Model).c.name)))


def queued(database: Database, operations: list[Callable[[Connection], None]]) -> list[Future[None]]:
    """Run operations in the order given, all of them waiting before the first begins."""

    def run(operation: Callable[[Connection], None]) -> None:
        with database.transaction() as connection:
            operation(connection)

    turns = database._turns
    assert turns is not None
    with ThreadPoolExecutor(len(operations)) as pool:
        assert turns.take(0)
        futures = []
        for number, operation in enumerate(operations, start=1):
            futures.append(pool.submit(run, operation))
            while len(turns._waiting) < number:
                pass
        turns.pass_on()
    return futures


@pytest.fixture
def store(sqlite_url: str) -> Database:
    return open_database(sqlite_url)


@pytest.fixture
def commits(store: Database) -> list[int]:
    """One entry for each commit of the store."""
    made: list[int] = []
    event.listen(store.engine, "commit", lambda _connection: made.append(1))
    return made


def test_operations_that_wait_for_each_other_share_commits_of_a_limited_size(
    store: Database, commits: list[int]
) -> None:
    n_operations = 2 * LARGEST_COMMIT + 1
    futures = queued(store, [adding(f"m{n}") for n in range(n_operations)])
    assert [future.exception() for future in futures] == [None] * n_operations
    assert names(store) == {f"m{n}" for n in range(n_operations)}
    assert len(commits) == 3
    store.close()


def test_an_operation_that_fails_leaves_no_trace_and_disturbs_nobody(store: Database, commits: list[int]) -> None:
    def fail(sql: Connection) -> None:
        add(sql, "failed")
        raise ValueError("x")

    kept = [adding(f"m{n}") for n in range(4)]
    for operations in ([fail, *kept[:2]], [kept[2], fail, fail], [kept[3], fail]):
        futures = queued(store, operations)
        failed = [future.exception() for future in futures]
        assert [isinstance(error, ValueError) for error in failed] == [one is fail for one in operations]
    assert names(store) == {"m0", "m1", "m2", "m3"}
    assert len(commits) == 3
    store.close()


def test_when_the_commit_fails_everybody_whose_operation_was_in_it_is_told(store: Database) -> None:
    def break_deferred_key(sql: Connection) -> None:
        sql.execute(text("PRAGMA defer_foreign_keys=ON"))
        sql.execute(insert(table_of(CampaignQuestion)), {"campaign_id": 7, "question_id": 7})

    futures = queued(store, [adding("a"), break_deferred_key, adding("b")])
    assert ["FOREIGN KEY" in str(future.exception()) for future in futures] == [True] * 3
    assert names(store) == set()
    with store.transaction() as connection:
        add(connection, "after")
    assert names(store) == {"after"}
    store.close()


def test_when_the_database_ends_the_transaction_itself_nothing_is_said_to_be_saved(store: Database) -> None:
    def end_it(sql: Connection) -> None:
        add(sql, "x")
        sql.connection.driver_connection.execute("ROLLBACK")  # type: ignore[union-attr]  # as a full disk does
        raise StoreError("the disk is full")

    futures = queued(store, [adding("a"), end_it, adding("b")])
    assert [type(future.exception()) for future in futures] == [StoreError, StoreError, type(None)]
    assert names(store) == {"b"}
    store.close()


@pytest.mark.parametrize("step", ["begin", "savepoint"])
def test_when_an_operation_cannot_begin_its_commit_is_undone_and_the_next_one_goes_on(
    store: Database, step: str
) -> None:
    """Without a savepoint, nobody knows what stands of the transaction, so all that were in it are told."""

    def fail(*_: object) -> None:
        event.remove(store.engine, step, fail)
        raise ValueError(step)

    event.listen(store.engine, step, fail)
    futures = queued(store, [adding("a"), adding("b"), adding("c")])
    failed = [isinstance(future.exception(), ValueError) for future in futures]
    assert failed == ([True, False, False] if step == "begin" else [True, True, False])
    assert names(store) == ({"b", "c"} if step == "begin" else {"c"})
    store.close()


def test_whoever_waits_too_long_for_the_turn_is_told_and_writes_nothing(store: Database) -> None:
    turns = store._turns
    assert turns is not None and turns.take(0)
    store._busy_timeout = 0.0
    with pytest.raises(StoreBusy), store.transaction() as connection:
        add(connection, "late")
    turns.pass_on()
    with store.transaction() as connection:
        add(connection, "after")
    assert names(store) == {"after"}
    store.close()


def test_a_session_waits_until_the_shared_commit_is_done(store: Database, commits: list[int]) -> None:
    def write(_sql: Connection) -> None:
        seen.append(pool.submit(lambda: _by_session(store)))
        turns = store._turns
        assert turns is not None
        while not turns._waiting:
            pass

    seen: list[Future[None]] = []
    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as connection:
            add(connection, "shared")
            write(connection)
        seen[0].result(30)
    assert names(store) == {"shared", "session"}
    assert len(commits) == 2
    store.close()


def _by_session(store: Database) -> None:
    with store.writing() as session:
        session.execute(insert(table_of(Model)), {"name": "session"})

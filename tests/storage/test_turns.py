"""Writers of one process come in turn: nobody is overtaken, and who has waited too long is told."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest
from sqlalchemy import insert

from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.tables import Model
from storage.database.turns import Turns
from storage.errors import StoreBusy


def test_turns_are_given_in_the_order_of_arrival() -> None:
    turns, order = Turns(), []

    def work(number: int) -> None:
        with turns.turn(30) as came:
            assert came
            order.append(number)

    with turns.turn(30):
        threads = []
        for number in range(20):
            threads.append(Thread(target=work, args=(number,)))
            threads[-1].start()
            while len(turns._waiting) <= number:
                pass
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_who_waits_in_vain_gets_no_turn_and_holds_up_nobody() -> None:
    turns = Turns()
    with turns.turn(30), ThreadPoolExecutor(1) as pool:

        def wait() -> bool:
            with turns.turn(0.01) as came:
                return came

        assert pool.submit(wait).result() is False
    with turns.turn(0.01) as came:
        assert came


def test_a_turn_passes_on_after_an_error() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="x"), turns.turn(1):
        raise ValueError("x")
    with turns.turn(0.01) as came:
        assert came


def test_writers_wait_for_each_other_and_a_long_wait_is_busy(sqlite_url: str) -> None:
    database = open_database(sqlite_url, busy_timeout=0.05)
    begun, end = Event(), Event()

    def hold(store: Database) -> None:
        with store.transaction():
            begun.set()
            end.wait(30)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold, database)
        begun.wait(30)
        with pytest.raises(StoreBusy), database.writing():
            pass
        end.set()
    with database.writing() as session:
        session.execute(insert(table_of(Model)), {"name": "after"})
    database.close()

"""One process holds a claim: others get it when it is given back, runs out, or its holder is gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from storage.claims import give_back_claim, renew_claim, take_claim
from storage.database.engine import Database, open_database

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=60)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


def take(database: Database, holder: str, now: datetime = NOW, *, gone: str = "") -> str:
    with database.writing() as session:
        until = now + timedelta(seconds=60)
        return take_claim(session, "w" * 64, holder, now=now, until=until, is_gone=lambda name: name == gone)


def test_a_claim_belongs_to_its_first_taker_until_it_is_given_back(database: Database) -> None:
    assert [take(database, "one"), take(database, "two"), take(database, "one")] == ["one"] * 3
    with database.writing() as session:
        give_back_claim(session, "w" * 64, "two")
    assert take(database, "two") == "one"
    with database.writing() as session:
        give_back_claim(session, "w" * 64, "one")
    assert take(database, "two") == "two"


def test_a_claim_runs_out_unless_it_is_renewed(database: Database) -> None:
    take(database, "one")
    with database.writing() as session:
        renew_claim(session, "w" * 64, "one", until=LATER + timedelta(seconds=30))
    assert take(database, "two", LATER) == "one"
    assert take(database, "two", LATER + timedelta(seconds=30)) == "two"
    with database.writing() as session:
        renew_claim(session, "w" * 64, "one", until=LATER + timedelta(days=1))
    assert take(database, "two", LATER) == "two"


def test_the_claim_of_a_process_that_is_gone_is_free_at_once(database: Database) -> None:
    take(database, "one")
    assert take(database, "two", gone="one") == "two"

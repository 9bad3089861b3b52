"""One run at a time: a second one waits and says so, and a claim does not run out while its process lives."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.models import claiming
from app.models.claiming import LEASE, Holder, claimed
from storage.claims import take_claim
from storage.database.engine import Database
from storage.errors import StoreBusy
from storage.values import canonical_json, digest
from tests.stores import open_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WORK = {"task": "t"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "evenhand.db")
    yield opened
    opened.close()


def taken_by(database: Database, name: str, now: datetime) -> str:
    """Who holds the claim to the work after somebody tried to take it."""
    with database.writing() as session:
        key = digest(canonical_json(WORK))
        return take_claim(session, key, name, now=now, until=now + LEASE, is_gone=lambda _: False)


def test_a_second_run_waits_until_the_first_is_gone_and_says_so_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(claiming, "_LOOKED_EVERY", 0.001)
    assert taken_by(database, "first", NOW) == "first"
    looks = iter([False, False, True])
    with claimed(database, WORK, Holder("second", lambda name: next(looks)), clock=lambda: NOW) as waited:
        assert waited
        assert taken_by(database, "third", NOW) == "second"
    assert capsys.readouterr().err == "Another run of the same work is under way; waiting for it to end.\n"
    assert taken_by(database, "third", NOW) == "third"
    with claimed(database, {"task": "other"}, Holder("fourth", lambda _: False), clock=lambda: NOW) as waited:
        assert not waited


def test_a_claim_is_renewed_while_it_is_held_even_if_the_store_was_busy(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "_RENEWED_EVERY", 0.001)
    renewed, readings = threading.Event(), 0

    def clock() -> datetime:
        """The first reading takes the claim; a later one stands for a store that is busy then."""
        nonlocal readings
        readings += 1
        if readings == 2:
            raise StoreBusy("expected to write, but another program writes")
        if readings == 4:  # what was renewed with the third reading is stored
            renewed.set()
        return NOW if readings == 1 else NOW + timedelta(hours=1)

    with claimed(database, WORK, Holder("one", lambda _: False), clock=clock):
        assert renewed.wait(60.0)
        assert taken_by(database, "two", NOW + timedelta(hours=1)) == "one"

"""What people who run campaigns are told about raters, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.campaigns import tallies
from storage.database.engine import Database, open_database
from storage.ledger import chain
from storage.ledger.preferences import exclude, readmit
from tests.storage.files import NOW, VOTE, bring, jsonl
from tests.stores import void_row


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """A store with two votes of one rater."""
    opened = open_database(database_url)
    bring(opened, "preferences", jsonl(tmp_path / "v.jsonl", [VOTE, VOTE | {"row_key": "v2"}]))
    yield opened
    opened.close()


def line(database: Database) -> tallies.RaterLine:
    with database.reading() as session:
        (found,) = tallies.raters(session)
        (source,) = tallies.sources(session)
        assert source.votes == found.votes
    return found


def test_a_void_vote_does_not_stand_until_the_void_is_taken_back(database: Database) -> None:
    assert line(database).votes == 2
    with database.writing() as session:
        position = void_row(session, 1, now=NOW)
    assert line(database).votes == 1
    with database.writing() as session:
        back = {"voids": 1, "reverses": position, "actor_id": None, "reason": "a mistake", "created_at": NOW}
        chain.append(session, "void", [back], now=NOW)
    assert line(database).votes == 2


def test_an_exclusion_is_told_with_its_reason_until_it_is_taken_back(database: Database) -> None:
    rater = line(database).rater_id
    with database.writing() as session:
        exclude(session, rater_id=rater, actor_id=None, reason="clicks blindly", now=NOW)
    assert line(database).exclusion == "clicks blindly"
    with database.writing() as session:
        readmit(session, rater_id=rater, actor_id=None, reason="explained", now=NOW)
    assert line(database).exclusion is None

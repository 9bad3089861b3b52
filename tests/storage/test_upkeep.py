"""What was changed by hand in a store is found, and what was not is never suspected."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from arena.campaigns.open_ballots import VoteInput
from storage.database.engine import open_database
from storage.errors import BadInput, Conflict, StoreError
from storage.ledger import chain
from storage.upkeep.backups import back_up, restore
from storage.upkeep.heads import LedgerHead, head_of, read_heads
from storage.upkeep.verification import StoreCheck, verify
from storage.values import Winner
from tests.arena.small_campaign import Arena, make_arena
from tests.stores import make_store

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
VOTES = 3
BESIDE = """
INSERT INTO preference (position, rater_id, question_id, model_a_id, model_b_id, winner)
SELECT 99, rater_id, question_id, model_a_id, model_b_id, winner FROM preference WHERE position = 1
"""
CUT_TAIL = """
DELETE FROM preference WHERE position = (SELECT max(last_position) FROM ledger);
UPDATE ballot SET state = 'expired' WHERE id NOT IN (SELECT ballot_id FROM preference) AND state = 'voted';
DELETE FROM ledger WHERE first_position = (SELECT max(first_position) FROM ledger);
"""


@pytest.fixture(scope="module")
def votes(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, LedgerHead]:
    """A store with votes of two people, one of them undone and one changed, and its head."""
    path = make_store(tmp_path_factory.mktemp("store") / "evenhand.db")
    with closing(open_database(str(path))) as database:
        arena = make_arena(database, overlap=2)
        for rater in arena.raters:
            vote(arena, rater)
        head = read_heads(str(head_of(database)))[0]
    return path.read_bytes(), head


def vote(arena: Arena, rater: int) -> None:
    for turn in range(VOTES):
        ballot = arena.voting.open_ballots(rater).current
        assert ballot is not None
        arena.voting.vote(rater, ballot.token, VoteInput(Winner.model_a, seconds=3.0))
        if turn == 1:
            arena.voting.undo(rater)


def checked(path: Path, *heads: LedgerHead) -> StoreCheck:
    with closing(open_database(str(path))) as database:
        return verify(database, heads)


@pytest.fixture
def path(votes: tuple[bytes, LedgerHead], tmp_path: Path) -> Path:
    """A copy of the store with votes."""
    copy = tmp_path / "evenhand.db"
    copy.write_bytes(votes[0])
    return copy


def test_a_store_that_nobody_changed_has_no_fault(path: Path, votes: tuple[bytes, LedgerHead]) -> None:
    assert checked(path, votes[1]) == StoreCheck(votes[1], 2 * (VOTES + 1), 0, ())


CHANGES = {
    "a vote": ("UPDATE preference SET winner = 'model_b' WHERE position = 1", "positions 1 to 1 .* were changed"),
    "its time": ("UPDATE preference SET seconds = 9 WHERE position = 2", "positions 2 to 2 .* were changed"),
    "the sides of a ballot": ("UPDATE ballot SET swapped = NOT swapped WHERE id = 1", "name a ballot"),
    "its probability": ("UPDATE ballot SET probability = 0.001 WHERE id = 1", "name a ballot"),
    "its campaign's policy": ("UPDATE ballot SET policy_version = 9 WHERE id = 1", "name a ballot"),
    "a response": (
        "UPDATE response SET turns = '[]' WHERE id = (SELECT response_a_id FROM preference WHERE position = 1)",
        "name a ballot, question or response",
    ),
    "the model of a response": (
        "UPDATE response SET model_id = 1 + model_id%3, sample=9 WHERE id in (SELECT response_a_id FROM preference)",
        "name a ballot, question or response",
    ),
    "a question": (
        "UPDATE question SET turns = replace(turns, '?', '!') WHERE id = (SELECT question_id FROM preference LIMIT 1)",
        "name a ballot, question or response",
    ),
    "both sides of a vote": (
        "UPDATE preference SET response_a_id = response_b_id, response_b_id = response_a_id WHERE position = 1",
        "does not fit the rater, question or sides",
    ),
    "the rater": ("UPDATE preference SET rater_id = 3 - rater_id WHERE position = 1", "were changed"),
    "a deleted vote": ("DELETE FROM preference WHERE position = 1", "were changed|ledgered rows"),
    "a vote beside the ledger": (BESIDE, "some were written without the ledger"),
    "the digest of the contents": ("UPDATE ledger SET contents = NULL WHERE first_position = 1", "were changed"),
    "a lost parent": ("DELETE FROM question", "refer to rows of question that are not there"),
    "a ballot without its vote": (
        "UPDATE ballot SET state = 'voted' WHERE id NOT IN (SELECT ballot_id FROM preference)",
        "counts as answered, but the ledger holds no answer",
    ),
}


@pytest.mark.parametrize(("statement", "words"), CHANGES.values(), ids=CHANGES)
def test_a_change_by_hand_is_found(path: Path, statement: str, words: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement).rowcount > 0
    check = checked(path)
    assert not check.ok
    found = "\n".join(finding.message for finding in check.findings)
    assert re.search(words, found), found


def test_a_cut_tail_is_found_by_a_head_that_was_kept(path: Path, votes: tuple[bytes, LedgerHead]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(CUT_TAIL)
    assert checked(path).ok
    check = checked(path, votes[1])
    assert [finding.area for finding in check.findings] == ["head"]
    assert "1 rows at its end are gone" in check.findings[0].message


def test_a_ledger_that_was_rewritten_has_another_head(path: Path, votes: tuple[bytes, LedgerHead]) -> None:
    assert [finding.area for finding in checked(path, LedgerHead(1, "0" * 64)).findings] == ["head"]
    assert checked(path, LedgerHead(0, "0" * 64), votes[1]).ok


def test_a_backup_of_a_live_store_has_all_that_was_committed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    with closing(open_database(str(path))) as database:
        with database.writing() as session:
            chain.append(session, "void", [{"voids": 1, "reason": "r", "created_at": NOW}], now=NOW)
            check = back_up(path, target)  # the open transaction is not in it
            assert check.rows == 2 * (VOTES + 1)
        head = head_of(database)
        check = back_up(path, target, force=True)
    assert (check.ok, str(check.head)) == (True, head)
    with pytest.raises(Conflict, match="--force"):
        back_up(path, target)


def test_a_restored_store_is_the_backup_and_a_bad_one_is_refused(
    path: Path, tmp_path: Path, votes: tuple[bytes, LedgerHead]
) -> None:
    backup, target = tmp_path / "backup.db", tmp_path / "restored.db"
    back_up(path, backup)
    assert restore(backup, target, [votes[1]]).ok
    assert checked(target, votes[1]).ok
    with pytest.raises(Conflict, match="--force"):
        restore(backup, target)
    before = target.read_bytes()
    with closing(sqlite3.connect(backup)) as connection, connection:
        connection.execute("UPDATE preference SET winner = 'tie'")
    assert not restore(backup, target, force=True).ok
    assert target.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["backup.db", "evenhand.db", "restored.db"]
    with pytest.raises(StoreError, match="there is none"):
        restore(tmp_path / "nothing.db", target, force=True)


def test_a_copy_over_itself_and_into_no_folder_is_refused(path: Path, tmp_path: Path) -> None:
    for copy in (back_up, restore):
        with pytest.raises(Conflict, match="expected two files"):
            copy(path, path, force=True)
    with pytest.raises(StoreError, match="there is none"):
        back_up(tmp_path / "nothing.db", tmp_path / "backup.db")
    with pytest.raises(StoreError, match="No such file or directory"):
        restore(path, tmp_path / "nowhere" / "restored.db")
    assert [file.name for file in tmp_path.iterdir()] == ["evenhand.db"]


def test_heads_are_read_from_words_and_files(tmp_path: Path) -> None:
    one, two = LedgerHead(7, "a" * 64), LedgerHead(12, "0" * 64)
    (tmp_path / "board.json").write_text(f'{{"position": 7, "ledger_head": "{one}"}}\n{two} {one}', encoding="utf-8")
    assert read_heads(str(one)) == [one]
    assert read_heads(str(tmp_path / "board.json")) == [one, two]
    (tmp_path / "other.txt").write_text("12:30, 7:" + "a" * 63)
    for given in ("7:abc", str(tmp_path / "other.txt"), str(tmp_path), "\x00"):
        with pytest.raises(BadInput, match="expected a head"):
            read_heads(given)

"""`evenhand store`: what it prints, its exit codes, and the heads that other commands print for it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.media.pictures import clean_picture
from tests.app.commands.conftest import Console
from tests.app.commands.test_store_of_0_1 import unpacked
from tests.drawings import png
from tests.stores import make_store

VOTES = [
    {"question": "q", "model_a": "one", "model_b": "two", "winner": winner, "rater": f"r{number}"}
    for number, winner in enumerate(["model_a", "model_b", "tie", "model_a"])
]


@pytest.fixture
def voted(console: Console) -> Console:
    """A console whose store holds some imported votes."""
    console.write("votes.jsonl", *VOTES)
    assert console("import preferences votes.jsonl --rater-kind human").code == 0
    return console


def edit(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE preference SET winner = 'model_b' WHERE position = 1")


def test_a_changed_vote_ends_in_a_sentence_and_exit_code_1(voted: Console) -> None:
    fine = voted("store verify")
    assert (fine.code, "evenhand.db is intact: 4 rows in the ledger." in fine.out) == (0, True)
    edit(voted.folder / "evenhand.db")
    found = voted("store verify")
    assert found.code == 1
    assert "ledger: positions 1 to 4 (preference) were changed after writing" in found.err
    assert "has 1 fault. Stop what uses this store" in found.err
    report = json.loads(voted("store verify --json").out)
    assert (report["ok"], report["rows"], len(report["findings"])) == (False, 4, 1)
    assert report["findings"][0]["area"] == "ledger"
    assert "evenhand store restore" in report["advice"]


def test_what_commands_print_is_a_head_to_verify_against(voted: Console) -> None:
    head = voted("store verify --json").json["ledger_head"]
    assert voted("rank --json").json["ledger_head"] == head
    assert voted("agreement --json").json["ledger_head"] == head
    assert voted("bias --json").json["ledger_head"] == head
    assert voted("export preferences out.jsonl --json").json["ledger_head"] == head
    assert voted("export dataset out").code == 0
    assert voted("store verify --head out/README.md").code == 0
    assert voted("store verify", "--head", head).code == 0
    voted.write("more.jsonl", VOTES[0] | {"question": "other"})
    assert voted("import preferences more.jsonl --rater-kind human").code == 0
    assert voted("store verify", "--head", head).code == 0
    later = voted("store verify --json").json["ledger_head"]
    voted("rank --run 1 --json")
    with closing(sqlite3.connect(voted.folder / "evenhand.db")) as connection, connection:
        connection.execute("DELETE FROM preference WHERE position = 5")
        connection.execute("DELETE FROM ledger WHERE first_position = 5")
    assert voted("store verify").code == 0
    cut = voted("store verify", "--head", later)
    assert (cut.code, "1 rows at its end are gone" in cut.err) == (1, True)
    assert "expected a head of the ledger" in voted("store verify --head nothing.json").err


def test_a_backup_is_made_and_restored_by_commands(voted: Console) -> None:
    assert voted("store backup copy.db").out.startswith("Backed up to copy.db.\n")
    assert voted("store backup copy.db").code == 1
    edit(voted.folder / "evenhand.db")
    refused = voted("store restore copy.db")
    assert (refused.code, "--force" in refused.err) == (1, True)
    assert voted("store restore copy.db --force").out.startswith("Restored evenhand.db from copy.db.\n")
    assert voted("store verify").code == 0
    edit(voted.folder / "copy.db")
    bad = voted("store restore copy.db --force")
    assert (bad.code, bad.out) == (1, "Nothing was restored.\n")
    assert voted("store verify").code == 0
    assert "pg_dump" in voted("store backup x.db --database postgresql://nobody@127.0.0.1:1/none").err


def test_a_damaged_store_is_a_finding(voted: Console) -> None:
    path = voted.folder / "evenhand.db"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:8192] + b"\x5a" * (size - 8192))
    report = voted("store verify --json")
    assert report.code == 1
    assert json.loads(report.out)["findings"][0]["area"] == "database"


def test_a_store_of_0_1_verifies_and_says_what_its_ledger_does_not_cover(console: Console) -> None:
    (console.folder / "evenhand.db").write_bytes(unpacked("store.db.xz"))
    out = console("store verify").out
    assert "is intact: 1,342 rows in the ledger." in out
    assert "1,242 rows of an earlier version" in out


def test_an_empty_store_has_nothing_wrong(console: Console) -> None:
    make_store(console.folder / "evenhand.db")
    assert console("store verify --json").json["ledger_head"] == f"0:{'0' * 64}"


def test_a_picture_is_counted_and_erased_for_good(console: Console) -> None:
    (console.folder / "cat.png").write_bytes(png())
    console.write("q.jsonl", {"key": "q", "turns": [[{"type": "image", "path": "cat.png"}]]})
    assert "new pictures: 1" in console("import q.jsonl").out
    assert "pictures: 1, not in use: 0, erased: 0" in console("store verify").out
    erased = console(f"store erase-picture {clean_picture(png()).sha256} --yes")
    assert (erased.code, "ledger's chain hold only its digest and are unchanged" in erased.out) == (0, True)
    assert "pictures: 0, not in use: 0, erased: 1" in console("store verify").out
    again = console(f"store erase-picture {clean_picture(png()).sha256} --yes")
    assert (again.code, "or it was erased before" in again.err) == (1, True)
    assert "1 erased pictures" in console("export questions out.jsonl").out

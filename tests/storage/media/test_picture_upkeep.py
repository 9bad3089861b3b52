"""Upkeep of pictures: lost and changed ones are found, erased ones are counted, and the ledger's chain never breaks."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.media_table import Media
from storage.media.pictures import clean_picture
from storage.media.stored_pictures import add_pictures, erase_picture, find_picture
from storage.upkeep.backups import back_up
from storage.upkeep.verification import verify
from tests.drawings import png
from tests.storage.files import NOW, VOTE, bring, jsonl

CAT, DOG = clean_picture(png(1)), clean_picture(png(2))
_MEDIA = table_of(Media)


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """A store with a vote on responses, of which one shows a dog, to a question that shows a cat."""
    opened = open_database(database_url)

    def turns(data: bytes) -> list[object]:
        return [[{"type": "image", "image": f"data:image/png;base64,{base64.b64encode(data).decode()}"}]]

    bring(opened, "questions", jsonl(tmp_path / "q.jsonl", [{"source": "s", "key": "q1", "turns": turns(CAT.data)}]))
    answers: list[dict[str, Any]] = [
        {"source": "s", "question": "q1", "model": "Ann", "turns": turns(DOG.data)},
        {"source": "s", "question": "q1", "model": "Bob", "turns": ["No."]},
    ]
    bring(opened, "responses", jsonl(tmp_path / "r.jsonl", answers))
    bring(opened, "preferences", jsonl(tmp_path / "p.jsonl", [VOTE | {"response_a": "*", "response_b": "*"}]))
    yield opened
    opened.close()


def test_an_erased_picture_leaves_the_ledger_intact(database: Database) -> None:
    before = verify(database)
    assert (before.findings, before.pictures, before.erased_pictures, before.unused_pictures) == ((), 2, 0, 0)
    with database.writing() as session:
        erase_picture(session, DOG.sha256, NOW)
        add_pictures(session, [clean_picture(png(3))], NOW)
    after = verify(database, [before.head] if before.head else [])
    assert (after.findings, after.head) == ((), before.head)
    assert (after.pictures, after.erased_pictures, after.unused_pictures) == (2, 1, 1)


def test_changed_lost_and_missing_pictures_are_found(database: Database) -> None:
    with database.writing() as session:
        session.execute(update(_MEDIA).where(_MEDIA.c.sha256 == CAT.sha256).values(data=DOG.data))
        session.execute(update(_MEDIA).where(_MEDIA.c.sha256 == DOG.sha256).values(data=None))
    found = {finding.message for finding in verify(database).findings}
    assert found == {
        f"the picture {CAT.sha256} has other bytes than it was stored with",
        f"the bytes of the picture {DOG.sha256} are gone, though nobody erased it",
    }
    with database.writing() as session:
        session.execute(update(_MEDIA).where(_MEDIA.c.sha256 == CAT.sha256).values(erased_at=NOW))
        session.execute(delete(_MEDIA).where(_MEDIA.c.sha256 == DOG.sha256))
    found = {finding.message for finding in verify(database).findings}
    assert found == {
        f"the picture {CAT.sha256} was erased, but its bytes are there again",
        f"response 1 shows the picture {DOG.sha256}, which is not in the store",
    }


def test_a_backup_holds_the_pictures(tmp_path: Path, sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    with database.writing() as session:
        add_pictures(session, [CAT], NOW)
    database.close()
    assert back_up(Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "copy.db").ok
    copy = open_database(str(tmp_path / "copy.db"))
    with copy.reading() as session:
        found = find_picture(session, CAT.sha256)
    copy.close()
    assert found is not None
    assert found.data == CAT.data

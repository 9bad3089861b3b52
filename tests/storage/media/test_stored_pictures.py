"""Pictures in the store: each once, found by its digest and by the digest of what it came from, erased for good."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from storage.database.engine import Database, open_database
from storage.errors import NotFound
from storage.media.pictures import clean_picture
from storage.media.stored_pictures import add_pictures, erase_picture, find_picture, find_pictures, known_origins
from tests.drawings import drawing, file, png

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


def test_pictures_are_stored_once_and_found_by_both_digests(database: Database) -> None:
    one, two = clean_picture(file(drawing("P"))), clean_picture(png(1))
    assert one.origin != one.sha256
    with database.writing() as session:
        assert add_pictures(session, [one, two, one], NOW) == 2
        assert add_pictures(session, [one], NOW) == 0
    with database.reading() as session:
        found = find_picture(session, one.sha256)
        assert found is not None
        assert (found.data, found.type, found.width, found.height) == (one.data, "image/png", 40, 30)
        assert find_picture(session, "0" * 64) is None
        facts = find_pictures(session, [one.sha256, two.sha256, "0" * 64])
        assert {digest: (fact.size, fact.erased_at) for digest, fact in facts.items()} == {
            one.sha256: (len(one.data), None),
            two.sha256: (len(two.data), None),
        }
        asked = [one.origin, one.sha256, two.origin, "0" * 64]
        assert known_origins(session, asked) == {
            one.origin: one.sha256,
            one.sha256: one.sha256,
            two.origin: two.sha256,
        }


def test_an_erased_picture_stays_erased_and_known(database: Database) -> None:
    one = clean_picture(png())
    with database.writing() as session:
        add_pictures(session, [one], NOW)
        erase_picture(session, one.sha256, NOW)
        assert add_pictures(session, [one], NOW) == 0
    with database.reading() as session:
        found = find_picture(session, one.sha256)
        assert found is not None
        assert (found.data, found.erased_at) == (None, NOW)
        assert known_origins(session, [one.origin]) == {one.origin: one.sha256}
    for digest in (one.sha256, "0" * 64):
        with pytest.raises(NotFound, match="or it was erased before"), database.writing() as session:
            erase_picture(session, digest, NOW)

"""Images that raters send: a digest within a text counts for nothing, and what was never sent goes after a day."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from storage.conversations.conversations import erase_texts
from storage.conversations.picture_rights import may_see_picture
from storage.conversations.uploads import (
    add_upload,
    erase_uploads,
    forget_upload,
    search_pictures,
    search_shown,
    use_uploads,
)
from storage.database.conversation_tables import Conversation
from storage.database.engine import Database, open_database
from storage.database.media_table import Media
from storage.database.tables import Campaign, Model, Question, Rater, Response
from storage.media.pictures import clean_picture
from storage.questions.questions import set_question
from storage.values import CampaignKind, ConversationState, RaterKind
from tests.clocks import START
from tests.pictures import drawn, illustrated

OWNER, OTHER = 1, 2
PICTURE = clean_picture(drawn(70))
TYPED: list[Any] = [
    PICTURE.sha256,
    f'[{{"type": "image", "media": "{PICTURE.sha256}", "alt": ""}}]',
    f'\\", "media": "{PICTURE.sha256}", "\\',
    [{"type": "text", "text": f'"media": "{PICTURE.sha256}"'}, {"type": "image", "media": "0" * 64, "alt": "x"}],
]
"""Turns that spell the digest of an image, but show none or another."""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A store in which one rater has sent an image, and everything else spells its digest."""
    opened = open_database(database_url)
    with opened.writing() as session:
        session.add_all(
            [
                *(
                    Rater(id=one, kind=RaterKind.human, source="s", key=str(one), created_at=START)
                    for one in (OWNER, OTHER)
                ),
                Model(id=1, name="wren-2b"),
            ]
        )
        session.add(Campaign(id=1, name="Live", kind=CampaignKind.live, policy="deficit", created_at=START))
        session.add(Question(id=1, source="s", key="q", turns=TYPED, created_at=START))
        session.flush()
        session.add(Response(question_id=1, model_id=1, turns=TYPED, settings_digest="1" * 64, created_at=START))
        session.add(talk_of(OTHER, TYPED))
        add_upload(session, OWNER, PICTURE, now=START)
    yield opened
    opened.close()


def talk_of(rater_id: int, turns: list[Any]) -> Conversation:
    return Conversation(
        campaign_id=1,
        rater_id=rater_id,
        token=f"conversation-{rater_id}-{len(turns)}",
        model_a_id=1,
        model_b_id=1,
        state=ConversationState.ended,
        turns=turns,
        probability_drawn=1.0,
        probability_shown=1.0,
        guidelines_version=1,
        created_at=START,
    )


def test_a_digest_that_somebody_types_opens_no_image_and_keeps_none(database: Database) -> None:
    with database.writing() as session:
        use_uploads(session.connection(), OWNER, [PICTURE.sha256], now=START)
        seen = [may_see_picture(session, rater, PICTURE.sha256, now=START) for rater in (OWNER, OTHER)]
        assert seen == [True, False]
        erase_uploads(session, OWNER, search_pictures(session, OWNER), now=START)
        erased = session.get(Media, PICTURE.sha256)
        assert erased is not None and erased.data is None


def test_an_image_that_is_shown_opens_to_who_shows_it_and_stays(database: Database) -> None:
    with database.writing() as session:
        session.add(talk_of(OTHER, ["Hello", illustrated("And this?", PICTURE, alt='a "media": sign')]))
        session.flush()
        assert may_see_picture(session, OTHER, PICTURE.sha256, now=START)
        erase_uploads(session, OWNER, search_pictures(session, OWNER), now=START)
        kept = session.get(Media, PICTURE.sha256)
        assert kept is not None and kept.data is not None


@pytest.mark.parametrize(("is_named", "number"), [(False, 0), (True, 20), (True, 5)])
def test_forgetting_notices_what_came_after_the_search(database: Database, is_named: bool, number: int) -> None:
    """A transaction may begin, and so take its ids, before another that is seen by the search, and commit after it."""
    with database.writing() as session:
        session.add(Question(id=10, source="s", key="seen", turns=TYPED, created_at=START))
    with database.reading() as session:
        assert search_shown(session, OTHER, PICTURE.sha256) is None
        searched = search_shown(session, OWNER, PICTURE.sha256)
    assert searched is not None and not searched.is_shown
    with database.writing() as session:
        if is_named:
            session.add(Question(id=number, source="s", key="r", turns=[illustrated("New", PICTURE)], created_at=START))
            session.flush()
        forget_upload(session, OWNER, PICTURE.sha256, searched, before=START)
        assert may_see_picture(session, OWNER, PICTURE.sha256, now=START), "it was not sent before this time"
        forget_upload(session, OWNER, PICTURE.sha256, searched, before=START + timedelta(seconds=1))
        assert not may_see_picture(session, OWNER, PICTURE.sha256, now=START)
    with database.reading() as session:
        assert (session.get(Media, PICTURE.sha256) is not None) == is_named


def test_erasing_looks_through_the_store_before_it_locks_it_and_misses_nothing_that_comes_between(
    database: Database,
) -> None:
    """Under the lock, every statement finds its rows by a key, however many the store holds."""
    own, imported, filled, sent, late, begun_before = (clean_picture(drawn(shade)) for shade in range(71, 77))
    with database.writing() as session:
        for picture in (own, imported, filled, sent, begun_before):
            add_upload(session, OWNER, picture, now=START)
        session.add(Question(id=2, source="s", key="placeholder", created_at=START))
        session.add(Question(id=5, source="s", key="asked", turns=[illustrated("Mine", own)], created_at=START))
        session.flush()
        session.add(Conversation(**talk_of(OWNER, [illustrated("Mine", own)]).model_dump() | {"question_id": 5}))
    with database.reading() as session:
        searched = search_pictures(session, OWNER)
    with database.writing() as session:
        session.add(Question(id=6, source="s", key="new", turns=[illustrated("New", imported)], created_at=START))
        session.add(Question(id=4, source="s", key="old", turns=[illustrated("Old", begun_before)], created_at=START))
        set_question(session, 2, {"turns": [illustrated("Now with a text", filled)]})
        add_upload(session, OTHER, sent, now=START)
        add_upload(session, OWNER, late, now=START)
    with database.writing() as session, statements_of(database) as said:
        erase_texts(session, OWNER)
        erase_uploads(session, OWNER, searched, now=START)
    with database.reading() as session:
        left = {
            one: session.get(Media, one.sha256) for one in (own, imported, filled, sent, begun_before, late, PICTURE)
        }
        assert [found is not None and found.data is not None for found in left.values()] == [
            *(False, True, True, True, True),
            *(False, False),
        ]
        assert left[own] is not None, "a question of a vote names it"
        assert left[late] is left[PICTURE] is None
        read = [(text, given) for text, given in said if "turns" in text]
        assert len(read) == 6, "rows that came later of three tables, a gap, a placeholder, and the rater's own texts"
        begun = [given for text, given in read if ".id >" in text]
        assert [next(iter(given.values() if isinstance(given, dict) else given)) for given in begun] == [5, 1, 2]
        assert [line for text, given in said for line in plan_of(session, text, given) if SCAN.search(line)] == []


def test_erasing_a_rater_who_has_sent_nothing_looks_through_nothing(database: Database) -> None:
    with database.reading() as session, statements_of(database) as said:
        searched = search_pictures(session, OTHER)
    assert [text for text, _ in said if "turns" in text] == []
    with database.writing() as session:
        session.add(Question(id=2, source="s", key="r", turns=[illustrated("Old", PICTURE)], created_at=START))
        add_upload(session, OTHER, PICTURE, now=START)
        session.flush()
        erase_uploads(session, OWNER, search_pictures(session, OWNER), now=START)
        erase_uploads(session, OTHER, searched, now=START)
        kept = session.get(Media, PICTURE.sha256)
        assert kept is not None and kept.data is not None, "what was sent after the search is looked for then"


SCAN = re.compile(r"\bSCAN (question|response|conversation|media|picture_upload)\b|Seq Scan")


@contextmanager
def statements_of(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements that the store runs meanwhile, with their parameters."""
    said: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, given: Any, *_: object) -> None:
        if statement.split(None, 1)[0] in ("SELECT", "UPDATE", "DELETE"):
            said.append((statement, given))

    event.listen(database.engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine, "before_cursor_execute", note)


def plan_of(session: Session, statement: str, given: Any) -> list[str]:
    """How the database finds the rows of a statement; PostgreSQL reads a small table as a whole only if it must."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}", given)]
    return [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)]

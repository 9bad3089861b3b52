"""Images that raters send: a digest within a text counts for nothing, and what was never sent goes after a day."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from storage.conversations.picture_rights import may_see_picture
from storage.conversations.uploads import add_upload, erase_uploads, forget_upload, search_shown, use_uploads
from storage.database.conversation_tables import Conversation
from storage.database.engine import Database, open_database
from storage.database.media_table import Media
from storage.database.tables import Campaign, Model, Question, Rater, Response
from storage.media.pictures import clean_picture
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
        erase_uploads(session, OWNER, now=START)
        erased = session.get(Media, PICTURE.sha256)
        assert erased is not None and erased.data is None


def test_an_image_that_is_shown_opens_to_who_shows_it_and_stays(database: Database) -> None:
    with database.writing() as session:
        session.add(talk_of(OTHER, ["Hello", illustrated("And this?", PICTURE, alt='a "media": sign')]))
        session.flush()
        assert may_see_picture(session, OTHER, PICTURE.sha256, now=START)
        erase_uploads(session, OWNER, now=START)
        kept = session.get(Media, PICTURE.sha256)
        assert kept is not None and kept.data is not None


@pytest.mark.parametrize("is_named", [False, True])
def test_forgetting_notices_what_came_after_the_search(database: Database, is_named: bool) -> None:
    with database.reading() as session:
        assert search_shown(session, OTHER, PICTURE.sha256) is None
        searched = search_shown(session, OWNER, PICTURE.sha256)
    assert searched is not None and not searched.is_shown
    with database.writing() as session:
        if is_named:
            session.add(Question(id=2, source="s", key="r", turns=[illustrated("New", PICTURE)], created_at=START))
            session.flush()
        forget_upload(session, OWNER, PICTURE.sha256, searched, before=START)
        assert may_see_picture(session, OWNER, PICTURE.sha256, now=START), "it was not sent before this time"
        forget_upload(session, OWNER, PICTURE.sha256, searched, before=START + timedelta(seconds=1))
        assert not may_see_picture(session, OWNER, PICTURE.sha256, now=START)
    with database.reading() as session:
        assert (session.get(Media, PICTURE.sha256) is not None) == is_named

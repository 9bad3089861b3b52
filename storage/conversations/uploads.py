"""Images that raters send for their prompts: who sent which, and what becomes of them.

An image counts in a prompt only for the rater who sent it. One that was never sent with a prompt can be forgotten
without a trace, and is after a day; one that was is erased with the person, unless something else shows it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlmodel import Session

from storage.conversations.picture_rights import shows_picture
from storage.conversations.shown_pictures import (
    NOTHING_SEEN,
    SHOWING,
    SeenRows,
    pictures_of_rows,
    seen_rows,
    shown_pictures,
)
from storage.database.bulk import in_lists
from storage.database.columns import table_of
from storage.database.conversation_tables import Conversation, PictureUpload
from storage.database.engine import Sql, connection_of
from storage.database.media_table import Media
from storage.database.tables import Question
from storage.errors import BadInput
from storage.media.pictures import Picture
from storage.media.stored_pictures import PictureFacts, add_pictures, erase_picture, find_pictures

_UPLOAD, _MEDIA, _CONVERSATION = table_of(PictureUpload), table_of(Media), table_of(Conversation)
_QUESTION = table_of(Question)


class ErasedPicture(BadInput):
    """An image that was erased from the store is sent again."""


class ShownSearch(NamedTuple):
    """Whether turns in the store show an image, and the rows of each table that were looked through."""

    is_shown: bool
    seen: Mapping[Table, SeenRows]


class PicturesShown(NamedTuple):
    """The images that a store showed at one moment, whoever sent them; for erasing one rater.

    Attributes:
        by_others: images that anything shows but the rater's own conversations.
        by_own: images that questions show which the rater's own conversations became.
        seen: the rows of each table that were looked through.
        placeholders: the questions without a text among these rows, which may get one later.
    """

    by_others: frozenset[str]
    by_own: frozenset[str]
    seen: Mapping[Table, SeenRows]
    placeholders: Sequence[int]


def add_upload(session: Session, rater_id: int, picture: Picture, *, now: datetime) -> None:
    """Store an image that a rater sends; the same image again changes nothing.

    Raises:
        ErasedPicture: the image was erased before.
    """
    add_pictures(session, [picture], now)
    add_known_upload(session, rater_id, picture.sha256, now=now)


def add_known_upload(session: Session, rater_id: int, sha256: str, *, now: datetime) -> PictureFacts | None:
    """Record that a rater sends an image that is in the store; one that was not sent on counts as sent anew.

    Returns:
        what is known of the image; None if it is not in the store.

    Raises:
        ErasedPicture: the image was erased before.
    """
    facts = find_pictures(session, [sha256]).get(sha256)
    if facts is None:
        return None
    if facts.erased_at is not None:
        raise ErasedPicture("this image was deleted from the store and cannot be added again; choose another one")
    own = (_UPLOAD.c.rater_id == rater_id, _UPLOAD.c.sha256 == sha256)
    if own_uploads(session, rater_id, [sha256]):
        session.execute(update(_UPLOAD).where(*own, _UPLOAD.c.used_at.is_(None)).values(created_at=now))
    else:
        session.execute(insert(_UPLOAD), {"rater_id": rater_id, "sha256": sha256, "created_at": now})
    return facts


def upload_times(sql: Sql, rater_id: int, *, since: datetime) -> list[datetime]:
    """When a rater has sent the images that are still known, since a time, the oldest first."""
    own = (_UPLOAD.c.rater_id == rater_id, _UPLOAD.c.created_at >= since)
    chosen = select(_UPLOAD.c.created_at).where(*own).order_by(_UPLOAD.c.created_at)
    return list(connection_of(sql).execute(chosen).scalars())


def unused_uploads(sql: Sql, rater_id: int, *, before: datetime, most: int) -> list[str]:
    """Images that a rater sent before a time and that never went out with a prompt, the oldest first."""
    own = (_UPLOAD.c.rater_id == rater_id, _UPLOAD.c.created_at < before, _UPLOAD.c.used_at.is_(None))
    chosen = select(_UPLOAD.c.sha256).where(*own).order_by(_UPLOAD.c.created_at).limit(most)
    return list(connection_of(sql).execute(chosen).scalars())


def own_uploads(sql: Sql, rater_id: int, digests: Collection[str]) -> set[str]:
    """Those of some images that this rater has sent and that are still there."""
    chosen = (
        select(_UPLOAD.c.sha256)
        .join(_MEDIA, _MEDIA.c.sha256 == _UPLOAD.c.sha256)
        .where(_UPLOAD.c.rater_id == rater_id, _UPLOAD.c.sha256.in_(digests), _MEDIA.c.erased_at.is_(None))
    )
    return set(connection_of(sql).execute(chosen).scalars())


def use_uploads(connection: Connection, rater_id: int, digests: Iterable[str], *, now: datetime) -> None:
    """Record that images of a rater went out with a prompt."""
    own = (_UPLOAD.c.rater_id == rater_id, _UPLOAD.c.sha256.in_(list(digests)), _UPLOAD.c.used_at.is_(None))
    connection.execute(update(_UPLOAD).where(*own).values(used_at=now))


def search_shown(sql: Sql, rater_id: int, sha256: str) -> ShownSearch | None:
    """Look through the whole store for what shows an image, so that `forget_upload` need not do so.

    Returns:
        what was found; None if this rater has not sent the image, or has sent it with a prompt.
    """
    connection = connection_of(sql)
    own = (_UPLOAD.c.rater_id == rater_id, _UPLOAD.c.sha256 == sha256, _UPLOAD.c.used_at.is_(None))
    if connection.execute(select(_UPLOAD.c.id).where(*own)).first() is None:
        return None
    return ShownSearch(any(_is_in(connection, table, sha256) for table in SHOWING), _seen(connection))


def forget_upload(session: Session, rater_id: int, sha256: str, searched: ShownSearch, *, before: datetime) -> None:
    """Delete an image that a rater sent and then left out; one that went out with a prompt stays.

    Args:
        session: a writing session.
        rater_id: the rater.
        sha256: the image.
        searched: what `search_shown` found before; only what came afterwards is looked through here.
        before: an image that was sent at this time or later stays.
    """
    own = (_UPLOAD.c.rater_id == rater_id, _UPLOAD.c.sha256 == sha256, _UPLOAD.c.used_at.is_(None))
    forgotten: Any = session.execute(delete(_UPLOAD).where(*own, _UPLOAD.c.created_at < before))
    if not forgotten.rowcount or searched.is_shown:
        return
    sent = session.execute(select(_UPLOAD.c.id).where(_UPLOAD.c.sha256 == sha256).limit(1)).first() is not None
    if not sent and not any(_is_in(session, table, sha256, since=seen) for table, seen in searched.seen.items()):
        session.execute(delete(_MEDIA).where(_MEDIA.c.sha256 == sha256))


def search_pictures(sql: Sql, rater_id: int) -> PicturesShown:
    """Look through the whole store for the images that it shows, so that `erase_uploads` need not do so.

    A store is not looked through for a rater who has sent no image.
    """
    connection = connection_of(sql)
    nothing = PicturesShown(frozenset(), frozenset(), dict.fromkeys(SHOWING, NOTHING_SEEN), ())
    if connection.execute(select(_UPLOAD.c.id).where(_UPLOAD.c.rater_id == rater_id).limit(1)).first() is None:
        return nothing
    empty = connection.execute(select(_QUESTION.c.id).where(_QUESTION.c.turns.is_(None))).scalars()
    found = _with_later(connection, rater_id, nothing)
    return found._replace(seen=_seen(connection), placeholders=tuple(empty))


def erase_uploads(session: Session, rater_id: int, searched: PicturesShown, *, now: datetime) -> None:
    """Erase the images of a rater whose conversations have just been erased, except those that others show too.

    Args:
        session: a writing session.
        rater_id: the rater.
        searched: what `search_pictures` found before; only what came afterwards is looked through here.
        now: time of the erasure.
    """
    own = _UPLOAD.c.rater_id == rater_id
    sent = {row.sha256: row.used_at for row in session.execute(select(_UPLOAD.c.sha256, _UPLOAD.c.used_at).where(own))}
    if not sent:
        return
    session.execute(delete(_UPLOAD).where(own))
    shown = _with_later(session.connection(), rater_id, searched)
    kept = shown.by_others | _sent_by_anyone(session, sent)
    facts = find_pictures(session, sent.keys() - kept)
    for digest in facts:
        if sent[digest] is None and digest not in shown.by_own:
            session.execute(delete(_MEDIA).where(_MEDIA.c.sha256 == digest))
        elif facts[digest].erased_at is None:
            erase_picture(session, digest, now)


def _seen(connection: Connection) -> Mapping[Table, SeenRows]:
    return {table: seen_rows(connection, table) for table in SHOWING}


def _with_later(connection: Connection, rater_id: int, found: PicturesShown) -> PicturesShown:
    """With the images of rows that came after those that were looked through, or had no text then."""
    own = _CONVERSATION.c.rater_id == rater_id
    talks = set(connection.execute(select(_CONVERSATION.c.id).where(own)).scalars())
    asked = set(connection.execute(select(_CONVERSATION.c.question_id).where(own)).scalars())
    by_own, by_others = set(found.by_own), set(found.by_others)
    for table in SHOWING:
        later = shown_pictures(connection, table, since=found.seen[table])
        filled = pictures_of_rows(connection, table, found.placeholders if table is _QUESTION else ())
        for row, digest in chain(filled, later):
            if table is not _CONVERSATION or row not in talks:
                is_own = table is _QUESTION and row in asked
                (by_own if is_own else by_others).add(digest)
    return found._replace(by_own=frozenset(by_own), by_others=frozenset(by_others))


def _sent_by_anyone(session: Session, digests: Iterable[str]) -> set[str]:
    """Those of some images that a rater has sent."""
    sent: set[str] = set()
    for some in in_lists(digests):
        sent.update(session.execute(select(_UPLOAD.c.sha256).where(_UPLOAD.c.sha256.in_(some))).scalars())
    return sent


def _is_in(sql: Sql, table: Table, sha256: str, *, since: SeenRows = NOTHING_SEEN) -> bool:
    """Whether a row of a table of turns shows an image, or one that has come since it was looked through."""
    shows, connection = shows_picture(table.c.turns, sha256), connection_of(sql)
    chosen = (select(table.c.id).where(some, shows).limit(1) for some in since.others(table))
    return any(connection.execute(one).first() is not None for one in chosen)

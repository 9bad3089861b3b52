"""Images that raters send for their prompts: who sent which, and what becomes of them.

An image counts in a prompt only for the rater who sent it. One that was never sent with a prompt can be forgotten
without a trace, and is after a day; one that was is erased with the person, unless something else shows it.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlmodel import Session

from storage.conversations.picture_rights import shows_picture
from storage.database.columns import table_of
from storage.database.conversation_tables import Conversation, PictureUpload
from storage.database.engine import Sql, connection_of
from storage.database.media_table import Media
from storage.database.tables import Question, Response
from storage.errors import BadInput
from storage.media.pictures import Picture
from storage.media.stored_pictures import PictureFacts, add_pictures, erase_picture, find_pictures

_UPLOAD, _MEDIA, _CONVERSATION = table_of(PictureUpload), table_of(Media), table_of(Conversation)
_QUESTION, _RESPONSE = table_of(Question), table_of(Response)
_SHOWING = (_CONVERSATION, _QUESTION, _RESPONSE)


class ErasedPicture(BadInput):
    """An image that was erased from the store is sent again."""


class ShownSearch(NamedTuple):
    """Whether turns in the store show an image, and the last row of each table that was looked through."""

    is_shown: bool
    last: Mapping[Table, int]


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
    last = {table: int(connection.execute(select(func.max(table.c.id))).scalar() or 0) for table in _SHOWING}
    return ShownSearch(any(_is_in(connection, table, sha256) for table in _SHOWING), last)


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
    if not sent and not any(_is_in(session, table, sha256, after=last) for table, last in searched.last.items()):
        session.execute(delete(_MEDIA).where(_MEDIA.c.sha256 == sha256))


def erase_uploads(session: Session, rater_id: int, *, now: datetime) -> None:
    """Erase the images of a rater whose conversations have just been erased, except those that others show too."""
    own = _UPLOAD.c.rater_id == rater_id
    sent = session.execute(select(_UPLOAD.c.sha256, _UPLOAD.c.used_at).where(own)).all()
    mine = select(_CONVERSATION.c.question_id).where(
        _CONVERSATION.c.rater_id == rater_id, _CONVERSATION.c.question_id.is_not(None)
    )
    questions = [int(one) for one in session.execute(mine).scalars()]
    session.execute(delete(_UPLOAD).where(own))
    for digest, used_at in sent:
        if _is_shown(session, digest, except_questions=questions):
            continue
        if used_at is None and not _is_shown(session, digest):
            session.execute(delete(_MEDIA).where(_MEDIA.c.sha256 == digest))
        elif find_pictures(session, [digest])[digest].erased_at is None:
            erase_picture(session, digest, now)


def _is_shown(session: Session, sha256: str, *, except_questions: Collection[int] = ()) -> bool:
    """Whether an upload, a conversation, a question or a response names an image."""
    if session.execute(select(_UPLOAD.c.id).where(_UPLOAD.c.sha256 == sha256).limit(1)).first() is not None:
        return True
    return any(
        _is_in(session, table, sha256, leave_out=except_questions if table is _QUESTION else ()) for table in _SHOWING
    )


def _is_in(sql: Sql, table: Table, sha256: str, *, after: int = 0, leave_out: Collection[int] = ()) -> bool:
    """Whether a row of a table of turns shows an image; looks at rows with a higher id than `after` only."""
    chosen = select(table.c.id).where(table.c.id > after, shows_picture(table.c.turns, sha256))
    if leave_out:
        chosen = chosen.where(table.c.id.not_in(leave_out))
    return connection_of(sql).execute(chosen.limit(1)).first() is not None

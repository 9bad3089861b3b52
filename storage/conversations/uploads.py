"""Images that raters send for their prompts: who sent which, and what becomes of them.

An image counts in a prompt only for the rater who sent it. One that was never sent with a prompt can be forgotten
without a trace; one that was is erased with the person, unless something else in the store shows it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, literal, select, update
from sqlmodel import Session

from storage.conversations.picture_rights import shows_picture
from storage.database.columns import table_of
from storage.database.conversation_tables import Conversation, PictureUpload
from storage.database.engine import Sql, connection_of
from storage.database.media_table import Media
from storage.database.tables import Question, Response
from storage.errors import BadInput
from storage.media.pictures import Picture
from storage.media.stored_pictures import add_pictures, erase_picture, find_pictures

_UPLOAD, _MEDIA, _CONVERSATION = table_of(PictureUpload), table_of(Media), table_of(Conversation)
_QUESTION, _RESPONSE = table_of(Question), table_of(Response)


def add_upload(session: Session, rater_id: int, picture: Picture, *, now: datetime) -> None:
    """Store an image that a rater sends; the same image again changes nothing.

    Raises:
        BadInput: the image was erased before.
    """
    add_pictures(session, [picture], now)
    if find_pictures(session, [picture.sha256])[picture.sha256].erased_at is not None:
        raise BadInput("this image was deleted from the store and cannot be added again; choose another one")
    if not own_uploads(session, rater_id, [picture.sha256]):
        values = {"rater_id": rater_id, "sha256": picture.sha256, "created_at": now}
        session.execute(insert(_UPLOAD), values)


def n_uploaded(sql: Sql, rater_id: int, *, since: datetime) -> int:
    """The number of images that a rater has sent since a time."""
    chosen = select(func.count()).where(_UPLOAD.c.rater_id == rater_id, _UPLOAD.c.created_at >= since)
    return int(connection_of(sql).execute(chosen).scalar_one())


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


def forget_upload(session: Session, rater_id: int, sha256: str) -> None:
    """Delete an image that a rater sent and then left out; one that went out with a prompt stays."""
    own = (_UPLOAD.c.rater_id == rater_id, _UPLOAD.c.sha256 == sha256, _UPLOAD.c.used_at.is_(None))
    if session.execute(delete(_UPLOAD).where(*own)).rowcount and not _is_shown(session, sha256):  # type: ignore[attr-defined]
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
    question = shows_picture(_QUESTION.c.turns, sha256)
    if except_questions:
        question &= _QUESTION.c.id.not_in(except_questions)
    places = (
        _UPLOAD.c.sha256 == sha256,
        shows_picture(_CONVERSATION.c.turns, sha256),
        question,
        shows_picture(_RESPONSE.c.turns, sha256),
    )
    return any(session.execute(select(literal(1)).where(one).limit(1)).first() is not None for one in places)

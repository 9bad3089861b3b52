"""Who may see a picture: the person whose ballot or conversation shows it, and the person who sent it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, or_, select

from storage.campaigns.ballots import CLOSED, OPEN
from storage.database.columns import table_of
from storage.database.conversation_tables import Conversation, PictureUpload
from storage.database.engine import Sql, connection_of
from storage.database.tables import Ballot, BallotResponse, Question, Response

_BALLOT, _BESIDE, _UPLOAD = table_of(Ballot), table_of(BallotResponse), table_of(PictureUpload)
_QUESTION, _RESPONSE, _CONVERSATION = table_of(Question), table_of(Response), table_of(Conversation)


def may_see_picture(sql: Sql, rater_id: int, sha256: str, *, now: datetime) -> bool:
    """Whether a person holds a ballot or a conversation that shows a picture, or has sent the picture.

    An open ballot counts until it expires; a closed one counts, because its rater may look at it again; an expired or
    withdrawn one does not.
    """
    connection = connection_of(sql)
    uploaded = select(_UPLOAD.c.id).where(_UPLOAD.c.rater_id == rater_id, _UPLOAD.c.sha256 == sha256)
    talked = select(_CONVERSATION.c.id).where(
        _CONVERSATION.c.rater_id == rater_id, shows_picture(_CONVERSATION.c.turns, sha256)
    )
    is_open = and_(_BALLOT.c.state.in_(OPEN), _BALLOT.c.expires_at > now)
    return (
        _shows(connection, rater_id, sha256, is_open)
        or connection.execute(uploaded.limit(1)).first() is not None
        or connection.execute(talked.limit(1)).first() is not None
        or _shows(connection, rater_id, sha256, _BALLOT.c.state.in_(CLOSED))
    )


def shows_picture(turns: ColumnElement[Any], sha256: str) -> ColumnElement[bool]:
    """Whether the turns in a column hold an image as a part.

    A text that spells the digest, or even the part, does not count: in JSON its quotes are escaped, so the member that
    is looked for cannot stand within a text.
    """
    return cast(turns, Text).contains(f'"media": "{sha256}"', autoescape=True)


def _shows(connection: Connection, rater_id: int, sha256: str, held: ColumnElement[bool]) -> bool:
    """Whether one of the ballots of a rater that are held shows a picture."""
    own = (_BALLOT.c.rater_id == rater_id, held)
    question = select(_BALLOT.c.id).join(_QUESTION, _QUESTION.c.id == _BALLOT.c.question_id)
    pair = select(_BALLOT.c.id).join(
        _RESPONSE, or_(_RESPONSE.c.id == _BALLOT.c.response_a_id, _RESPONSE.c.id == _BALLOT.c.response_b_id)
    )
    beside = (
        select(_BALLOT.c.id)
        .join(_BESIDE, _BESIDE.c.ballot_id == _BALLOT.c.id)
        .join(_RESPONSE, _RESPONSE.c.id == _BESIDE.c.response_id)
    )
    looks = ((question, _QUESTION.c.turns), (pair, _RESPONSE.c.turns), (beside, _RESPONSE.c.turns))
    return any(
        connection.execute(look.where(*own, shows_picture(turns, sha256)).limit(1)).first() is not None
        for look, turns in looks
    )

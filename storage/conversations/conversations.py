"""Statements on conversations and their answers.

A rater holds at most one open conversation; a unique index keeps it so in any number of tabs.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.database.columns import table_of
from storage.database.conversation_tables import Conversation, ConversationAnswer
from storage.database.engine import Sql, connection_of
from storage.database.tables import Question
from storage.errors import Conflict, NotFound
from storage.values import AnswerState, ConversationState

OPEN = (ConversationState.writing, ConversationState.ready)
SIDES = ("a", "b")
ERASED = "erased"
"""Cause of the end of conversations whose rater was erased while they were open."""
STANDING = (AnswerState.writing, AnswerState.done, AnswerState.stopped)
"""States of the answers that belong to the conversation as the rater sees it."""

_CONVERSATION, _ANSWER, _QUESTION = table_of(Conversation), table_of(ConversationAnswer), table_of(Question)

ConversationRow = Row[Any]
AnswerRow = Row[Any]


def add_conversation(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store a conversation and return its id.

    Raises:
        Conflict: the rater has an open conversation.
    """
    try:
        return int(connection.execute(insert(_CONVERSATION).returning(_CONVERSATION.c.id), dict(values)).scalar_one())
    except IntegrityError:
        raise Conflict("there is an open conversation of yours already; reload the page") from None


def change_conversation(connection: Connection, conversation_id: int, **values: object) -> None:
    """Change columns of one conversation."""
    connection.execute(update(_CONVERSATION).where(_CONVERSATION.c.id == conversation_id).values(**values))


def own_conversation(connection: Connection, rater_id: int, token: str) -> ConversationRow:
    """The conversation with this token.

    Raises:
        NotFound: this rater has no such conversation.
    """
    row = connection.execute(
        select(_CONVERSATION).where(_CONVERSATION.c.token == token, _CONVERSATION.c.rater_id == rater_id)
    ).first()
    if row is None:
        raise NotFound("this conversation is not yours or does not exist; reload the page")
    return row


def open_conversation(connection: Connection, rater_id: int) -> ConversationRow | None:
    """The open conversation of a rater, None without one."""
    chosen = select(_CONVERSATION).where(_CONVERSATION.c.rater_id == rater_id, _CONVERSATION.c.state.in_(OPEN))
    return connection.execute(chosen).first()


def n_begun(connection: Connection, rater_id: int, *, since: datetime) -> int:
    """The number of conversations that a rater has begun since a time."""
    chosen = select(func.count()).where(_CONVERSATION.c.rater_id == rater_id, _CONVERSATION.c.created_at >= since)
    return int(connection.execute(chosen).scalar_one())


def n_voted(connection: Connection, rater_id: int, campaign_id: int) -> int:
    """The number of conversations of a campaign on which a rater has voted."""
    chosen = select(func.count()).where(
        _CONVERSATION.c.rater_id == rater_id,
        _CONVERSATION.c.campaign_id == campaign_id,
        _CONVERSATION.c.state == ConversationState.voted,
    )
    return int(connection.execute(chosen).scalar_one())


def add_answer(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store an answer that is about to be asked for, and return its id."""
    return int(connection.execute(insert(_ANSWER).returning(_ANSWER.c.id), dict(values)).scalar_one())


def change_answer(connection: Connection, answer_id: int, **values: object) -> None:
    """Change columns of one answer."""
    connection.execute(update(_ANSWER).where(_ANSWER.c.id == answer_id).values(**values))


def standing_answers(connection: Connection, conversation_id: int) -> list[AnswerRow]:
    """The answers that a conversation consists of, by turn and side."""
    chosen = select(_ANSWER).where(_ANSWER.c.conversation_id == conversation_id, _ANSWER.c.state.in_(STANDING))
    return list(connection.execute(chosen.order_by(_ANSWER.c.turn, _ANSWER.c.side)))


def failed_models(connection: Connection, conversation_id: int) -> set[int]:
    """The models that have failed in a conversation."""
    chosen = select(_ANSWER.c.model_id).where(
        _ANSWER.c.conversation_id == conversation_id, _ANSWER.c.state == AnswerState.failed
    )
    return set(connection.execute(chosen).scalars())


def erase_texts(sql: Sql, rater_id: int) -> None:
    """Erase what a rater wrote in conversations, with the answers, which may repeat it; open conversations end.

    Consent to publish is taken back. The questions of conversations with a vote stay, private, because votes need them.
    """
    connection = connection_of(sql)
    own = _CONVERSATION.c.rater_id == rater_id
    of_own = _ANSWER.c.conversation_id.in_(select(_CONVERSATION.c.id).where(own))
    asked = select(_CONVERSATION.c.question_id).where(own, _CONVERSATION.c.question_id.is_not(None))
    connection.execute(update(_QUESTION).where(_QUESTION.c.id.in_(asked)).values(private=True))
    connection.execute(update(_ANSWER).where(of_own).values(text="", spans=None))
    connection.execute(update(_CONVERSATION).where(own).values(turns=[], publishable=False))
    is_open = own & _CONVERSATION.c.state.in_(OPEN)
    connection.execute(update(_CONVERSATION).where(is_open).values(state=ConversationState.ended, cause=ERASED))


def publishable_keys(sql: Sql) -> set[str]:
    """The keys of the live questions that their raters allow to publish."""
    chosen = select(_CONVERSATION.c.token).where(_CONVERSATION.c.publishable.is_(True))
    return set(connection_of(sql).execute(chosen).scalars())

"""The texts of questions and responses by id, for pages."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import Session

from storage.database.bulk import in_lists
from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.tables import Question, Response
from storage.errors import NotFound
from storage.values import Turn, turn_plain_text, turn_text

_QUESTION, _RESPONSE = table_of(Question), table_of(Response)
_QUESTION_TURNS = select(_QUESTION.c.turns).where(_QUESTION.c.id == bindparam("question"))
_BOTH_TURNS = (
    select(_QUESTION.c.turns, _RESPONSE.c.turns)
    .join(_RESPONSE, _RESPONSE.c.question_id == _QUESTION.c.id)
    .where(_RESPONSE.c.id == bindparam("response"))
)


class ExchangeTurns(NamedTuple):
    """The user turns of a question and the answers of one model, with their images, in the same order."""

    user_turns: list[Turn]
    answered: list[Turn]


class Exchange(NamedTuple):
    """The user turns of a question and the answers of one model, as texts in the same order."""

    user_turns: list[str]
    answered: list[str]


def question_texts(session: Session, question_id: int) -> list[str]:
    """The user turns of a question as texts, with a mark for each image.

    Raises:
        NotFound: as `question_turns`.
    """
    return [turn_text(turn) for turn in question_turns(session, question_id)]


def question_turns(session: Session, question_id: int) -> list[Turn]:
    """The user turns of a question.

    Raises:
        NotFound: there is no such question, or it is a placeholder without a text.
    """
    turns: list[Turn] | None = session.execute(_QUESTION_TURNS, {"question": question_id}).scalar()
    if not turns:
        raise NotFound(f"question {question_id} has no text in this store; import its text first")
    return turns


def response_texts(session: Sql, response_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Id and text of each response that is in the store, its turns joined by blank lines and images left out.

    What measures a response by its text, such as its length, must not measure the words that stand for an image.
    """
    for part in in_lists(response_ids):
        chosen = select(_RESPONSE.c.id, _RESPONSE.c.turns).where(_RESPONSE.c.id.in_(part))
        for identity, turns in connection_of(session).execute(chosen):
            yield int(identity), "\n\n".join(turn_plain_text(turn) for turn in turns)


def exchange(session: Session, response_id: int) -> Exchange:
    """The user turns of a response's question, and the turns of the response, as texts with a mark for each image.

    Raises:
        NotFound: there is no such response.
    """
    user_turns, answered = exchange_turns(session, response_id)
    return Exchange([turn_text(turn) for turn in user_turns], [turn_text(turn) for turn in answered])


def exchange_turns(session: Session, response_id: int) -> ExchangeTurns:
    """The user turns of a response's question, and the turns of the response.

    Raises:
        NotFound: there is no such response.
    """
    row = session.execute(_BOTH_TURNS, {"response": response_id}).first()
    if row is None:
        raise NotFound(f"response {response_id} is not in this store")
    return ExchangeTurns(row[0] or [], row[1])

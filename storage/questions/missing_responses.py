"""Find missing responses, and store collected ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.tables import Question, Response
from storage.questions.model_names import STANDING_MODELS, standing_names
from storage.questions.questions import add_responses, ensure_models, settings_digest
from storage.values import Json, Language, ResponseState, Turn, turn_images, turn_text

_MODEL, _QUESTION, _RESPONSE = STANDING_MODELS, table_of(Question), table_of(Response)


class OpenQuestion(NamedTuple):
    """A question with its user turns: texts, or parts where a turn holds images."""

    id: int
    key: str
    user_turns: tuple[str | Turn, ...]


@dataclass(frozen=True)
class CollectedResponse:
    """One response, or the failure to get one; the fields are those of `Response`."""

    question_id: int
    turns: list[Turn]
    sample: int
    state: ResponseState
    cause: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_seconds: float | None = None


def questions_to_answer(
    session: Session, *, category: str | None = None, language: Language | str | None = None, source: str | None = None
) -> list[OpenQuestion]:
    """Questions with a text in the order of arrival; each filter keeps exact matches."""
    statement = select(_QUESTION.c.id, _QUESTION.c.key, _QUESTION.c.turns).where(_QUESTION.c.turns.is_not(None))
    for column, value in (
        (_QUESTION.c.category, category),
        (_QUESTION.c.language, language),
        (_QUESTION.c.source, source),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return [
        OpenQuestion(int(identity), str(key), tuple(turn if turn_images(turn) else turn_text(turn) for turn in turns))
        for identity, key, turns in session.execute(statement.order_by(_QUESTION.c.id))
    ]


def answered(session: Session, model: str, settings: Json) -> set[tuple[int, int]]:
    """Question and sample of each response of a model (or one merged into it) with these settings that did not fail."""
    statement = (
        select(_RESPONSE.c.question_id, _RESPONSE.c.sample)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .where(
            _MODEL.c.name == standing_names(session, [model]).get(model, model),
            _RESPONSE.c.settings_digest == settings_digest(settings),
            _RESPONSE.c.state != ResponseState.error,
        )
    )
    return {(int(question), int(sample)) for question, sample in session.execute(statement)}


def store_responses(
    session: Session, model: str, settings: Json, collected: Sequence[CollectedResponse], *, now: datetime
) -> None:
    """Store responses and failures of one model.

    Raises:
        sqlalchemy.exc.IntegrityError: one of the responses is in the store already.
    """
    model_id = ensure_models(session, [model])[model]
    common = {
        "model_id": model_id,
        "settings": settings,
        "settings_digest": settings_digest(settings),
        "created_at": now,
    }
    add_responses(session, [common | vars(one) for one in collected])

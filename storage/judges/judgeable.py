"""The responses that can be judged, and the pairs that people have compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlmodel import Session

from storage.database.bulk import in_lists
from storage.database.columns import table_of
from storage.database.ledger_tables import Preference
from storage.database.tables import Question, Response
from storage.ledger import standing
from storage.questions.model_names import STANDING_MODELS, read_model_names, standing_names
from storage.values import SHOWABLE_STATES, ResponseState

_MODEL, _QUESTION, _RESPONSE = STANDING_MODELS, table_of(Question), table_of(Response)
_PREFERENCE = table_of(Preference)


class Judgeable(NamedTuple):
    """A response that can be judged; `model` is the standing model, which the response may have been merged into."""

    question: int
    model: int
    response: int
    sample: int


@dataclass(frozen=True)
class Scope:
    """The questions and models to judge; None for all.

    Attributes:
        models: names of the models.
        category: category of the question.
        language: language of the question.
        source: source of the question.
    """

    models: Sequence[str] | None = None
    category: str | None = None
    language: str | None = None
    source: str | None = None


def judgeable(session: Session, scope: Scope) -> list[Judgeable]:
    """The newest response for each question, model and sample, for questions whose text is known.

    Sorted by question, model and sample. Refused, empty and failed responses are not judged.
    """
    return _newest(session, scope, SHOWABLE_STATES)


def empty_responses(session: Session, scope: Scope, responses: Sequence[Judgeable]) -> list[Judgeable]:
    """The newest empty response for each question, model and sample that has no response to judge.

    Args:
        session: a reading session.
        scope: filters of the responses.
        responses: the responses to judge in this scope, from `judgeable`.
    """
    judged = {(one.question, one.model, one.sample) for one in responses}
    found = _newest(session, scope, (ResponseState.empty,))
    return [one for one in found if (one.question, one.model, one.sample) not in judged]


def _newest(session: Session, scope: Scope, states: Sequence[ResponseState]) -> list[Judgeable]:
    statement = (
        select(_MODEL.c.standing_id, func.max(_RESPONSE.c.id).label("id"))
        .select_from(_RESPONSE)
        .join(_QUESTION, _QUESTION.c.id == _RESPONSE.c.question_id)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .where(_RESPONSE.c.state.in_(states), _QUESTION.c.turns.is_not(None))
        .group_by(_RESPONSE.c.question_id, _MODEL.c.standing_id, _RESPONSE.c.sample)
    )
    newest = _within(session, statement, scope).subquery()
    # In the order of the models' own ids, so that pairs judged before a merge come in the same order after it.
    rows = (
        select(_RESPONSE.c.question_id, newest.c.standing_id, _RESPONSE.c.id, _RESPONSE.c.sample)
        .join(newest, newest.c.id == _RESPONSE.c.id)
        .order_by(_RESPONSE.c.question_id, _RESPONSE.c.model_id, _RESPONSE.c.sample)
    )
    return [Judgeable(*map(int, row)) for row in session.execute(rows)]


def responses_by_name(session: Session, source: str) -> dict[tuple[str, str, int], Judgeable]:
    """Every response to the questions of a source that did not fail, by question key, model name and sample."""
    statement = (
        select(
            _QUESTION.c.key,
            _MODEL.c.name,
            _RESPONSE.c.sample,
            _RESPONSE.c.question_id,
            _MODEL.c.standing_id,
            _RESPONSE.c.id,
        )
        .join(_QUESTION, _QUESTION.c.id == _RESPONSE.c.question_id)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .where(_QUESTION.c.source == source, _RESPONSE.c.state != ResponseState.error)
        .order_by(_RESPONSE.c.id)
    )
    return {
        (str(key), str(name), int(sample)): Judgeable(int(question), int(model), int(response), int(sample))
        for key, name, sample, question, model, response in session.execute(statement)
    }


def compared_pairs(session: Session) -> set[tuple[int, int, int]]:
    """Question and both models, the smaller id first, of every pair with a vote that counts."""
    columns = (_PREFERENCE.c.question_id, _PREFERENCE.c.model_a_id, _PREFERENCE.c.model_b_id)
    rows = session.execute(select(*columns).where(standing.counts(_PREFERENCE)).distinct())
    of = read_model_names(session).standing
    return {(int(question), min(of[a], of[b]), max(of[a], of[b])) for question, a, b in rows}


def question_keys(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Id and key of each question."""
    for some in in_lists(set(ids)):
        for identity, key in session.execute(select(_QUESTION.c.id, _QUESTION.c.key).where(_QUESTION.c.id.in_(some))):
            yield int(identity), str(key)


def _within(session: Session, statement: Select[tuple[int, int]], scope: Scope) -> Select[tuple[int, int]]:
    for column, value in (
        (_QUESTION.c.category, scope.category),
        (_QUESTION.c.language, scope.language),
        (_QUESTION.c.source, scope.source),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if scope.models is not None:
        statement = statement.where(_MODEL.c.name.in_(standing_names(session, scope.models).values()))
    return statement

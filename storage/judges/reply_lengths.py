"""What earlier replies tell about further ones: their mean lengths, and the dialect of the endpoint."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.evaluation_tables import EvaluationRun, Prediction
from storage.database.ledger_tables import JudgeCall, Judgment, Satisfaction
from storage.database.tables import Rater, Response
from storage.questions.model_names import STANDING_MODELS, standing_names
from storage.values import Json

_CALL, _JUDGMENT, _SATISFACTION = table_of(JudgeCall), table_of(Judgment), table_of(Satisfaction)
_RUN, _PREDICTION = table_of(EvaluationRun), table_of(Prediction)
_RATER, _RESPONSE, _MODEL = table_of(Rater), table_of(Response), STANDING_MODELS


class MeanLengths(NamedTuple):
    """Mean numbers of tokens.

    Attributes:
        prompt: mean prompt tokens.
        completion: mean reply tokens.
        replies: number of replies.
    """

    prompt: float
    completion: float
    replies: int


def mean_lengths(session: Session, rater_id: int, model: str) -> MeanLengths | None:
    """The mean lengths of a judge's replies, or else of those of all judges with its model; None without any."""
    return _of_raters(session, _RATER.c.id == rater_id) or _of_raters(session, _RATER.c.judge_model == model)


def mean_response_lengths(session: Session, model: str) -> MeanLengths | None:
    """The mean lengths of a model's responses; None without any."""
    counts = (func.avg(_RESPONSE.c.prompt_tokens), func.avg(_RESPONSE.c.completion_tokens), func.count())
    statement = select(*counts).join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
    known = (_RESPONSE.c.prompt_tokens.is_not(None), _RESPONSE.c.completion_tokens.is_not(None))
    name = standing_names(session, [model]).get(model, model)
    return _first(session, statement.where(_MODEL.c.name == name, *known))


def mean_answer_lengths(session: Session, model: str) -> MeanLengths | None:
    """The mean lengths of a model's answers to tasks with fixed answers; None without any."""
    prompt, completion = (_PREDICTION.c.details[name].as_integer() for name in ("prompt_tokens", "completion_tokens"))
    statement = (
        select(func.avg(prompt), func.avg(completion), func.count())
        .join(_RUN, _RUN.c.id == _PREDICTION.c.run_id)
        .join(_MODEL, _MODEL.c.id == _RUN.c.model_id)
        .where(_MODEL.c.name == standing_names(session, [model]).get(model, model), prompt > 0, completion > 0)
    )
    return _first(session, statement)


def _of_raters(session: Session, who: ColumnElement[bool]) -> MeanLengths | None:
    raters = select(_RATER.c.id).where(who)
    statement = (
        select(func.avg(_CALL.c.prompt_tokens), func.avg(_CALL.c.completion_tokens), func.count())
        .outerjoin(_JUDGMENT, _JUDGMENT.c.position == _CALL.c.judgement)
        .outerjoin(_SATISFACTION, _SATISFACTION.c.position == _CALL.c.satisfaction)
        .where(
            _CALL.c.prompt_tokens.is_not(None),
            _CALL.c.completion_tokens.is_not(None),
            or_(_JUDGMENT.c.rater_id.in_(raters), _SATISFACTION.c.rater_id.in_(raters)),
        )
    )
    return _first(session, statement)


def _first(session: Session, statement: Select[tuple[float, float, int]]) -> MeanLengths | None:
    prompt, completion, count = session.execute(statement).one()
    return MeanLengths(float(prompt), float(completion), int(count)) if count else None


def last_dialect(session: Session, model: str) -> Json:
    """The dialect of a model's endpoint as stored with its last reply as a judge; empty for the plain one.

    A reply that counted again for another item was sent no time, and was stored without it by earlier versions.
    """
    statement = (
        select(_CALL.c.verdict)
        .outerjoin(_JUDGMENT, _JUDGMENT.c.position == _CALL.c.judgement)
        .outerjoin(_SATISFACTION, _SATISFACTION.c.position == _CALL.c.satisfaction)
        .join(_RATER, or_(_RATER.c.id == _JUDGMENT.c.rater_id, _RATER.c.id == _SATISFACTION.c.rater_id))
        .where(_RATER.c.judge_model == model, _CALL.c.reply.is_not(None), _CALL.c.verdict["attempts"].as_integer() > 0)
        .order_by(_CALL.c.id.desc())
        .limit(1)
    )
    found = session.execute(statement).scalar()
    return dict((found or {}).get("dialect") or {})

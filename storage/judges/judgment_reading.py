"""Judgments and scores of a judge in a list, and one of them with question, responses and every call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, false, func, or_, select, union
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import JudgeCall, Judgment, Satisfaction
from storage.database.tables import Question, Rater, Response
from storage.errors import NotFound
from storage.judges.judgments import LedgerKind
from storage.judges.outcome_counts import JUDGED, JudgmentOutcome, outcome_columns, outcome_of
from storage.ledger import standing
from storage.ledger.standing import EXCLUSION
from storage.questions.model_names import STANDING_MODELS
from storage.values import Json, RaterKind, Turn, turn_text

_CALL, _JUDGMENT, _SATISFACTION = table_of(JudgeCall), table_of(Judgment), table_of(Satisfaction)
_QUESTION, _RATER = table_of(Question), table_of(Rater)
_RESPONSE, _MODEL = table_of(Response), STANDING_MODELS


@dataclass(frozen=True)
class JudgmentFilters:
    """The rows of a judge to list; None for all.

    Attributes:
        kind: judgments or scores.
        state: state as in `JudgmentOutcome`.
        cause: cause of failure.
        category: category of the question; empty for questions without one.
        model: name of the model whose response was judged.
    """

    kind: LedgerKind
    state: str | None = None
    cause: str | None = None
    category: str | None = None
    model: str | None = None


@dataclass(frozen=True)
class JudgmentLine:
    """One judgment or score in a list.

    Attributes:
        position: position in the ledger.
        question: first user turn, empty if only the key of the question is known.
        key: key of the question.
        models: models A and B, or the scored model.
        turn: turn that was judged, from 1; 0 for all turns together.
        sample: sample number.
        outcome: outcome.
        at: time of writing, UTC.
    """

    position: int
    question: str
    key: str
    models: tuple[str, ...]
    turn: int
    sample: int
    outcome: JudgmentOutcome
    at: datetime | None


@dataclass(frozen=True)
class CallLine:
    """One call behind a judgment or score; fields as in `JudgeCall`.

    Attributes:
        models: names of the models in the order shown.
    """

    models: tuple[str, ...]
    reply: str | None
    noted: Json
    cause: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    latency_seconds: float | None


@dataclass(frozen=True)
class JudgmentDetails:
    """One judgment or score with the texts and calls behind it.

    Attributes:
        line: summary as in the list.
        rater_id: id of the judge.
        user_turns: user turns; empty if only the key of the question is known.
        reference: reference answer to each turn, empty without any.
        answered: turns of each of `line.models`, None for a response whose text is unknown.
        calls: calls in the order made; none for an imported row, or for equal responses, which need none.
        is_void: whether the row is void or was replaced.
    """

    line: JudgmentLine
    rater_id: int
    user_turns: list[Turn]
    reference: list[str]
    answered: tuple[list[Turn] | None, ...]
    calls: tuple[CallLine, ...]
    is_void: bool


def reasons_left_out(session: Session) -> dict[int, str]:
    """Why raters are excluded from leaderboards, by id; those who count are not among them."""
    in_force = standing.excluded(EXCLUSION.c.rater_id).add_columns(EXCLUSION.c.reason)
    return {int(rater): str(reason) for rater, reason in session.execute(in_force)}


def judged_models(session: Session, rater_id: int) -> list[str]:
    """The names of all models with a response that this judge has judged."""
    columns = ((_JUDGMENT, "model_a_id"), (_JUDGMENT, "model_b_id"), (_SATISFACTION, "model_id"))
    ids = union(*(select(table.c[name]).where(table.c.rater_id == rater_id) for table, name in columns))
    return sorted(map(str, session.execute(select(_MODEL.c.name).where(_MODEL.c.id.in_(ids)).distinct()).scalars()))


def count_judged(session: Session, rater_id: int, wanted: JudgmentFilters) -> int:
    """The number of rows that `list_judged` lists without a limit."""
    return int(session.execute(_listed(rater_id, wanted, [func.count()])).scalar_one())


def list_judged(
    session: Session, rater_id: int, wanted: JudgmentFilters, *, skip: int, most: int
) -> list[JudgmentLine]:
    """The judgments or scores of a judge that stand, newest first."""
    row = JUDGED[wanted.kind]
    statement = _listed(rater_id, wanted, _line_columns(wanted.kind)).order_by(row.c.position.desc())
    return [_line(wanted.kind, found) for found in session.execute(statement.offset(skip).limit(most))]


def open_judged(session: Session, position: int) -> JudgmentDetails:
    """One judgment or score of a judge with question, responses and calls.

    Raises:
        NotFound: no judgment or judge's score has this position.
    """
    for kind, row in JUDGED.items():
        sides = _sides(row)
        extra = (row.c.rater_id, _QUESTION.c.turns, _QUESTION.c.reference, ~standing.stands(row))
        statement = (
            select(*_line_columns(kind), *extra, *(row.c[name] for name in sides))
            .select_from(row.join(_QUESTION, _QUESTION.c.id == row.c.question_id))
            .join(_RATER, _RATER.c.id == row.c.rater_id)
            .where(row.c.position == position, _RATER.c.kind == RaterKind.judge)
        )
        found = session.execute(statement).first()
        if found is not None:
            rater_id, turns, reference, is_void, *responses = found[-4 - len(sides) :]
            line = _line(kind, found)
            texts = _turns(session, responses)
            return JudgmentDetails(
                line=line,
                rater_id=int(rater_id),
                user_turns=list(turns or ()),
                reference=[str(one) for one in reference or ()],
                answered=tuple(texts.get(response) for response in responses),
                calls=tuple(_calls(session, kind, position, line.models, responses)),
                is_void=bool(is_void),
            )
    raise NotFound(f"expected the number of a judgment, got {position}; choose one from the list")


def _sides(row: Any) -> tuple[str, ...]:  # noqa: ANN401  a table of the ledger
    return ("response_a_id", "response_b_id") if row is _JUDGMENT else ("response_id",)


def _line_columns(kind: LedgerKind) -> list[Any]:
    row = JUDGED[kind]
    names = ("model_a_id", "model_b_id") if kind == "judgement" else ("model_id",)
    models = [select(_MODEL.c.name).where(_MODEL.c.id == row.c[name]).scalar_subquery() for name in names]
    about = (row.c.position, _QUESTION.c.turns, _QUESTION.c.key, row.c.turn, row.c.sample, row.c.created_at)
    return [*about, *models, *outcome_columns(kind)]


def _line(kind: LedgerKind, found: Any) -> JudgmentLine:  # noqa: ANN401  a row
    position, turns, key, turn, sample, at, *rest = found
    n_models = 2 if kind == "judgement" else 1
    return JudgmentLine(
        position=int(position),
        question=turn_text(turns[0]) if turns else "",
        key=str(key),
        models=tuple(map(str, rest[:n_models])),
        turn=turn or 0,
        sample=int(sample),
        outcome=outcome_of(kind, rest[n_models : n_models + len(outcome_columns(kind))]),
        at=at,
    )


def _listed(rater_id: int, wanted: JudgmentFilters, columns: Sequence[Any]) -> Select[Any]:
    row = JUDGED[wanted.kind]
    joined = row.join(_QUESTION, _QUESTION.c.id == row.c.question_id)
    where = [row.c.rater_id == rater_id, standing.stands(row)]
    for column, value in ((row.c.state, wanted.state), (row.c.cause, wanted.cause)):
        if value is not None:
            where.append(column == value)
    if wanted.category is not None:
        where.append(_QUESTION.c.category == wanted.category if wanted.category else _QUESTION.c.category.is_(None))
    if wanted.model is not None:
        named = select(_MODEL.c.id).where(_MODEL.c.name == wanted.model)
        names = ("model_a_id", "model_b_id") if wanted.kind == "judgement" else ("model_id",)
        where.append(or_(false(), *(row.c[name].in_(named) for name in names)))
    return select(*columns).select_from(joined).where(*where)


def _turns(session: Session, responses: Sequence[int | None]) -> dict[int | None, list[Turn]]:
    ids = [response for response in responses if response is not None]
    rows = session.execute(select(_RESPONSE.c.id, _RESPONSE.c.turns).where(_RESPONSE.c.id.in_(ids)))
    return {int(identity): list(turns) for identity, turns in rows}


def _calls(
    session: Session, kind: LedgerKind, position: int, models: tuple[str, ...], responses: Sequence[int | None]
) -> Iterator[CallLine]:
    """The calls of a row, or of the row of the same item with which it shares them."""
    row = JUDGED[kind]
    own = session.execute(select(_CALL).where(_CALL.c[kind] == position).order_by(_CALL.c.id)).mappings().all()
    if not own:
        this, that = row.alias("this"), row.alias("that")
        same = [that.c[name] == this.c[name] for name in ("rater_id", "question_id", "sample", "created_at")]
        same += [func.coalesce(that.c.turn, 0) == func.coalesce(this.c.turn, 0)]
        if kind == "satisfaction":
            same += [that.c.response_id == this.c.response_id]
        shared = (
            select(_CALL)
            .join(that, that.c.position == _CALL.c[kind])
            .join(this, this.c.position == position)
            .where(*same)
            .order_by(_CALL.c.id)
        )
        found = session.execute(shared).mappings().all()
        own = [call for call in found if kind == "satisfaction" or {*responses} <= {*_shown(call)}]
    names = _model_names(session, [identity for call in own for identity in _shown(call)])
    for call in own:
        in_order = models[::-1] if call["swapped"] else models
        yield CallLine(
            models=tuple(names.get(identity, "?") for identity in _shown(call)) or in_order,
            reply=call["reply"],
            noted=call["verdict"] or {},
            **{name: call[name] for name in ("cause", "prompt_tokens", "completion_tokens", "cost", "latency_seconds")},
        )


def _shown(call: Any) -> list[int]:  # noqa: ANN401  a row
    return list((call["verdict"] or {}).get("shown", ()))


def _model_names(session: Session, responses: Sequence[int]) -> dict[int, str]:
    joined = _RESPONSE.join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
    statement = select(_RESPONSE.c.id, _MODEL.c.name).select_from(joined).where(_RESPONSE.c.id.in_(set(responses)))
    return {int(identity): str(name) for identity, name in session.execute(statement)}

"""What judges said, read back: their calls with who was shown, and verdicts that came without a call."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from storage.columns import table_of
from storage.judge_rows import LedgerKind
from storage.judgeable import model_names_of
from storage.ledger_tables import JudgeCall, Judgement, Satisfaction, Void
from storage.tables import Model, Question, Rater, Response
from storage.values import Json, RaterKind

_CALL, _JUDGEMENT, _SATISFACTION = table_of(JudgeCall), table_of(Judgement), table_of(Satisfaction)
_VOID, _QUESTION, _RATER = table_of(Void), table_of(Question), table_of(Rater)
_RESPONSE, _MODEL = table_of(Response), table_of(Model)


@dataclass(frozen=True)
class SaidOf:
    """One reply of a judge, or a verdict without one.

    Attributes:
        position: of its ledgered row.
        question: key.
        models: names in the order in which they were shown.
        turn: counted from 1, 0 for all turns together.
        sample: number among several.
        verdict: as noted with the call; of a verdict without a call its `value` or `values`.
        cause: why there is none.
        reply: text, None without a call.
        cost: of the call, None when it is unknown.
        has_call: whether a reply was stored.
    """

    position: int
    question: str
    models: tuple[str, ...]
    turn: int
    sample: int
    verdict: Json
    cause: str | None
    reply: str | None
    cost: float | None = None
    has_call: bool = True


@dataclass(frozen=True)
class JudgeLine:
    """One judge and how much it has judged; `settings` are empty for an imported one that says none."""

    rater_id: int
    name: str
    model: str | None
    source: str
    settings: Json
    judgements: int
    scores: int


def judges(session: Session) -> list[JudgeLine]:
    """Every judge, by name."""
    counts = []
    for table in (_JUDGEMENT, _SATISFACTION):
        statement = select(table.c.rater_id, func.count()).group_by(table.c.rater_id)
        counts.append({int(rater): int(count) for rater, count in session.execute(statement)})
    columns = (_RATER.c.id, _RATER.c.key, _RATER.c.judge_model, _RATER.c.source, _RATER.c.settings)
    rows = session.execute(select(*columns).where(_RATER.c.kind == RaterKind.judge).order_by(_RATER.c.key, _RATER.c.id))
    return [
        JudgeLine(
            int(rater), str(name), model, str(source), settings or {}, counts[0].get(rater, 0), counts[1].get(rater, 0)
        )
        for rater, name, model, source, settings in rows
    ]


def replies_of(session: Session, kind: LedgerKind, rater_id: int) -> Iterator[SaidOf]:
    """The calls of a judge that stand behind its rows, void rows left out, in the order of the ledger."""
    names = _response_models(session, kind, rater_id)
    row, link = (_JUDGEMENT, _CALL.c.judgement) if kind == "judgement" else (_SATISFACTION, _CALL.c.satisfaction)
    first = row.c.response_a_id if kind == "judgement" else row.c.response_id
    second: ColumnElement[Any] = row.c.response_b_id if kind == "judgement" else row.c.response_id
    columns = (
        row.c.position,
        _QUESTION.c.key,
        row.c.turn,
        row.c.sample,
        first,
        second,
        _CALL.c.swapped,
        _CALL.c.verdict,
        _CALL.c.cause,
        _CALL.c.reply,
        _CALL.c.cost,
    )
    statement = (
        select(*columns)
        .join(row, row.c.position == link)
        .join(_QUESTION, _QUESTION.c.id == row.c.question_id)
        .where(row.c.rater_id == rater_id, row.c.position.not_in(_voided()))
        .order_by(row.c.position, _CALL.c.id)
    )
    for position, key, turn, sample, one, two, swapped, verdict, cause, reply, cost in session.execute(statement):
        noted: Json = verdict or {}
        given = [one] if kind == "satisfaction" else [two, one] if swapped else [one, two]
        shown = tuple(names[response] for response in noted.get("shown", given) if response in names)
        yield SaidOf(int(position), str(key), shown, turn or 0, int(sample), noted, cause, reply, cost)


def verdicts_without_calls(session: Session, kind: LedgerKind, source: str) -> Iterator[tuple[str, SaidOf]]:
    """Judges' verdicts that were imported from a source, each with its judge's name; scores a dimension at a time."""
    row = _JUDGEMENT if kind == "judgement" else _SATISFACTION
    models = model_names_of(session)
    named = (row.c.model_a_id, row.c.model_b_id) if kind == "judgement" else (row.c.model_id, row.c.dimension)
    statement = (
        select(
            row.c.position, _RATER.c.key, _QUESTION.c.key, row.c.turn, row.c.sample, row.c.score, row.c.cause, *named
        )
        .join(_RATER, _RATER.c.id == row.c.rater_id)
        .join(_QUESTION, _QUESTION.c.id == row.c.question_id)
        .where(_RATER.c.kind == RaterKind.judge, row.c.source == source, row.c.position.not_in(_voided()))
        .order_by(row.c.position)
    )
    for position, judge, key, turn, sample, score, cause, one, two in session.execute(statement):
        names: tuple[str, ...]
        if kind == "judgement":
            names, verdict = (str(models[one]), str(models[two])), {"value": score}
        else:
            names, verdict = (str(models[one]),), {"values": {two: score}}
        said = SaidOf(
            int(position), str(key), names, turn or 0, int(sample), verdict if score is not None else {}, cause, None,
            has_call=False,
        )  # fmt: skip
        yield str(judge), said


def _voided() -> Any:  # noqa: ANN401  a subquery has no public type
    return select(_VOID.c.voids).where(_VOID.c.reverses.is_(None))


def _response_models(session: Session, kind: LedgerKind, rater_id: int) -> dict[int, str]:
    """The model's name of every response to a question that this judge saw."""
    row = _JUDGEMENT if kind == "judgement" else _SATISFACTION
    asked = select(row.c.question_id).where(row.c.rater_id == rater_id)
    statement = (
        select(_RESPONSE.c.id, _MODEL.c.name)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .where(_RESPONSE.c.question_id.in_(asked))
    )
    return {int(response): str(name) for response, name in session.execute(statement)}

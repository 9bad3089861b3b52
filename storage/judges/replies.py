"""Stored replies and judgments, read back: for figures, for juries, and to read replies again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import JudgeCall, Judgment, Satisfaction
from storage.database.tables import Question, Rater, Response
from storage.judges.judgments import LedgerKind
from storage.ledger import standing
from storage.questions.model_names import STANDING_MODELS, model_names
from storage.values import Json, RaterKind, storable_json

_CALL, _JUDGMENT, _SATISFACTION = table_of(JudgeCall), table_of(Judgment), table_of(Satisfaction)
_QUESTION, _RATER = table_of(Question), table_of(Rater)
_RESPONSE, _MODEL = table_of(Response), STANDING_MODELS
_CHUNK = 2_000


@dataclass(frozen=True)
class JudgeReply:
    """One reply of a judge, or an imported judgment without one.

    Attributes:
        position: position of the row in the ledger.
        question: key of the question.
        models: names of the models in the order shown.
        turn: turn that was judged, from 1; 0 for all turns together.
        sample: sample number.
        verdict: verdict stored with the call; for a row without a call its `value` or `values`.
        cause: cause of a missing verdict.
        reply: text of the reply, None without a call.
        cost: cost of the call, None if unknown.
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


@dataclass(frozen=True)
class JudgeLine:
    """One judge with the number of its judgments and scores that stand; imported judges may have empty `settings`."""

    rater_id: int
    name: str
    model: str | None
    source: str
    settings: Json
    judgments: int
    scores: int


def judges(session: Session) -> list[JudgeLine]:
    """Every judge, by name."""
    counts = []
    for table in (_JUDGMENT, _SATISFACTION):
        statement = select(table.c.rater_id, func.count()).where(standing.stands(table)).group_by(table.c.rater_id)
        counts.append({int(rater): int(count) for rater, count in session.execute(statement)})
    columns = (_RATER.c.id, _RATER.c.key, _RATER.c.judge_model, _RATER.c.source, _RATER.c.settings)
    rows = session.execute(select(*columns).where(_RATER.c.kind == RaterKind.judge).order_by(_RATER.c.key, _RATER.c.id))
    return [
        JudgeLine(
            int(rater), str(name), model, str(source), settings or {}, counts[0].get(rater, 0), counts[1].get(rater, 0)
        )
        for rater, name, model, source, settings in rows
    ]


def replies_of(session: Session, kind: LedgerKind, rater_id: int) -> Iterator[JudgeReply]:
    """The calls behind the rows of a judge that stand, in the order of the ledger."""
    names = _response_models(session, kind, rater_id)
    row, link = (_JUDGMENT, _CALL.c.judgement) if kind == "judgement" else (_SATISFACTION, _CALL.c.satisfaction)
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
        .where(row.c.rater_id == rater_id, standing.stands(row))
        .order_by(row.c.position, _CALL.c.id)
    )
    for position, key, turn, sample, one, two, swapped, verdict, cause, reply, cost in session.execute(statement):
        noted: Json = verdict or {}
        given = [one] if kind == "satisfaction" else [two, one] if swapped else [one, two]
        shown = tuple(names[response] for response in noted.get("shown", given) if response in names)
        yield JudgeReply(int(position), str(key), shown, turn or 0, int(sample), noted, cause, reply, cost)


def imported_judgments(session: Session, kind: LedgerKind, source: str) -> Iterator[tuple[str, JudgeReply]]:
    """Judgments imported from a source, each with the name of its judge; scores one dimension at a time."""
    row = _JUDGMENT if kind == "judgement" else _SATISFACTION
    models = model_names(session)
    named = (row.c.model_a_id, row.c.model_b_id) if kind == "judgement" else (row.c.model_id, row.c.dimension)
    statement = (
        select(
            row.c.position, _RATER.c.key, _QUESTION.c.key, row.c.turn, row.c.sample, row.c.score, row.c.cause, *named
        )
        .join(_RATER, _RATER.c.id == row.c.rater_id)
        .join(_QUESTION, _QUESTION.c.id == row.c.question_id)
        .where(_RATER.c.kind == RaterKind.judge, row.c.source == source, standing.stands(row))
        .order_by(row.c.position)
    )
    for position, judge, key, turn, sample, score, cause, one, two in session.execute(statement):
        names: tuple[str, ...]
        if kind == "judgement":
            names, verdict = (str(models[one]), str(models[two])), {"value": score}
        else:
            names, verdict = (str(models[one]),), {"values": {two: score}}
        said = JudgeReply(
            int(position), str(key), names, turn or 0, int(sample), verdict if score is not None else {}, cause, None,
        )  # fmt: skip
        yield str(judge), said


def _response_models(session: Session, kind: LedgerKind, rater_id: int) -> dict[int, str]:
    """The name of the model of every response to a question that this judge saw."""
    row = _JUDGMENT if kind == "judgement" else _SATISFACTION
    asked = select(row.c.question_id).where(row.c.rater_id == rater_id)
    statement = (
        select(_RESPONSE.c.id, _MODEL.c.name)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .where(_RESPONSE.c.question_id.in_(asked))
    )
    return {int(response): str(name) for response, name in session.execute(statement)}


class JuryKey(NamedTuple):
    """One judged response or pair, at a turn (0 for all) and sample number; a pair has no dimension."""

    question: int
    models: tuple[int, ...]
    responses: tuple[int, ...]
    turn: int
    sample: int
    dimension: str = ""

    def turned(self) -> "JuryKey | None":
        """The same pair in the other order; None for a single response."""
        if len(self.responses) != 2:
            return None
        return self._replace(models=self.models[::-1], responses=self.responses[::-1])


class MemberJudgment(NamedTuple):
    """The judgment of one member: its state, share of A or score where there is one, and the scale of a score."""

    state: str
    score: float | None
    scale: tuple[float, float] | None = None

    def turned(self) -> "MemberJudgment":
        """The judgment with the share of the other response."""
        return self if self.score is None else self._replace(score=1.0 - self.score)


def find_judges(session: Session, names: list[str]) -> dict[str, int]:
    """The raters of judges by name; of judges with the same name, the first in this store."""
    statement = select(_RATER.c.key, _RATER.c.id).where(_RATER.c.kind == RaterKind.judge, _RATER.c.key.in_(names))
    found: dict[str, int] = {}
    for name, rater in session.execute(statement.order_by(_RATER.c.id)):
        found.setdefault(str(name), int(rater))
    return found


def member_judgments(session: Session, kind: LedgerKind, rater_id: int) -> dict[JuryKey, MemberJudgment]:
    """The latest standing judgment or score of one judge for each stored response or pair."""
    found: dict[JuryKey, MemberJudgment] = {}
    if kind == "judgement":
        rows = _JUDGMENT
        columns = (rows.c.model_a_id, rows.c.model_b_id, rows.c.response_a_id, rows.c.response_b_id)
        statement = select(rows.c.question_id, rows.c.turn, rows.c.sample, rows.c.state, rows.c.score, *columns)
        chosen = statement.where(rows.c.rater_id == rater_id, rows.c.response_a_id.is_not(None))
        for question, turn, sample, state, score, a, b, one, two in session.execute(
            chosen.where(standing.stands(rows)).order_by(rows.c.position)
        ):
            found[JuryKey(question, (a, b), (one, two), turn or 0, sample)] = MemberJudgment(str(state), score)
        return found
    rows = _SATISFACTION
    names = ("question_id", "model_id", "response_id", "turn", "sample", "dimension", "state", "score", "scale_low")
    single = select(*(rows.c[name] for name in names), rows.c.scale_high)
    single = single.where(rows.c.rater_id == rater_id, rows.c.response_id.is_not(None), standing.stands(rows))
    for question, model, response, turn, sample, dimension, state, score, low, high in session.execute(
        single.order_by(rows.c.position)
    ):
        key = JuryKey(question, (model,), (response,), turn or 0, sample, str(dimension))
        found[key] = MemberJudgment(str(state), score, (low, high))
    return found


class StoredReply(NamedTuple):
    """A reply as it was stored."""

    id: int
    swapped: bool
    reply: str | None
    verdict: Json
    cause: str | None
    request_digest: str = ""


class StoredJudgment(NamedTuple):
    """A row with its replies in the order of arrival; `row` holds all columns of the ledgered row."""

    position: int
    row: Mapping[str, Any]
    replies: Sequence[StoredReply]


def judgments_with_replies(session: Session, kind: LedgerKind, rater_id: int) -> Iterator[StoredJudgment]:
    """The rows of a judge that stand and have replies."""
    rows, link = (_JUDGMENT, _CALL.c.judgement) if kind == "judgement" else (_SATISFACTION, _CALL.c.satisfaction)
    chosen = select(rows).where(rows.c.rater_id == rater_id, standing.stands(rows)).order_by(rows.c.position)
    for part in session.execute(chosen).mappings().partitions(_CHUNK):
        found: dict[int, list[StoredReply]] = {}
        told = (_CALL.c.swapped, _CALL.c.reply, _CALL.c.verdict, _CALL.c.cause, _CALL.c.request_digest)
        columns = (link, _CALL.c.id, *told)
        calls = select(*columns).where(link.in_([row["position"] for row in part])).order_by(_CALL.c.id)
        for position, call, swapped, reply, verdict, cause, digest in session.execute(calls):
            one = StoredReply(call, swapped, reply, verdict or {}, cause, digest)
            found.setdefault(position, []).append(one)
        for row in part:
            if row["position"] in found:
                yield StoredJudgment(row["position"], dict(row), found[row["position"]])


def set_call_verdicts(session: Session, verdicts: Sequence[tuple[int, Json, str | None]]) -> None:
    """Store the verdict that was read from each reply: id, verdict, and the cause of a missing verdict."""
    if verdicts:
        statement = update(_CALL).where(_CALL.c.id == bindparam("call"))
        values = [{"call": call, "read": storable_json(verdict), "why": cause} for call, verdict, cause in verdicts]
        session.connection().execute(
            statement.values(verdict=bindparam("read", type_=_CALL.c.verdict.type), cause=bindparam("why")), values
        )

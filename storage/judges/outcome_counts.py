"""Counts of one judge's judgments by outcome, and the cost of its calls.

They are read from one position of the ledger to another, so that an open page reads only new rows. Void rows do not
count as outcomes; the cost of their calls does count, because it was paid.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import JudgeCall, Judgment, Satisfaction
from storage.database.tables import Question
from storage.judges.judgments import LedgerKind
from storage.ledger.entries import seconds
from storage.ledger.standing import VOID, voided

_CALL, _JUDGMENT, _SATISFACTION = table_of(JudgeCall), table_of(Judgment), table_of(Satisfaction)
_QUESTION = table_of(Question)

JUDGED: Mapping[LedgerKind, Any] = {"judgement": _JUDGMENT, "satisfaction": _SATISFACTION}
"""The tables of judgments and scores."""


class JudgmentOutcome(NamedTuple):
    """The outcome of a judgment or score; equal outcomes are counted together.

    Attributes:
        kind: judgment of a pair, or score of one response.
        category: category of the question, None if it has none.
        dimension: dimension of a score; empty for a pair.
        state: `scored`, `inconsistent`, `failed` or `cannot_judge`.
        cause: cause of a failure, None otherwise or if it is unknown.
        score: share of A in [0, 1], or the score on its scale; None unless `scored`.
        low: lower end of the scale.
        high: upper end of the scale.
    """

    kind: LedgerKind
    category: str | None
    dimension: str
    state: str
    cause: str | None
    score: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Spending:
    """Tokens and cost of the calls of a judge.

    Attributes:
        replies: number of replies.
        failures: number of calls without a reply.
        prompt_tokens: prompt tokens of the replies with known token counts.
        completion_tokens: completion tokens of the same replies.
        uncounted: number of replies with unknown token counts.
        cost: total cost of the replies with a known cost, in the currency of the price.
        unpriced: number of replies with an unknown cost.
        last: time of the last stored call in seconds since 1970 UTC, 0.0 for none.
    """

    replies: int = 0
    failures: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    uncounted: int = 0
    cost: float = 0.0
    unpriced: int = 0
    last: float = 0.0

    def __add__(self, other: "Spending") -> "Spending":
        """The sum of both."""
        sums = {name: value + getattr(other, name) for name, value in vars(self).items()}
        return Spending(**{**sums, "last": max(self.last, other.last)})


def read_outcomes(session: Session, rater_id: int, after: int, up_to: int) -> Counter[JudgmentOutcome]:
    """The change in the counts of a judge's outcomes between two positions; negative where rows became void."""
    found: Counter[JudgmentOutcome] = Counter()
    for kind, row in JUDGED.items():
        _count(session, found, kind, 1, [row.c.rater_id == rater_id, row.c.position > after, row.c.position <= up_to])
    moved = select(VOID.c.position).where(VOID.c.position > after, VOID.c.position <= up_to).limit(1)
    if session.execute(moved).first() is None:
        return found
    before, now = voided(after), voided(up_to)
    for kind, row in JUDGED.items():
        mine = [row.c.rater_id == rater_id, row.c.position <= up_to]
        _count(session, found, kind, -1, [*mine, row.c.position.in_(now), row.c.position.not_in(before)])
        _count(session, found, kind, 1, [*mine, row.c.position.in_(before), row.c.position.not_in(now)])
    return Counter({outcome: number for outcome, number in found.items() if number})


def read_spending(session: Session, rater_id: int, after: int, up_to: int) -> Spending:
    """Tokens and cost of the calls whose rows were written between two positions.

    A reply that serves several rows was paid for once, and its tokens count with each of them.
    """
    has_reply = _CALL.c.reply.is_not(None)
    total = Spending()
    for kind in JUDGED:
        columns = (
            _number(has_reply),
            _number(_CALL.c.reply.is_(None)),
            func.coalesce(func.sum(_CALL.c.prompt_tokens), 0),
            func.coalesce(func.sum(_CALL.c.completion_tokens), 0),
            _number(has_reply & or_(_CALL.c.prompt_tokens.is_(None), _CALL.c.completion_tokens.is_(None))),
            func.coalesce(func.sum(_CALL.c.cost), 0.0),
            _number(has_reply & _CALL.c.cost.is_(None)),
            func.coalesce(func.max(seconds(session, _CALL.c.created_at)), 0.0),
        )
        found = session.execute(_calls_within(select(*columns), kind, rater_id, (after, up_to))).one()
        replies, failures, read, written, uncounted, cost, unpriced, last = found
        counts = int(replies), int(failures), int(read), int(written), int(uncounted)
        total += Spending(*counts, float(cost), int(unpriced), float(last))
    return total


def reply_times(session: Session, rater_id: int, since: datetime, after: int, up_to: int) -> list[float]:
    """Times of replies since a moment whose rows were written between two positions, in seconds since 1970."""
    times: list[float] = []
    for kind in JUDGED:
        statement = _calls_within(select(seconds(session, _CALL.c.created_at)), kind, rater_id, (after, up_to))
        chosen = statement.where(_CALL.c.reply.is_not(None), _CALL.c.created_at >= since)
        times += [float(time) for time in session.execute(chosen).scalars()]
    return times


def outcome_columns(kind: LedgerKind) -> tuple[Any, ...]:
    """The columns from which `outcome_of` makes an outcome."""
    row = JUDGED[kind]
    columns = (_QUESTION.c.category, row.c.state, row.c.cause, row.c.score)
    return columns if kind == "judgement" else (*columns, row.c.dimension, row.c.scale_low, row.c.scale_high)


def outcome_of(kind: LedgerKind, values: Sequence[Any]) -> JudgmentOutcome:
    """The outcome in the values of `outcome_columns`."""
    category, state, cause, score, *scale = values
    dimension, low, high = scale or ("", 0.0, 1.0)
    return JudgmentOutcome(kind, category, dimension, state, cause, score, low, high)


def _count(
    session: Session, found: Counter[JudgmentOutcome], kind: LedgerKind, sign: int, where: Sequence[ColumnElement[bool]]
) -> None:
    """Add the outcomes of some rows to the counts, or subtract them."""
    row = JUDGED[kind]
    columns = outcome_columns(kind)
    statement = (
        select(*columns, func.count())
        .select_from(row.join(_QUESTION, _QUESTION.c.id == row.c.question_id))
        .where(*where)
        .group_by(*columns)
    )
    for *outcome, number in session.execute(statement):
        found[outcome_of(kind, outcome)] += sign * int(number)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _calls_within(statement: Select[Any], kind: LedgerKind, rater_id: int, span: tuple[int, int]) -> Select[Any]:
    row = JUDGED[kind]
    joined = row.join(_CALL, _CALL.c[kind] == row.c.position)
    return statement.select_from(joined).where(
        row.c.rater_id == rater_id, row.c.position > span[0], row.c.position <= span[1]
    )

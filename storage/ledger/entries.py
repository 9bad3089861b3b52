"""Read votes, judgments, voids and exclusions between two positions of the ledger as columns.

Undone, void, flagged and failed rows are read like any other; `storage.ledger.standing_fold` decides which count.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Float, Select, Table, case, cast, extract, func, literal, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import Sql, is_postgres
from storage.database.ledger_tables import Exclusion, Judgment, Preference, Void
from storage.database.tables import Ballot
from storage.ledger.battles import FRACTIONAL, OUTCOME_CODES, SCORE_OF_OUTCOME
from storage.values import JudgmentState, RaterKind, SpecialDraw

_PREFERENCE, _JUDGMENT = table_of(Preference), table_of(Judgment)
_EXCLUSION, _VOID, _BALLOT = table_of(Exclusion), table_of(Void), table_of(Ballot)

NO_WINNER: Final = -1
INCONSISTENT: Final = -2
FAILED: Final = -3

SPECIAL_CODES: Final = {SpecialDraw.gold: 1, SpecialDraw.onboarding: 2, SpecialDraw.repeat: 3}

_CHUNK = 50_000
FRACTIONS = ("probability", "score", "time")
"""Columns that are not whole numbers; values below zero mean unknown."""

IdArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PreferenceEntries:
    """Votes or judgments in the order of the ledger, as columns of one length; ids are those of the store, 0 for none.

    Attributes:
        position: position in the ledger.
        a: id of the model shown left or first.
        b: id of the other model.
        code: outcome code of `storage.ledger.battles`, or `NO_WINNER`, `INCONSISTENT`, `FAILED`.
        rater: id of the rater.
        question: id of the question.
        supersedes: position of the row that this one replaces, 0 for none.
        flagged: 1 where the rater reported the pair as broken.
        seen_names: 1 where the rater saw the names of the models.
        campaign: id of the ballot's campaign.
        special: code of `SPECIAL_CODES` for a vote on a gold item or a repeat, 0 for others.
        response_a: id of the response of `a`.
        response_b: id of the response of `b`.
        probability: probability with which the pair was drawn, NaN when unknown.
        score: expected share of `a` by a judge, NaN for none.
        time: time of the vote or judgment in seconds since 1970 UTC, NaN when unknown.
    """

    position: IdArray
    a: IdArray
    b: IdArray
    code: IdArray
    rater: IdArray
    question: IdArray
    supersedes: IdArray
    flagged: IdArray
    seen_names: IdArray
    campaign: IdArray
    special: IdArray
    response_a: IdArray
    response_b: IdArray
    probability: npt.NDArray[np.float64]
    score: npt.NDArray[np.float64]
    time: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Withdrawal:
    """A void or an exclusion, or the reversal of one.

    Attributes:
        position: position in the ledger.
        what: kind of target: a rater, a question, or one row.
        target: id of the rater or question, or position of the row.
        reverses: position of the void or exclusion that this one reverses, 0 for none.
    """

    position: int
    what: Literal["rater", "question", "row"]
    target: int
    reverses: int


def read_preferences(session: Session, kind: RaterKind, after: int, up_to: int) -> PreferenceEntries:
    """Votes, or judgments, at positions above `after` and not above `up_to`."""
    statement = _human_rows(session) if kind is RaterKind.human else _judge_rows(session)
    position = statement.selected_columns[0]
    chosen = statement.where(position > after, position <= up_to).order_by(position)
    parts = session.execute(chosen.execution_options(yield_per=_CHUNK)).partitions()
    chunks = [[column.copy() for column in np.array([tuple(row) for row in part], np.float64).T] for part in parts]
    names = tuple(PreferenceEntries.__dataclass_fields__)
    columns = [np.concatenate(pieces) for pieces in zip(*chunks, strict=True)] if chunks else [np.empty(0)] * len(names)
    found: dict[str, npt.NDArray[Any]] = dict(zip(names, columns, strict=True))
    for name, column in found.items():
        found[name] = np.where(column < 0, np.nan, column) if name in FRACTIONS else column.astype(np.int64)
    return PreferenceEntries(**found)


def read_withdrawals(session: Session, after: int, up_to: int) -> list[Withdrawal]:
    """Exclusions, voids and reversals between two positions, in the order of the ledger."""
    found = []
    exclusions = select(
        _EXCLUSION.c.position, _EXCLUSION.c.rater_id, _EXCLUSION.c.question_id, _EXCLUSION.c.reverses
    ).where(_EXCLUSION.c.position > after, _EXCLUSION.c.position <= up_to)
    for position, rater, question, reverses in session.execute(exclusions):
        what: Literal["rater", "question"] = "question" if rater is None else "rater"
        found.append(Withdrawal(position, what, int(question if rater is None else rater), int(reverses or 0)))
    voids = select(_VOID.c.position, _VOID.c.voids, _VOID.c.reverses).where(
        _VOID.c.position > after, _VOID.c.position <= up_to
    )
    for position, row, reverses in session.execute(voids):
        found.append(Withdrawal(position, "row", int(row), int(reverses or 0)))
    return sorted(found, key=lambda one: one.position)


def seconds(sql: Sql, moment: ColumnElement[Any]) -> ColumnElement[float]:
    """A stored time in seconds since 1970 UTC, to the millisecond."""
    if is_postgres(sql):
        return cast(extract("epoch", moment), Float)
    whole = cast(func.strftime("%s", moment), Float)
    return whole + cast(func.substr(func.strftime("%f", moment), 3), Float)


def special_code(table: Table) -> ColumnElement[int]:
    """The code of `SPECIAL_CODES` of each vote or score, 0 for ordinary ones; needs the ballot joined."""
    word = func.coalesce(_BALLOT.c.policy, table.c.special)
    return case(*((word == one, literal(code)) for one, code in SPECIAL_CODES.items()), else_=literal(0))


def _winner_code(column: ColumnElement[Any], otherwise: int) -> ColumnElement[int]:
    return case(*((column == word, literal(code)) for word, code in OUTCOME_CODES.items()), else_=literal(otherwise))


def _human_rows(session: Session) -> Select[Any]:
    rows = _PREFERENCE
    return select(
        rows.c.position,
        rows.c.model_a_id,
        rows.c.model_b_id,
        _winner_code(rows.c.winner, NO_WINNER),
        rows.c.rater_id,
        rows.c.question_id,
        func.coalesce(rows.c.supersedes, 0),
        case((rows.c.flag.is_not(None), 1), else_=0),
        case((rows.c.blind.is_(False), 1), else_=0),
        func.coalesce(_BALLOT.c.campaign_id, 0),
        special_code(rows),
        func.coalesce(rows.c.response_a_id, 0),
        func.coalesce(rows.c.response_b_id, 0),
        func.coalesce(_BALLOT.c.probability, -1.0),
        literal(-1.0),
        func.coalesce(seconds(session, rows.c.created_at), -1.0),
    ).select_from(rows.outerjoin(_BALLOT, _BALLOT.c.id == rows.c.ballot_id))


def _judge_rows(session: Session) -> Select[Any]:
    rows = _JUDGMENT
    code = case(
        (rows.c.state == JudgmentState.inconsistent, literal(INCONSISTENT)),
        (rows.c.state == JudgmentState.failed, literal(FAILED)),
        *(
            ((rows.c.winner == word) & (rows.c.score == float(SCORE_OF_OUTCOME[code])), literal(code))
            for word, code in OUTCOME_CODES.items()
        ),
        else_=literal(FRACTIONAL),
    )
    return select(
        rows.c.position,
        rows.c.model_a_id,
        rows.c.model_b_id,
        code,
        rows.c.rater_id,
        rows.c.question_id,
        literal(0),
        literal(0),
        literal(0),
        literal(0),
        literal(0),
        func.coalesce(rows.c.response_a_id, 0),
        func.coalesce(rows.c.response_b_id, 0),
        func.coalesce(rows.c.probability, -1.0),
        func.coalesce(rows.c.score, -1.0),
        func.coalesce(seconds(session, rows.c.created_at), -1.0),
    )

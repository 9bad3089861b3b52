"""Read votes and judgments for agreement and bias, including inconsistent and failed ones and the calls of judges.

The same rows count as for a leaderboard (`storage.ledger.battle_reading`), except that inconsistent and failed
judgments are kept under states of their own, because reports need their frequency.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Select, case, func, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import JudgeCall, Judgment, Preference, Satisfaction
from storage.database.tables import Question, Rater
from storage.ledger import chain, standing
from storage.ledger.battle_reading import Selection, questions_asked, raters_named, select_battles
from storage.ledger.battles import TIE, Battles, FloatArray, IdArray
from storage.ledger.entries import FAILED, INCONSISTENT
from storage.ledger.standing_fold import StandingFold
from storage.questions.names import rater_names
from storage.values import JudgmentState, RaterKind, ScoreState

_PREFERENCE, _JUDGMENT, _SCORE = table_of(Preference), table_of(Judgment), table_of(Satisfaction)
_CALL, _QUESTION, _RATER = table_of(JudgeCall), table_of(Question), table_of(Rater)

SCORED = 0
"""State of a vote or judgment with a score; the others are `INCONSISTENT` and `FAILED`."""
NO_CAUSE = "unknown"
"""Cause of a failure whose row has none."""


@dataclass(frozen=True, eq=False)
class PairVotes:
    """Votes, or judgments, that were not left out; arrays have one entry per row of `battles`.

    Attributes:
        kind: kind of the raters.
        battles: the votes or judgments; outcome and score have no meaning where `state` is not `SCORED`.
        state: `SCORED`, `INCONSISTENT` or `FAILED`.
        turn: rated turn, from 1; 0 for the whole exchange and for a question with one turn.
    """

    kind: RaterKind
    battles: Battles
    state: IdArray
    turn: IdArray

    def keep(self, rows: npt.NDArray[np.bool_]) -> "PairVotes":
        """The rows where the mask is true; codes keep their meaning."""
        return PairVotes(self.kind, self.battles.subset(rows), self.state[rows], self.turn[rows])


@dataclass(frozen=True, eq=False)
class CallColumns:
    """Calls of judges with a verdict on a pair, in the order made.

    Attributes:
        judgment: position of the judgment to which the call belongs.
        swapped: whether B was shown first.
        share: share of the response shown first, in [0, 1].
    """

    judgment: IdArray
    swapped: npt.NDArray[np.bool_]
    share: FloatArray


@dataclass(frozen=True, eq=False)
class ScoreDetails:
    """Turn and response of scores of single responses, in the order of the ledger.

    Attributes:
        position: position in the ledger.
        turn: rated turn, as in `PairVotes`.
        response: id of the response, 0 when unknown.
    """

    position: IdArray
    turn: IdArray
    response: IdArray


class _EveryRow(StandingFold):
    """A fold in which inconsistent and failed judgments appear as ties, so that no rule leaves them out."""

    def column(self, name: str) -> npt.NDArray[Any]:
        """See `StandingFold.column`."""
        shown = super().column(name)
        return np.where(np.isin(shown, (INCONSISTENT, FAILED)), TIE, shown) if name == "code" else shown


def read_pair_votes(session: Session, selection: Selection) -> PairVotes:
    """The votes or judgments of a selection, including inconsistent and failed ones; rows left out are counted.

    Raises:
        NotFound: no rater has a name of the selection.
    """
    fold = _EveryRow(selection.kind)
    fold.catch_up(session, selection.position if selection.position is not None else chain.head(session)[0])
    battles = select_battles(session, fold, selection)
    table = _PREFERENCE if selection.kind is RaterKind.human else _JUDGMENT
    turn = np.zeros(len(battles), np.int64)
    if len(battles):
        turns = np.array(session.execute(_turns(table)).all(), np.int64).reshape(-1, 2)
        turn = _looked_up(battles.position, turns[:, 0], turns[:, 1])
    state = np.full(len(battles), SCORED, np.int64)
    if selection.kind is RaterKind.judge:
        code = StandingFold.column(fold, "code")
        unscored = np.isin(code, (INCONSISTENT, FAILED))
        state = _looked_up(battles.position, fold.column("position")[unscored], code[unscored])
    return PairVotes(selection.kind, battles, state, turn)


def failure_causes(session: Session) -> dict[int, str]:
    """The cause of each failed judgment by its position."""
    failed = select(_JUDGMENT.c.position, _JUDGMENT.c.cause).where(_JUDGMENT.c.state == JudgmentState.failed)
    return {int(position): cause or NO_CAUSE for position, cause in session.execute(failed)}


def read_calls(session: Session) -> CallColumns:
    """All calls of judges on pairs with a verdict; of several calls in the same order, the last one counts."""
    share = _CALL.c.verdict["value"].as_float()
    chosen = (
        select(_CALL.c.judgement, _CALL.c.swapped, share)
        .where(_CALL.c.judgement.is_not(None), share.is_not(None), share >= 0.0, share <= 1.0)
        .order_by(_CALL.c.id)
    )
    rows = np.array([tuple(row) for row in session.execute(chosen)], np.float64).reshape(-1, 3)
    key = rows[:, 0] * 2 + rows[:, 1]
    _, from_end = np.unique(key[::-1], return_index=True)
    last = np.sort(len(rows) - 1 - from_end)
    return CallColumns(rows[last, 0].astype(np.int64), rows[last, 1] > 0, rows[last, 2])


def read_score_details(session: Session) -> ScoreDetails:
    """Turn and response of every satisfaction score."""
    chosen = (
        select(_SCORE.c.position, func.coalesce(_turn_of(_SCORE), 0), func.coalesce(_SCORE.c.response_id, 0))
        .select_from(_SCORE.join(_QUESTION, _QUESTION.c.id == _SCORE.c.question_id))
        .order_by(_SCORE.c.position)
    )
    rows = np.array([tuple(row) for row in session.execute(chosen)], np.int64).reshape(-1, 3)
    return ScoreDetails(rows[:, 0], rows[:, 1], rows[:, 2])


def failed_scores(session: Session, selection: Selection) -> dict[tuple[str, str], dict[str, int]]:
    """Number of failed scores of single responses by cause, for each rater and dimension.

    Filters by question, rater and dimension apply; superseded, void and excluded rows are left out.

    Raises:
        NotFound: no rater has a name of the selection.
    """
    up_to = selection.position if selection.position is not None else chain.head(session)[0]
    chosen = (
        select(_SCORE.c.rater_id, _SCORE.c.dimension, _SCORE.c.cause)
        .select_from(_SCORE.join(_RATER, _RATER.c.id == _SCORE.c.rater_id))
        .where(_SCORE.c.state == ScoreState.failed, _SCORE.c.position <= up_to, _RATER.c.kind == selection.kind)
        .where(standing.counts(_SCORE, up_to))
    )
    if (questions := questions_asked(selection)) is not None:
        chosen = chosen.where(_SCORE.c.question_id.in_(questions))
    if named := (*selection.raters, *([] if selection.rater is None else [selection.rater])):
        chosen = chosen.where(_SCORE.c.rater_id.in_(raters_named(session, selection.kind, named)))
    if selection.dimension is not None:
        chosen = chosen.where(_SCORE.c.dimension == selection.dimension)
    names = rater_names(session)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for rater, dimension, cause in session.execute(chosen):
        by_cause = found.setdefault((names[rater], str(dimension)), {})
        by_cause[cause or NO_CAUSE] = by_cause.get(cause or NO_CAUSE, 0) + 1
    return found


def _turns(table: Any) -> Select[Any]:  # noqa: ANN401  a table of the ledger
    """Position and turn of the rows about one turn of several."""
    chosen = select(table.c.position, _turn_of(table))
    joined = table.join(_QUESTION, _QUESTION.c.id == table.c.question_id)
    return chosen.select_from(joined).where(_turn_of(table) > 0).order_by(table.c.position)


def _turn_of(table: Any) -> ColumnElement[int]:  # noqa: ANN401  a table of the ledger
    return case((func.json_array_length(_QUESTION.c.turns) == 1, 0), else_=table.c.turn)


def _looked_up(wanted: IdArray, position: IdArray, value: IdArray) -> IdArray:
    """The value at each wanted position, 0 where there is none; positions are in ascending order."""
    if not len(position):
        return np.zeros(len(wanted), np.int64)
    place = np.minimum(np.searchsorted(position, wanted), len(position) - 1)
    return np.where(position[place] == wanted, value[place], 0)

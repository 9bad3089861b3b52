"""Calibration of the judges of a store: the pipeline behind `evenhand judge calibration` and the Judges page."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

from arena.agreement.drift import Drift, measure_drift
from arena.agreement.votes import line_up
from arena.calibration.confusion import Confusion, Curve, measure_confusion, measure_curve
from arena.calibration.corrected import CorrectedMean, correct_means
from arena.calibration.errors import GroupError, measure_errors
from arena.calibration.pairs import CalibrationPairs, JudgedPairs
from arena.fused.pair_reading import read_fused_pairs
from arena.fused.sources import LENGTH, FusedSource, FusionChoice
from storage.database.engine import Database
from storage.errors import BadInput
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import FloatArray
from storage.ledger.pair_votes import read_pair_votes
from storage.questions.names import question_labels
from storage.values import RaterKind

NO_CATEGORY = "(none)"


@dataclass(frozen=True)
class OrderConfusion:
    """Confusion with people of one order in which a judge was asked.

    Attributes:
        order: `same` if the judge saw the person's left response first, `swapped` if second.
        found: the confusion.
    """

    order: str
    found: Confusion


@dataclass(frozen=True)
class JudgeCalibration:
    """Calibration of one judge.

    Attributes:
        judge: name of the judge.
        votes: number of votes on pairs that it judged.
        judged: number of pairs that it judged.
        orders: 1 if it was asked in one order, else 2.
        confusion: confusion with people, its verdicts averaged over the orders.
        by_order: confusion for each order, where a judgment has one; empty for judgments stored without their calls.
        curve: calibration curve.
        errors: errors by category, length and model.
        corrected: win rates corrected for its errors.
        drift: change between the first and the last judgment of pairs that it judged twice; None without any.
    """

    judge: str
    votes: int
    judged: int
    orders: int
    confusion: Confusion
    by_order: tuple[OrderConfusion, ...]
    curve: Curve
    errors: tuple[GroupError, ...]
    corrected: tuple[CorrectedMean, ...]
    drift: Drift | None


@dataclass(frozen=True)
class CalibrationReport:
    """Calibration of the judges of a selection.

    Attributes:
        judges: one entry per judge with a vote on a pair that it judged.
        uncompared: judges without one.
        position: last ledger position that was read.
    """

    judges: tuple[JudgeCalibration, ...]
    uncompared: tuple[str, ...]
    position: int


def calibrate(
    database: Database, selection: Selection, *, judges: tuple[str, ...] = (), level: float = 0.95
) -> CalibrationReport:
    """Measure the calibration of judges against the votes of people.

    Args:
        database: the store.
        selection: filter on votes; judgments are taken on the same questions.
        judges: names of the judges; empty for all.
        level: confidence of the intervals.

    Raises:
        BadInput: no votes, no judgments, or none on the same pairs.
        NotFound: no such judge.
    """
    with database.reading() as session:
        position = chain.head(session)[0] if selection.position is None else selection.position
        fixed = replace(selection, position=position)
        source = read_fused_pairs(session, fixed, FusionChoice(assume_random=True, judges=judges))
        labels = question_labels(session)
        drifts = _drifts(session, fixed, source.pool.names[: source.pool.n_judges], level)
    category = [labels[name][0] or NO_CATEGORY if name in labels else NO_CATEGORY for name in source.questions]
    found, without = [], []
    for column, name in enumerate(source.pool.names[: source.pool.n_judges]):
        one = _calibrate_one(source, column, category, drifts.get(name), level)
        if one is None:
            without.append(name)
        else:
            found.append(one)
    if not found:
        raise BadInput("expected a judge that judged pairs with votes, got none; judge the pairs that people rated")
    return CalibrationReport(tuple(found), tuple(without), position)


def _calibrate_one(
    source: FusedSource, column: int, category: list[str], drift: Drift | None, level: float
) -> JudgeCalibration | None:
    pool, rows = source.pool, source.rows
    known = ~np.isnan(pool.values[:, column])
    voted = (rows.item >= 0) & known[rows.item]
    if not voted.any():
        return None
    item = rows.item[voted]
    length = pool.values[item, pool.names.index(LENGTH)] if LENGTH in pool.names else np.full(len(item), np.nan)
    kinds = sorted(set(category)) or [NO_CATEGORY]
    place = np.array([*(kinds.index(one) for one in category), 0], np.int64)
    votes = CalibrationPairs(
        people=rows.share[voted],
        judge=pool.values[item, column],
        left=rows.left[voted],
        question=rows.question[voted].astype(np.int64),
        category=place[rows.question[voted]],
        first=rows.first[voted].astype(np.int64),
        second=rows.second[voted].astype(np.int64),
        length=length,
    )
    pairs = JudgedPairs(
        judge=pool.values[known, column],
        question=pool.question[known].astype(np.int64),
        first=pool.first[known].astype(np.int64),
        second=pool.second[known].astype(np.int64),
    )
    models = source.evidence.battles.models
    return JudgeCalibration(
        judge=pool.names[column],
        votes=len(votes),
        judged=int(known.sum()),
        orders=source.orders[column],
        confusion=measure_confusion(votes, level),
        by_order=tuple(_by_order(votes, source.by_order[item, column], level)),
        curve=measure_curve(votes, level),
        errors=measure_errors(votes, kinds, models, level),
        corrected=correct_means(votes, pairs, models, level),
        drift=drift,
    )


def _by_order(votes: CalibrationPairs, shares: FloatArray, level: float) -> Iterator[OrderConfusion]:
    """Confusion where the judge saw the person's left response first, and where second."""
    left = votes.left
    for name, share in (
        ("same", np.where(left, shares[:, 0], shares[:, 1])),
        ("swapped", np.where(left, shares[:, 1], shares[:, 0])),
    ):
        known = ~np.isnan(share)
        if known.any():
            rows = replace(votes, judge=share).keep(known)
            yield OrderConfusion(name, measure_confusion(rows, level))


def _drifts(session: Session, selection: Selection, names: tuple[str, ...], level: float) -> dict[str, Drift]:
    """Change of each judge between its first and its last judgment of the pairs that it judged several times."""
    asked = replace(selection, kind=RaterKind.judge, rater=None, campaign=None, rater_source=None, raters=names)
    votes = line_up([read_pair_votes(session, replace(asked, since=None, until=None))])
    found = {}
    for name in names:
        own = (votes.rater == votes.raters.index(name)) & ~np.isnan(votes.share)
        order = np.flatnonzero(own)[np.argsort(votes.position[own])]
        item = votes.item[order]
        _, first = np.unique(item, return_index=True)
        kept, last = np.unique(item[::-1], return_index=True)
        last = len(item) - 1 - last
        twice = first != last
        if len(kept) and twice.any():
            before, after = votes.share[order[first[twice]]], votes.share[order[last[twice]]]
            drift = measure_drift(before, after, votes.question[order[first[twice]]], level=level, middle=0.5)
            if drift is not None:
                found[name] = drift
    return found

"""Drift of a judge: the same items judged twice, at two times or by two versions."""

from dataclasses import dataclass

import numpy as np
import scipy  # its part `stats` takes a second to load, so it comes with the first test

from arena.agreement.clustered import Estimate, interval_of, jackknife, p_value, sum_by
from arena.agreement.orders import share_of
from storage.ledger.battles import FloatArray, IdArray

_EQUAL = 1e-9


@dataclass(frozen=True)
class Drift:
    """Two judgments of the same items, paired.

    Attributes:
        items: number of items judged both times.
        questions: number of questions of those items.
        before: mean of the earlier values.
        after: mean of the later values.
        change: later minus earlier.
        chance: two-sided p-value of the change, by Student's t over questions.
        sign_chance: p-value of the sign test over the questions whose mean changed (exact binomial).
        changed: share of items with a different value.
        flips: share of items whose preferred response is now the other one; unknown for scores.
    """

    items: int
    questions: int
    before: float
    after: float
    change: Estimate
    chance: float
    sign_chance: float
    changed: Estimate
    flips: Estimate


def measure_drift(
    before: FloatArray, after: FloatArray, question: IdArray, *, level: float, middle: float | None = None
) -> Drift | None:
    """Change of the values of items; None without an item.

    Args:
        before: earlier value of each item.
        after: later value of each item, in the same order and unit.
        question: code of the question of each item; intervals are clustered by question.
        level: confidence of the intervals.
        middle: value of a tie: 0.5 for shares of a pair; None for scores, which have no tie.
    """
    if not len(before):
        return None
    moved = after - before
    sums = sum_by(question, np.column_stack([moved, np.ones(len(moved))]))

    def mean(total: FloatArray) -> FloatArray:
        quotient: FloatArray = total[..., 0] / total[..., 1]
        return quotient

    change, error = jackknife(sums, mean)
    ups, downs = int((sums[:, 0] > _EQUAL).sum()), int((sums[:, 0] < -_EQUAL).sum())
    flips = Estimate(np.nan)
    if middle is not None:
        flips = share_of((before - middle) * (after - middle) < 0.0, question, level)
    return Drift(
        items=len(before),
        questions=len(sums),
        before=float(before.mean()),
        after=float(after.mean()),
        change=interval_of(sums, mean, level=level),
        chance=p_value(change, error, len(sums)),
        sign_chance=float(scipy.stats.binomtest(ups, ups + downs).pvalue) if ups + downs else 1.0,
        changed=share_of(np.abs(moved) > _EQUAL, question, level),
        flips=flips,
    )

"""Whether a judge holds its verdict when the two responses change places."""

from dataclasses import dataclass

import numpy as np

from arena.agreement.clustered import Estimate, share_interval, sum_by
from arena.agreement.votes import FIRST, SECOND, Mask, verdict_of
from storage.ledger.battles import FloatArray, IdArray


@dataclass(frozen=True)
class OrderHealth:
    """What a judge said of the same pairs in both orders.

    Attributes:
        pairs: with a verdict in both orders.
        consistent: share of them with the same verdict in both.
        flips: share with opposite verdicts: the better response depends on the order.
        first_twice: number in which the response shown first won both times.
        second_twice: number in which the one shown second won both times.
        leaning: number with a preference in one order and a tie in the other.
        decisive_calls: single verdicts that prefer a response, of pairs judged in one order too.
        first: share of those that prefer the response shown first; a half would be fair over both orders.
    """

    pairs: int
    consistent: Estimate
    flips: Estimate
    first_twice: int
    second_twice: int
    leaning: int
    decisive_calls: int
    first: Estimate


def measure_orders(plain: FloatArray, swapped: FloatArray, question: IdArray, *, level: float) -> OrderHealth:
    """Consistency between the two orders, and how often the first position wins.

    Args:
        plain: share of the response that was shown first, in the one order; NaN without a verdict.
        swapped: share of the response that was shown first, in the other order; NaN without a verdict.
        question: code of each pair's question.
        level: confidence of the intervals, which take verdicts on one question as alike.
    """
    both = ~(np.isnan(plain) | np.isnan(swapped))
    one, two = verdict_of(plain[both]), verdict_of(swapped[both])
    same = one == SECOND - two  # what is first in the one order is second in the other
    first_twice, second_twice = (one == FIRST) & (two == FIRST), (one == SECOND) & (two == SECOND)
    of_pairs = question[both]
    calls, of_calls = np.concatenate([plain, swapped]), np.concatenate([question, question])
    decisive = ~np.isnan(calls) & (calls != 0.5)
    return OrderHealth(
        pairs=int(both.sum()),
        consistent=share_of(same, of_pairs, level),
        flips=share_of(first_twice | second_twice, of_pairs, level),
        first_twice=int(first_twice.sum()),
        second_twice=int(second_twice.sum()),
        leaning=int((~(same | first_twice | second_twice)).sum()),
        decisive_calls=int(decisive.sum()),
        first=share_of(calls[decisive] > 0.5, of_calls[decisive], level),
    )


def share_of(hits: Mask, question: IdArray, level: float) -> Estimate:
    """Share of the rows that are hits, rows of one question being alike."""
    sums = sum_by(question, np.column_stack([hits, np.ones(len(hits))]).astype(np.float64))
    return share_interval(sums[:, 0], sums[:, 1], level=level)

"""Consistency of a judge when the order of the two responses is swapped."""

from dataclasses import dataclass

import numpy as np

from arena.agreement.clustered import Estimate, share_interval, sum_by
from arena.agreement.votes import FIRST, SECOND, Mask, preferred_models
from storage.ledger.battles import FloatArray, IdArray


@dataclass(frozen=True)
class OrderHealth:
    """Verdicts of a judge on the same pairs in both orders.

    Attributes:
        pairs: number of pairs with a verdict in both orders.
        consistent: share of these pairs with the same verdict in both orders.
        flips: share of these pairs with opposite verdicts, so that the preferred response depends on the order.
        first_twice: number of pairs in which the response shown first won both times.
        second_twice: number of pairs in which the response shown second won both times.
        leaning: number of pairs with a preference in one order and a tie in the other.
        decisive_calls: number of single verdicts that prefer a response, pairs with only one order included.
        first: share of `decisive_calls` for the response shown first; 0.5 is unbiased over both orders.
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
        plain: share of the response shown first, in the one order; NaN without a verdict.
        swapped: share of the response shown first, in the other order; NaN without a verdict.
        question: code of the question of each pair.
        level: confidence of the intervals, which are clustered by question.
    """
    both = ~(np.isnan(plain) | np.isnan(swapped))
    one, two = preferred_models(plain[both]), preferred_models(swapped[both])
    same = one == SECOND - two  # the first response of the one order is the second of the other
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
    """Share of the rows that are hits, with an interval clustered by question."""
    sums = sum_by(question, np.column_stack([hits, np.ones(len(hits))]).astype(np.float64))
    return share_interval(sums[:, 0], sums[:, 1], level=level)

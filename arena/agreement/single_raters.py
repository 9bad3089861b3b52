"""Agreement of single raters: each two of them, and each one with the majority of the others."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from arena.agreement.concordance import Agreement, measure_against, measure_agreement
from arena.agreement.votes import NO_ORDER, SECOND, AlignedRatings, Mask
from storage.ledger.battles import IdArray

LEAST_OTHERS = 2
"""Other raters with a preference that a majority needs."""

_MOST_OF_ONE_ITEM = 200


def measure_pairs(votes: AlignedRatings, most: int, *, level: float) -> Iterator[tuple[int, int, Agreement]]:
    """Agreement of each two known raters with an item in common, those with the most items first.

    Args:
        votes: preferences of all raters.
        most: number of pairs of raters; items with more than 200 raters do not decide which are chosen.
        level: confidence of the intervals.
    """
    rows = pd.DataFrame({"item": votes.item, "rater": votes.rater})[votes.is_known[votes.rater]].drop_duplicates()
    rows = rows[rows.groupby("item")["rater"].transform("size") <= _MOST_OF_ONE_ITEM]
    met = rows.merge(rows, on="item")
    met = met[met["rater_x"] < met["rater_y"]]
    times = met.groupby(["rater_x", "rater_y"]).size().sort_values(ascending=False, kind="stable")
    for one, other in times.index[:most]:
        both = votes.keep((votes.rater == one) | (votes.rater == other))
        codes = np.arange(len(votes.raters))
        found = measure_agreement(both, codes == one, codes == other, level=level)
        if found is not None:
            yield int(one), int(other), found


def measure_majorities(votes: AlignedRatings, most: int, *, level: float) -> Iterator[tuple[int, Agreement]]:
    """Agreement of each known rater with the majority of the others, those with the most items first.

    The majority of an item is the one preference that more of the other raters have than any other; each rater counts
    with the last preference, and inconsistent and failed judgments do not count. An item counts where at least two
    others have a preference and one preference leads.
    """
    majority = leading_preferences(votes)
    chosen = (majority >= 0) & votes.is_last & votes.is_known[votes.rater]
    times = np.bincount(votes.rater[chosen], minlength=len(votes.raters))
    for rater in np.argsort(-times, kind="stable")[:most]:
        found = measure_against(votes, chosen & (votes.rater == rater), majority, level=level)
        if found is not None:
            yield int(rater), found


def leading_preferences(votes: AlignedRatings) -> IdArray:
    """For each preference the one that leads among the other raters of its item; -1 if none does."""
    counted: Mask = votes.is_last & (votes.preference < NO_ORDER)
    n_items, states = int(votes.item.max(initial=-1)) + 1, SECOND + 1
    key = votes.item[counted] * states + votes.preference[counted]
    totals = np.bincount(key, minlength=n_items * states).reshape(n_items, states)
    others = totals[votes.item]
    own = np.flatnonzero(counted)
    others[own, votes.preference[own]] -= 1
    ordered = np.sort(others, axis=1)
    leads = (ordered[:, -1] > ordered[:, -2]) & (others.sum(axis=1) >= LEAST_OTHERS)
    return np.where(leads, np.argmax(others, axis=1), -1)

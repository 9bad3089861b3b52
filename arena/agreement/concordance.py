"""How often two raters say the same about the same item, over all pairs of their verdicts.

As MT-bench counts it (Zheng et al., 2023, arXiv 2306.05685): every pair of verdicts of two different raters on one
item counts once. With ties, they agree if both prefer the same model, or neither prefers any ("setup 1"); decisive
agreement looks only at pairs in which both prefer one ("setup 2").
"""

from dataclasses import dataclass

import numpy as np

from arena.agreement.clustered import Estimate, interval_of, share_interval, sum_by
from arena.agreement.coefficients import alpha_of_coincidences, cohen_kappa, coincidences
from arena.agreement.votes import FIRST, SECOND, AlignedRatings, Mask
from storage.ledger.battles import FloatArray, IdArray

RANDOM_AGREEMENT, RANDOM_DECISIVE = 1.0 / 3.0, 0.5
"""How often a judge agrees that draws among win, loss and tie, in either way of counting."""

_VALUES = np.array([0.0, 0.5, 1.0])


@dataclass(frozen=True, eq=False)
class PairTables:
    """Pairs of verdicts by what was said, on the items that have one.

    Attributes:
        tables: (n_items, 3, 3), by the verdict of the one and of the other rater.
        question: of each item, (n_items,).
    """

    tables: FloatArray
    question: IdArray


@dataclass(frozen=True)
class Agreement:
    """How far raters of one group agree with those of another.

    Attributes:
        items: with a pair of verdicts.
        questions: of those items.
        pairs: of verdicts.
        agreement: share of pairs that say the same; tie, both-bad and inconsistent are one.
        decisive_pairs: in which both prefer a model.
        decisive: share of those that prefer the same.
        kappa: Cohen's, over all pairs.
        alpha: Krippendorff's, nominal, of all raters of both groups together.
    """

    items: int
    questions: int
    pairs: int
    agreement: Estimate
    decisive_pairs: int
    decisive: Estimate
    kappa: Estimate
    alpha: Estimate


def pair_tables(votes: AlignedRatings, one: Mask, other: Mask) -> PairTables:
    """All pairs of verdicts of a rater of `one` and a different rater of `other` on the same item.

    Args:
        votes: verdicts.
        one: mask over the raters.
        other: mask over the raters, equal to `one` or without a rater in common.

    Raises:
        ValueError: groups that overlap in part.
    """
    is_same = bool((one == other).all())
    if not is_same and (one & other).any():
        raise ValueError("expected two groups that are the same or have no rater in common")
    n_items = int(votes.item.max(initial=-1)) + 1
    counts = [_counts(votes, mask[votes.rater], votes.item, n_items) for mask in (one, other)]
    tables = counts[0][:, :, None] * counts[1][:, None, :]
    if is_same:
        chosen = one[votes.rater]
        tables = (tables - _by_the_same(votes, chosen, n_items)) / 2.0
    filled = tables.sum(axis=(1, 2)) > 0.0
    question = np.zeros(n_items, np.int64)
    question[votes.item] = votes.question
    return PairTables(tables[filled], question[filled])


def measure_agreement(votes: AlignedRatings, one: Mask, other: Mask, *, level: float) -> Agreement | None:
    """How far two groups of raters agree; None without a pair of verdicts.

    Args:
        votes: verdicts.
        one: mask over the raters.
        other: mask over the raters, equal to `one` or without a rater in common.
        level: confidence of the intervals, which take verdicts on one question as alike.
    """
    pairs = pair_tables(votes, one, other)
    if not len(pairs.tables):
        return None
    return _summary(pairs, _alpha(votes, one, other, level), level)


def measure_against(votes: AlignedRatings, chosen: Mask, verdict: IdArray, *, level: float) -> Agreement | None:
    """How far verdicts agree with one made-up verdict each, such as that of a baseline judge.

    Args:
        votes: verdicts.
        chosen: mask over the verdicts.
        verdict: to compare with, one per verdict of `votes`.
        level: confidence of the intervals.
    """
    if not chosen.any():
        return None
    tables = np.zeros((int(chosen.sum()), 3, 3))
    tables[range(len(tables)), verdict[chosen], votes.verdict[chosen]] = 1.0
    summary = _summary(PairTables(tables, votes.question[chosen]), Estimate(np.nan), level)
    items = len(np.unique(votes.item[chosen]))
    return Agreement(**{**vars(summary), "items": items})


def _summary(pairs: PairTables, alpha: Estimate, level: float) -> Agreement:
    cells = sum_by(pairs.question, pairs.tables.reshape(-1, 9)).reshape(-1, 3, 3)
    totals = cells.sum(axis=(1, 2))
    decisive = cells[:, [FIRST, FIRST, SECOND, SECOND], [FIRST, SECOND, FIRST, SECOND]]
    items = len(pairs.tables)
    decided = int((pairs.tables[:, ::2, ::2].sum(axis=(1, 2)) > 0).sum())
    hits = np.trace(cells, axis1=1, axis2=2)
    return Agreement(
        items=items,
        questions=len(cells),
        pairs=round(totals.sum()),
        agreement=share_interval(hits, totals, level=level, most=items),
        decisive_pairs=round(decisive.sum()),
        decisive=share_interval(decisive[:, [0, 3]].sum(axis=1), decisive.sum(axis=1), level=level, most=decided),
        kappa=interval_of(
            _mirrored(cells).reshape(-1, 9),
            lambda sums: cohen_kappa(sums.reshape(*sums.shape[:-1], 3, 3)),
            level=level,
            bounds=(-1.0, 1.0),
        ),
        alpha=alpha,
    )


def _alpha(votes: AlignedRatings, one: Mask, other: Mask, level: float) -> Estimate:
    """Krippendorff's alpha over the last verdict of each rater, on the items that both groups judged."""
    last, n_items = votes.is_last, int(votes.item.max(initial=-1)) + 1
    counts = [_counts(votes, last & mask[votes.rater], votes.item, n_items) for mask in (one, other)]
    met = (counts[0].sum(axis=1) > 0.0) & (counts[1].sum(axis=1) > 0.0)
    joined = _counts(votes, last & (one | other)[votes.rater], votes.item, n_items)[met]
    question = np.zeros(n_items, np.int64)
    question[votes.item] = votes.question
    sums = _mirrored(sum_by(question[met], coincidences(joined).reshape(-1, 9)).reshape(-1, 3, 3))

    def statistic(flat: FloatArray) -> FloatArray:
        return alpha_of_coincidences(flat.reshape(*flat.shape[:-1], 3, 3), _VALUES, "nominal")

    return interval_of(sums.reshape(-1, 9), statistic, level=level, bounds=(-1.0, 1.0))


def _mirrored(tables: FloatArray) -> FloatArray:
    """Mean of the tables as they are and with the two models exchanged: which one is first is an accident of names."""
    mirrored: FloatArray = (tables + tables[:, ::-1, ::-1]) / 2.0
    return mirrored


def _counts(votes: AlignedRatings, chosen: Mask, groups: IdArray, n_groups: int) -> FloatArray:
    """How often each verdict was given in each group of rows, (n_groups, 3)."""
    key = groups[chosen] * 3 + votes.verdict[chosen]
    return np.bincount(key, minlength=n_groups * 3).reshape(n_groups, 3).astype(np.float64)


def _by_the_same(votes: AlignedRatings, chosen: Mask, n_items: int) -> FloatArray:
    """Ordered pairs of verdicts of one and the same rater, each with itself among them; (n_items, 3, 3)."""
    key = votes.item * len(votes.raters) + votes.rater
    present, place = np.unique(key, return_inverse=True)
    counts = _counts(votes, chosen, place, len(present))
    item = present // len(votes.raters)
    pairs = (counts[:, :, None] * counts[:, None, :]).reshape(-1, 9)
    cells: FloatArray = np.column_stack([np.bincount(item, cell, n_items) for cell in pairs.T])
    return cells.reshape(n_items, 3, 3)

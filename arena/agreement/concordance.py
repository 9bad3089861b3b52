"""Agreement of raters on the same items, over all pairs of their preferences.

Counted as in MT-bench (Zheng et al., 2023, arXiv 2306.05685), with one difference: every pair of preferences of two
different raters on one item counts once. With ties, two raters agree if both prefer the same model or both call it a
tie ("setup 1"); decisive agreement only counts pairs in which both prefer a model ("setup 2").

The difference: MT-bench counts an inconsistent judgment as a tie, so that a judge that always prefers the response
shown first agrees fully with one that always says tie. Here an inconsistent judgment equals nothing but another
inconsistent one. Pairs with a failed judgment have nothing to compare; they are counted apart.
"""

from dataclasses import dataclass

import numpy as np

from arena.agreement.clustered import Estimate, interval_of, share_interval, sum_by
from arena.agreement.coefficients import alpha_of_coincidences, cohen_kappa, coincidences
from arena.agreement.votes import FIRST, MIRRORED, NO_ORDER, NO_VERDICT, SECOND, AlignedRatings, Mask
from storage.ledger.battles import FloatArray, IdArray

RANDOM_AGREEMENT, RANDOM_DECISIVE = 1.0 / 3.0, 0.5
"""Expected agreement of a judge that chooses win, loss or tie at random, in both ways of counting."""

_STATES, _COMPARED = len(MIRRORED), NO_VERDICT
_VALUES = np.arange(float(_COMPARED))


@dataclass(frozen=True, eq=False)
class PairTables:
    """Numbers of pairs of preferences by their two states, on the items that have a pair.

    Attributes:
        tables: (n_items, 5, 5) numbers of pairs by the preference of the one and of the other rater, in the order of
            `FIRST`, `TIE`, `SECOND`, `NO_ORDER` and `NO_VERDICT`.
        question: code of the question of each item, (n_items,).
    """

    tables: FloatArray
    question: IdArray


@dataclass(frozen=True)
class Agreement:
    """Agreement of the raters of one group with those of another.

    Attributes:
        items: number of items with a pair of preferences.
        questions: number of questions of those items.
        pairs: number of pairs of preferences; those with a failed judgment are not among them.
        agreement: share of pairs with equal preferences; a tie equals both bad, inconsistent equals inconsistent only.
        decisive_pairs: number of pairs in which both prefer a model.
        decisive: share of `decisive_pairs` in which both prefer the same model.
        kappa: Cohen's kappa over all pairs.
        alpha: Krippendorff's alpha, with the nominal metric, of all raters of both groups together.
        inconsistent: number of `pairs` with an inconsistent judgment.
        failed: number of further pairs with a failed judgment, which cannot be compared.
    """

    items: int
    questions: int
    pairs: int
    agreement: Estimate
    decisive_pairs: int
    decisive: Estimate
    kappa: Estimate
    alpha: Estimate
    inconsistent: int = 0
    failed: int = 0


def pair_tables(votes: AlignedRatings, one: Mask, other: Mask) -> PairTables:
    """All pairs of preferences of a rater of `one` and a different rater of `other` on the same item.

    Args:
        votes: preferences of all raters.
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
    """Agreement of two groups of raters; None without a pair of preferences.

    Args:
        votes: preferences of all raters.
        one: mask over the raters.
        other: mask over the raters, equal to `one` or without a rater in common.
        level: confidence of the intervals, which are clustered by question.
    """
    pairs = pair_tables(votes, one, other)
    if not pairs.tables[:, :_COMPARED, :_COMPARED].any():
        return None
    return _summary(pairs, _alpha(votes, one, other, level), level)


def measure_against(votes: AlignedRatings, chosen: Mask, preference: IdArray, *, level: float) -> Agreement | None:
    """Agreement of preferences with one given preference each, such as that of a baseline judge.

    Args:
        votes: preferences of all raters.
        chosen: mask over the preferences.
        preference: preference to compare each one with.
        level: confidence of the intervals.
    """
    if not chosen.any():
        return None
    tables = np.zeros((int(chosen.sum()), _STATES, _STATES))
    tables[range(len(tables)), preference[chosen], votes.preference[chosen]] = 1.0
    if not tables[:, :_COMPARED, :_COMPARED].any():
        return None
    summary = _summary(PairTables(tables, votes.question[chosen]), Estimate(np.nan), level)
    items = len(np.unique(votes.item[chosen & (votes.preference != NO_VERDICT)]))
    return Agreement(**{**vars(summary), "items": items})


def _summary(pairs: PairTables, alpha: Estimate, level: float) -> Agreement:
    whole = float(pairs.tables.sum())
    tables = pairs.tables[:, :_COMPARED, :_COMPARED]
    compared = tables.sum(axis=(1, 2)) > 0.0
    tables, question = tables[compared], pairs.question[compared]
    cells = sum_by(question, tables.reshape(len(tables), _COMPARED**2)).reshape(-1, _COMPARED, _COMPARED)
    totals = cells.sum(axis=(1, 2))
    sides = [FIRST, SECOND]
    decisive = cells[:, [FIRST, FIRST, SECOND, SECOND], [FIRST, SECOND, FIRST, SECOND]]
    items = len(tables)
    decided = int((tables[:, sides][:, :, sides].sum(axis=(1, 2)) > 0).sum())
    ordered = float(tables[:, :NO_ORDER, :NO_ORDER].sum())
    hits = np.trace(cells, axis1=1, axis2=2)
    return Agreement(
        items=items,
        questions=len(cells),
        pairs=round(totals.sum()),
        agreement=share_interval(hits, totals, level=level, most=items),
        decisive_pairs=round(decisive.sum()),
        decisive=share_interval(decisive[:, [0, 3]].sum(axis=1), decisive.sum(axis=1), level=level, most=decided),
        kappa=interval_of(
            _mirrored(cells).reshape(len(cells), _COMPARED**2),
            lambda sums: cohen_kappa(sums.reshape(*sums.shape[:-1], _COMPARED, _COMPARED)),
            level=level,
            bounds=(-1.0, 1.0),
        ),
        alpha=alpha,
        inconsistent=round(float(totals.sum()) - ordered),
        failed=round(whole - float(totals.sum())),
    )


def _alpha(votes: AlignedRatings, one: Mask, other: Mask, level: float) -> Estimate:
    """Krippendorff's alpha over the last preference of each rater, on the items that both groups rated."""
    last, n_items = votes.is_last, int(votes.item.max(initial=-1)) + 1
    counts = [_counts(votes, last & mask[votes.rater], votes.item, n_items)[:, :_COMPARED] for mask in (one, other)]
    met = (counts[0].sum(axis=1) > 0.0) & (counts[1].sum(axis=1) > 0.0)
    joined = _counts(votes, last & (one | other)[votes.rater], votes.item, n_items)[met][:, :_COMPARED]
    question = np.zeros(n_items, np.int64)
    question[votes.item] = votes.question
    cells = coincidences(joined).reshape(len(joined), _COMPARED**2)
    sums = _mirrored(sum_by(question[met], cells).reshape(-1, _COMPARED, _COMPARED))

    def statistic(flat: FloatArray) -> FloatArray:
        return alpha_of_coincidences(flat.reshape(*flat.shape[:-1], _COMPARED, _COMPARED), _VALUES, "nominal")

    return interval_of(sums.reshape(len(sums), _COMPARED**2), statistic, level=level, bounds=(-1.0, 1.0))


def _mirrored(tables: FloatArray) -> FloatArray:
    """Mean of the tables and of the tables with the two models swapped, since their order has no meaning."""
    swapped = MIRRORED[:_COMPARED]
    mirrored: FloatArray = (tables + tables[:, swapped][:, :, swapped]) / 2.0
    return mirrored


def _counts(votes: AlignedRatings, chosen: Mask, groups: IdArray, n_groups: int) -> FloatArray:
    """Number of preferences of each state in each group of rows, (n_groups, 5)."""
    key = groups[chosen] * _STATES + votes.preference[chosen]
    return np.bincount(key, minlength=n_groups * _STATES).reshape(n_groups, _STATES).astype(np.float64)


def _by_the_same(votes: AlignedRatings, chosen: Mask, n_items: int) -> FloatArray:
    """Ordered pairs of preferences of the same rater, each with itself included; (n_items, 5, 5)."""
    key = votes.item * len(votes.raters) + votes.rater
    present, place = np.unique(key, return_inverse=True)
    counts = _counts(votes, chosen, place, len(present))
    item = present // len(votes.raters)
    pairs = (counts[:, :, None] * counts[:, None, :]).reshape(len(counts), _STATES**2)
    cells: FloatArray = np.column_stack([np.bincount(item, cell, n_items) for cell in pairs.T])
    return cells.reshape(n_items, _STATES, _STATES)

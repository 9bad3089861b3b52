"""Lambda: the multiple of each control that is subtracted, from the covariances of cluster scores.

A cluster score is the sum of the contributions of all rows of a question to the error of the ratings. Lambda minimises
the sum over models of the variance of the rating, each as a share of what it is without judges, so that a model with
few votes does not decide it; jointly for all judges and features, so that judges who agree share one weight. Each vote
gets the lambda from the questions of the other folds, so that its own luck is not in it. Lambda is shrunk towards zero
by one minus its noise (James and Stein, 1961, "Estimation with quadratic loss"), so a judge that tells nothing about
people has a lambda of zero or nearly so.

Raters do not enter lambda. Votes of one rater are correlated with each other, but the rater of an item tells nothing
about what a judge says of the items of others, so the covariance with a control has no part between items of one rater.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.special import stdtrit

from arena.rating.clusters import Contributions
from arena.rating.counts import IntArray
from storage.ledger.battles import FloatArray

FEW_QUESTIONS = 20
"""Number of questions with a vote below which lambda is tuned on items instead."""
FOLDS = 10
_RIDGE = 1e-9
_CHANCE = 0.05
"""Chance that a column that tells nothing is used; it decides how far a weight must be beyond its noise."""


@dataclass(frozen=True, eq=False)
class TuningRows:
    """Contributions of rows to the error of the ratings, and to the controls.

    Attributes:
        people: contributions of the votes; zero for items without a vote, which come after the votes.
        pulls: (n_rows, n_columns) contributions to the controls of the first model; minus that of the second.
        two: whether the second model has a part.
        n_votes: number of rows that are votes.
    """

    people: Contributions
    pulls: FloatArray
    two: bool
    n_votes: int


@dataclass(frozen=True, eq=False)
class Tuning:
    """Lambda and what it is worth.

    Attributes:
        of_votes: (n_votes, n_columns) lambda of each vote, from the other folds.
        whole: (n_columns,) lambda from all folds.
        shrink: factor between the best lambda and the one that is used, 0 to 1.
        gain: share of the variance that lambda from all folds removes by these covariances, 0 to 1.
    """

    of_votes: FloatArray
    whole: FloatArray
    shrink: float
    gain: float


def tune(rows: TuningRows, codes: IntArray, metric: FloatArray, seed: int) -> Tuning:
    """Lambda for each vote.

    Args:
        rows: votes, then items without a vote.
        codes: cluster of each row.
        metric: (n_models, n_models) B'WB, with B from slopes to errors of the ratings, and W the worth of a model.
        seed: seed of the folds.
    """
    products = cluster_products_by(rows, codes, metric)
    n_votes, width = rows.n_votes, rows.pulls.shape[1]
    voted = np.unique(codes[:n_votes])
    fold = np.zeros(len(products), np.int64)
    fold[voted] = np.random.default_rng(seed).permutation(len(voted)) % FOLDS
    has_vote = np.zeros(len(products), bool)
    has_vote[voted] = True
    pooled = products[~has_vote].sum(axis=0)
    own = products[has_vote]
    of_own = fold[has_vote]
    sums = np.stack([own[of_own == number].sum(axis=0) for number in range(FOLDS)])
    total = pooled + sums.sum(axis=0)
    whole, shrink = _lambda(total, own)
    of_votes = np.zeros((n_votes, width))
    of_row = fold[codes[:n_votes]]
    for number in range(FOLDS):
        rest = of_own != number
        share = rest.mean() if len(rest) else 1.0
        without = share * pooled + sums.sum(axis=0) - sums[number]
        of_votes[of_row == number] = _lambda(without, own[rest])[0]
    removed = float(2.0 * whole @ total[1:, 0] - whole @ total[1:, 1:] @ whole)
    gain = removed / float(total[0, 0]) if total[0, 0] > 0.0 else 0.0
    return Tuning(of_votes, whole, shrink, min(max(gain, 0.0), 1.0))


def _lambda(total: FloatArray, own: FloatArray) -> tuple[FloatArray, float]:
    """Lambda, shrunk, and the factor of shrinking.

    A column whose weight is not significantly beyond its noise (Student's t, by questions) is left out, the least
    certain first, so that a useless judge or feature costs the useful ones nothing and claims nothing.
    """
    clusters, width = len(own), len(total) - 1
    kept = np.arange(width)
    while len(kept) and clusters > len(kept) + 2:
        best = _solve(total[np.ix_(kept + 1, kept + 1)], total[kept + 1, 0])
        noise = _noise(total, own, kept, best)
        spread = np.diagonal(noise)
        sure = np.divide(best**2, spread, out=np.zeros(len(kept)), where=spread > 0.0)
        if sure.min() >= stdtrit(clusters - len(kept), 1.0 - _CHANCE / 2.0) ** 2:
            strength = float(best @ _solve(noise, best))
            least = len(kept) * (clusters - 1.0) / (clusters - len(kept))
            shrink = max(0.0, 1.0 - least / strength) if strength > 0.0 else 0.0
            found = np.zeros(width)
            found[kept] = shrink * best
            return found, shrink
        kept = np.delete(kept, int(np.argmin(sure)))
    return np.zeros(width), 0.0


def _noise(total: FloatArray, own: FloatArray, kept: IntArray, best: FloatArray) -> FloatArray:
    """Covariance of lambda: the products of each cluster with what is left of the votes, between inverse matrices."""
    left = own[:, kept + 1, 0] - own[:, kept[:, None] + 1, kept + 1] @ best
    middle = np.cov(left, rowvar=False, ddof=1).reshape(len(kept), len(kept)) * len(own)
    inverse = np.column_stack([_solve(total[np.ix_(kept + 1, kept + 1)], one) for one in np.eye(len(kept))])
    return np.asarray(inverse @ middle @ inverse.T, np.float64)


def _solve(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solution of a positive semidefinite system; a column without variation gets zero."""
    scale = np.sqrt(np.maximum(np.diagonal(matrix), 0.0))
    live = scale > 0.0
    solution = np.zeros(len(right))
    if live.any():
        unit = matrix[np.ix_(live, live)] / np.outer(scale[live], scale[live])
        unit += _RIDGE * np.eye(len(unit))
        solution[live] = np.linalg.lstsq(unit, right[live] / scale[live], rcond=1e-8)[0] / scale[live]
    return solution


def cluster_products_by(rows: TuningRows, codes: IntArray, metric: FloatArray) -> FloatArray:
    """Products of the scores of each cluster, u'B'WBu: (n_clusters, 1 + n_columns, 1 + n_columns), people first."""
    n_clusters, width = int(codes.max(initial=-1)) + 1, rows.pulls.shape[1]
    products = np.zeros((n_clusters, 1 + width, 1 + width))
    size = np.bincount(codes, minlength=n_clusters)
    alone = size[codes] == 1
    products[codes[alone]] = _single(rows, metric, alone)
    if not alone.all():
        several = ~alone
        place = np.cumsum(np.bincount(codes[several], minlength=n_clusters) > 0) - 1
        inside = np.flatnonzero(np.bincount(codes[several], minlength=n_clusters) > 0)
        products[inside] = _several(rows, metric, several, place[codes[several]].astype(np.int64), len(inside))
    return products


def _single(rows: TuningRows, metric: FloatArray, chosen: np.ndarray) -> FloatArray:
    """Products of clusters of one row."""
    people = rows.people.keep(chosen)
    a, b, pulls = people.first, people.second, rows.pulls[chosen]
    own_a, own_b, mixed = metric[a, a], metric[b, b], metric[a, b]
    minus = -1.0 if rows.two else 0.0
    first = np.column_stack([people.to_first, pulls])
    second = np.column_stack([people.to_second, minus * pulls])
    one = first[:, :, None] * first[:, None, :] * own_a[:, None, None]
    other = second[:, :, None] * second[:, None, :] * own_b[:, None, None]
    crossed = first[:, :, None] * second[:, None, :] * mixed[:, None, None]
    return np.asarray(one + other + crossed + crossed.transpose(0, 2, 1), np.float64)


def _several(rows: TuningRows, metric: FloatArray, chosen: np.ndarray, codes: IntArray, n_clusters: int) -> FloatArray:
    """Products of clusters of two or more rows."""
    people, pulls, n = rows.people.keep(chosen), rows.pulls[chosen], rows.people.n_models
    where = (np.concatenate([codes, codes]), np.concatenate([people.first, people.second]))
    minus = -1.0 if rows.two else 0.0
    parts = [np.concatenate([people.to_first, people.to_second])]
    parts += [np.concatenate([column, minus * column]) for column in pulls.T]
    scores = [coo_array((part, where), shape=(n_clusters, n)).tocsr() for part in parts]
    moved = [score @ metric for score in scores]
    products = np.empty((n_clusters, len(parts), len(parts)))
    for one, left in enumerate(moved):
        for other in range(one + 1):
            products[:, one, other] = products[:, other, one] = np.asarray(
                scores[other].multiply(left).sum(axis=1)
            ).ravel()
    return products

"""Bradley-Terry ratings with raters weighted by reliability: one who votes at random counts less.

Strengths and one factor for each rater are fitted together (`reliability_fit.py`). The scale is that of a typical
rater, whose factor is one.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array

from arena.rating.bias_reduced import BiasReduced, ClusterSums, bias_reduced
from arena.rating.clusters import Clusters, Contributions, cluster_products, find_clusters
from arena.rating.counts import IntArray, count_left_out, count_pairs
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.main_group import OUTSIDE, MainGroup, find_main_group, mean_weights, rate_group
from arena.rating.method import IntervalBasis, Ratings, RatingSettings
from arena.rating.pair_rating import rate_pairs
from arena.rating.reliability_fit import RatedRows, ReliabilityFit, fit_reliability
from arena.rating.spread import BlockSpread, joint_spread, no_smaller
from arena.rating.tally import settings_used, usable_rows
from arena.rating.weights import battle_weights
from storage.errors import BadInput
from storage.ledger.battles import FloatArray

_DENSE_CELLS = 20_000_000
"""Rows or clusters times squared models up to which residuals are corrected for leverage."""
_MOST_LEVERAGE = 0.99

_SANDWICH = IntervalBasis("sandwich")
_USED = ("both_bad", "mean", "anchor", "anchor_rating", "level", "interval", "weights")


def rate_by_reliability(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate the models of the main group together with the reliability of the raters.

    A battle of an unknown rater counts as that of a typical rater. Battles of models outside the main group, see
    `find_main_group`, are left out and counted.

    Raises:
        BadInput: fewer than two known raters, an anchor outside the main group, or a setting that this fit
            does not support.
    """
    if settings.style:
        raise BadInput("expected style control or weights by rater, got both; leave one out")
    if settings.interval == "bootstrap":
        raise BadInput("expected an interval from the rows with weights by rater, got 'bootstrap'; choose another one")
    battles = evidence.battles
    group = find_main_group(usable_rows(battles, settings), purpose="rater reliability")
    codes, rater = np.unique(group.rows.rater, return_inverse=True)
    rater = rater.astype(np.int64) - int(codes[0] < 0)
    known = codes[codes >= 0]
    if len(known) < 2:
        raise BadInput(f"expected two or more known raters to weigh, got {len(known)}; leave the weights by rater out")
    weights = battle_weights(group.rows, settings.weights)
    fit = fit_reliability(RatedRows(len(group.members), group.a, group.b, group.rows.score, rater, weights))
    plain_settings = replace(settings, weights=tuple(name for name in settings.weights if name != "raters"))
    plain = rate_pairs(Evidence(group.rows), plain_settings, HalfTies())
    left_out = count_left_out(count_pairs(battles), settings.both_bad, battles.counts) | {OUTSIDE: group.left_out()}
    return replace(
        rate_group(plain, group, fit.strength, _spread(group, fit, rater, settings), settings),
        settings=settings_used(settings, _USED),
        converged=fit.converged,
        iterations=fit.iterations,
        left_out={reason: number for reason, number in left_out.items() if number},
        reliability=dict(zip((battles.raters[code] for code in known), fit.factor.tolist(), strict=True)),
    )


@dataclass(frozen=True, eq=False)
class _FactorRows:
    """Contributions of each row to the slopes of strengths and of the factor of its rater."""

    direct: Contributions
    by_factor: FloatArray
    rater: IntArray
    carried: FloatArray

    def products(self, codes: IntArray | None) -> FloatArray:
        """Sum over clusters of u u', u being the slope of a cluster by strengths with factors eliminated."""
        own = np.arange(len(self.rater)) if codes is None else codes
        n_clusters = int(own.max(initial=-1)) + 1
        n, n_raters = self.carried.shape[1], self.carried.shape[0]
        ends = (np.concatenate([own, own]), np.concatenate([self.direct.first, self.direct.second]))
        slopes = np.concatenate([self.direct.to_first, self.direct.to_second])
        strengths = coo_array((slopes, ends), shape=(n_clusters, n)).tocsr()
        known = self.rater >= 0
        place = (own[known], self.rater[known])
        factors = coo_array((self.by_factor[known], place), shape=(n_clusters, n_raters)).tocsr()
        crossed = np.asarray((strengths.T @ factors) @ self.carried)
        twice = np.asarray(self.carried.T @ ((factors.T @ factors) @ self.carried))
        total: FloatArray = (strengths.T @ strengths).toarray() - crossed - crossed.T + twice
        return total if codes is None else total * (n_clusters / (n_clusters - 1))


def _spread(
    group: MainGroup, fit: ReliabilityFit, rater: IntArray, settings: RatingSettings
) -> tuple[BlockSpread, IntervalBasis]:
    """Sandwich covariance of the strengths with the factors eliminated, clustered according to the settings."""
    clusters = find_clusters(group.rows.rater, group.rows.question, settings.interval)
    rows = _DenseRows.of(group, fit, rater)
    if not clusters.keys or rows is None:
        basis = replace(clusters.basis, uncorrected=True) if clusters.keys else _SANDWICH
        return _uncorrected(group, fit, rater, clusters), basis
    return joint_spread(rows.covariance, rows.floor(), clusters, mean_weights(group, settings)), clusters.basis


@dataclass(frozen=True, eq=False)
class _DenseRows:
    """Rows as vectors over the strengths, with the factors eliminated: only a rater tells of its own factor.

    Pustejovsky and Tipton (2018, section 3) eliminate the fixed effects of clusters first in the same way.

    Attributes:
        slope: contributions to the slope, (n_rows, n_models).
        root: vectors whose products are the information, (n_rows, n_models).
        inverse: inverse curvature by strengths.
    """

    slope: FloatArray
    root: FloatArray
    inverse: FloatArray

    @classmethod
    def of(cls, group: MainGroup, fit: ReliabilityFit, rater: IntArray) -> "_DenseRows | None":
        """The rows of a fit; None if there are too many."""
        n, rows = len(fit.strength), np.arange(len(rater))
        if len(rater) * n * n > _DENSE_CELLS:
            return None
        lead = np.zeros((len(rater), n))
        lead[rows, group.a] += 1.0
        lead[rows, group.b] -= 1.0
        carried = np.where((rater >= 0)[:, None], fit.carried[rater], 0.0)
        slope = lead * fit.slope[:, None] - carried * fit.factor_slope[:, None]
        root = (lead * fit.of_row[:, None] - carried * fit.gap[:, None]) * fit.unit[:, None]
        return cls(slope, root, fit.inverse)

    def floor(self) -> FloatArray:
        """Covariance with independent rows, whose residuals are corrected as in HC2."""
        leverage = np.einsum("ij,jk,ik->i", self.root, self.inverse, self.root)
        lifted = self.slope / np.sqrt(1.0 - np.minimum(leverage, _MOST_LEVERAGE))[:, None]
        return np.asarray(self.inverse @ (lifted.T @ lifted) @ self.inverse, np.float64)

    def covariance(self, codes: IntArray, contrasts: FloatArray) -> BiasReduced:
        """The bias-reduced covariance by one kind of cluster."""
        n_clusters, n = int(codes.max(initial=-1)) + 1, self.slope.shape[1]
        rows = np.arange(len(codes))
        to_cluster = coo_array((np.ones(len(codes)), (codes, rows)), shape=(n_clusters, len(codes))).tocsr()
        products = (self.root[:, :, None] * self.root[:, None, :]).reshape(len(codes), n * n)
        scores, information = np.asarray(to_cluster @ self.slope), np.asarray(to_cluster @ products)
        sums = ClusterSums(scores, information.reshape(n_clusters, n, n))
        return bias_reduced(sums, self.inverse, contrasts)


def _uncorrected(group: MainGroup, fit: ReliabilityFit, rater: IntArray, clusters: Clusters) -> BlockSpread:
    """The spread of a fit with so many raters that none of them has much leverage."""
    n = len(fit.strength)
    direct = Contributions(n, group.a, group.b, fit.slope, -fit.slope, np.empty((len(rater), 0)))
    rows = _FactorRows(direct, fit.factor_slope, rater, fit.carried)
    independent = rows.products(None)
    if not clusters.keys:
        return BlockSpread(fit.inverse @ independent @ fit.inverse, np.full(n, np.inf), np.nan)
    freedom, total = np.full(n, np.inf), np.zeros((n, n))
    for codes in clusters.keys.values():
        total += rows.products(codes)
        _, met = cluster_products(direct, codes)
        freedom = np.minimum(freedom, np.maximum(met - 1.0, 1.0))
    if len(clusters.keys) == 2 and clusters.both is not None:
        total -= rows.products(clusters.both)
    least = np.diagonal(fit.inverse @ independent @ fit.inverse)
    covariance = no_smaller(fit.inverse @ total @ fit.inverse, np.asarray(least, np.float64))
    return BlockSpread(covariance, freedom, np.nan)

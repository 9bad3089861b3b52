"""Bradley-Terry ratings with raters weighted by reliability: one who votes at random counts less.

Strengths and one factor for each rater are fitted together (`reliability_fit.py`). The scale is that of a typical
rater, whose factor is one.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array

from arena.rating.clusters import Contributions, cluster_products, find_clusters
from arena.rating.counts import IntArray, count_left_out, count_pairs
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.main_group import OUTSIDE, MainGroup, find_main_group, rate_group
from arena.rating.method import IntervalBasis, Ratings, RatingSettings
from arena.rating.pair_rating import rate_pairs
from arena.rating.reliability_fit import RatedRows, ReliabilityFit, fit_reliability
from arena.rating.spread import BlockSpread, no_smaller
from arena.rating.tally import settings_used, usable_rows
from arena.rating.weights import battle_weights
from storage.errors import BadInput
from storage.ledger.battles import FloatArray

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
    n = len(fit.strength)
    direct = Contributions(n, group.a, group.b, fit.slope, -fit.slope, np.empty((len(rater), 0)))
    rows = _FactorRows(direct, fit.factor_slope, rater, fit.carried)
    clusters = find_clusters(group.rows.rater, group.rows.question, settings.interval)
    independent = rows.products(None)
    if not clusters.keys:
        basis = IntervalBasis("sandwich", dropped=clusters.basis.dropped)
        return BlockSpread(fit.inverse @ independent @ fit.inverse, np.full(n, np.inf), np.nan), basis
    freedom, total = np.full(n, np.inf), np.zeros((n, n))
    for codes in clusters.keys.values():
        total += rows.products(codes)
        _, met = cluster_products(direct, codes)
        freedom = np.minimum(freedom, np.maximum(met - 1.0, 1.0))
    if len(clusters.keys) == 2 and clusters.both is not None:
        total -= rows.products(clusters.both)
    least = np.diagonal(fit.inverse @ independent @ fit.inverse)
    covariance = no_smaller(fit.inverse @ total @ fit.inverse, np.asarray(least, np.float64))
    return BlockSpread(covariance, freedom, np.nan), clusters.basis

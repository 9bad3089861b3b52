"""Ratings from battles with any likelihood on pairs, shared by Bradley-Terry, Davidson and Rao-Kupper.

Count pairs, split them into islands, fit each island (`island.py`), and measure from the anchor.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arena.rating.clusters import Clusters, find_clusters
from arena.rating.connection import find_islands
from arena.rating.counts import IndexArray, PairCounts, count_left_out
from arena.rating.evidence import Evidence
from arena.rating.island import IslandFit, IslandTask, fit_island
from arena.rating.likelihood import Fit, PairLikelihood
from arena.rating.method import ELO_PER_NAT, NO_INTERVALS, Coefficient, IntervalBasis, Ratings, RatingSettings
from arena.rating.proven_order import OneWayPairs, find_one_way_pairs
from arena.rating.sparse_rating import rate_sparse
from arena.rating.spread import BootstrapSpread, ClusteredSpread, Estimator, IndependentSpread, quantiles
from arena.rating.tally import (
    MOST_DENSE,
    PAIR_SETTINGS,
    BattleTally,
    find_anchor,
    refuse_settings,
    settings_used,
    tally_rows,
    usable_rows,
)
from arena.rating.weights import battle_weights
from storage.errors import BadInput
from storage.ledger.battles import Battles, FloatArray


def rate_pairs(evidence: Evidence, settings: RatingSettings, likelihood: PairLikelihood) -> Ratings:
    """Rate models by a likelihood on pairs.

    Islands are rated separately, each with its own mean. Models that never lost, or never scored, get a penalised
    rating and a one-sided interval, and do not change other ratings. A named anchor has no interval, because its
    rating is exact by definition. More than 10,000 models are rated without a covariance, see `rate_sparse`.

    Raises:
        BadInput: the anchor is unknown, has no battle, or is not linked in both directions to the other models;
            weights that the battles do not have; a setting that this method does not support.
    """
    refuse_settings(settings, likelihood.name, style=True, raters=True)
    battles = evidence.battles
    if len(battles.models) > MOST_DENSE:
        return rate_sparse(evidence, settings, likelihood)
    rows = usable_rows(battles, settings)
    weights = battle_weights(rows, settings.weights)
    tally = tally_rows(battles, rows, weights, settings)
    clusters = find_clusters(rows.rater, rows.question, settings.interval)
    estimator, basis = choose_estimator(rows, weights, tally, settings, clusters)
    one_way = find_one_way_pairs(tally.plain, rows, clusters.keys)
    return rate_tally(tally, battles.models, settings, FitPlan(likelihood, estimator, basis, one_way=one_way))


def rate_counts(
    counts: PairCounts,
    models: tuple[str, ...],
    *,
    settings: RatingSettings,
    likelihood: PairLikelihood,
    left_out: Mapping[str, int],
    start: Fit | None = None,
) -> Ratings:
    """Rate models from given pair counts, with independent battles.

    Args:
        counts: all pairs, both-bads included.
        models: names by code.
        settings: both_bad, mean, anchor, anchor_rating and level are used; interval only if `bootstrap`, or
            `sandwich` for residuals without a correction for leverage.
        likelihood: likelihood to maximise.
        left_out: number of rows that are not in the counts, by reason.
        start: an earlier fit of all models to start from.
    """
    used = counts.without_both_bad() if settings.both_bad == "drop" else counts
    out = count_left_out(counts, settings.both_bad, left_out)
    tally = BattleTally(used, used, None, counts.model_both_bad(), out)
    estimator, basis = _by_counts(settings, None)
    one_way = find_one_way_pairs(used, None, {})
    return rate_tally(tally, models, settings, FitPlan(likelihood, estimator, basis, start, one_way))


@dataclass(frozen=True, eq=False)
class FitPlan:
    """How counted battles are rated.

    Attributes:
        likelihood: likelihood to maximise.
        estimator: estimator of the uncertainty of a fit.
        basis: clustering of the intervals.
        start: an earlier fit of all models to start from.
        one_way: pairs whose distance is unbounded; None if there are none.
    """

    likelihood: PairLikelihood
    estimator: Estimator
    basis: IntervalBasis
    start: Fit | None = None
    one_way: OneWayPairs | None = None


def choose_estimator(
    rows: Battles, weights: FloatArray | None, tally: BattleTally, settings: RatingSettings, clusters: Clusters
) -> tuple[Estimator, IntervalBasis]:
    """The estimator for the settings, as far as raters and questions of the rows are known.

    Raises:
        BadInput: bootstrap intervals with weights.
    """
    if settings.interval == "bootstrap" and weights is not None:
        raise BadInput("expected unweighted battles for bootstrap intervals, got weights; choose another interval")
    if clusters.keys:
        return ClusteredSpread(rows, weights, clusters), clusters.basis
    estimator, basis = _by_counts(settings, tally.squares)
    return estimator, IntervalBasis(basis.kind, dropped=clusters.basis.dropped)


def _by_counts(settings: RatingSettings, squares: PairCounts | None) -> tuple[Estimator, IntervalBasis]:
    if settings.interval == "bootstrap":
        estimator = BootstrapSpread(resamples=settings.resamples, seed=settings.seed, level=settings.level)
        return estimator, IntervalBasis("bootstrap")
    plain = settings.interval == "sandwich"
    return IndependentSpread(squares, corrected=not plain), IntervalBasis("sandwich" if plain else "independent")


def rate_tally(tally: BattleTally, models: tuple[str, ...], settings: RatingSettings, plan: FitPlan) -> Ratings:
    """Rate counted battles.

    Raises:
        BadInput: an anchor that cannot fix the scale.
    """
    island = find_islands(tally.plain)
    anchor = find_anchor(models, island, settings.anchor)
    task = IslandTask(plan.likelihood, plan.estimator, settings.mean, settings.level, plan.start)
    groups = [np.flatnonzero(island == code) for code in range(int(island.max(initial=-1)) + 1)]
    fits = [(members, _fit_members(tally.fitted, members, anchor, task, settings)) for members in groups]
    n = len(models)
    nats, freedom = np.full((3, n), np.nan), np.full(n, np.nan)
    covariance = np.full((n, n), np.nan)
    for members, fit in fits:
        nats[:, members] = fit.strength, fit.lower, fit.upper
        freedom[members] = fit.freedom
        covariance[np.ix_(members, members)] = ELO_PER_NAT**2 * fit.covariance
    rating, lower, upper = settings.anchor_rating + ELO_PER_NAT * nats
    ties = _tie_coefficients(plan.likelihood, fits[0][1], settings.level) if fits else ()
    return Ratings(
        method=plan.likelihood.name,
        settings=settings_used(settings, PAIR_SETTINGS),
        models=models,
        rating=rating,
        lower=lower,
        upper=upper,
        covariance=covariance,
        battles=tally.plain.model_battles(),
        win_rate=tally.plain.win_rate(),
        both_bad=tally.both_bad,
        island=island,
        converged=all(fit.converged for _, fit in fits),
        iterations=max((fit.iterations for _, fit in fits), default=0),
        left_out=tally.left_out,
        freedom=freedom,
        basis=plan.basis if fits else NO_INTERVALS,
        coefficients=ties,
        one_way=plan.one_way,
        ties=_tie_values(plan.likelihood, [fit for _, fit in fits]),
    )


def _tie_values(likelihood: PairLikelihood, fits: list[IslandFit]) -> tuple[float, ...]:
    return tuple(likelihood.tie_value(fit.tie) for fit in fits) if likelihood.has_tie else ()


def _tie_coefficients(likelihood: PairLikelihood, fit: IslandFit, level: float) -> tuple[Coefficient, ...]:
    """The tie parameter of the largest island; none for a likelihood without one."""
    if not likelihood.has_tie:
        return ()
    if not np.isfinite(fit.tie_variance):
        return (Coefficient(likelihood.tie_name, likelihood.tie_value(fit.tie)),)
    reach = float(quantiles(np.array([fit.tie_freedom]), level)[0] * np.sqrt(fit.tie_variance))
    value, lower, upper = (likelihood.tie_value(fit.tie + shift) for shift in (0.0, -reach, reach))
    return (Coefficient(likelihood.tie_name, value, lower, upper),)


def _fit_members(
    counts: PairCounts, members: IndexArray, anchor: int, task: IslandTask, settings: RatingSettings
) -> IslandFit:
    """Fit one island; the anchor belongs to at most one of them."""
    local = np.flatnonzero(members == anchor)
    fit = fit_island(
        counts if len(members) == counts.n_models else counts.within(members),
        members,
        task,
        anchor=int(local[0]) if len(local) else None,
    )
    if fit is None:
        raise BadInput(
            f"expected an anchor that scored against, and lost points to, the bulk of the models by some chain, "
            f"got {settings.anchor!r}; choose a model with wins and losses"
        )
    return fit

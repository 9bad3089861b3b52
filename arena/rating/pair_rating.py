"""Ratings from battles with any likelihood on pairs, shared by Bradley-Terry, Davidson and Rao-Kupper.

Count pairs, split them into islands, fit each island (`island.py`), and measure from the anchor.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arena.rating.clusters import Clusters, find_clusters
from arena.rating.connection import find_islands
from arena.rating.counts import IndexArray, IntArray, PairCounts, count_left_out, count_pairs
from arena.rating.evidence import Evidence
from arena.rating.island import IslandFit, IslandTask, fit_island
from arena.rating.likelihood import Fit, PairLikelihood
from arena.rating.method import (
    ELO_PER_NAT,
    NO_INTERVALS,
    Coefficient,
    IntervalBasis,
    Ratings,
    RatingSettings,
    SettingValue,
)
from arena.rating.proven_order import OneWayPairs, find_one_way_pairs
from arena.rating.spread import BootstrapSpread, ClusteredSpread, Estimator, IndependentSpread, quantiles
from arena.rating.weights import battle_weights
from storage.errors import BadInput
from storage.ledger.battles import BOTH_BAD, Battles, FloatArray


@dataclass(frozen=True, eq=False)
class BattleTally:
    """The counts of battles for a rating.

    Attributes:
        plain: unweighted counts, without both-bads if these are dropped.
        fitted: counts for the likelihood, weighted if the settings have weights.
        squares: counts with squared weights; None without weights.
        both_bad: number of both-bads of each model, used or not; (n_models,).
        left_out: number of unused rows, by reason.
    """

    plain: PairCounts
    fitted: PairCounts
    squares: PairCounts | None
    both_bad: IntArray
    left_out: Mapping[str, int]


def rate_pairs(evidence: Evidence, settings: RatingSettings, likelihood: PairLikelihood) -> Ratings:
    """Rate models by a likelihood on pairs.

    Islands are rated separately, each with its own mean. Models that never lost, or never scored, get a penalised
    rating and a one-sided interval, and do not change other ratings. A named anchor has no interval, because its
    rating is exact by definition.

    Raises:
        BadInput: the anchor is unknown, has no battle, or is not linked in both directions to the other models;
            weights that the battles do not have; a setting that this method does not support.
    """
    refuse_settings(settings, likelihood.name, style=True, raters=True)
    refuse_many_models(len(evidence.battles.models))
    battles = evidence.battles
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


def usable_rows(battles: Battles, settings: RatingSettings) -> Battles:
    """The rows for a fit: no self-battles, and no both-bads if these are dropped."""
    usable = battles.a != battles.b
    if settings.both_bad == "drop":
        usable &= battles.outcome != BOTH_BAD
    return battles if usable.all() else battles.subset(usable)


def tally_rows(battles: Battles, rows: Battles, weights: FloatArray | None, settings: RatingSettings) -> BattleTally:
    """Count all battles, and the usable ones with their weights."""
    counts = count_pairs(battles)
    used = counts.without_both_bad() if settings.both_bad == "drop" else counts
    out = count_left_out(counts, settings.both_bad, battles.counts)
    if weights is None:
        return BattleTally(used, used, None, counts.model_both_bad(), out)
    return BattleTally(used, count_pairs(rows, weights), count_pairs(rows, weights**2), counts.model_both_bad(), out)


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
        settings=settings_used(settings, _USED),
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


MOST_MODELS = 10_000
"""Most models that are rated with a covariance; its matrices then need some gigabytes."""
_USED = ("both_bad", "mean", "anchor", "anchor_rating", "level", "interval", "weights", "resamples", "seed")


def settings_used(settings: RatingSettings, names: tuple[str, ...]) -> dict[str, SettingValue]:
    """The named settings, for `Ratings.settings`."""
    return {name: getattr(settings, name) for name in names}


def refuse_settings(settings: RatingSettings, name: str, *, style: bool = False, raters: bool = False) -> None:
    """Refuse settings that a method does not support.

    Args:
        settings: the requested settings.
        name: name of the method.
        style: whether to refuse style control.
        raters: whether to refuse weights by rater reliability.

    Raises:
        BadInput: the settings have one of them.
    """
    if style and settings.style:
        raise BadInput(f"expected no style control with {name}, got {', '.join(settings.style)}; leave it out")
    if raters and "raters" in settings.weights:
        raise BadInput(f"expected no weights by rater with {name}, got them; leave them out")


def refuse_many_models(number: int) -> None:
    """Refuse more models than a dense covariance has room for, before any work.

    Raises:
        BadInput: there are more than 10,000 models.
    """
    if number > MOST_MODELS:
        raise BadInput(
            f"expected {MOST_MODELS:,} models or fewer for ratings with intervals, got {number:,}, whose covariance "
            f"needs {8e-9 * number**2:,.0f} GB; rate fewer models at a time, or use --method elo"
        )


def find_anchor(models: tuple[str, ...], island: IntArray, name: str | None) -> int:
    """Code of the anchor; -1 if the anchor is a mean.

    Raises:
        BadInput: no such model, or it has no battle.
    """
    if name is None:
        return -1
    if name not in models:
        raise BadInput(
            f"expected an anchor among the {len(models)} models, got {name!r}; choose a name on the leaderboard"
        )
    code = models.index(name)
    if island[code] < 0:
        raise BadInput(f"expected an anchor with a usable battle, got {name!r} with none; choose a model that has some")
    return code


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

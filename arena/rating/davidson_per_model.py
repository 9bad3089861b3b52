"""Davidson ratings with a tie parameter of each model; see `ties_per_model.py` for the likelihood.

The covariance is a sandwich with the clusters of the settings, the strength of the prior taken as known. Its correction
for few and uneven clusters, and the degrees of freedom, are those of Davidson's fit to the same battles: what a cluster
weighs hardly depends on the leans.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array

from arena.rating.clusters import find_clusters
from arena.rating.counts import IntArray, PairCounts, count_left_out, count_pairs
from arena.rating.davidson import Davidson, rate_davidson
from arena.rating.evidence import Evidence
from arena.rating.likelihood import recentre
from arena.rating.main_group import OUTSIDE, MainGroup, find_main_group, mean_weights, rate_group
from arena.rating.method import ELO_PER_NAT, Coefficient, Ratings, RatingSettings
from arena.rating.spread import BlockSpread, no_smaller, of_outcome
from arena.rating.tally import PAIR_SETTINGS, refuse_many_models, refuse_settings, settings_used, usable_rows
from arena.rating.ties_per_model import LeaningFit, fit_leaning
from arena.rating.weights import battle_weights
from storage.errors import BadInput
from storage.ledger.battles import FloatArray

DAVIDSON_PER_MODEL = "davidson-per-model"
LEAN_SPREAD = "tie_spread"
"""Name of the coefficient that says how much models differ in their ties: the standard deviation of log nu."""


def rate_davidson_per_model(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate the models of the main group, each with a tie parameter of its own, shrunk towards the common one.

    Models that never lost, or never scored, within the group have no rating, since a lean needs both; their battles
    are counted. nu, of models without a lean, and the spread of the leans are coefficients. Without a tie the fit is
    that of `rate_davidson`.

    Raises:
        BadInput: there is no main group, an anchor outside it, bootstrap intervals, or a setting of `rate_pairs` that
            this method does not support.
    """
    refuse_settings(settings, DAVIDSON_PER_MODEL, style=True, raters=True)
    refuse_many_models(2 * len(evidence.battles.models) + 1, f"{DAVIDSON_PER_MODEL}, with two parameters a model")
    if settings.interval == "bootstrap":
        raise BadInput(f"expected no bootstrap intervals with {DAVIDSON_PER_MODEL}, got them; choose another interval")
    battles = evidence.battles
    used = usable_rows(battles, settings)
    if not len(used) or not count_pairs(used).draws.any():
        return replace(rate_davidson(evidence, settings=settings), method=DAVIDSON_PER_MODEL)
    group = find_main_group(used, purpose="a tie parameter of each model")
    weights = battle_weights(group.rows, settings.weights)
    counts = count_pairs(group.rows, weights).within(group.members)
    fit = fit_leaning(counts)
    plain = rate_davidson(Evidence(group.rows), settings=settings)
    share = mean_weights(group, settings)
    covariance = _covariance(group, counts, fit, weights, settings)
    corrected = _corrected(covariance, plain, group, share, (counts, weights, settings))
    spread = BlockSpread(corrected, np.asarray(plain.freedom[group.members], np.float64), np.nan)
    rated = rate_group(plain, group, fit.strength, (spread, plain.basis), settings)
    left_out = count_left_out(count_pairs(battles), settings.both_bad, battles.counts) | {OUTSIDE: group.left_out()}
    lean = np.full(len(battles.models), np.nan)
    lean[group.members] = fit.lean
    nu = float(np.exp(fit.tie))
    return replace(
        rated,
        method=DAVIDSON_PER_MODEL,
        settings=settings_used(settings, PAIR_SETTINGS),
        converged=fit.converged and plain.converged,
        iterations=fit.iterations,
        left_out={reason: number for reason, number in left_out.items() if number},
        coefficients=(Coefficient("nu", nu), Coefficient(LEAN_SPREAD, fit.spread)),
        ties=(nu,) * max(plain.n_islands, 1),
        tie_lean=lean,
    )


def _corrected(
    covariance: FloatArray,
    plain: Ratings,
    group: MainGroup,
    share: FloatArray,
    how: tuple[PairCounts, FloatArray | None, RatingSettings],
) -> FloatArray:
    """The covariance about the mean, each standard error raised as the correction raises that of Davidson's fit."""
    counts, weights, settings = how
    uncorrected = recentre(_covariance(group, counts, fit_leaning(counts, spread=0.0), weights, settings), share)
    here = recentre(covariance, share)
    if plain.covariance is None:
        return here
    corrected = np.diagonal(plain.covariance)[group.members] / ELO_PER_NAT**2
    own = np.diagonal(uncorrected)
    ratio = np.divide(corrected, own, out=np.ones(len(own)), where=(own > 0.0) & np.isfinite(corrected))
    raised: FloatArray = here * np.sqrt(np.outer(ratio, ratio))
    return raised


def _covariance(
    group: MainGroup, counts: PairCounts, fit: LeaningFit, weights: FloatArray | None, settings: RatingSettings
) -> FloatArray:
    """Sandwich covariance of the strengths with the clusters of the settings, without a correction."""
    n, rows = len(fit.strength), group.rows
    gap = fit.strength[group.a] - fit.strength[group.b]
    tie = fit.tie + fit.lean[group.a] + fit.lean[group.b]
    by_gap, by_tie = Davidson().pulls(gap, tie)
    weight = np.ones(len(gap)) if weights is None else weights
    pull, tied = (weight * of_outcome(value, rows.outcome, rows.score) for value in (by_gap, by_tie))
    column = np.concatenate([group.a, group.b, np.full(len(gap), n), n + 1 + group.a, n + 1 + group.b])
    value = np.concatenate([pull, -pull, tied, tied, tied])

    def of(codes: IntArray) -> FloatArray:
        place = (np.tile(codes, 5), column)
        scores = coo_array((value, place), shape=(int(codes.max()) + 1, 2 * n + 1)).tocsr()
        return np.asarray(fit.inverse @ (scores.T @ scores).toarray() @ fit.inverse, np.float64)[:n, :n]

    clusters = find_clusters(rows.rater, rows.question, settings.interval)
    independent = of(np.arange(len(gap)))
    if not clusters.keys:
        return independent
    total = np.sum([of(codes) for codes in clusters.keys.values()], axis=0)
    if len(clusters.keys) == 2 and clusters.both is not None:
        total = total - of(clusters.both)
    return no_smaller(np.asarray(total, np.float64), np.diagonal(independent))

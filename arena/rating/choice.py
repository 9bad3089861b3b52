"""Choice of the model of ties: the one that best predicts held-out battles.

Five-fold cross-validation: every likelihood is fitted to four fifths of the battles and compared by the log-
probability of the last fifth. Battles of one rater, or on one question, are alike, so whole raters or questions are
held out, and the standard error of a difference is that of their sums. Half ties do not predict ties, so here they are
completed by one rate of ties for all pairs. Half ties also shrink strengths by some factor, which changes no rank;
that factor is fitted before wins are predicted.

The method with a parameter for each model is taken only if it leads by more than one standard error (the rule of
L. Breiman, J. Friedman, R. Olshen and C. Stone, 1984, "Classification and regression trees", section 3.4).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.special import expit, log_expit

from arena.rating.bradley_terry import BRADLEY_TERRY, rate_bradley_terry
from arena.rating.clusters import find_clusters
from arena.rating.connection import find_blocks, find_islands
from arena.rating.counts import IntArray, OutcomeValues, PairCounts, count_pairs
from arena.rating.davidson import DAVIDSON, Davidson, rate_davidson
from arena.rating.davidson_per_model import DAVIDSON_PER_MODEL, rate_davidson_per_model
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import PairLikelihood, climb, gaps, information, slope_at, sparse_information
from arena.rating.method import HeldOut, RatingMethod, Ratings, RatingSettings
from arena.rating.rao_kupper import RAO_KUPPER, RaoKupper, rate_rao_kupper
from arena.rating.separation import PRIOR_SD_NATS
from arena.rating.tally import MOST_DENSE, usable_rows
from arena.rating.ties_per_model import fit_leaning, tie_parameters
from storage.ledger.battles import BOTH_BAD, TIE, Battles, FloatArray

AUTO = "auto"

_PARTS = 5
_TIE_PRIOR_SD = 3.0
_STRETCH_PRIOR_SD = 3.0
_MOST_LEANING = 300
"""Most models for which a tie parameter of each one is tried."""


@dataclass(frozen=True)
class _Candidate:
    """A method, and its log-probabilities of the results of each pair after a fit to other battles."""

    name: str
    rate: RatingMethod
    predict: Callable[[PairCounts, PairCounts], OutcomeValues]


def rate_auto(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate with the model of ties that predicts held-out battles best, and report the comparison.

    Without a tie Bradley-Terry is used. Style control and rater weights are only supported by Bradley-Terry, so select
    it by name for them.

    Raises:
        BadInput: as the chosen method does.
    """
    compared = compare_ties(evidence.battles, settings)
    best = compared[0].method if compared else BRADLEY_TERRY
    rate = next(candidate.rate for candidate in _CANDIDATES if candidate.name == best)
    return replace(rate(evidence, settings=settings), compared=compared)


def compare_ties(battles: Battles, settings: RatingSettings) -> tuple[HeldOut, ...]:
    """Prediction quality of each model of ties on held-out battles, best first; empty without a tie.

    Whole raters or questions are held out, whichever are fewer, as far as the intervals of the settings are clustered
    by them; else single battles. They are split at random by the seed of the settings. The fits to the parts have a
    weak prior (standard deviation 300 Elo points), so that they always exist. An expected score of a judge counts as
    that share of a win and of a loss.
    """
    rows = usable_rows(battles, settings)
    if not np.isin(rows.outcome, (TIE, BOTH_BAD)).any():
        return ()
    keys = find_clusters(rows.rater, rows.question, settings.interval).keys
    sizes = {name: int(codes.max()) + 1 for name, codes in keys.items()}
    unit: Literal["rater", "question", "battle"] = "battle"
    if sizes:
        unit = "rater" if sizes.get("rater", math.inf) <= sizes.get("question", math.inf) else "question"
    codes = keys.get(unit, np.arange(len(rows)))
    n_units = sizes.get(unit, len(rows))
    part = np.random.default_rng(settings.seed).permutation(np.arange(n_units) % _PARTS)[codes]
    counts = count_pairs(rows)
    islands, candidates = find_islands(counts), _candidates_for(counts)
    values = {candidate.name: np.zeros(len(rows)) for candidate in candidates}
    for code in range(min(_PARTS, n_units)):
        unseen_rows = rows.subset(part == code)
        seen, unseen = count_pairs(rows.subset(part != code)), count_pairs(unseen_rows)
        for candidate in candidates:
            predicted = _by_island(candidate.predict, seen, unseen, islands)
            values[candidate.name][part == code] = _of_rows(unseen_rows, unseen, predicted)
    order = sorted(values, key=lambda name: -float(values[name].sum()))

    def spread_of(apart: FloatArray) -> float:
        return max((_error(apart, own) for own in keys.values()), default=_error(apart, np.arange(len(rows))))

    lead = values[order[0]] - values[order[1]]
    if order[0] == DAVIDSON_PER_MODEL and float(lead.sum()) <= spread_of(lead):
        order[:2] = order[1::-1]
    found = []
    for name in order:
        apart = values[order[0]] - values[name]
        spread = spread_of(apart)
        found.append(HeldOut(name, float(values[name].sum()), float(apart.sum()), spread, unit, n_units))
    return tuple(found)


def _by_island(
    predict: Callable[[PairCounts, PairCounts], OutcomeValues], seen: PairCounts, unseen: PairCounts, island: IntArray
) -> OutcomeValues:
    """The predictions of each island from its own battles alone, so that none shapes the ties of another."""
    if island.max(initial=0) == 0:
        return predict(seen, unseen)
    found = [np.zeros(len(unseen.first)) for _ in range(3)]
    for code in np.unique(island[unseen.first]):
        inside = island[unseen.first] == code
        for values, own in zip(found, predict(seen.keep(island[seen.first] == code), unseen.keep(inside)), strict=True):
            values[inside] = own
    win, loss, tie = found
    return win, loss, tie


def _of_rows(rows: Battles, counts: PairCounts, values: OutcomeValues) -> FloatArray:
    """Log-probability of the result of each row, from those of a win, a loss and a tie of the first of each pair."""
    n = counts.n_models
    low, high = np.minimum(rows.a, rows.b).astype(np.int64), np.maximum(rows.a, rows.b)
    pair = np.searchsorted(counts.first.astype(np.int64) * n + counts.second, low * n + high)
    win, loss, tie = (value[pair] for value in values)
    score = np.where(rows.a < rows.b, rows.score, 1.0 - rows.score)
    is_tie = np.isin(rows.outcome, (TIE, BOTH_BAD))
    return np.where(is_tie, tie, score * win + (1.0 - score) * loss)


def _error(apart: FloatArray, codes: IntArray) -> float:
    """Standard error of the sum of `apart`, whose sums over clusters are independent."""
    sums = np.bincount(codes, apart)
    return float(np.sqrt(len(sums) / max(len(sums) - 1, 1) * np.sum((sums - sums.mean()) ** 2)))


def _fit(counts: PairCounts, likelihood: PairLikelihood) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], float]:
    """Strengths and tie parameter at the penalised maximum."""
    n = counts.n_models
    share = (float(counts.draws.sum()) + 0.5) / (float(counts.battles.sum()) + 1.0)
    centre = np.append(np.zeros(n), likelihood.start(share))
    precision = np.append(np.full(n, PRIOR_SD_NATS**-2), _TIE_PRIOR_SD**-2)
    top = climb(
        lambda point: slope_at(counts, likelihood, point[:n], float(point[n])) - precision * (point - centre),
        lambda point: _bent(counts, likelihood, point, precision),
        centre,
    )
    return top.point[:n], float(top.point[n])


def _bent(
    counts: PairCounts, likelihood: PairLikelihood, point: FloatArray, precision: FloatArray
) -> FloatArray | csr_array:
    n, tie = counts.n_models, float(point[counts.n_models])
    if n > MOST_DENSE:
        found = sparse_information(counts, likelihood, point[:n], tie, with_tie=True)
        return (found + diags_array(precision)).tocsr()
    return information(counts, likelihood, point[:n], tie) + np.diag(precision)


def _predict_with(likelihood: PairLikelihood) -> Callable[[PairCounts, PairCounts], OutcomeValues]:
    def predict(seen: PairCounts, unseen: PairCounts) -> OutcomeValues:
        strengths, tie = _fit(seen, likelihood)
        return likelihood.log_probabilities(gaps(unseen, strengths), tie)

    return predict


def _predict_half_ties(seen: PairCounts, unseen: PairCounts) -> OutcomeValues:
    share = (float(seen.draws.sum()) + 0.5) / (float(seen.battles.sum()) + 1.0)
    strengths, _ = _fit(seen, HalfTies())
    stretch = _stretch(seen, gaps(seen, strengths))
    gap = stretch * gaps(unseen, strengths)
    win, loss = log_expit(gap), log_expit(-gap)
    return win + np.log1p(-share), loss + np.log1p(-share), np.full_like(win, np.log(share))


def _predict_per_model(seen: PairCounts, unseen: PairCounts) -> OutcomeValues:
    if not seen.draws.any():
        return _predict_with(Davidson())(seen, unseen)
    fit = fit_leaning(seen, strength_sd=PRIOR_SD_NATS)
    return Davidson().log_probabilities(gaps(unseen, fit.strength), tie_parameters(unseen, fit))


def _candidates_for(counts: PairCounts) -> tuple[_Candidate, ...]:
    """All methods, but a tie parameter of each model only where it leaves no model unrated and is quickly fitted."""
    met = counts.model_battles() > 0
    one_block = len(np.unique(find_blocks(counts)[met])) == 1
    if one_block and int(met.sum()) <= _MOST_LEANING:
        return _CANDIDATES
    return tuple(one for one in _CANDIDATES if one.name != DAVIDSON_PER_MODEL)


def _stretch(counts: PairCounts, gap: FloatArray) -> float:
    """Factor at which these gaps, shrunk by half ties, best predict the battles with a winner."""

    def slope(factor: FloatArray) -> FloatArray:
        chance = expit(factor[0] * gap)
        pull = np.sum(gap * (counts.won * (1.0 - chance) - counts.lost * chance))
        return np.array([pull - (factor[0] - 1.0) / _STRETCH_PRIOR_SD**2])

    def curvature(factor: FloatArray) -> FloatArray:
        chance = expit(factor[0] * gap)
        bend = np.sum(gap**2 * (counts.won + counts.lost) * chance * (1.0 - chance))
        return np.array([[bend + 1.0 / _STRETCH_PRIOR_SD**2]])

    return float(climb(slope, curvature, np.ones(1)).point[0])


_CANDIDATES = (
    _Candidate(BRADLEY_TERRY, rate_bradley_terry, _predict_half_ties),
    _Candidate(DAVIDSON, rate_davidson, _predict_with(Davidson())),
    _Candidate(DAVIDSON_PER_MODEL, rate_davidson_per_model, _predict_per_model),
    _Candidate(RAO_KUPPER, rate_rao_kupper, _predict_with(RaoKupper())),
)

"""Choice of the model of ties: the one that best predicts held-out battles.

Five-fold cross-validation: every likelihood is fitted to four fifths of the battles and compared by the log-probability
of the last fifth. Half ties do not predict ties, so here they are completed by one rate of ties for all pairs. Half
ties also shrink strengths by some factor, which changes no rank; that factor is fitted before wins are predicted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, log_expit

from arena.rating.bradley_terry import BRADLEY_TERRY, rate_bradley_terry
from arena.rating.counts import OutcomeValues, PairCounts, count_pairs
from arena.rating.davidson import DAVIDSON, Davidson, rate_davidson
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import PairLikelihood, climb, gaps, information, slope_at
from arena.rating.method import HeldOut, RatingMethod, Ratings, RatingSettings
from arena.rating.pair_rating import usable_rows
from arena.rating.rao_kupper import RAO_KUPPER, RaoKupper, rate_rao_kupper
from arena.rating.separation import PRIOR_SD_NATS
from storage.ledger.battles import BOTH_BAD, TIE, Battles, FloatArray

AUTO = "auto"

_PARTS = 5
_TIE_PRIOR_SD = 3.0
_STRETCH_PRIOR_SD = 3.0


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

    Battles are split at random by the seed of the settings. The fits to the parts have a weak prior (standard
    deviation 300 Elo points), so that they always exist. An expected score of a judge counts as that share of a win
    and of a loss.
    """
    rows = usable_rows(battles, settings)
    if not np.isin(rows.outcome, (TIE, BOTH_BAD)).any():
        return ()
    part = np.random.default_rng(settings.seed).permutation(np.arange(len(rows)) % _PARTS)
    totals = {candidate.name: 0.0 for candidate in _CANDIDATES}
    moments = {(one.name, other.name): np.zeros(2) for one in _CANDIDATES for other in _CANDIDATES}
    for code in range(_PARTS):
        seen, unseen = count_pairs(rows.subset(part != code)), count_pairs(rows.subset(part == code))
        scores = {candidate.name: candidate.predict(seen, unseen) for candidate in _CANDIDATES}
        for name, values in scores.items():
            totals[name] += _sum(unseen, values)
            for other, theirs in scores.items():
                apart = (values[0] - theirs[0], values[1] - theirs[1], values[2] - theirs[2])
                moments[name, other] += _sum(unseen, apart), float(unseen.products(apart, apart).sum())
    order = sorted(totals, key=lambda name: -totals[name])
    found = []
    for name in order:
        total, squares = moments[order[0], name]
        variance = max(squares - total**2 / len(rows), 0.0)
        found.append(HeldOut(name, totals[name], float(total), float(np.sqrt(variance))))
    return tuple(found)


def _sum(counts: PairCounts, values: OutcomeValues) -> float:
    return float(np.sum(counts.won * values[0] + counts.lost * values[1] + counts.draws * values[2]))


def _fit(counts: PairCounts, likelihood: PairLikelihood) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], float]:
    """Strengths and tie parameter at the penalised maximum."""
    n = counts.n_models
    share = (float(counts.draws.sum()) + 0.5) / (float(counts.battles.sum()) + 1.0)
    centre = np.append(np.zeros(n), likelihood.start(share))
    precision = np.append(np.full(n, PRIOR_SD_NATS**-2), _TIE_PRIOR_SD**-2)
    top = climb(
        lambda point: slope_at(counts, likelihood, point[:n], float(point[n])) - precision * (point - centre),
        lambda point: information(counts, likelihood, point[:n], float(point[n])) + np.diag(precision),
        centre,
    )
    return top.point[:n], float(top.point[n])


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
    _Candidate(RAO_KUPPER, rate_rao_kupper, _predict_with(RaoKupper())),
)

"""Bootstrap of independent battles on pair counts: the results of each pair are resampled instead of the rows.

Counts are sufficient, so a resample is one Poisson number per pair and result, and a refit takes a few chord-Newton
steps with the curvature of the first fit, for many resamples at once.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array, csr_array

from arena.rating.counts import PairCounts
from arena.rating.likelihood import Fit, PairLikelihood
from storage.ledger.battles import FloatArray

_TOLERANCE = 1e-7
_MOST_STEPS = 25
_CELLS_AT_ONCE = 4_000_000


def resample_fits(
    counts: PairCounts, likelihood: PairLikelihood, fit: Fit, *, resamples: int, seed: int
) -> tuple[FloatArray, int]:
    """Fits to resampled battles of one block.

    Args:
        counts: unweighted battles of the block.
        likelihood: likelihood of `fit`.
        fit: the maximum for `counts`.
        resamples: number of resamples.
        seed: seed of the resamples.

    Returns:
        Strengths and tie parameter of each resample, (resamples, n_models + 1), from the same ground as `fit`;
        and the number of resamples that did not converge, since a resample may have no maximum.
    """
    rng = np.random.default_rng(seed)
    n, n_pairs = counts.n_models, len(counts.first)
    incidence = _incidence(counts)
    at_once = max(1, _CELLS_AT_ONCE // max(1, n_pairs))
    fits = np.empty((resamples, n + 1))
    unsettled = 0
    for start in range(0, resamples, at_once):
        size = min(at_once, resamples - start)
        drawn = _draw(counts, rng, size)
        point = np.tile(np.append(fit.strength, fit.tie), (size, 1))
        longest = np.full(size, np.inf)
        for _ in range(_MOST_STEPS):
            gap = point[:, counts.first] - point[:, counts.second]
            by_gap, by_tie = likelihood.slope(drawn, gap, point[:, n:])
            slope = np.column_stack([(incidence @ by_gap.T).T, by_tie.sum(axis=1)])
            step = slope @ fit.inverse
            point += step
            longest = np.abs(step).max(axis=1)
            if longest.max() < _TOLERANCE:
                break
        unsettled += int((longest >= _TOLERANCE).sum())
        fits[start : start + size] = point
    return fits, unsettled


def _draw(counts: PairCounts, rng: np.random.Generator, size: int) -> PairCounts:
    """Poisson counts with the observed ones as means; sums of expected scores scale with their number."""

    def draw(observed: FloatArray) -> FloatArray:
        cells = np.flatnonzero(observed)
        drawn = np.zeros((size, len(observed)))
        if len(cells):
            drawn[:, cells] = rng.poisson(observed[cells], (size, len(cells)))
        return drawn

    scored = draw(counts.scored)
    number = np.maximum(counts.scored, 1.0)
    mean = counts.scored_sum / number
    spread = np.sqrt(np.maximum(counts.scored_squares / number - mean**2, 0.0))
    noise = spread * np.sqrt(scored) * rng.standard_normal(scored.shape) if counts.scored.any() else 0.0
    return replace(
        counts,
        wins=draw(counts.wins),
        losses=draw(counts.losses),
        ties=draw(counts.ties),
        both_bad=draw(counts.both_bad),
        scored=scored,
        scored_sum=np.clip(scored * mean + noise, 0.0, scored),
        scored_squares=scored * (counts.scored_squares / number),
    )


def _incidence(counts: PairCounts) -> csr_array:
    """(n_models, n_pairs): +1 for the first model of a pair, -1 for its second."""
    pairs = np.arange(len(counts.first))
    ones = np.ones(len(pairs))
    place = (np.concatenate([counts.first, counts.second]), np.concatenate([pairs, pairs]))
    return coo_array((np.concatenate([ones, -ones]), place), shape=(counts.n_models, len(pairs))).tocsr()

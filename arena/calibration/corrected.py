"""Win rates of judged models, corrected for the judge's errors.

A judge that says "this model won" too often, or too rarely, gives a win rate that is off, and its interval does not
know that. Where people rated some of the pairs, the line E[judge | person] = a + b * person is fitted to the votes with
the model, and the judge's mean over all its pairs is put back on the scale of people: (mean - a) / b. With wins and
losses only, b is sensitivity plus specificity minus one, and this is the estimator of Rogan and Gladen (1978,
"Estimating prevalence from the results of a screening test"), as used for judges by Lee et al. (2025, "How to correctly
report LLM-as-a-judge evaluations", arXiv:2511.21140). Intervals leave out one question at a time from the judged pairs
and from the votes at once, so they hold the error of the calibration too (its lack makes intervals of judges cover next
to nothing: arXiv:2512.11150).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from arena.agreement.clustered import Estimate, interval_of, sum_by
from arena.calibration.pairs import CalibrationPairs, JudgedPairs
from storage.ledger.battles import FloatArray

FEW_VOTES = 30
"""Number of votes with a model below which its win rate is not corrected."""
_RATES = 2001
LEAST_SLOPE = 0.1
"""Slope of the judge on people below which it tells too little to be corrected."""


@dataclass(frozen=True)
class CorrectedMean:
    """Win rate of one model by a judge, as it says and corrected.

    Attributes:
        model: name of the model.
        judged: number of judged pairs with it.
        votes: number of votes with it on judged pairs.
        raw: win rate by the judge, a tie being half; the interval knows nothing of the judge's errors.
        slope: how much more the judge gives the model where people prefer it, b; 1 for a judge without errors.
        corrected: win rate as people would give it on the judged pairs; unknown if `reason` is set.
        people: win rate by the votes alone.
        reason: `few_votes` or `no_slope` if it was not corrected.
    """

    model: str
    judged: int
    votes: int
    raw: Estimate
    slope: float
    corrected: Estimate
    people: Estimate
    reason: str | None


def correct_means(
    rows: CalibrationPairs, pairs: JudgedPairs, models: tuple[str, ...], level: float
) -> tuple[CorrectedMean, ...]:
    """Corrected win rates of all models that the judge judged."""
    found = []
    for code, name in enumerate(models):
        judged, own = _seen_from(code, pairs.first, pairs.second, pairs.judge)
        if not judged.any():
            continue
        voted, said = _seen_from(code, rows.first, rows.second, rows.judge)
        _, meant = _seen_from(code, rows.first, rows.second, rows.people)
        sums = _sums(pairs.question[judged], own, rows.question[voted], said, meant)
        found.append(_correct(name, sums, level))
    return tuple(found)


def _seen_from(code: int, first: np.ndarray, second: np.ndarray, share: FloatArray) -> tuple[np.ndarray, FloatArray]:
    """The rows with a model, and its shares in them."""
    chosen = (first == code) | (second == code)
    return chosen, np.where(first == code, share, 1.0 - share)[chosen]


def _sums(question: np.ndarray, own: FloatArray, voted: np.ndarray, said: FloatArray, meant: FloatArray) -> FloatArray:
    """Sums by question: judged pairs and their shares; votes, judge, person, and their products."""
    none = np.zeros((len(own), 5))
    of_pairs = np.column_stack([np.ones(len(own)), own, none])
    of_votes = np.column_stack([np.zeros((len(said), 2)), np.ones(len(said)), said, meant, said * meant, meant**2])
    return sum_by(np.concatenate([question, voted]).astype(np.int64), np.concatenate([of_pairs, of_votes]))


def _correct(name: str, sums: FloatArray, level: float) -> CorrectedMean:
    total = sums.sum(axis=0)
    votes = int(total[2])
    slope = float(_line(total[None, :])[1][0]) if votes else np.nan
    reason = "few_votes" if votes < FEW_VOTES else "no_slope" if not slope >= LEAST_SLOPE else None
    unknown = Estimate(np.nan)
    return CorrectedMean(
        model=name,
        judged=int(total[0]),
        votes=votes,
        raw=interval_of(sums, lambda part: _divided(part[..., 1], part[..., 0]), level=level, bounds=(0.0, 1.0)),
        slope=slope,
        corrected=unknown if reason else _back(sums, level),
        people=interval_of(sums, lambda part: _divided(part[..., 4], part[..., 2]), level=level, bounds=(0.0, 1.0))
        if votes
        else unknown,
        reason=reason,
    )


def _line(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Intercept and slope of the judge's share on the person's."""
    n, said, meant, both, squares = (sums[..., place] for place in range(2, 7))
    slope = _divided(both * n - said * meant, squares * n - meant**2)
    return _divided(said - slope * meant, n), slope


def _back(sums: FloatArray, level: float) -> Estimate:
    """The win rate on the scale of people: the rates at which the judge's mean is within chance of a + b * rate.

    The ends are Fieller's (1954, "Some problems in interval estimation"), which hold for a small slope too, where a
    ratio has no standard error to speak of.
    """
    total = sums.sum(axis=0)
    parts = _parts(total[None, :])[0]
    value = float(np.clip((parts[0] - parts[1]) / parts[2], 0.0, 1.0))
    clusters = len(sums)
    if clusters < 2:
        return Estimate(value)
    without = _parts(total[None, :] - sums)
    spread = without - without.mean(axis=0)
    covariance = (clusters - 1) / clusters * spread.T @ spread
    rates = np.linspace(0.0, 1.0, _RATES)
    mix = np.column_stack([np.ones(_RATES), -np.ones(_RATES), -rates])
    reach = float(stdtrit(clusters - 1, 0.5 + level / 2.0))
    allowed = rates[np.abs(mix @ parts) <= reach * np.sqrt(np.einsum("ri,ij,rj->r", mix, covariance, mix))]
    if not len(allowed) or not np.isfinite(covariance).all():
        return Estimate(value)
    return Estimate(value, min(float(allowed[0]), value), max(float(allowed[-1]), value))


def _parts(sums: FloatArray) -> FloatArray:
    """The judge's mean, intercept and slope; (n_rows, 3)."""
    start, slope = _line(sums)
    return np.column_stack([_divided(sums[..., 1], sums[..., 0]), start, slope])


def _divided(top: FloatArray, bottom: FloatArray) -> FloatArray:
    ratio: FloatArray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0.0)
    return ratio

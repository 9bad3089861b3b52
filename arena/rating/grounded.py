"""Grounded Rao-Kupper ratings: zero is "not acceptable", determined by both-bads and satisfaction scores.

Other methods only compare models with each other; this one also rates them on an absolute scale. See
`grounded_likelihood.py`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.special import expit

from arena.rating.clusters import Clusters, Contributions, RowScores, find_clusters
from arena.rating.counts import IntArray, PairCounts, count_left_out, count_pairs
from arena.rating.evidence import Evidence
from arena.rating.grounded_likelihood import (
    RESULTS,
    GroundedEvidence,
    expected_information,
    log_likelihood,
    observed_information,
    probabilities,
    pulls,
    slope,
)
from arena.rating.method import ELO_PER_NAT, Coefficient, IntervalBasis, Ratings, RatingSettings
from arena.rating.spread import BlockSpread, clustered_spread, half_widths, independent_spread
from arena.rating.tally import refuse_many_models, refuse_settings, settings_used, usable_rows
from arena.rating.weights import battle_weights
from storage.errors import BadInput
from storage.ledger.battles import BOTH_BAD, FRACTIONAL, MODEL_A, MODEL_B, Battles, CodeArray, FloatArray
from storage.ledger.scores import Scores

GROUNDED = "grounded-rao-kupper"

PRIOR_SD_POINTS = 1000.0
"""Standard deviation of the weak prior around zero, in Elo points; it keeps all ratings finite."""

_USED = ("level", "interval", "weights")
_TOLERANCE = 1e-9
_MOST_STEPS = 200


def rate_grounded(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate models in Elo points above "not acceptable".

    All models are on one scale, even if some never met, because all are measured from the same zero. A weak prior
    keeps every rating finite; a model without a loss, a tie, a both-bad or a score below the top has no upper
    end, one without a win, a tie or a score above the bottom no lower end. The anchor settings are not used.

    Raises:
        BadInput: nothing determines the zero, both-bads are to be dropped, or an unsupported setting.
    """
    refuse_settings(settings, GROUNDED, style=True, raters=True)
    refuse_many_models(len(evidence.battles.models), GROUNDED)
    if settings.both_bad == "drop":
        raise BadInput(f"expected both-bads with {GROUNDED}, got --both-bad drop; they determine its zero")
    if settings.interval == "bootstrap":
        raise BadInput(f"expected an interval from the rows with {GROUNDED}, got 'bootstrap'; choose another interval")
    battles, scores = evidence.battles, evidence.scores
    rows = usable_rows(battles, settings)
    weights = battle_weights(rows, settings.weights)
    counts = count_pairs(rows, weights)
    accepted, scored = _summed(scores, len(battles.models))
    if not counts.both_bad.any() and not scored.any() and len(rows):
        raise BadInput(
            f"expected both-bads or satisfaction scores for the zero of {GROUNDED}, got neither; "
            "use rao-kupper, which needs none"
        )
    precision = (ELO_PER_NAT / PRIOR_SD_POINTS) ** 2
    known = GroundedEvidence(counts, accepted, scored, precision)
    plain = count_pairs(battles)
    number = plain.model_battles() + np.bincount(_models_of(scores), minlength=len(battles.models))
    fit = _climb(known)
    spread, basis = _spread(_GroundedRows(rows, weights, scores), fit, settings)
    return _ratings(evidence, settings, _GroundedModels(known, plain, number, fit, spread, basis))


@dataclass(frozen=True, eq=False)
class _Fit:
    """The maximum; `inverse` is the inverse of the observed curvature, the threshold last."""

    strength: FloatArray
    threshold: float
    inverse: FloatArray
    converged: bool
    iterations: int


@dataclass(frozen=True, eq=False)
class _GroundedRows:
    battles: Battles
    weights: FloatArray | None
    scores: Scores | None


@dataclass(frozen=True, eq=False)
class _GroundedModels:
    evidence: GroundedEvidence
    plain: PairCounts
    number: IntArray
    fit: _Fit
    spread: BlockSpread
    basis: IntervalBasis


def _models_of(scores: Scores | None) -> CodeArray:
    return np.empty(0, np.int32) if scores is None else scores.model


def _summed(scores: Scores | None, n_models: int) -> tuple[FloatArray, FloatArray]:
    """Sum and number of the scores of each model."""
    if scores is None:
        return np.zeros(n_models), np.zeros(n_models)
    accepted = np.bincount(scores.model, scores.value, n_models).astype(np.float64)
    return accepted, np.bincount(scores.model, minlength=n_models).astype(np.float64)


def _climb(evidence: GroundedEvidence) -> _Fit:
    """Newton steps, or Fisher scoring where the likelihood is not concave, with halved steps."""
    n = evidence.counts.n_models
    point = np.zeros(n + 1)
    height = log_likelihood(evidence, point[:n], float(point[n]))
    length, iteration = np.inf, 0
    while length > _TOLERANCE and iteration < _MOST_STEPS:
        iteration += 1
        rise = slope(evidence, point[:n], float(point[n]))
        matrix = observed_information(evidence, point[:n], float(point[n]))
        try:
            step = cho_solve(cho_factor(matrix, lower=True), rise)
        except LinAlgError:
            matrix = expected_information(evidence, point[:n], float(point[n]))
            step = cho_solve(cho_factor(matrix, lower=True), rise)
        step *= min(1.0, 4.0 / max(float(np.abs(step).max(initial=0.0)), 1e-300))
        while True:
            ahead = point + step
            new = log_likelihood(evidence, ahead[:n], float(ahead[n]))
            length = float(np.abs(step).max(initial=0.0))
            if new >= height - 1e-9 * (1.0 + abs(height)) or length <= _TOLERANCE:
                break
            step *= 0.5
        point, height = ahead, new
    curvature = observed_information(evidence, point[:n], float(point[n]))
    inverse = np.linalg.pinv(curvature, hermitian=True)
    return _Fit(point[:n], float(point[n]), np.asarray(inverse, np.float64), length <= _TOLERANCE, iteration)


def _spread(rows: _GroundedRows, fit: _Fit, settings: RatingSettings) -> tuple[BlockSpread, IntervalBasis]:
    """Sandwich over battles and scores together; battles and scores of one rater are one cluster."""
    scores = _scores(rows, fit)
    clusters = _clusters(rows, settings)
    nothing = np.zeros(len(fit.strength))
    if clusters.keys:
        return clustered_spread(scores, fit.inverse, clusters, None, nothing), clusters.basis
    plain = settings.interval == "sandwich"
    spread = independent_spread(scores, fit.inverse, nothing, corrected=not plain)
    return spread, IntervalBasis("sandwich" if plain else "independent", dropped=clusters.basis.dropped)


def _scores(rows: _GroundedRows, fit: _Fit) -> RowScores:
    """Slopes of battles and scores, and their information: the mean squared slope over the results."""
    battles, weights = rows.battles, rows.weights
    first, second = fit.strength[battles.a], fit.strength[battles.b]
    by_result = pulls(first, second, fit.threshold)
    outcome, index = battles.outcome, np.arange(len(battles))
    result = np.select([outcome == MODEL_A, outcome == MODEL_B, outcome == BOTH_BAD], [0, 1, 3], 2)
    pull = by_result[result, :, index]
    if (scored := outcome == FRACTIONAL).any():
        share = battles.score[scored, None]
        pull[scored] = share * by_result[0][:, scored].T + (1.0 - share) * by_result[1][:, scored].T
    if weights is not None:
        pull = pull * weights[:, None]
    chance = probabilities(first, second, fit.threshold)
    unit = np.sqrt(chance if weights is None else chance * weights)[:, None, :] * by_result
    a, b = battles.a, battles.b
    parts = [pull, *unit.transpose(0, 2, 1)]
    if (scores := rows.scores) is not None and len(scores):
        accepted = expit(fit.strength[scores.model])
        a, b = np.concatenate([a, scores.model]), np.concatenate([b, scores.model])
        none = np.zeros(len(accepted))
        more = [scores.value - accepted, np.sqrt(accepted * (1.0 - accepted)), *[none] * (RESULTS - 1)]
        parts = [
            np.concatenate([part, np.column_stack([own, none, none])]) for part, own in zip(parts, more, strict=True)
        ]
    slope, *curvature = (Contributions(len(fit.strength), a, b, part[:, 0], part[:, 1], part[:, 2:]) for part in parts)
    return RowScores(slope, tuple(curvature))


def _clusters(rows: _GroundedRows, settings: RatingSettings) -> Clusters:
    rater, question = rows.battles.rater, rows.battles.question
    if (scores := rows.scores) is not None and len(scores):
        rater = _joined(rows.battles.raters, rater, scores.raters, scores.rater)
        question = _joined(rows.battles.questions, question, scores.questions, scores.question)
    return find_clusters(rater, question, settings.interval)


def _joined(names: tuple[str, ...], codes: CodeArray, others: tuple[str, ...], more: CodeArray) -> CodeArray:
    """Codes of two vocabularies, one after the other, over their union; -1 stays."""
    place = {name: code for code, name in enumerate(dict.fromkeys([*names, *others]))}
    moved = np.array([*(place[name] for name in others), -1], np.int32)
    return np.concatenate([codes, moved[more]])


def _ratings(evidence: Evidence, settings: RatingSettings, found: _GroundedModels) -> Ratings:
    fit, spread, counts = found.fit, found.spread, found.evidence.counts
    known = found.number > 0
    rating = np.where(known, ELO_PER_NAT * fit.strength, np.nan)
    covariance = ELO_PER_NAT**2 * spread.covariance
    covariance[~known, :] = covariance[:, ~known] = np.nan
    half = half_widths(covariance, spread.freedom, settings.level)
    lower, upper = rating - half, rating + half
    good = counts.per_model(counts.won + counts.ties, counts.lost + counts.ties) + found.evidence.accepted
    missing = found.evidence.scored - found.evidence.accepted
    bad = counts.per_model(counts.lost, counts.won) + counts.per_model(counts.draws, counts.draws) + missing
    lower[known & (good <= 0.0)] = -np.inf
    upper[known & (bad <= 0.0)] = np.inf
    theta = _theta(fit, spread, settings.level) if known.any() else ()
    left_out = count_left_out(found.plain, "tie", evidence.battles.counts)
    for reason, rows in ({} if evidence.scores is None else evidence.scores.counts).items():
        left_out[reason] = left_out.get(reason, 0) + rows
    return Ratings(
        method=GROUNDED,
        settings=settings_used(settings, _USED) | {"prior_sd": PRIOR_SD_POINTS},
        scale="grounded",
        models=evidence.battles.models,
        rating=rating,
        lower=lower,
        upper=upper,
        covariance=covariance,
        freedom=np.where(known, spread.freedom, np.nan),
        basis=found.basis,
        battles=found.number,
        win_rate=found.plain.win_rate(),
        both_bad=found.plain.model_both_bad(),
        island=np.where(known, 0, -1),
        converged=fit.converged,
        iterations=fit.iterations,
        left_out=left_out,
        coefficients=theta,
    )


def _theta(fit: _Fit, spread: BlockSpread, level: float) -> tuple[Coefficient, ...]:
    """Theta = 1 + e^k with its interval: the ratio of strengths at which the stronger model is preferred."""
    reach = half_widths(np.array([[spread.tie_variance]]), np.array([spread.tie_freedom]), level)[0]
    value, lower, upper = (1.0 + float(np.exp(fit.threshold + shift)) for shift in (0.0, -reach, reach))
    return (Coefficient("theta", value, lower, upper),)

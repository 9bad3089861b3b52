"""Bradley-Terry ratings with style control: ratings at equal length and formatting of responses.

Effects are estimated from the same battles together with the strengths. The result has ratings with and without style
control, and the effect of each feature.
"""

from dataclasses import replace

import numpy as np

from arena.rating.clusters import Contributions, RowScores, find_clusters
from arena.rating.counts import count_left_out, count_pairs
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.kernels import is_fast
from arena.rating.main_group import OUTSIDE, MainGroup, find_main_group, mean_weights, rate_group
from arena.rating.method import ELO_PER_NAT, Coefficient, IntervalBasis, Ratings, RatingSettings
from arena.rating.pair_rating import rate_pairs
from arena.rating.spread import BlockSpread, clustered_spread, independent_spread, quantiles, spread_of_products
from arena.rating.style_fit import StyleFit, StyleRows, compiled_products, fit_style
from arena.rating.tally import refuse_many_models, refuse_settings, settings_used, usable_rows
from arena.rating.weights import battle_weights
from storage.errors import BadInput
from storage.ledger.battles import CodeArray, FloatArray

NO_STYLE = "unknown_style"
"""Reason for leaving a battle out: the features of a response are unknown."""

_SANDWICH = IntervalBasis("sandwich")
_USED = ("both_bad", "mean", "anchor", "anchor_rating", "level", "interval", "weights", "style", "style_penalty")


def rate_styled(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate the models of the main group at equal style; see `find_main_group`.

    Battles without known features, and battles of models outside the main group, are left out and counted.

    Raises:
        BadInput: no battle has known features, an effect that the battles do not determine, an anchor outside the
            main group, or a setting that style control does not support.
    """
    refuse_settings(settings, "style control", style=False, raters=True)
    refuse_many_models(len(evidence.battles.models), "style control")
    if settings.interval == "bootstrap":
        raise BadInput("expected an interval from the rows with style control, got 'bootstrap'; choose another one")
    battles, style = evidence.battles, evidence.style
    if style is None or not style.known.any():
        raise BadInput(
            f"expected battles with known {', '.join(settings.style)}, got none; import the texts of the responses "
            "(for own, the organisations), or leave --style out"
        )
    told = battles if style.known.all() else battles.subset(style.known)
    rows = usable_rows(told, settings)
    group = find_main_group(rows, purpose="style control")
    features = style.values
    if len(group.rows) < len(battles):
        features = features[style.known][np.isin(told.position, rows.position)][group.inside]
    rows_of_fit = StyleRows(
        n_models=len(group.members),
        a=group.a,
        b=group.b,
        score=group.rows.score,
        weights=battle_weights(group.rows, settings.weights),
        names=style.names,
        features=features,
        penalty=settings.style_penalty,
    )
    fit = fit_style(rows_of_fit)
    left_out = count_left_out(count_pairs(told), settings.both_bad, battles.counts)
    left_out |= {NO_STYLE: int((~style.known).sum()), OUTSIDE: group.left_out()}
    plain = rate_pairs(Evidence(group.rows), replace(settings, style=(), style_penalty=0.0), HalfTies())
    sure = _spread(group, fit, rows_of_fit.weights, settings)
    return replace(
        rate_group(plain, group, fit.strength, sure, settings),
        settings=settings_used(settings, _USED),
        converged=fit.converged,
        iterations=fit.passes,
        left_out={reason: number for reason, number in left_out.items() if number},
        coefficients=_coefficients(fit, sure[0], settings),
        plain_rating=plain.rating,
    )


def style_scores(a: CodeArray, b: CodeArray, fit: StyleFit, weights: FloatArray | None) -> RowScores:
    """Slopes and information of the rows of a fit with style features, for a sandwich.

    Args:
        a: code of the model shown left, within the fit.
        b: code of the other model.
        fit: the maximum.
        weights: weights of the rows; None for one each.
    """
    n = len(fit.strength)

    def contributions(pull: FloatArray) -> Contributions:
        return Contributions(n, a, b, pull, -pull, fit.scaled * pull[:, None])

    unit = fit.expected * (1.0 - fit.expected)
    root = np.sqrt(unit if weights is None else weights * unit)
    return RowScores(contributions(fit.residual), (contributions(root),))


def _spread(
    group: MainGroup, fit: StyleFit, weights: FloatArray | None, settings: RatingSettings
) -> tuple[BlockSpread, IntervalBasis]:
    """Sandwich of strengths and effects, measured from the anchor; variances of effects are in `further`."""
    n, mean = len(fit.strength), mean_weights(group, settings)
    clusters = find_clusters(group.rows.rater, group.rows.question, settings.interval)
    if settings.interval == "sandwich" and is_fast(len(group.a)):
        return spread_of_products(compiled_products(group.a, group.b, fit), n, fit.inverse, mean), _SANDWICH
    scores = style_scores(group.a, group.b, fit, weights)
    if clusters.keys:
        return clustered_spread(scores, fit.inverse, clusters, None, mean), clusters.basis
    if settings.interval == "sandwich":
        return independent_spread(scores, fit.inverse, mean, corrected=False), _SANDWICH
    basis = IntervalBasis("independent", dropped=clusters.basis.dropped)
    return independent_spread(scores, fit.inverse, mean, corrected=True), basis


def _coefficients(fit: StyleFit, spread: BlockSpread, settings: RatingSettings) -> tuple[Coefficient, ...]:
    """Elo points for one typical difference of each feature."""
    factor = quantiles(spread.further_freedom, settings.level)
    reach = factor * ELO_PER_NAT * np.sqrt(np.maximum(spread.further, 0.0))
    value = ELO_PER_NAT * fit.effect
    columns = zip(settings.style, value, value - reach, value + reach, fit.typical, strict=True)
    return tuple(
        Coefficient(name, float(middle), float(low), float(high), float(unit))
        for name, middle, low, high, unit in columns
    )

"""Bradley-Terry ratings at equal style: how models stand if their responses were alike in length and looks.

Effects are estimated from the same battles, together with the strengths, and both are told: ratings with and without
style, and what each feature is worth.
"""

from dataclasses import replace

import numpy as np

from arena.rating.clusters import Contributions, find_clusters
from arena.rating.connection import find_blocks, find_islands
from arena.rating.counts import IndexArray, count_left_out, count_pairs
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.method import ELO_PER_NAT, Coefficient, IntervalBasis, Ratings, RatingSettings
from arena.rating.pair_rating import find_anchor, rate_pairs, refuse_settings, settings_used, usable_rows
from arena.rating.separation import find_core
from arena.rating.spread import BlockSpread, clustered_spread, half_widths, independent_spread, quantiles
from arena.rating.style_fit import StyleFit, StyleRows, fit_style
from arena.rating.weights import battle_weights
from storage.battles import Battles, FloatArray
from storage.errors import BadInput

NO_STYLE, OUTSIDE = "unknown_style", "outside_main_group"
"""Reasons to leave a battle out: the features of a response are unknown; a model that never lost or never scored."""

_USED = ("both_bad", "mean", "anchor", "anchor_rating", "level", "interval", "weights", "style", "style_penalty")


def rate_styled(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate the models of the main group, all of which won and lost within it by some chain, at equal style.

    Battles without known features, and battles of models outside the main group, are left out and counted.

    Raises:
        BadInput: no battle has known features, an effect that the battles cannot tell, an anchor outside the main
            group, or a setting that style control cannot honour.
    """
    refuse_settings(settings, "style control", style=False, raters=True)
    if settings.interval == "bootstrap":
        raise BadInput("expected an interval from the rows with style control, got 'bootstrap'; choose another one")
    battles, style = evidence.battles, evidence.style
    if style is None or not style.known.any():
        raise BadInput(
            f"expected battles whose {', '.join(settings.style)} is known, got none; import the responses' texts "
            "(and for own the organisations), or leave --style out"
        )
    told = battles.subset(style.known)
    rows = usable_rows(told, settings)
    features = style.values[style.known][np.isin(told.position, rows.position)]
    members = _main_group(rows)
    place = np.full(len(battles.models), -1, np.int32)
    place[members] = np.arange(len(members))
    inside = (place[rows.a] >= 0) & (place[rows.b] >= 0)
    chosen = rows.subset(inside)
    weights = battle_weights(chosen, settings.weights)
    fit = fit_style(
        StyleRows(
            n_models=len(members),
            a=place[chosen.a],
            b=place[chosen.b],
            score=chosen.score,
            weights=weights,
            names=style.names,
            features=features[inside],
            penalty=settings.style_penalty,
        )
    )
    left_out = count_left_out(count_pairs(told), settings.both_bad, battles.counts)
    left_out |= {NO_STYLE: int((~style.known).sum()), OUTSIDE: int((~inside).sum())}
    spread, basis = _spread(chosen, place, fit, features[inside], settings)
    known = {reason: number for reason, number in left_out.items() if number}
    return _ratings(chosen, members, fit, (spread, basis), settings, known)


def _main_group(rows: Battles) -> IndexArray:
    """The largest set of models that can be compared without a prior."""
    counts = count_pairs(rows)
    largest = np.flatnonzero(find_islands(counts) == 0)
    inner = counts.within(largest)
    block = find_blocks(inner)
    core = find_core(inner, block) if block.any() else 0
    if core is None or len(largest) < 2:
        raise BadInput("expected models that won and lost against each other for style control, got none; collect more")
    members: IndexArray = largest[block == core]
    return members


def _weigh(chosen: Battles, members: IndexArray, settings: RatingSettings) -> FloatArray:
    """Weight of each member in what stands at the anchor rating."""
    island = np.full(len(chosen.models), -1, np.int64)
    island[members] = 0
    anchor = find_anchor(chosen.models, island, settings.anchor)
    if anchor >= 0:
        alone: FloatArray = (members == anchor).astype(np.float64)
        return alone
    number = count_pairs(chosen).model_battles()[members].astype(np.float64)
    if settings.mean == "models":
        number = np.ones(len(members))
    share: FloatArray = number / number.sum()
    return share


def _spread(
    chosen: Battles,
    place: np.ndarray[tuple[int], np.dtype[np.int32]],
    fit: StyleFit,
    features: FloatArray,
    settings: RatingSettings,
) -> tuple[BlockSpread, IntervalBasis]:
    """Sandwich of strengths and effects, from the fit's ground; the covariance of effects stands in the last part."""
    extra = (features / fit.typical) * fit.residual[:, None]
    n = len(fit.strength)
    contributions = Contributions(n, place[chosen.a], place[chosen.b], fit.residual, -fit.residual, extra)
    clusters = find_clusters(chosen.rater, chosen.question, settings.interval)
    nothing = np.zeros(n)
    if clusters.keys:
        return clustered_spread(contributions, fit.inverse, clusters, None, nothing), clusters.basis
    basis = IntervalBasis("sandwich", dropped=clusters.basis.dropped)
    return independent_spread(contributions, fit.inverse, nothing), basis


def _ratings(
    chosen: Battles,
    members: IndexArray,
    fit: StyleFit,
    sure: tuple[BlockSpread, IntervalBasis],
    settings: RatingSettings,
    left_out: dict[str, int],
) -> Ratings:
    plain = rate_pairs(Evidence(chosen), replace(settings, style=(), style_penalty=0.0), HalfTies())
    spread, basis = sure
    weights = _weigh(chosen, members, settings)
    n = len(chosen.models)
    to_anchor = np.eye(len(members)) - weights[None, :]
    covariance = np.full((n, n), np.nan)
    covariance[np.ix_(members, members)] = ELO_PER_NAT**2 * (to_anchor @ spread.covariance @ to_anchor.T)
    rating, freedom = np.full(n, np.nan), np.full(n, np.nan)
    rating[members] = settings.anchor_rating + ELO_PER_NAT * (to_anchor @ fit.strength)
    freedom[members] = spread.freedom
    half = half_widths(covariance, freedom, settings.level)
    half[np.array([name == settings.anchor for name in chosen.models])] = np.nan
    return replace(
        plain,
        settings=settings_used(settings, _USED),
        rating=rating,
        lower=rating - half,
        upper=rating + half,
        covariance=covariance,
        freedom=freedom,
        basis=basis,
        converged=fit.converged,
        iterations=fit.passes,
        left_out=left_out,
        coefficients=_coefficients(fit, spread, settings),
        plain_rating=plain.rating,
    )


def _coefficients(fit: StyleFit, spread: BlockSpread, settings: RatingSettings) -> tuple[Coefficient, ...]:
    """Elo points for one typical difference of each feature."""
    factor = float(quantiles(np.array([float(spread.freedom.min(initial=np.inf))]), settings.level)[0])
    reach = factor * ELO_PER_NAT * np.sqrt(np.maximum(spread.further, 0.0))
    value = ELO_PER_NAT * fit.effect
    columns = zip(settings.style, value, value - reach, value + reach, fit.typical, strict=True)
    return tuple(
        Coefficient(name, float(middle), float(low), float(high), float(unit))
        for name, middle, low, high, unit in columns
    )

"""Ratings of more models than a covariance has room for, with intervals of the models that are asked for.

Point ratings are those of `pair_rating.py`. The interval of a model takes one solution of a sparse linear system
(`sparse_island.py`): the sandwich variance of its rating alone, with residuals corrected by leverages from the
information of the two models of a row, and Satterthwaite's degrees of freedom from the information of clusters.
"""

from dataclasses import dataclass

import numpy as np

from arena.rating.bias_reduced import FEW_DEGREES
from arena.rating.clusters import Clusters, find_clusters
from arena.rating.connection import find_islands
from arena.rating.counts import IndexArray, IntArray, PairCounts
from arena.rating.evidence import Evidence
from arena.rating.likelihood import PairLikelihood, gaps
from arena.rating.method import ELO_PER_NAT, NO_INTERVALS, Coefficient, IntervalBasis, Ratings, RatingSettings
from arena.rating.sparse_island import Direction, SparseIsland, directions, fit_sparse_island, row_leverage
from arena.rating.spread import of_outcome, quantiles, unit_curvature
from arena.rating.tally import (
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
from storage.ledger.battles import Battles, CodeArray, FloatArray
from storage.questions.model_names import suggestion_among

_MOST_LEVERAGE = 0.99


@dataclass(frozen=True, eq=False)
class _SparseRows:
    """The rows of a fit: battles, their weights and clusters, and their counts."""

    battles: Battles
    weights: FloatArray | None
    clusters: Clusters
    tally: BattleTally
    plain: bool

    def basis(self) -> IntervalBasis:
        """The clustering of intervals."""
        if self.clusters.keys:
            return self.clusters.basis
        return IntervalBasis("sandwich" if self.plain else "independent", dropped=self.clusters.basis.dropped)


def rate_sparse(evidence: Evidence, settings: RatingSettings, likelihood: PairLikelihood) -> Ratings:
    """Rate models by a likelihood on pairs, as `rate_pairs` does, without a covariance.

    Models of `settings.intervals_for` have intervals; undefeated and winless ones have the end that their results
    set. Others have none, and there are no rank ranges.

    Raises:
        BadInput: as `rate_pairs`; bootstrap intervals; an interval of a model that is not among the battles.
    """
    refuse_settings(settings, likelihood.name, style=True, raters=True)
    battles = evidence.battles
    if settings.interval == "bootstrap":
        raise BadInput(
            f"expected no bootstrap intervals for {len(battles.models):,} models, got them; leave --interval out"
        )
    wanted = _codes_of(battles.models, settings.intervals_for)
    used = usable_rows(battles, settings)
    weights = battle_weights(used, settings.weights)
    tally = tally_rows(battles, used, weights, settings)
    clusters = find_clusters(used.rater, used.question, settings.interval)
    rows = _SparseRows(used, weights, clusters, tally, settings.interval == "sandwich")
    island = find_islands(tally.plain)
    anchor = find_anchor(battles.models, island, settings.anchor)
    fits = []
    for members, counts in _islands_of(tally.fitted, island):
        place = np.flatnonzero(members == anchor)
        fit = fit_sparse_island(
            counts, likelihood, settings.mean, settings.level, anchor=int(place[0]) if len(place) else None
        )
        if fit is None:
            raise BadInput(
                f"expected an anchor that scored against, and lost points to, the bulk of the models by some chain, "
                f"got {settings.anchor!r}; choose a model with wins and losses"
            )
        fits.append((members, fit))
    return _ratings(battles.models, island, fits, rows, wanted, (settings, likelihood))


def _codes_of(models: tuple[str, ...], names: tuple[str, ...]) -> IndexArray:
    place = {name: code for code, name in enumerate(models)} if names else {}
    if missing := [name for name in names if name not in place]:
        raise BadInput(
            f"expected models of the leaderboard for intervals, got {missing[0]!r}; "
            f"{suggestion_among(models, missing[0])}"
        )
    return np.array([place[name] for name in names], np.intp)


def _islands_of(counts: PairCounts, island: IntArray) -> list[tuple[IndexArray, PairCounts]]:
    """Members of each island, and its battles in codes of its own; in time that does not grow with their number."""
    number = int(island.max(initial=-1)) + 1
    if number == 1 and (island == 0).all():
        return [(np.arange(counts.n_models), counts)]
    by_island = np.argsort(island, kind="stable")
    starts = np.searchsorted(island[by_island], np.arange(number + 1))
    place = np.zeros(counts.n_models, np.intp)
    place[by_island] = np.arange(counts.n_models) - starts[np.maximum(island[by_island], 0)]
    of_pair = island[counts.first]
    by_pair = np.argsort(of_pair, kind="stable")
    ends = np.searchsorted(of_pair[by_pair], np.arange(number + 1))
    found = []
    for code in range(number):
        members = by_island[starts[code] : starts[code + 1]]
        own = counts.at(by_pair[ends[code] : ends[code + 1]])
        found.append((members, own.renamed(len(members), place)))
    return found


def _ratings(
    models: tuple[str, ...],
    island: IntArray,
    fits: list[tuple[IndexArray, SparseIsland]],
    rows: _SparseRows,
    wanted: IndexArray,
    how: tuple[RatingSettings, PairLikelihood],
) -> Ratings:
    settings, likelihood = how
    n, tally = len(models), rows.tally
    strength = np.full(n, np.nan)
    ends = np.full((2, n), np.nan)
    block, blocks = np.full(n, -1, np.int64), 0
    for members, fit in fits:
        strength[members] = fit.strength
        ends[:, members] = fit.lower, fit.upper
        block[members] = blocks + fit.block
        blocks += int(fit.block.max()) + 1
    several = np.bincount(block[block >= 0], minlength=blocks)[np.maximum(block, 0)] > 1
    asked = np.zeros(n, bool)
    asked[wanted] = True
    if settings.anchor is not None:
        asked[models.index(settings.anchor)] = False
    ends[:, several & ~asked] = np.nan
    half, freedom = _half_widths(fits, rows, asked & several, (strength, block), how)
    ends = settings.anchor_rating + ELO_PER_NAT * (ends + half * np.array([[-1.0], [1.0]]))
    if settings.anchor is not None:
        ends[:, models.index(settings.anchor)] = np.nan
    ties = tuple(likelihood.tie_value(fit.tie) for _, fit in fits) if likelihood.has_tie else ()
    known = np.isfinite(ends).any()
    return Ratings(
        method=likelihood.name,
        settings=settings_used(settings, (*PAIR_SETTINGS, "intervals_for")),
        models=models,
        rating=settings.anchor_rating + ELO_PER_NAT * strength,
        lower=ends[0],
        upper=ends[1],
        covariance=None,
        battles=tally.plain.model_battles(),
        win_rate=tally.plain.win_rate(),
        both_bad=tally.both_bad,
        island=island,
        converged=all(fit.converged for _, fit in fits),
        iterations=max((fit.iterations for _, fit in fits), default=0),
        left_out=tally.left_out,
        freedom=freedom,
        basis=rows.basis() if known else NO_INTERVALS,
        coefficients=(Coefficient(likelihood.tie_name, ties[0]),) if ties else (),
        ties=ties,
    )


def _half_widths(
    fits: list[tuple[IndexArray, SparseIsland]],
    rows: _SparseRows,
    asked: np.ndarray,
    at: tuple[FloatArray, IntArray],
    how: tuple[RatingSettings, PairLikelihood],
) -> tuple[FloatArray, FloatArray]:
    """Half the width of the interval of each model in its block, and its degrees of freedom; 0 and NaN if not asked.

    Battles without residuals tell nothing about the variance, so the width is then unknown.
    """
    settings, likelihood = how
    half, freedom = np.zeros(len(asked)), np.full(len(asked), np.nan)
    for members, fit in fits:
        chosen = np.flatnonzero(asked[members])
        direction_of = directions(fit, likelihood, chosen)
        for code in chosen:
            found = _on_all(direction_of(int(code)), members, len(asked))
            variance, degrees = _variance(rows, found, (*at, fit.tie), likelihood)
            reach = quantiles(np.array([degrees]), settings.level)[0] * np.sqrt(variance)
            half[members[code]] = float(reach) if variance > 0.0 else np.nan
            freedom[members[code]] = degrees
    return half, freedom


def _on_all(direction: Direction, members: IndexArray, n: int) -> Direction:
    along = np.zeros(n)
    along[members] = direction.along
    return Direction(along, direction.tie)


def _variance(
    rows: _SparseRows, direction: Direction, at: tuple[FloatArray, IntArray, float], likelihood: PairLikelihood
) -> tuple[float, float]:
    """Variance of one rating within its block, and its degrees of freedom; inf for a normal interval."""
    strength, block, tie = at
    tie = tie if likelihood.has_tie else -np.inf
    fitted = rows.tally.fitted
    inside = (block[fitted.first] == block[fitted.second]) & _is_moved(direction, fitted.first, fitted.second)
    counts = fitted.keep(inside)
    gap = gaps(counts, strength)
    leverage = _leverages(fitted, strength, block, tie, likelihood)
    if not rows.clusters.keys:
        by_gap, by_tie = likelihood.pulls(gap, tie)
        step, power = gaps(counts, direction.along), 0.0 if rows.plain else -1.0
        factor = (1.0 - np.minimum(leverage[inside], _MOST_LEVERAGE)) ** power
        moves = [factor * (pull * step + tied * direction.tie) for pull, tied in zip(by_gap, by_tie, strict=True)]
        squares = counts if rows.tally.squares is None else rows.tally.squares.keep(inside)
        values = (moves[0], moves[1], moves[2])
        return float(squares.products(values, values).sum()), np.inf
    a, b = rows.battles.a, rows.battles.b
    chosen = np.flatnonzero((block[a] == block[b]) & _is_moved(direction, a, b))
    a, b = a[chosen], b[chosen]
    weight = np.ones(len(chosen)) if rows.weights is None else rows.weights[chosen]
    gap, step = strength[a] - strength[b], direction.along[a] - direction.along[b]
    by_gap, by_tie = likelihood.pulls(gap, tie)
    outcome, score = rows.battles.outcome[chosen], rows.battles.score[chosen]
    move = step * of_outcome(by_gap, outcome, score) + direction.tie * of_outcome(by_tie, outcome, score)
    number = np.minimum(a, b).astype(np.int64) * fitted.n_models + np.maximum(a, b)
    pair = np.searchsorted(fitted.first.astype(np.int64) * fitted.n_models + fitted.second, number)
    lifted = weight * move * (1.0 - np.minimum(leverage[pair], _MOST_LEVERAGE)) ** -0.5
    expected = weight**2 * step**2 * unit_curvature(likelihood, gap, tie)
    return _clustered(rows.clusters, chosen, lifted, expected)


def _clustered(clusters: Clusters, chosen: IndexArray, lifted: FloatArray, expected: FloatArray) -> tuple[float, float]:
    """Variance by one or two keys, with the floor of `clustered_spread`, and the fewest degrees of freedom."""
    total, degrees, floor = 0.0, np.inf, float(np.sum(lifted**2))
    for codes in clusters.keys.values():
        _, own = np.unique(codes[chosen], return_inverse=True)
        total += float(np.sum(np.bincount(own, lifted) ** 2))
        shares = np.bincount(own, expected)
        degrees = min(degrees, float(shares.sum() ** 2 / np.sum(shares**2)) - 1.0)
    if len(clusters.keys) == 2 and clusters.both is not None:
        _, own = np.unique(clusters.both[chosen], return_inverse=True)
        total -= float(np.sum(np.bincount(own, lifted) ** 2))
    needs_floor = degrees <= 1.0 or (len(clusters.keys) == 2 and degrees >= FEW_DEGREES) or total <= 0.0
    return max(total, floor) if needs_floor else total, max(degrees, 1.0)


def _is_moved(direction: Direction, first: CodeArray | IndexArray, second: CodeArray | IndexArray) -> np.ndarray:
    """Whether rows move the rating by more than rounding, so that rows of other islands are left out."""
    along = direction.along
    moved: np.ndarray = np.abs(along[first] - along[second]) > 1e-12 * float(np.abs(along).max(initial=0.0))
    return moved


def _leverages(
    fitted: PairCounts, strength: FloatArray, block: IntArray, tie: float, likelihood: PairLikelihood
) -> FloatArray:
    unit = unit_curvature(likelihood, gaps(fitted, strength), tie)
    return row_leverage(fitted, np.where(block[fitted.first] == block[fitted.second], unit, 0.0))

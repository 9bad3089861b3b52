"""Leaderboards of slices of the battles, and significant differences between slices.

Twenty slices of twenty models are four hundred comparisons, of which twenty are significant at 5 % by chance alone. So
the rating of each model in a slice is compared with that in all other battles, and differences are flagged by their
false-discovery rate (Benjamini and Hochberg, 1995, "Controlling the false discovery rate").
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from arena.leaderboard.board import LeaderboardRow, rank_models
from arena.rating.evidence import Evidence
from arena.rating.method import RatingMethod, Ratings, RatingSettings
from storage.errors import BadInput
from storage.ledger.battles import Battles, FloatArray

FALSE_DISCOVERIES = 0.05
"""Expected share of flagged differences that are due to chance."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SliceCell:
    """One model in one slice.

    Attributes:
        row: row of the model on the leaderboard of the slice.
        shift: rating in the slice minus rating in all other battles, each relative to the models of both; None if
            unknown.
        chance: two-sided p-value of the shift; None if unknown.
        rate: adjusted p-value of the shift over all slices and models, by false-discovery rate; None if unknown.
    """

    row: LeaderboardRow
    shift: float | None = None
    chance: float | None = None
    rate: float | None = None

    @property
    def flagged(self) -> bool:
        """Whether the shift is significant, all comparisons taken together."""
        return self.rate is not None and self.rate <= FALSE_DISCOVERIES


@dataclass(frozen=True)
class Slice:
    """The leaderboard of one slice.

    Attributes:
        name: common label of the battles of the slice.
        battles: number of battles.
        cells: cells by name of the model; models without a battle in the slice have no rating.
        n_islands: number of groups of models that are not connected within the slice.
    """

    name: str
    battles: int
    cells: Mapping[str, SliceCell]
    n_islands: int


@dataclass(frozen=True)
class SliceBoard:
    """Leaderboards of several slices by one method.

    Attributes:
        overall: rows of the leaderboard of all battles.
        slices: slices with at least one usable battle, in the requested order.
        empty: names of slices without a usable battle.
        compared: number of tested shifts.
    """

    overall: tuple[LeaderboardRow, ...]
    slices: tuple[Slice, ...]
    empty: tuple[str, ...]
    compared: int


def rank_slices(
    battles: Battles, masks: Mapping[str, Mask], method: RatingMethod, settings: RatingSettings
) -> SliceBoard:
    """Rate every slice by itself, and compare it with the other battles.

    Args:
        battles: all battles.
        masks: mask over the rows by name of the slice; slices may overlap.
        method: rating method.
        settings: settings of the method; a named anchor is replaced by the mean in slices where it is not possible.
    """
    overall = method(Evidence(battles), settings=settings)
    usable = {name: mask for name, mask in masks.items() if (mask & (battles.a != battles.b)).any()}
    fits = {name: _rate(battles.subset(mask), method, settings) for name, mask in usable.items()}
    shifts = {name: _compare(fits[name], battles.subset(~mask), method, settings) for name, mask in usable.items()}
    chances = np.array([shift.chance for shift in shifts.values()]).reshape(len(shifts), len(battles.models))
    rates = false_discovery_rates(chances)
    slices = []
    for place, (name, ratings) in enumerate(fits.items()):
        rows = {row.model: row for row in rank_models(ratings, settings)}
        cells = {
            model: SliceCell(
                rows[model],
                _known(shifts[name].points[code]),
                _known(chances[place, code]),
                _known(rates[place, code]),
            )
            for code, model in enumerate(battles.models)
        }
        slices.append(Slice(name, int(usable[name].sum()), cells, ratings.n_islands))
    empty = tuple(name for name in masks if name not in usable)
    return SliceBoard(rank_models(overall, settings), tuple(slices), empty, int(np.isfinite(chances).sum()))


def false_discovery_rates(chances: FloatArray) -> FloatArray:
    """Benjamini and Hochberg's adjusted probabilities, of the shape of `chances`; NaN where the chance is NaN."""
    rates = np.full(chances.shape, np.nan)
    known = np.isfinite(chances)
    values = chances[known]
    order = np.argsort(-values, kind="stable")
    number = len(values)
    scaled = values[order] * number / np.arange(number, 0, -1)
    adjusted = np.empty(number)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    rates[known] = adjusted
    return rates


@dataclass(frozen=True, eq=False)
class _Shifts:
    """Shift of each model from its rating in the other battles, and its p-value."""

    points: FloatArray
    chance: FloatArray


def _rate(battles: Battles, method: RatingMethod, settings: RatingSettings) -> Ratings:
    try:
        return method(Evidence(battles), settings=settings)
    except BadInput:
        if settings.anchor is None:
            raise
        return method(Evidence(battles), settings=replace(settings, anchor=None))


def _compare(inside: Ratings, rest: Battles, method: RatingMethod, settings: RatingSettings) -> _Shifts:
    """Shift of each model between a slice and the other battles, both measured from the mean of the models they share.

    The two are assumed to be independent. With raters or questions in both, their errors are correlated, so the true
    standard error of the shift is smaller and the test is conservative.
    """
    n = len(inside.models)
    points, chance = np.full(n, np.nan), np.full(n, np.nan)
    outside = _rate(rest, method, settings)
    if inside.covariance is None or outside.covariance is None:
        return _Shifts(points, chance)
    variance = np.diagonal(inside.covariance) + np.diagonal(outside.covariance)
    both = np.isfinite(variance) & (inside.island == 0) & (outside.island == 0)
    shared = np.flatnonzero(both)
    if len(shared) < 2:
        return _Shifts(points, chance)
    shift = inside.rating[shared] - outside.rating[shared]
    to_mean = np.eye(len(shared)) - 1.0 / len(shared)
    joint = (inside.covariance + outside.covariance)[np.ix_(shared, shared)]
    spread = np.sqrt(np.maximum(np.diagonal(to_mean @ joint @ to_mean), 0.0))
    centred = shift - shift.mean()
    freedom = np.minimum(inside.freedom[shared], outside.freedom[shared])
    points[shared] = centred
    with np.errstate(divide="ignore", invalid="ignore"):
        chance[shared] = 2.0 * stdtr(np.where(np.isfinite(freedom), freedom, 1e9), -np.abs(centred) / spread)
    return _Shifts(points, chance)


def _known(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None

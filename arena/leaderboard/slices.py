"""One board per slice of the battles, beside each other, and which differences between them are more than chance.

Twenty slices of twenty models are four hundred comparisons, of which twenty look significant when nothing is the
matter. So each model's standing in a slice is compared with its standing in all other battles, and differences are
flagged by their false-discovery rate (Benjamini and Hochberg, 1995, "Controlling the false discovery rate").
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
"""Expected share of flagged differences that are chance."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SliceCell:
    """One model in one slice.

    Attributes:
        row: its line on the slice's board.
        shift: points by which it stands higher in the slice than in all other battles, relative to the models
            that both know; None when that cannot be told.
        chance: probability of such a shift or a larger one if there were none; None likewise.
        rate: false-discovery rate at which the shift would be flagged, over all slices and models; None likewise.
    """

    row: LeaderboardRow
    shift: float | None = None
    chance: float | None = None
    rate: float | None = None

    @property
    def flagged(self) -> bool:
        """Whether the shift is more than chance, all comparisons taken together."""
        return self.rate is not None and self.rate <= FALSE_DISCOVERIES


@dataclass(frozen=True)
class Slice:
    """One board among several.

    Attributes:
        name: what its battles have in common.
        battles: how many there are.
        cells: by model name; models without a battle in the slice have no rating.
        n_islands: groups of models that never met within the slice.
    """

    name: str
    battles: int
    cells: Mapping[str, SliceCell]
    n_islands: int


@dataclass(frozen=True)
class SliceBoard:
    """Boards of several slices by one method.

    Attributes:
        overall: rows of the board of all battles.
        slices: in the order asked for, each with at least one usable battle.
        empty: names of slices that had none.
        compared: number of shifts that were tested.
    """

    overall: tuple[LeaderboardRow, ...]
    slices: tuple[Slice, ...]
    empty: tuple[str, ...]
    compared: int


def rank_slices(
    battles: Battles, masks: Mapping[str, Mask], method: RatingMethod, settings: RatingSettings
) -> SliceBoard:
    """Rate every slice by itself, and compare it with the rest.

    Args:
        battles: all battles.
        masks: rows of each slice by its name; slices may overlap.
        method: how to rate.
        settings: of the method; a named anchor is replaced by the mean where a slice cannot carry it.
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
    """Per model: points above its standing elsewhere, and the probability of that by chance."""

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

    The two are taken as independent. Where raters or questions stand on both sides their errors agree in part, so
    the true spread of the shift is smaller and fewer are flagged than could be.
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

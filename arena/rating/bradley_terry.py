"""Bradley-Terry ratings with sandwich intervals; a tie, and by default a both-bad, is half a win for each side.

R. A. Bradley and M. E. Terry, 1952, "Rank analysis of incomplete block designs", in the Elo units of the arenas.
One fit: count pairs, split into islands, rate each island (`island.py`), measure from the anchor, and say what
a reader must know.
"""

from collections.abc import Mapping

import numpy as np

from arena.rating.connection import find_islands
from arena.rating.counts import IndexArray, IntArray, PairCounts, count_pairs
from arena.rating.island import IslandFit, fit_island
from arena.rating.method import ELO_PER_NAT, Ratings, RatingSettings, SettingValue
from arena.rating.notes import (
    count_left_out,
    describe_both_bad,
    describe_islands,
    describe_left_out,
    describe_open_ends,
    describe_unknown_intervals,
)
from storage.battles import Battles
from storage.errors import BadInput

BRADLEY_TERRY = "bradley-terry"


def rate_bradley_terry(battles: Battles, *, settings: RatingSettings) -> Ratings:
    """Rate models by maximum likelihood, with intervals that take every battle as independent.

    Islands are rated apart, each with its own mean. Models that never lost, or never scored, get a penalised
    rating and a one-sided interval, and move nobody else. A named anchor has no interval, because its rating is
    exact by definition.

    Raises:
        BadInput: the anchor is unknown, has no battle, or is not linked both ways to the models it must carry.
    """
    return rate_counts(count_pairs(battles), battles.models, settings=settings, left_out=battles.counts)


def rate_counts(
    counts: PairCounts, models: tuple[str, ...], *, settings: RatingSettings, left_out: Mapping[str, int]
) -> Ratings:
    """Rate models from pair counts that somebody keeps; see `rate_bradley_terry`.

    Args:
        counts: all pairs, with the both-bad verdicts in them.
        models: names by code.
        settings: both_bad, mean, anchor, anchor_rating and level are used.
        left_out: rows that never reached the counts, by reason.
    """
    used = counts.without_both_bad() if settings.both_bad == "drop" else counts
    island = find_islands(used)
    anchor = _find_anchor(models, island, settings.anchor)
    fits = [(members, _fit_members(used, members, anchor, settings)) for members in _groups(island)]
    nats = np.full((3, len(models)), np.nan)
    covariance = np.full((len(models), len(models)), np.nan)
    for members, fit in fits:
        nats[:, members] = fit.strength, fit.lower, fit.upper
        covariance[np.ix_(members, members)] = ELO_PER_NAT**2 * fit.covariance
    rating, lower, upper = settings.anchor_rating + ELO_PER_NAT * nats
    all_left_out = count_left_out(counts, settings.both_bad, left_out)
    return Ratings(
        method=BRADLEY_TERRY,
        settings=_settings_used(settings),
        models=models,
        rating=rating,
        lower=lower,
        upper=upper,
        covariance=covariance,
        battles=used.model_battles(),
        win_rate=used.win_rate(),
        both_bad=counts.model_both_bad(),
        island=island,
        converged=all(fit.converged for _, fit in fits),
        iterations=max((fit.iterations for _, fit in fits), default=0),
        left_out=all_left_out,
        notes=(
            *describe_islands(models, island),
            *describe_open_ends(models, lower, upper),
            *describe_unknown_intervals(
                models,
                (code for members, fit in fits for code in members[fit.unplaced]),
                (code for members, fit in fits for code in members[fit.unspread]),
            ),
            *_describe_fit(fits, models, settings),
            *describe_both_bad(int(counts.both_bad.sum()), settings.both_bad),
            *describe_left_out(all_left_out),
        ),
    )


def _groups(island: IntArray) -> list[IndexArray]:
    """The models of each island."""
    return [np.flatnonzero(island == code) for code in range(int(island.max(initial=-1)) + 1)]


def _settings_used(settings: RatingSettings) -> dict[str, SettingValue]:
    names = ("both_bad", "mean", "anchor", "anchor_rating", "level")
    return {name: getattr(settings, name) for name in names} | {"interval": "sandwich"}


def _find_anchor(models: tuple[str, ...], island: np.ndarray[tuple[int], np.dtype[np.int64]], name: str | None) -> int:
    """Code of the anchor, -1 when a mean is the anchor."""
    if name is None:
        return -1
    if name not in models:
        raise BadInput(f"expected an anchor among the {len(models)} models, got {name!r}; choose a name on the board")
    code = models.index(name)
    if island[code] < 0:
        raise BadInput(f"expected an anchor with a usable battle, got {name!r} with none; choose a model that has some")
    return code


def _fit_members(counts: PairCounts, members: IndexArray, anchor: int, settings: RatingSettings) -> IslandFit:
    """Fit one island; the anchor belongs to at most one of them."""
    local = np.flatnonzero(members == anchor)
    fit = fit_island(
        counts if len(members) == counts.n_models else counts.within(members),
        anchor=int(local[0]) if len(local) else None,
        mean=settings.mean,
        level=settings.level,
    )
    if fit is None:
        raise BadInput(
            f"expected an anchor that scored against, and lost points to, the bulk of the models by some chain, "
            f"got {settings.anchor!r}; choose a model with wins and losses"
        )
    return fit


def _describe_fit(
    fits: list[tuple[IndexArray, IslandFit]], models: tuple[str, ...], settings: RatingSettings
) -> tuple[str, ...]:
    notes = []
    if settings.anchor is not None:
        others = " Groups without it have their own mean there." if len(fits) > 1 else ""
        notes.append(f"{settings.anchor} is set to {settings.anchor_rating:g} and so has no interval.{others}")
    for members, fit in fits:
        if not fit.converged:
            notes.append(
                f"The fit of {models[members[0]]} and {len(members) - 1} others did not settle; do not rely on it."
            )
    if fits:
        notes.append("Intervals take battles as independent; repeated raters or questions make them too narrow.")
    return tuple(notes)

"""Bradley-Terry ratings from votes of people, made surer by judges.

The ratings solve the equations of people alone, with the controls subtracted from the points of each pair. They are
ratings of what people prefer: a judge changes no expectation, only the noise. A model outside the core of its group,
such as one that won all its votes, keeps the rating of people alone.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from arena.fused.ceiling import measure_ceiling
from arena.fused.controls import find_strata
from arena.fused.estimate import FusedTask, fuse, votes_inside
from arena.fused.pool import JudgedPool, PeopleRows
from arena.fused.results import FusedRatings, assemble
from arena.fused.sources import FusionRefused
from arena.rating.clusters import Contributions
from arena.rating.connection import find_blocks
from arena.rating.counts import IndexArray, IntArray, PairCounts
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import Fit, fit_block
from arena.rating.method import ELO_PER_NAT, Ratings, RatingSettings
from arena.rating.separation import find_core
from storage.ledger.battles import FloatArray

_HALVINGS = 4


def fuse_pairs(
    people: PeopleRows, pool: JudgedPool, plain: Ratings, settings: RatingSettings, orders: tuple[int, ...] = ()
) -> FusedRatings:
    """Rate models by votes on pairs, with judges as controls.

    Args:
        people: votes, without those that the rating leaves out.
        pool: judged pairs, with the same codes of models.
        plain: Bradley-Terry ratings of the same votes by people alone.
        settings: settings of `plain`; mean, anchor, level, interval and seed are used.
        orders: number of orders in which each judge was asked, 1 or 2.

    Raises:
        FusionRefused: no models that won and lost against each other.
    """
    n = len(plain.models)
    cores = _fit_cores(people, plain, settings)
    group, strength, bread = np.full(n, -1, np.int64), np.zeros(n), np.zeros((n, n))
    for number, core in enumerate(cores):
        group[core.members] = number
        inverse = core.fit.inverse[:-1, :-1]
        bread[np.ix_(core.members, core.members)] = inverse - (core.weights @ inverse)[None, :]
        strength[core.members] = core.fit.strength
    used = people.keep(votes_inside(people, group))
    pool = replace(pool, values=np.where((group[pool.first] == group[pool.second])[:, None], pool.values, np.nan))
    residual = used.share - expit(strength[used.first] - strength[used.second])
    pull = residual * used.weight
    task = FusedTask(
        people=used,
        pool=pool,
        strata=find_strata(used, pool, n),
        error=Contributions(n, used.first, used.second, pull, -pull, np.empty((len(used), 0))),
        residual=residual,
        bread=bread,
        two=True,
        interval=settings.interval,
        seed=settings.seed,
    )
    found = fuse(task)
    corrected = _counts(used, n, used.share - found.shift / used.weight)
    fused, converged = _move(plain, cores, corrected)
    variances = ELO_PER_NAT**2 * found.plain, ELO_PER_NAT**2 * found.fused
    ratings = assemble(replace(plain, converged=converged), fused, variances, settings.level)
    return FusedRatings(ratings, plain, measure_ceiling(task, found, orders))


@dataclass(frozen=True, eq=False)
class _Core:
    """The models of one group that have a finite rating: their fit by people, and their weights in the mean."""

    members: IndexArray
    counts: PairCounts
    fit: Fit
    weights: FloatArray


def _fit_cores(people: PeopleRows, plain: Ratings, settings: RatingSettings) -> list[_Core]:
    """Fit the core of each group of models.

    Raises:
        FusionRefused: there is none.
    """
    counts = _counts(people, len(plain.models), people.share)
    cores = []
    for members in _find_cores(counts, plain.island):
        inner = counts.within(members)
        weights = _mean_weights(inner, plain, members, settings)
        cores.append(_Core(members, inner, fit_block(inner, HalfTies()), weights))
    if not cores:
        raise FusionRefused(
            "no_core",
            "expected models that won and lost against each other by people's votes, got none; collect more votes on "
            "the same models",
        )
    return cores


def _move(plain: Ratings, cores: list[_Core], corrected: PairCounts) -> tuple[FloatArray, bool]:
    """Ratings with corrected points, and whether every fit converged."""
    fused, converged = plain.rating.copy(), plain.converged
    for core in cores:
        moved = _refit(core.counts, corrected.within(core.members), core.fit)
        if moved is None:
            converged = False
            continue
        change = moved - core.fit.strength
        fused[core.members] += ELO_PER_NAT * (change - float(change @ core.weights))
    return fused, converged


def _counts(people: PeopleRows, n: int, share: FloatArray) -> PairCounts:
    """Weighted points of every pair; a corrected share may lie outside 0 to 1."""
    swap = people.first > people.second
    low, high = np.where(swap, people.second, people.first), np.where(swap, people.first, people.second)
    key = low.astype(np.int64) * n + high
    pairs, place = np.unique(key, return_inverse=True)
    points = people.weight * np.where(swap, 1.0 - share, share)
    total = np.bincount(place, people.weight, len(pairs)).astype(np.float64)
    nothing = np.zeros(len(pairs))
    return PairCounts(
        n_models=n,
        first=(pairs // n).astype(np.intp),
        second=(pairs % n).astype(np.intp),
        wins=nothing,
        losses=nothing,
        ties=nothing,
        both_bad=nothing,
        scored=total,
        scored_sum=np.bincount(place, points, len(pairs)).astype(np.float64),
        scored_squares=nothing,
    )


def _find_cores(counts: PairCounts, island: IntArray) -> list[IndexArray]:
    """The models of the core of each island, where one has a finite rating."""
    cores = []
    for code in range(int(island.max(initial=-1)) + 1):
        members: IndexArray = np.flatnonzero(island == code)
        inner = counts.within(members)
        block = find_blocks(inner)
        core = find_core(inner, block) if block.any() else 0
        if core is not None and len(members) > 1:
            cores.append(members[block == core])
    return cores


def _mean_weights(inner: PairCounts, plain: Ratings, members: IndexArray, settings: RatingSettings) -> FloatArray:
    """Weight of each model of a core in the mean that is placed at the anchor rating; they sum to one."""
    names = [plain.models[code] for code in members]
    if settings.anchor in names:
        return np.array([float(name == settings.anchor) for name in names])
    weights = np.ones(len(members)) if settings.mean == "models" else inner.per_model(inner.battles, inner.battles)
    share: FloatArray = weights / weights.sum()
    return share


def _refit(people: PairCounts, corrected: PairCounts, fit: Fit) -> FloatArray | None:
    """Strengths with corrected points; None without a finite maximum.

    Corrected points may lie outside the range of the battles, so a maximum is not certain. If there is none, the
    correction is halved.
    """
    for halving in range(_HALVINGS):
        part = 0.5**halving
        points = people.scored_sum + part * (corrected.scored_sum - people.scored_sum)
        moved = fit_block(replace(people, scored_sum=points), HalfTies(), start=fit)
        if moved.converged and np.isfinite(moved.strength).all():
            return moved.strength
    return None

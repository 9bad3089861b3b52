"""The main group of models, which can be compared without a prior, for fits that need rows instead of counts.

Style control and rater reliability use single battles, so they cannot be split into islands and blocks as pair counts
can. They rate the largest set of models that all won and lost within it by some chain; other rows are counted.
"""

from dataclasses import dataclass, replace

import numpy as np

from arena.rating.connection import find_blocks, find_islands
from arena.rating.counts import IndexArray, count_pairs
from arena.rating.method import ELO_PER_NAT, IntervalBasis, Ratings, RatingSettings
from arena.rating.separation import find_core
from arena.rating.spread import BlockSpread, half_widths
from arena.rating.tally import find_anchor
from storage.errors import BadInput
from storage.ledger.battles import Battles, CodeArray, FloatArray

OUTSIDE = "outside_main_group"
"""Reason for leaving a battle out: a model that never lost, or never scored, within the largest group."""


@dataclass(frozen=True, eq=False)
class MainGroup:
    """The models of the main group and their battles.

    Attributes:
        members: codes of the models, ascending.
        inside: mask over the rows that were given.
        rows: the battles among members, with the codes of all models.
        a: code within the group of the side shown left.
        b: code within the group of the other side.
    """

    members: IndexArray
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rows: Battles
    a: CodeArray
    b: CodeArray

    def left_out(self) -> int:
        """Number of rows outside the group."""
        return int((~self.inside).sum())


def find_main_group(rows: Battles, *, purpose: str) -> MainGroup:
    """The largest set of models that can be compared without a prior.

    Args:
        rows: usable battles.
        purpose: use of the group, for the error message.

    Raises:
        BadInput: there is no such set.
    """
    counts = count_pairs(rows)
    largest = np.flatnonzero(find_islands(counts) == 0)
    inner = counts.within(largest)
    block = find_blocks(inner)
    core = find_core(inner, block) if block.any() else 0
    if core is None or len(largest) < 2:
        raise BadInput(f"expected models that won and lost against each other for {purpose}, got none; collect more")
    members: IndexArray = largest[block == core]
    place = np.full(len(rows.models), -1, np.int32)
    place[members] = np.arange(len(members))
    inside = (place[rows.a] >= 0) & (place[rows.b] >= 0)
    chosen = rows if inside.all() else rows.subset(inside)
    return MainGroup(members, inside, chosen, place[chosen.a], place[chosen.b])


def rate_group(
    plain: Ratings,
    group: MainGroup,
    strength: FloatArray,
    sure: tuple[BlockSpread, IntervalBasis],
    settings: RatingSettings,
) -> Ratings:
    """Ratings of the group from a fit of its own, measured from the anchor.

    Args:
        plain: plain ratings of the same battles; facts that do not depend on the fit are kept. Wins in one
            direction are not, since they prove no order of what a fit of its own estimates.
        group: the main group.
        strength: strengths of its members in nats, from any zero.
        sure: their covariance from the same zero, and the clustering of it.
        settings: mean, anchor, anchor_rating and level are used.

    Raises:
        BadInput: an anchor outside the group.
    """
    spread, basis = sure
    n, members = len(plain.models), group.members
    to_anchor = np.eye(len(members)) - mean_weights(group, settings)[None, :]
    covariance = np.full((n, n), np.nan)
    covariance[np.ix_(members, members)] = ELO_PER_NAT**2 * (to_anchor @ spread.covariance @ to_anchor.T)
    rating, freedom = np.full(n, np.nan), np.full(n, np.nan)
    rating[members] = settings.anchor_rating + ELO_PER_NAT * (to_anchor @ strength)
    freedom[members] = spread.freedom
    half = half_widths(covariance, freedom, settings.level)
    half[np.array([name == settings.anchor for name in plain.models])] = np.nan
    return replace(
        plain,
        rating=rating,
        lower=rating - half,
        upper=rating + half,
        covariance=covariance,
        freedom=freedom,
        basis=basis,
        one_way=None,
    )


def mean_weights(group: MainGroup, settings: RatingSettings) -> FloatArray:
    """Weight of each member in the mean that is placed at the anchor rating."""
    island = np.full(len(group.rows.models), -1, np.int64)
    island[group.members] = 0
    anchor = find_anchor(group.rows.models, island, settings.anchor)
    if anchor >= 0:
        alone: FloatArray = (group.members == anchor).astype(np.float64)
        return alone
    number = count_pairs(group.rows).model_battles()[group.members].astype(np.float64)
    if settings.mean == "models":
        number = np.ones(len(group.members))
    share: FloatArray = number / number.sum()
    return share

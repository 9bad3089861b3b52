"""The ceiling of what judges can save: how far they see the same as people within a pair of models.

Agreement of a judge with people comes mostly from the models: both prefer the better one. Ratings already know that.
Only what is left of a vote given the pair of models can be saved by a judge who sees it too, at most rho squared times
N / (n + N), for n items with a vote, N judged items without one, and rho the correlation of what is left of both.
"""

from dataclasses import dataclass

import numpy as np

from arena.fused.estimate import FusedEstimate, FusedTask
from storage.ledger.battles import FloatArray

CLAIMED_FROM = 0.05
"""Least squared correlation from which a saving is claimed."""


@dataclass(frozen=True)
class ColumnShare:
    """What one judge, or one feature, adds.

    Attributes:
        name: name of the judge or feature.
        is_judge: whether it is a judge.
        rho: correlation of its residual with that of the votes, given the pair; NaN if unknown.
        weight: lambda, the mean over the votes.
        items: number of items with a value.
        voted_items: number of these with a vote.
        orders: number of orders in which most pairs were judged, 1 or 2; 0 if unknown.
    """

    name: str
    is_judge: bool
    rho: float
    weight: float
    items: int
    voted_items: int
    orders: int = 0


@dataclass(frozen=True)
class Ceiling:
    """What all judges together can save, and what they save.

    Attributes:
        votes: number of votes in the fit.
        voted: number of judged items with a vote, n.
        unvoted: number of judged items without one, N.
        rho_squared: share of the variance of what is left of the votes that all columns explain, 0 to 1.
        possible: rho squared times N / (n + N).
        possible_clustered: the same from the covariances of cluster scores.
        saved: share of the variance of the ratings that is removed; negative where the estimate is worse.
        shrink: factor between the best lambda and the one that is used.
        columns: each judge and feature.
    """

    votes: int
    voted: int
    unvoted: int
    rho_squared: float
    possible: float
    possible_clustered: float
    saved: float
    shrink: float
    columns: tuple[ColumnShare, ...]

    @property
    def is_claimed(self) -> bool:
        """Whether a saving is claimed: judges that see enough of the votes, and ratings that became surer."""
        return self.rho_squared >= CLAIMED_FROM and self.saved > 0.0

    @property
    def votes_saved(self) -> int:
        """Number of votes that people need not give for intervals of the same width."""
        return round(max(self.saved, 0.0) * self.votes)


def measure_ceiling(task: FusedTask, found: FusedEstimate, orders: tuple[int, ...]) -> Ceiling:
    """The ceiling of a fused estimate.

    Args:
        task: input of the estimate.
        found: the estimate.
        orders: number of orders of each judge.
    """
    controls = found.controls
    voted = int((controls.votes_per_item > 0).sum())
    unvoted = len(task.pool) - voted
    known = controls.vote_known > 0.0
    squared = _explained(task.residual, controls.of_votes, controls.has_item, controls.weight)
    columns = tuple(
        ColumnShare(
            name=name,
            is_judge=place < task.pool.n_judges,
            rho=_correlation(task.residual[known[:, place]], controls.of_votes[known[:, place], place]),
            weight=float(found.tuning.of_votes[:, place].mean()) if len(task.people) else 0.0,
            items=int(controls.known[:, place].sum()),
            voted_items=int((controls.known[:, place] & (controls.votes_per_item > 0)).sum()),
            orders=orders[place] if place < len(orders) else 0,
        )
        for place, name in enumerate(task.pool.names)
    )
    reach = unvoted / len(task.pool) if len(task.pool) else 0.0
    return Ceiling(
        votes=len(task.people),
        voted=voted,
        unvoted=unvoted,
        rho_squared=squared,
        possible=squared * reach,
        possible_clustered=found.tuning.gain,
        saved=found.saved,
        shrink=found.tuning.shrink,
        columns=columns,
    )


def _correlation(one: FloatArray, other: FloatArray) -> float:
    """Correlation about zero, since both are residuals."""
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size > 0.0 else np.nan


def _explained(residual: FloatArray, columns: FloatArray, chosen: np.ndarray, weight: FloatArray) -> float:
    """Share of the variance of the residuals that the columns explain, less what chance explains."""
    root = np.sqrt(weight[chosen])
    left, right = residual[chosen] * root, columns[chosen] * root[:, None]
    total, n, width = float(left @ left), len(left), columns.shape[1]
    if total <= 0.0 or n <= width + 1 or not width:
        return 0.0
    rest = left - right @ np.linalg.lstsq(right, left, rcond=None)[0]
    share = 1.0 - float(rest @ rest) / total * n / (n - width)
    return float(min(max(share, 0.0), 1.0))

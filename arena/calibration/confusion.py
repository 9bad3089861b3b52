"""Confusion of a judge with people, and the calibration curve."""

from dataclasses import dataclass

import numpy as np

from arena.agreement.clustered import Estimate, interval_of, share_interval, sum_by
from arena.calibration.pairs import CalibrationPairs
from storage.ledger.battles import FloatArray

ROWS = ("left", "tie", "right")
"""What a person said, by the sides as the person saw them."""
EDGES = (0.0, 0.1, 0.3, 0.45, 0.55, 0.7, 0.9, 1.0)
"""Bounds of the bins of the curve; verdicts averaged over two orders fall on 0, 0.25, 0.5, 0.75 and 1."""


@dataclass(frozen=True)
class Confusion:
    """Number of votes by what the person and the judge said.

    Attributes:
        counts: rows are people, columns the judge, in the order of `ROWS`.
        agreement: share of the votes in which both said the same.
        decisive: the same where neither said a tie.
    """

    counts: tuple[tuple[int, ...], ...]
    agreement: Estimate
    decisive: Estimate


@dataclass(frozen=True)
class CurvePoint:
    """Votes where the judge gave a model about the same share.

    Attributes:
        low: lower bound of the bin.
        high: upper bound of the bin.
        votes: number of votes, each seen from both models.
        said: mean share that the judge gave.
        people: mean share that people gave, with an interval.
    """

    low: float
    high: float
    votes: int
    said: float
    people: Estimate


@dataclass(frozen=True)
class Curve:
    """Calibration curve of a judge.

    Attributes:
        points: bins that have votes, from low to high.
        error: mean distance of what the judge and people gave, over the bins, weighted by votes.
        brier: mean squared distance of the judge's share from the vote.
        brier_even: the same for a judge who always gives half a point.
    """

    points: tuple[CurvePoint, ...]
    error: float
    brier: Estimate
    brier_even: float


def measure_confusion(rows: CalibrationPairs, level: float) -> Confusion:
    """The confusion of a judge with people."""
    person, judge = (_called(np.where(rows.left, share, 1.0 - share)) for share in (rows.people, rows.judge))
    counts = np.bincount(person * 3 + judge, minlength=9).reshape(3, 3)
    same = person == judge
    clear = (person != 1) & (judge != 1)
    return Confusion(
        counts=tuple(tuple(int(cell) for cell in line) for line in counts),
        agreement=_share(same, rows.question, level),
        decisive=_share(same[clear], rows.question[clear], level),
    )


def _called(share: FloatArray) -> np.ndarray:
    """0 for the left side, 1 for a tie, 2 for the right side."""
    return np.select([share > 0.5, share < 0.5], [0, 2], 1)


def _share(hits: np.ndarray, question: np.ndarray, level: float) -> Estimate:
    sums = sum_by(question, np.column_stack([hits, np.ones(len(hits))]).astype(np.float64))
    return share_interval(sums[:, 0], sums[:, 1], level=level)


def measure_curve(rows: CalibrationPairs, level: float) -> Curve:
    """The calibration curve; each vote counts from both sides, so that which model is first has no meaning."""
    said = np.concatenate([rows.judge, 1.0 - rows.judge])
    meant = np.concatenate([rows.people, 1.0 - rows.people])
    question = np.concatenate([rows.question, rows.question])
    place = np.clip(np.searchsorted(EDGES, said, side="right") - 1, 0, len(EDGES) - 2)
    points, off = [], 0.0
    for code in range(len(EDGES) - 1):
        chosen = place == code
        if not chosen.any():
            continue
        sums = sum_by(question[chosen], np.column_stack([meant[chosen], np.ones(int(chosen.sum()))]))
        found = interval_of(sums, _ratio, level=level, bounds=(0.0, 1.0))
        mean = float(said[chosen].mean())
        points.append(CurvePoint(EDGES[code], EDGES[code + 1], int(chosen.sum()), mean, found))
        off += abs(mean - found.value) * int(chosen.sum())
    squares = sum_by(rows.question, np.column_stack([(rows.judge - rows.people) ** 2, np.ones(len(rows))]))
    return Curve(
        points=tuple(points),
        error=off / max(len(said), 1),
        brier=interval_of(squares, _ratio, level=level, bounds=(0.0, 1.0)),
        brier_even=float(np.mean((rows.people - 0.5) ** 2)) if len(rows) else float("nan"),
    )


def _ratio(sums: FloatArray) -> FloatArray:
    top, bottom = sums[..., 0], sums[..., 1]
    ratio: FloatArray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0.0)
    return ratio

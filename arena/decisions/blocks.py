"""Blocks of evidence on two models: all votes of one rater, or all judgments of one question.

Later votes of a rater repeat the taste of that rater, so they are no new evidence of the same kind; a whole block is.
A block is finished once its rater has paused for long enough. Votes after that pause are left out, because a look may
have been taken in between and a block that a look has counted must not change any more.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from arena.rating.counts import IntArray
from storage.ledger.battles import Battles, FloatArray

Unit = Literal["rater", "question"]
"""What a block is: the votes of one rater, or on one question."""

PAUSE_HOURS = 24.0
"""A rater who has not voted for so long is finished."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """Finished blocks in the order in which they ended, and what is not in them.

    Attributes:
        names: name of the rater or question of each block; empty text where it is unknown.
        share: the new model's mean share of points in each block, 0 to 1, a tie being half; (n_blocks,).
        votes: number of votes of each block; (n_blocks,).
        open_blocks: number of raters who may still be voting.
        open_votes: number of their votes.
        late_votes: number of votes after the pause that ended a block.
        unknown: number of votes without a known rater or question, each a block of its own.
        block: block of each vote of the pair; -1 for one that is not counted; (n_votes,).
        corrected: share without the part of the luck that judges see, any number near 0 to 1; None without judges.
        growth: factor of the width of the interval of the corrected shares after each block; None without judges.
    """

    names: tuple[str, ...]
    share: FloatArray
    votes: IntArray
    open_blocks: int = 0
    open_votes: int = 0
    late_votes: int = 0
    unknown: int = 0
    block: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    corrected: FloatArray | None = None
    growth: FloatArray | None = None

    def __len__(self) -> int:
        """Number of finished blocks."""
        return len(self.share)


@dataclass(frozen=True, eq=False)
class PairRows:
    """The direct battles of two models.

    Attributes:
        share: points of the new model in each, 0 to 1.
        rows: index of each among all battles.
    """

    share: FloatArray
    rows: IntArray


def rows_of_pair(battles: Battles, new: str, old: str) -> PairRows:
    """The direct battles of two models, in the order of the ledger; none for a model without battles."""
    if new not in battles.models or old not in battles.models:
        return PairRows(np.empty(0), np.empty(0, np.int64))
    one, other = battles.models.index(new), battles.models.index(old)
    forward, backward = (battles.a == one) & (battles.b == other), (battles.a == other) & (battles.b == one)
    rows = np.flatnonzero(forward | backward)
    rows = rows[np.argsort(battles.position[rows], kind="stable")]
    share = np.where(forward[rows], battles.score[rows], 1.0 - battles.score[rows])
    return PairRows(share, rows)


def finished_blocks(
    battles: Battles, pair: PairRows, *, unit: Unit, now: float, pause_hours: float = PAUSE_HOURS, over: bool = False
) -> Blocks:
    """Cut the battles of a pair into blocks.

    Args:
        battles: all battles.
        pair: those of the pair.
        unit: what a block is.
        now: present time in seconds since 1970 UTC.
        pause_hours: length of the pause that ends the block of a rater; rows of unknown time count as long past.
        over: whether nobody votes any more: every block is finished, and no vote is late.
    """
    codes = (battles.rater if unit == "rater" else battles.question)[pair.rows].astype(np.int64)
    names = battles.raters if unit == "rater" else battles.questions
    missing = codes < 0
    codes[missing] = len(names) + np.arange(int(missing.sum()))
    time = np.where(np.isnan(battles.time[pair.rows]), -np.inf, battles.time[pair.rows])
    keep, is_open = np.ones(len(codes), np.bool_), np.zeros(len(codes), np.bool_)
    if unit == "rater" and not over and len(codes):
        keep, is_open = _cut(codes, time, now, pause_hours * 3600.0)
    used = keep & ~is_open
    labels, place, votes = np.unique(codes[used], return_inverse=True, return_counts=True)
    points = np.bincount(place, pair.share[used], len(labels))
    ends = np.full(len(labels), -1, np.int64)
    np.maximum.at(ends, place, np.flatnonzero(used))
    order = np.argsort(ends, kind="stable")
    block = np.full(len(codes), -1, np.int64)
    block[used] = np.argsort(order, kind="stable")[place]
    return Blocks(
        names=tuple(names[label] if label < len(names) else "" for label in labels[order]),
        share=(points / np.maximum(votes, 1))[order],
        votes=votes[order].astype(np.int64),
        open_blocks=len(np.unique(codes[is_open])),
        open_votes=int(is_open.sum()),
        late_votes=int((~keep).sum()),
        unknown=int((used & missing).sum()),
        block=block,
    )


def _cut(
    codes: IntArray, time: FloatArray, now: float, pause: float
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which of one or more rows come before the first pause of their rater, and which are of one who may still vote."""
    order = np.lexsort((np.arange(len(codes)), codes))
    code, moment = codes[order], time[order]
    starts = np.flatnonzero(np.append(True, code[1:] != code[:-1]))
    keep, is_open = np.ones(len(codes), np.bool_), np.zeros(len(codes), np.bool_)
    for start, end in zip(starts, np.append(starts[1:], len(code)), strict=True):
        own = moment[start:end]
        known = np.where(np.isneginf(own), own[np.isfinite(own)].min(initial=np.inf), own)
        gaps = np.flatnonzero(np.diff(known) > pause) if np.isfinite(known).all() else np.empty(0, np.int64)
        last = int(gaps[0]) + 1 if len(gaps) else end - start
        keep[order[start + last : end]] = False
        if np.isfinite(known[last - 1]) and now - float(known[last - 1]) <= pause:
            is_open[order[start : start + last]] = True
    return keep, is_open

"""Blocks of votes on two models, with the part of their luck taken out that judges can see.

People happen to be asked the questions on which one model does well. Judges who rated these and many others see that:
a multiple of (their share on the asked pair of responses, minus their mean over all judged pairs of the two models) is
subtracted from each vote. It has expectation zero whatever the judges do, because the rated pairs are a random part of
the judged ones, so it moves no win rate. The multiples for a block come from the blocks before, so its own luck is not
in them, and a look that was taken does not change.

Corrected shares are not bounded by 0 and 1, which the bets of `sequence` rest on. From `LEAST_RATED` blocks on the
interval is therefore that of the normal mixture for repeated looks, in the limit of many blocks (see
`repeated_looks_factor`); before, it is that of people's votes alone.
"""

from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

from arena.decisions.blocks import Blocks, PairRows
from arena.decisions.sequence import LEAST_RATED, SequenceResult, block_weights, repeated_looks_factor
from arena.fused.ceiling import CLAIMED_FROM
from arena.fused.controls import find_strata, make_controls
from arena.fused.pair_reading import read_fused_pairs
from arena.fused.sources import FusedSource
from arena.leaderboard.evidence_reading import category_codes
from arena.leaderboard.ranking import Board
from arena.rating.counts import IntArray
from storage.ledger.battles import CodeArray, FloatArray

LARGEST_REUSE = 1.25
"""Votes on one question, times what questions drawn anew for each vote would have, up to which judges are used."""
_LEAST_SURE = 2.0
"""Squared weight, in squared standard errors, from which a judge is used."""


@dataclass(frozen=True)
class JudgedEvidence:
    """What judges add to the direct votes on two models.

    Attributes:
        names: judges and features.
        weights: multiple of each for the next block.
        judged: number of judged pairs of responses of the two models.
        voted: number of them with a counted vote.
        assumed: whether votes were taken as a random part of what was judged because some probability is unknown.
        shared: whether judges are left out because many votes are on the same few of the judged questions.
        saved: share of the variance of the win rate that the judges remove, 0 to 1; 0 where they are not used.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]
    judged: int
    voted: int
    assumed: bool
    shared: bool
    saved: float

    @property
    def is_claimed(self) -> bool:
        """Whether a saving is claimed."""
        return self.saved >= CLAIMED_FROM


@dataclass(frozen=True, eq=False)
class PairControls:
    """The judges on the direct votes of two models; arrays have one entry, or row, per vote of the pair.

    Attributes:
        names: judges and features.
        values: (n_votes, n_columns) what a judge says of the pair that was voted on, for the new model, minus its mean
            over all judged pairs, times the weight of the vote, which is 1 at most; 0 without a judgment.
        item: judged item; -1 for none.
        question: code of the question; -1 if unknown.
        judged: number of judged items that the mean for this vote is taken over.
        questions: number of questions of these.
        assumed: whether votes were taken as a random part.
    """

    names: tuple[str, ...]
    values: FloatArray
    item: IntArray
    question: IntArray
    judged: IntArray
    questions: IntArray
    assumed: bool

    def within(self, votes: np.ndarray) -> "PairControls":
        """The controls of some of the votes."""
        return PairControls(
            names=self.names,
            values=self.values[votes],
            item=self.item[votes],
            question=self.question[votes],
            judged=self.judged[votes],
            questions=self.questions[votes],
            assumed=self.assumed,
        )

    @property
    def is_shared(self) -> bool:
        """Whether the votes are on fewer questions than if each vote had drawn its question anew from the judged ones.

        Who votes is then no independent look at the judged questions, so raters as blocks would be too sure.
        """
        counts = np.unique(self.question[self.item >= 0], return_counts=True)[1]
        total = int(counts.sum())
        if not total:
            return False
        reuse = float((counts.astype(float) ** 2).sum()) / total
        return reuse > LARGEST_REUSE * (1.0 + (total - 1) / float(self.questions.max()))


def pair_controls(source: FusedSource, pair: PairRows, new: str, category: CodeArray | None = None) -> PairControls:
    """The judges on the direct votes of two models.

    Args:
        source: votes and judgments; `pair` numbers its battles.
        pair: the direct votes, at least one.
        new: the model for which shares count.
        category: code of the category of each question and of an unknown one, for means within categories; None for
            means over all.
    """
    battles, people, pool = source.evidence.battles, source.rows, source.pool
    models = battles.models
    if category is not None:
        people = replace(people, group=category[people.question])
        pool = replace(pool, group=category[pool.question])
    strata = find_strata(people, pool, len(models))
    controls = make_controls(people, pool, strata)
    rows = np.searchsorted(np.flatnonzero(battles.a != battles.b), pair.rows)
    sign = np.where(people.first[rows] == models.index(new), 1.0, -1.0)
    weight = people.weight[rows] / people.weight[rows].max()
    of_vote = strata.of_vote[rows]
    asked = np.unique(np.column_stack([strata.of_item, pool.question]), axis=0)[:, 0]
    return PairControls(
        names=pool.names,
        values=controls.of_votes[rows] * (sign * weight)[:, None],
        item=people.item[rows],
        question=people.question[rows].astype(np.int64),
        judged=np.bincount(strata.of_item, minlength=strata.number)[of_vote],
        questions=np.bincount(asked, minlength=strata.number)[of_vote],
        assumed=source.sampling.assumed,
    )


def read_controls(
    session: Session, board: Board, pair: PairRows, new: str
) -> tuple[PairControls, PairControls] | tuple[None, None]:
    """The judges on the direct votes, by their means over all judged pairs and within each category."""
    if board.recipe.fusion is None:
        return None, None
    source = read_fused_pairs(session, replace(board.selection, position=board.position), board.recipe.fusion)
    category = category_codes(session, source.questions)
    return pair_controls(source, pair, new), pair_controls(source, pair, new, category)


def with_judges(people: SequenceResult, blocks: Blocks, horizon: int) -> SequenceResult:
    """The sequence of people's votes, with the looks from `LEAST_RATED` blocks on taken from corrected shares.

    Args:
        people: the sequence of the votes alone.
        blocks: the blocks, with corrected shares.
        horizon: number of blocks that are looked at.
    """
    if blocks.corrected is None or blocks.growth is None or len(people.looks) < LEAST_RATED:
        return people
    share, weight = blocks.corrected[:horizon], block_weights(blocks.votes[:horizon])
    count = np.arange(1, len(share) + 1)
    mean = np.cumsum(weight * share) / np.cumsum(weight)
    squares = weight**2 * share**2, weight**2 * share, weight**2
    sums = [np.cumsum(part) for part in squares]
    spread = np.maximum(sums[0] - 2.0 * mean * sums[1] + mean**2 * sums[2], 0.0) / np.cumsum(weight) ** 2
    variance = spread * count / np.maximum(count - 1, 1) * blocks.growth[:horizon] ** 2
    looks = list(people.looks)
    for place in range(LEAST_RATED - 1, len(looks)):
        half = float(np.sqrt(variance[place])) * repeated_looks_factor(place + 1, people.level)
        before, middle = looks[place - 1], float(np.clip(mean[place], 0.0, 1.0))
        lower, upper = max(middle - half, before.lower), min(middle + half, before.upper)
        if lower > upper:  # the assumptions failed, and the sequence stays where it was
            lower, upper = before.lower, before.upper
        looks[place] = replace(looks[place], estimate=middle, lower=lower, upper=upper)
    return replace(people, looks=tuple(looks), variance=float(variance[-1] * count[-1]))


def use_judges(blocks: Blocks, pair: PairRows, controls: PairControls, unit: str) -> tuple[Blocks, JudgedEvidence]:
    """Blocks with the judged luck taken out.

    Args:
        blocks: blocks of the votes.
        pair: the votes.
        controls: the judges on the votes.
        unit: `rater` or `question`.
    """
    counted = blocks.block >= 0
    items = np.where(counted, controls.item, -1)
    voted = len(np.unique(items[items >= 0]))
    shared = unit == "rater" and controls.within(counted).is_shared
    none = (0.0,) * len(controls.names)
    judged = int(controls.judged.max(initial=0))
    nothing = JudgedEvidence(controls.names, none, judged, voted, controls.assumed, shared, 0.0)
    if shared or not len(blocks) or not controls.values.size:
        return blocks, nothing
    weights = _weights_before(blocks, pair.share, controls.values)
    less = (controls.values * weights[np.maximum(blocks.block, 0)]).sum(axis=1)
    less = np.bincount(blocks.block[counted], less[counted], len(blocks)) / blocks.votes
    share = blocks.share - less
    ratio = _variances(blocks.share, blocks.votes) / np.maximum(_variances(share, blocks.votes), 1e-12)
    rest = 1.0 - _voted_so_far(blocks, items) / max(judged, 1)
    # Judged pairs are a sample too: the variance falls from that of the votes by the share of pairs without a vote.
    growth = np.sqrt(np.maximum(1.0 + (1.0 - rest) * (ratio - 1.0), 1.0))
    used = weights.any() and len(blocks) >= LEAST_RATED
    saved = float(rest[-1] * (1.0 - 1.0 / ratio[-1])) if used else 0.0
    found = replace(nothing, weights=tuple(weights[-1].tolist()), saved=max(saved, 0.0))
    return replace(blocks, corrected=share, growth=growth), found


def _voted_so_far(blocks: Blocks, items: IntArray) -> FloatArray:
    """Number of items with a vote after each block."""
    chosen = np.flatnonzero(items >= 0)
    order = chosen[np.argsort(blocks.block[chosen], kind="stable")]
    first = order[np.unique(items[order], return_index=True)[1]]
    return np.cumsum(np.bincount(blocks.block[first], minlength=len(blocks))).astype(np.float64)


def _variances(share: FloatArray, votes: IntArray) -> FloatArray:
    """Weighted variance of the shares of the blocks up to each one."""
    weight = block_weights(votes)
    total = np.cumsum(weight)
    mean = np.cumsum(weight * share) / total
    found: FloatArray = np.maximum(np.cumsum(weight * share**2) / total - mean**2, 1e-12)
    return found


def _weights_before(blocks: Blocks, share: FloatArray, values: FloatArray) -> FloatArray:
    """Multiples for each block from the votes of the blocks before, and for the next one; (n_blocks + 1, n_columns)."""
    width = values.shape[1]
    found = np.zeros((len(blocks) + 1, width))
    moments = np.zeros((width + 2, width + 2))
    order = np.argsort(blocks.block, kind="stable")
    order = order[blocks.block[order] >= 0]
    ends = np.searchsorted(blocks.block[order], np.arange(len(blocks)), side="right")
    rows = np.column_stack([np.ones(len(share)), share, values])
    start = 0
    for number, end in enumerate(ends.tolist()):
        own = rows[order[start:end]]
        moments += own.T @ own
        found[number + 1] = _regress(moments)
        start = end
    return found


def _regress(moments: FloatArray) -> FloatArray:
    """Weights of judges for a vote from sums of products of (1, share, values), shrunk by their noise."""
    n, width = float(moments[0, 0]), len(moments) - 2
    weights = np.zeros(width)
    mean = moments[1, 0] / n
    around = moments[1, 1] - n * mean**2
    joint = moments[2:, 1] - mean * moments[2:, 0]
    squares = moments[2:, 2:]
    kept = np.flatnonzero(np.diagonal(squares) > 1e-9)
    while len(kept) and n > len(kept) + 8:
        inverse = np.linalg.pinv(squares[np.ix_(kept, kept)], hermitian=True)
        best = inverse @ joint[kept]
        noise = max(around - float(best @ joint[kept]), 1e-9) / (n - len(kept) - 1)
        sure = best**2 / np.maximum(noise * np.diagonal(inverse), 1e-12)
        if sure.min() >= _LEAST_SURE:
            strength = float(best @ joint[kept]) / noise
            weights[kept] = max(0.0, 1.0 - len(kept) / max(strength, 1e-12)) * best
            return weights
        kept = np.delete(kept, int(np.argmin(sure)))
    return weights

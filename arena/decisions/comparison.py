"""Whether a new model is better than an old one, by how much and how surely: the computation of `evenhand compare`.

    found = compare(database, "model-b", "model-a", selection=Selection(), plan=ComparisonPlan(), now=…)
    found.overall.decision          # "better", "worse", "equal", "open", "beyond_horizon"

The decision comes from direct battles alone, by the confidence sequence of `sequence`, which may be looked at after
every block. The difference of ratings uses all battles, also those with other models, and holds for a single look.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

import numpy as np

from arena.decisions.blocks import PAUSE_HOURS, Blocks, PairRows, Unit, finished_blocks, rows_of_pair
from arena.decisions.judged_blocks import JudgedEvidence, PairControls, read_controls, use_judges, with_judges
from arena.decisions.sequence import (
    LEAST_BLOCKS,
    LEAST_RATED,
    Look,
    SequenceResult,
    block_weights,
    confidence_sequence,
    repeated_looks_factor,
)
from arena.fused.sources import FusionChoice
from arena.leaderboard.evidence_reading import slice_masks
from arena.leaderboard.ranking import Board, rank
from arena.rating.bradley_terry import BRADLEY_TERRY
from arena.rating.method import Ratings, RatingSettings
from arena.rating.ranks import Difference, difference
from storage.database.engine import Database
from storage.errors import BadInput
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import Battles
from storage.questions.model_names import standing_names, suggestion
from storage.values import RaterKind

Outcome = Literal["better", "worse", "equal", "open", "beyond_horizon", "too_few"]
"""`equal` is within the margin; `open` is not decided yet; `beyond_horizon` ended undecided, or would need more blocks
than the horizon allows; `too_few` has fewer than `LEAST_BLOCKS` blocks."""

MOST_FORECAST = 1_000_000
"""Largest number of blocks that a forecast gives."""


@dataclass(frozen=True)
class ComparisonPlan:
    """What a comparison asks for.

    Attributes:
        level: confidence level, between 0 and 1.
        margin: difference of the win rate from one half that does not matter, 0 to 0.5.
        horizon: number of blocks after which no more is looked at.
        unit: what a block is; None for raters with people, and questions with judges.
        pause_hours: length of the pause that ends the block of a rater.
        over: whether nobody votes any more.
        fusion: how judges are fused with the votes of people; None for one kind of rater.
    """

    level: float = 0.95
    margin: float = 0.05
    horizon: int = 1000
    unit: Unit | None = None
    pause_hours: float = PAUSE_HOURS
    over: bool = False
    fusion: FusionChoice | None = None

    def __post_init__(self) -> None:
        """Check ranges.

        Raises:
            BadInput: a number out of its range.
        """
        if not 0.5 <= self.level < 1.0:
            raise BadInput(f"expected a confidence level from 0.5 to below 1, got {self.level!r}; 0.95 is usual")
        if not 0.0 < self.margin < 0.5:
            raise BadInput(f"expected a margin between 0 and 0.5, got {self.margin!r}; 0.05 is five percentage points")
        if self.horizon < LEAST_BLOCKS:
            raise BadInput(f"expected a horizon of {LEAST_BLOCKS} or more, got {self.horizon!r}; raise it")
        if not self.pause_hours >= 0.0:
            raise BadInput(f"expected a pause of 0 hours or more, got {self.pause_hours!r}; 24 is usual")


@dataclass(frozen=True)
class PairDecision:
    """The decision on two models from one set of direct battles.

    Attributes:
        name: category; None for all battles.
        decision: the outcome.
        unit: what a block is.
        blocks: number of finished blocks that count.
        votes: number of votes in them.
        win_rate: weighted mean share of points of the new model, 0 to 1; None without a block.
        lower: lower end of its confidence sequence; None with too few blocks.
        upper: upper end of its confidence sequence; None with too few blocks.
        missing_blocks: further blocks for a decision, if the win rate stays as it is; None if it is decided, unknown,
            or more than `MOST_FORECAST`.
        blocks_for_margin: further blocks until the win rate is known to the margin; None if unknown.
        votes_per_block: mean number of votes in a block; None without one.
        decided_at: number of blocks at which the decision was first reached; None if it was not.
        largest_share: share of the weight that the heaviest block has, 0 to 1; None without a block.
        anonymous: whether no block names its rater or question.
        looks: the sequence, one look a block.
    """

    name: str | None
    decision: Outcome
    unit: Unit
    blocks: int
    votes: int
    win_rate: float | None
    lower: float | None
    upper: float | None
    missing_blocks: int | None
    blocks_for_margin: int | None
    votes_per_block: float | None
    decided_at: int | None
    largest_share: float | None
    anonymous: bool = False
    looks: tuple[Look, ...] = ()

    @property
    def is_decided(self) -> bool:
        """Whether no more votes are needed."""
        return self.decision in ("better", "worse", "equal")


@dataclass(frozen=True)
class Comparison:
    """Everything that `evenhand compare` tells about two models.

    Attributes:
        new: the model that is asked about.
        old: the model that it is compared with.
        kind: people or judges.
        plan: what was asked for.
        overall: the decision from all direct battles.
        categories: the decision for each category of questions, each at the level by itself.
        blocks: counts of what is in the finished blocks, and what is not.
        difference: difference of the ratings from all battles; its ends hold for a single look.
        repeated: half the width of the interval of that difference at every look; NaN with too few raters or
            questions (below `LEAST_RATED`) behind the ratings.
        battles: number of all battles behind the ratings.
        others: number of them that are not between the two.
        questions: number of questions in the direct battles; 0 if unknown.
        position: last ledger position that was read.
        left_out: number of unused rows, by reason.
        judged: what judges add to the direct votes; None for one kind of rater.
    """

    new: str
    old: str
    kind: RaterKind
    plan: ComparisonPlan
    overall: PairDecision
    categories: tuple[PairDecision, ...]
    blocks: Blocks
    difference: Difference
    repeated: float
    battles: int
    others: int
    questions: int
    position: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    judged: JudgedEvidence | None = None

    @property
    def rated_ahead(self) -> str | None:
        """The model that ratings put ahead at every look; None if they leave it open."""
        apart = self.difference.difference
        if not abs(apart) > self.repeated:
            return None
        return self.new if apart > 0.0 else self.old


def compare(
    database: Database,
    new: str,
    old: str,
    *,
    selection: Selection,
    plan: ComparisonPlan,
    now: datetime,
) -> Comparison:
    """Compare two models of a store.

    Raises:
        BadInput: the two names are one model, there is nothing to rank, the two never met, or what is to be fused
            cannot be.
        NotFound: the rater of the selection is not in the store.
    """
    new, old = _standing(database, new, old)
    settings = RatingSettings(level=plan.level)
    board = rank(database, selection, method=BRADLEY_TERRY, settings=settings, fusion=plan.fusion)
    pair = rows_of_pair(board.battles, new, old)
    if not len(pair.rows):
        raise BadInput(_never_met(board, new, old))
    unit: Unit = plan.unit or ("question" if selection.kind is RaterKind.judge else "rater")
    cut = _Cutting(board.battles, replace(plan, unit=unit), now.timestamp())
    blocks, judged, categories = _blocks_and_categories(database, board, cut, pair, new)
    ratings = board.ratings
    codes = [ratings.models.index(name) for name in (new, old)]
    apart = difference(ratings, codes[0], codes[1], level=plan.level)
    known = board.battles.question[pair.rows]
    return Comparison(
        new=new,
        old=old,
        kind=selection.kind,
        plan=cut.plan,
        overall=decide_blocks(blocks, cut.plan),
        categories=categories,
        blocks=blocks,
        difference=apart,
        repeated=_repeated(ratings, codes, len(board.battles), plan.level),
        battles=len(board.battles),
        others=len(board.battles) - len(pair.rows),
        questions=len(np.unique(known[known >= 0])),
        position=board.position,
        left_out=board.counts,
        judged=judged,
    )


def _blocks_and_categories(
    database: Database, board: Board, cut: "_Cutting", pair: PairRows, new: str
) -> tuple[Blocks, JudgedEvidence | None, tuple[PairDecision, ...]]:
    """The blocks of all direct battles, what judges add to them, and the decision for each of several categories."""
    with database.reading() as session:
        masks = slice_masks(session, board.battles, ("category",))
        whole, by_category = read_controls(session, board, pair, new)
    blocks, judged = cut.blocks(pair, whole)
    if len(masks) < 2:
        return blocks, judged, ()
    categories = [
        decide_blocks(cut.blocks(*_within(pair, by_category, mask))[0], cut.plan, name)
        for name, mask in masks.items()
        if mask[pair.rows].any()
    ]
    return blocks, judged, tuple(categories)


def decide_blocks(blocks: Blocks, plan: ComparisonPlan, name: str | None = None) -> PairDecision:
    """The decision that finished blocks allow.

    Args:
        blocks: the blocks; those beyond the horizon are not looked at.
        plan: level, margin, horizon and unit are used.
        name: category of the blocks.
    """
    share, votes = blocks.share[: plan.horizon], blocks.votes[: plan.horizon]
    unit: Unit = plan.unit or "rater"
    empty = PairDecision(name, "too_few", unit, 0, 0, None, None, None, None, None, None, None, None)
    if not len(share):
        return empty
    found = confidence_sequence(share, votes, level=plan.level)
    if blocks.corrected is not None:
        found = with_judges(found, blocks, plan.horizon)
    last = found.looks[-1]
    weight = block_weights(votes)
    basis = replace(
        empty,
        blocks=last.blocks,
        votes=last.votes,
        win_rate=last.estimate,
        votes_per_block=last.votes / last.blocks,
        largest_share=float(weight.max() / weight.sum()),
        anonymous=not any(blocks.names[: plan.horizon]),
        looks=found.looks,
    )
    if last.blocks < LEAST_BLOCKS:
        return replace(basis, missing_blocks=LEAST_BLOCKS - last.blocks)
    decided_at, outcome = _first_decision(found.looks, plan.margin)
    missing = None if decided_at else _missing(found, last, plan)
    if outcome == "open" and (last.blocks >= plan.horizon or missing is None or last.blocks + missing > plan.horizon):
        outcome = "beyond_horizon"
    wide = found.blocks_for(plan.margin, most=MOST_FORECAST) if found.variance > 0.0 else None
    return replace(
        basis,
        decision=outcome,
        lower=last.lower,
        upper=last.upper,
        missing_blocks=missing,
        blocks_for_margin=None if wide is None else max(wide - last.blocks, 0),
        decided_at=decided_at,
    )


@dataclass(frozen=True, eq=False)
class _Cutting:
    """Cuts direct battles into blocks and decides on them."""

    battles: Battles
    plan: ComparisonPlan
    now: float

    def blocks(self, pair: PairRows, controls: PairControls | None) -> tuple[Blocks, JudgedEvidence | None]:
        """The blocks of some direct battles, and what judges add to them."""
        plan = self.plan
        unit = plan.unit or "rater"
        found = finished_blocks(
            self.battles, pair, unit=unit, now=self.now, pause_hours=plan.pause_hours, over=plan.over
        )
        return (found, None) if controls is None else use_judges(found, pair, controls, unit)


def _first_decision(looks: Sequence[Look], margin: float) -> tuple[int | None, Outcome]:
    """The first look that decides, and the outcome; a later look may turn "equal" into "better", never back."""
    first: int | None = None
    outcome: Outcome = "open"
    for look in looks[LEAST_BLOCKS - 1 :]:
        if look.lower > 0.5 or look.upper < 0.5:
            return first or look.blocks, "better" if look.lower > 0.5 else "worse"
        if first is None and look.lower >= 0.5 - margin and look.upper <= 0.5 + margin:
            first, outcome = look.blocks, "equal"
    return first, outcome


def _missing(found: SequenceResult, last: Look, plan: ComparisonPlan) -> int | None:
    """Further blocks for a decision, if the win rate stays as it is: clear of one half, or within the margin."""
    if not found.variance > 0.0:
        return 1
    away = abs(last.estimate - 0.5)
    both = (found.blocks_for(away, most=MOST_FORECAST), found.blocks_for(plan.margin - away, most=MOST_FORECAST))
    total = min((one for one in both if one is not None), default=None)
    return None if total is None else max(total - last.blocks, 1)


def _repeated(ratings: Ratings, codes: list[int], battles: int, level: float) -> float:
    """Half the width of the interval of a difference at every look, from its standard error."""
    blocks = min(ratings.basis.clusters.values(), default=battles)
    one, other = codes
    if ratings.covariance is None or blocks < LEAST_RATED or ratings.island[one] != ratings.island[other]:
        return math.nan
    pair = ratings.covariance[np.ix_(codes, codes)]
    variance = float(pair[0, 0] + pair[1, 1] - 2.0 * pair[0, 1])
    return math.sqrt(max(variance, 0.0)) * repeated_looks_factor(blocks, level)


def _within(pair: PairRows, controls: PairControls | None, mask: np.ndarray) -> tuple[PairRows, PairControls | None]:
    inside = mask[pair.rows]
    return PairRows(pair.share[inside], pair.rows[inside]), None if controls is None else controls.within(inside)


def _standing(database: Database, new: str, old: str) -> tuple[str, str]:
    with database.reading() as session:
        found = standing_names(session, [new, old])
        for name in (new, old):
            if name not in found:
                raise BadInput(f"expected a model of the store, got {name!r}; {suggestion(session, name)}")
    if found[new] == found[old]:
        raise BadInput(f"expected two models, got {found[new]!r} twice; name another one")
    return found[new], found[old]


def _never_met(board: Board, new: str, old: str) -> str:
    met = {name: _met_by(board.battles, name) for name in (new, old)}
    common = sorted(met[new] & met[old])
    tail = f" (both met {', '.join(common[:3])}{' and others' if len(common) > 3 else ''})" if common else ""
    other = "judgments of" if board.selection.kind is RaterKind.judge else "votes on"
    return (
        f"expected {other} {new!r} against {old!r}, got none, because they never met{tail}; collect some directly, for "
        f"example in a campaign with these two models, or see `evenhand rank --against {old!r}` for what ratings say"
    )


def _met_by(battles: Battles, name: str) -> set[str]:
    if name not in battles.models:
        return set()
    code = battles.models.index(name)
    others = np.concatenate([battles.b[battles.a == code], battles.a[battles.b == code]])
    return {battles.models[other] for other in np.unique(others)} - {name}

"""The stop sign of a campaign: decided, not decided, or not to be decided with these raters, and why.

The first model is compared with every other one by direct votes. The share of errors is split over these comparisons:
whichever model is truly best, it is called worse than another one with probability 1 - level at most, at any look.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from arena.decisions.blocks import finished_blocks, rows_of_pair
from arena.decisions.comparison import ComparisonPlan, PairDecision, decide_blocks
from arena.decisions.sequence import LEAST_BLOCKS
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.battles import Battles

Sign = Literal["decided", "open", "impossible", "empty"]
Reason = Literal["best", "equal", "more", "few_raters", "too_close", "closed", "unconnected", "no_votes"]


@dataclass(frozen=True)
class StopSign:
    """Whether a campaign may stop.

    Attributes:
        sign: what to do: stop, go on, or change something, because going on will not decide.
        reason: why.
        leader: the model with the highest rating; None without votes.
        rival: the model that is hardest to tell from it; None where that is nobody.
        needed: number of raters for a decision on the two, if their win rate stays; None if decided or unknown.
        raters: number of raters who have voted in the campaign or may vote.
        decisions: the decision on the leader against each other model, by the name of the other, hardest first.
    """

    sign: Sign
    reason: Reason
    leader: str | None
    rival: str | None
    needed: int | None
    raters: int
    decisions: tuple[tuple[str, PairDecision], ...] = ()


def campaign_sign(
    session: Session,
    campaign_id: int,
    *,
    raters: int,
    is_closed: bool,
    now: datetime,
    plan: ComparisonPlan | None = None,
) -> StopSign:
    """The stop sign of a campaign that compares models.

    Args:
        session: a reading session.
        campaign_id: the campaign.
        raters: number of raters who have voted in it or may vote.
        is_closed: whether it hands out no more pairs.
        now: present time.
        plan: how sure and how exact the decision must be; None for the usual.
    """
    battles = read_battles(session, Selection(campaign=campaign_id))
    return sign_of(battles, raters=raters, is_closed=is_closed, now=now, plan=plan or ComparisonPlan())


def sign_of(battles: Battles, *, raters: int, is_closed: bool, now: datetime, plan: ComparisonPlan) -> StopSign:
    """The stop sign for given votes; other arguments as in `campaign_sign`."""
    if not len(battles):
        return StopSign("empty", "no_votes", None, None, None, raters)
    ratings = rate_bradley_terry(Evidence(battles), settings=RatingSettings(interval="sandwich"))
    members = [code for code in range(len(ratings.models)) if ratings.island[code] == 0]
    order = [ratings.models[code] for code in sorted(members, key=lambda code: (-ratings.rating[code], code))]
    leader, rivals = order[0], order[1:]
    if len(rivals) < len(battles.models) - 1:
        return StopSign("open", "unconnected", leader, None, None, raters)
    shared = replace(plan, level=1.0 - (1.0 - plan.level) / len(rivals), over=plan.over or is_closed)
    decisions = []
    for rival in rivals:
        pair = rows_of_pair(battles, leader, rival)
        blocks = finished_blocks(
            battles, pair, unit="rater", now=now.timestamp(), pause_hours=plan.pause_hours, over=shared.over
        )
        decisions.append((rival, decide_blocks(blocks, shared)))
    decisions.sort(key=lambda one: -_hardness(one[1]))
    hardest, found = decisions[0]
    sign, reason = _sign(found, raters, is_closed=is_closed)
    needed = None if found.is_decided or found.missing_blocks is None else found.blocks + found.missing_blocks
    return StopSign(sign, reason, leader, hardest, needed, raters, tuple(decisions))


def _hardness(found: PairDecision) -> float:
    """How far a pair is from a decision: 0 for a clear one, then equality, then the number of missing raters."""
    if found.is_decided:
        return 1.0 if found.decision == "equal" else 0.0
    return float("inf") if found.missing_blocks is None else 2.0 + found.missing_blocks


def _sign(found: PairDecision, raters: int, *, is_closed: bool) -> tuple[Sign, Reason]:
    if found.is_decided:
        return "decided", "equal" if found.decision == "equal" else "best"
    if is_closed:
        return "impossible", "closed"
    if found.decision == "beyond_horizon":
        return "impossible", "too_close"
    needed = max(found.blocks + (found.missing_blocks or 0), LEAST_BLOCKS)
    return ("impossible", "few_raters") if needed > raters else ("open", "more")

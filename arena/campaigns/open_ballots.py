"""The ballots that a rater has open: the pair on screen, the one in reserve, and the progress of the rater.

These values hold ids and tokens but no model names, so nothing that is made from them can reveal one to a rater.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from arena.campaigns.ends import EndCause
from storage.campaigns.ballots import BallotRow
from storage.values import Winner

__all__ = ["BallotPair", "BallotRow", "CampaignLine", "OpenBallots", "VoteInput", "pair_of"]


@dataclass(frozen=True)
class BallotPair:
    """The part of a ballot that its rater may see.

    Attributes:
        token: single-use token of the ballot.
        question_id: question of the pair.
        left_id: response shown left or first.
        right_id: response shown right or second.
        recorded: vote that was just undone, to be marked on the page; None elsewhere.
    """

    token: str
    question_id: int
    left_id: int
    right_id: int
    recorded: str | None = None


@dataclass(frozen=True)
class VoteInput:
    """A vote as the page sends it.

    Attributes:
        winner: choice in terms of the sides shown: `model_a` is the left side.
        seconds: time for which the pair was visible; None when unknown.
        flag: fault of the pair that the rater reports; None without one.
        comment: free text beside the vote.
        strength: strength of the preference, 1 (slight) or more; None when the page does not ask for it.
        hidden_seconds: time for which the page was in a hidden tab while the pair was open; None when unknown.
    """

    winner: Winner
    seconds: float | None = None
    flag: str | None = None
    comment: str | None = None
    strength: int | None = None
    hidden_seconds: float | None = None


@dataclass(frozen=True)
class OpenBallots:
    """The open ballots and the progress of a rater in one campaign.

    Attributes:
        campaign_id: the campaign; None for a rater who has none.
        current: pair on screen; None when nothing is left.
        next: reserved pair; None when nothing follows.
        done: number of ballots that this rater has closed in the campaign.
        total: `done` plus the ballots that this rater could still get.
        can_undo: whether there is a vote or skip to undo.
        repeated: whether the request named a ballot that was already answered.
        recorded: vote that counts, if `repeated`; None when the ballot was skipped.
        guidelines_version: version of the present guidelines; 0 without a campaign.
        end: why there is no pair on screen; None when there is one.
    """

    campaign_id: int | None
    current: BallotPair | None
    next: BallotPair | None
    done: int
    total: int
    can_undo: bool
    repeated: bool = False
    recorded: str | None = None
    guidelines_version: int = 0
    end: EndCause | None = None

    @classmethod
    def nothing(cls) -> "OpenBallots":
        """The value for a rater who was never invited to a campaign."""
        end = EndCause.unassigned
        return cls(campaign_id=None, current=None, next=None, done=0, total=0, can_undo=False, end=end)

    def with_recorded(self, winner: str | None) -> "OpenBallots":
        """The same, with the undone vote marked on the pair on screen."""
        return self if self.current is None else replace(self, current=replace(self.current, recorded=winner))

    def as_repeated(self, winner: str | None) -> "OpenBallots":
        """The same, as the reply to a ballot that was already answered."""
        return replace(self, repeated=True, recorded=winner)


class CampaignLine(NamedTuple):
    """A campaign that is open to a rater; `done` and `total` as in `OpenBallots`."""

    id: int
    name: str
    done: int
    total: int


def pair_of(row: Mapping[str, Any]) -> BallotPair:
    """The part of a ballot that its rater may see, from its columns."""
    left, right = row["response_a_id"], row["response_b_id"]
    if row["swapped"]:
        left, right = right, left
    return BallotPair(str(row["token"]), int(row["question_id"]), int(left), int(right))

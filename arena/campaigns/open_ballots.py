"""What lies on a rater's desk: the pair on screen, the one in reserve, and how far the work is.

Only ids and tokens: names of models never stand in these values, so nothing that is made from them can
carry one to a rater.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from storage.campaigns.ballots import BallotRow
from storage.values import Winner

__all__ = ["BallotPair", "BallotRow", "CampaignLine", "OpenBallots", "VoteInput", "pair_of"]


@dataclass(frozen=True)
class BallotPair:
    """A ballot as its rater may see it.

    Attributes:
        token: names the ballot to the server, single-use.
        question_id: the question.
        left_id: the response shown left or first.
        right_id: the other response.
        recorded: the verdict that was taken back by undo, to be marked on the page.
    """

    token: str
    question_id: int
    left_id: int
    right_id: int
    recorded: str | None = None


@dataclass(frozen=True)
class VoteInput:
    """What a rater chose, `winner` in terms of what was shown: `model_a` is the left side.

    Attributes:
        winner: the choice.
        seconds: time for which the pair was visible, None when unknown.
        flag: what is broken about the pair, None when nothing is.
        comment: free text beside the vote.
        strength: how much better, 1 (slightly) or more; None when not asked.
    """

    winner: Winner
    seconds: float | None = None
    flag: str | None = None
    comment: str | None = None
    strength: int | None = None


@dataclass(frozen=True)
class OpenBallots:
    """The state of a rater's work in one study.

    Attributes:
        campaign_id: the study, None when no study is open to the rater.
        current: the pair on screen, None when nothing is left.
        next: the reserved pair, None when nothing follows.
        done: ballots that this rater has closed in the study.
        total: those plus all that this rater could still get.
        can_undo: whether there is a verdict or skip to take back.
        repeated: whether the call named a ballot that was answered before.
        recorded: with `repeated`, the verdict that counts; None when it was skipped.
        guidelines_version: of the study's present guidelines, 0 without a study.
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

    @classmethod
    def nothing(cls) -> "OpenBallots":
        """The desk of a rater to whom no study is open."""
        return cls(campaign_id=None, current=None, next=None, done=0, total=0, can_undo=False)

    def with_recorded(self, winner: str | None) -> "OpenBallots":
        """The same desk, with the verdict that was taken back marked on the pair on screen."""
        return self if self.current is None else replace(self, current=replace(self.current, recorded=winner))

    def as_repeated(self, winner: str | None) -> "OpenBallots":
        """The same desk, in answer to a ballot that was answered before."""
        return replace(self, repeated=True, recorded=winner)


class CampaignLine(NamedTuple):
    """A study that a rater may work in, with `OpenBallots.done` and `OpenBallots.total`."""

    id: int
    name: str
    done: int
    total: int


def pair_of(row: Mapping[str, Any]) -> BallotPair:
    """A ballot's columns as its rater may see them."""
    left, right = row["response_a_id"], row["response_b_id"]
    if row["swapped"]:
        left, right = right, left
    return BallotPair(str(row["token"]), int(row["question_id"]), int(left), int(right))

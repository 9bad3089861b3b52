"""The ballots that a rater has open: the one on screen, the one in reserve, and the progress of the rater.

These values hold ids and tokens but no model names, so nothing that is made from them can reveal one to a rater.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from arena.campaigns.ends import EndCause
from arena.campaigns.score_recording import RecordedScores
from arena.campaigns.scoring import GivenScores
from storage.campaigns.ballots import BallotRow
from storage.values import Winner

__all__ = ["BallotRow", "CampaignLine", "GoldFeedback", "OpenBallot", "OpenBallots", "RecordedAnswer", "VoteInput"]


@dataclass(frozen=True)
class GoldFeedback:
    """What a rater is told after a wrong answer to an onboarding item.

    Attributes:
        question_id: question of the item.
        winner: right answer in terms of the sides shown; None for a score.
        given: what the rater answered: a choice, a step of the scale, or None for "cannot judge".
        place: number of the response among those shown, from 0; None for a pair.
        dimension: dimension of the score; None for a pair.
        score_low: lowest accepted score; None for a pair.
        score_high: highest accepted score; None for a pair.
        explanation: why that is right; None without a text.
    """

    question_id: int
    winner: str | None = None
    given: str | int | None = None
    place: int | None = None
    dimension: str | None = None
    score_low: float | None = None
    score_high: float | None = None
    explanation: str | None = None


@dataclass(frozen=True)
class RecordedAnswer:
    """What a rater answered on a ballot: a vote, scores, or both; nothing for a skip."""

    winner: str | None = None
    scores: RecordedScores = ()


@dataclass(frozen=True)
class OpenBallot:
    """The part of a ballot that its rater may see.

    Attributes:
        token: single-use token of the ballot.
        question_id: question of the ballot.
        response_ids: responses in the order shown; of a pair, the left one first.
        recorded: vote that was just undone, to be marked on the page; None elsewhere.
        scores: scores that were just undone, likewise.
    """

    token: str
    question_id: int
    response_ids: tuple[int, ...]
    recorded: str | None = None
    scores: RecordedScores = ()

    @property
    def left_id(self) -> int:
        """Response shown left or first."""
        return self.response_ids[0]

    @property
    def right_id(self) -> int:
        """Response shown right or second, of a pair."""
        return self.response_ids[1]


@dataclass(frozen=True)
class VoteInput:
    """A vote as the page sends it.

    Attributes:
        winner: choice in terms of the sides shown: `model_a` is the left side.
        seconds: time for which the pair was visible; None when unknown.
        flag: fault of the pair that the rater reports; None without one.
        comment: free text beside the vote.
        strength: strength of the preference, 1 (slight) or 2 (much); None when it was not given.
        reasons: what decided, words of `storage.values.VoteReason`; empty without any.
        hidden_seconds: time for which the page was in a hidden tab while the pair was open; None when unknown.
        scores: scores of the left and the right response; empty without any.
    """

    winner: Winner
    seconds: float | None = None
    flag: str | None = None
    comment: str | None = None
    strength: int | None = None
    hidden_seconds: float | None = None
    scores: GivenScores = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class OpenBallots:
    """The open ballots and the progress of a rater in one campaign.

    Attributes:
        campaign_id: the campaign; None for a rater who has none.
        current: ballot on screen; None when nothing is left.
        next: reserved ballot; None when nothing follows.
        done: number of ballots that this rater has closed in the campaign.
        total: `done` plus the ballots that this rater could still get.
        can_undo: whether there is a vote or skip to undo.
        repeated: whether the request named a ballot that was already answered.
        recorded: vote that counts, if `repeated`; None when the ballot was skipped.
        scores: scores that count, if `repeated`.
        guidelines_version: version of the present guidelines; 0 without a campaign.
        end: why there is no pair on screen; None when there is one.
        feedback: expected answers to the onboarding items that were just answered wrongly, where the campaign says so.
        campaigns: the campaigns that are open to the rater, where the page asks for its whole state.
    """

    campaign_id: int | None
    current: OpenBallot | None
    next: OpenBallot | None
    done: int
    total: int
    can_undo: bool
    repeated: bool = False
    recorded: str | None = None
    scores: RecordedScores = ()
    guidelines_version: int = 0
    end: EndCause | None = None
    feedback: tuple[GoldFeedback, ...] = ()
    campaigns: "tuple[CampaignLine, ...]" = ()

    @classmethod
    def nothing(cls) -> "OpenBallots":
        """The value for a rater who was never invited to a campaign."""
        end = EndCause.unassigned
        return cls(campaign_id=None, current=None, next=None, done=0, total=0, can_undo=False, end=end)

    def with_recorded(self, answer: RecordedAnswer) -> "OpenBallots":
        """The same, with the undone answer marked on the ballot on screen."""
        if self.current is None:
            return self
        return replace(self, current=replace(self.current, recorded=answer.winner, scores=answer.scores))

    def as_repeated(self, answer: RecordedAnswer) -> "OpenBallots":
        """The same, as the reply to a ballot that was already answered."""
        return replace(self, repeated=True, recorded=answer.winner, scores=answer.scores)


class CampaignLine(NamedTuple):
    """A campaign that is open to a rater; `done` and `total` as in `OpenBallots`."""

    id: int
    name: str
    done: int
    total: int

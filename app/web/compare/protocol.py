"""The voting service that the vote API calls, and the types of its JSON.

Texts are sanitised HTML. No type contains a model name.
"""

from dataclasses import dataclass
from typing import Protocol

from app.web.compare.scales import PageScores, Scale
from app.web.media.page_pictures import PagePicture
from storage.values import FlagReason, Language, SkipReason, Winner


@dataclass(frozen=True)
class RenderedPair:
    """One ballot as shown on the page.

    Attributes:
        token: identifies the ballot in later calls.
        question: HTML of the first user turn.
        left: HTML of the left response, with later user turns.
        right: HTML of the right response, with later user turns.
        recorded: the vote that was taken back or given before, if any.
        scores: scores that were taken back or given with it, if any.
        question_pictures: pictures of the first user turn.
        left_pictures: pictures of the left response, and of later user turns.
        right_pictures: pictures of the right response, and of later user turns.
    """

    token: str
    question: str
    left: str
    right: str
    recorded: str | None = None
    scores: PageScores = ()
    question_pictures: tuple[PagePicture, ...] = ()
    left_pictures: tuple[PagePicture, ...] = ()
    right_pictures: tuple[PagePicture, ...] = ()


@dataclass(frozen=True)
class VoteDetails:
    """What a rater said beside the choice; all of it may be missing."""

    flag: str | None = None
    comment: str | None = None
    strength: int | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class OpenedPair:
    """An own vote that was opened again; `pair.recorded` is the vote that stands."""

    pair: RenderedPair
    details: VoteDetails


@dataclass(frozen=True)
class PairSource:
    """The texts of a pair as they were written, as HTML of preformatted text."""

    question: str
    left: str
    right: str


@dataclass(frozen=True)
class HistoryLine:
    """One own vote or skip in the history.

    Attributes:
        token: identifies the ballot when it is opened again.
        question: beginning of the question, plain text.
        choice: the vote that stands; None for a skip.
        at: time of the first answer, UTC, ISO 8601.
        strength: 1 (slightly) or 2 (much); None when it was not given.
        reasons: what decided.
        flag: fault that the rater reported.
        pictures: pictures of the question.
    """

    token: str
    question: str
    choice: str | None
    at: str
    strength: int | None
    reasons: tuple[str, ...]
    flag: str | None
    pictures: tuple[PagePicture, ...] = ()


@dataclass(frozen=True)
class OwnNumbers:
    """The rater's own numbers in a campaign; fields as in `arena.campaigns.own_work.votes.OwnStatistics`."""

    votes: int
    ties: int
    both_bad: int
    skips: int
    median_seconds: float | None


@dataclass(frozen=True)
class VoteHistory:
    """The last own votes in a campaign, newest first, and the rater's own numbers."""

    lines: tuple[HistoryLine, ...]
    own: OwnNumbers


@dataclass(frozen=True)
class BallotProgress:
    """Number of ballots that the rater has closed in a campaign, and their total."""

    done: int
    total: int


@dataclass(frozen=True)
class ExpectedAnswer:
    """What a rater is told after a wrong answer to an onboarding item.

    Attributes:
        question: beginning of the question, plain text.
        winner: right choice in terms of the sides shown; None for a score.
        given: what the rater answered: a choice, a step, or None for "cannot judge".
        place: number of the response, from 0; None for a pair.
        dimension: dimension of the score; None for a pair.
        low: lowest accepted score; None for a pair.
        high: highest accepted score; None for a pair.
        explanation: why that is right, plain text; None without one.
    """

    question: str
    winner: str | None
    given: str | int | None
    place: int | None
    dimension: str | None
    low: float | None
    high: float | None
    explanation: str | None


@dataclass(frozen=True)
class CampaignView:
    """The campaign on screen.

    Attributes:
        id: number of the campaign.
        name: its name.
        guidelines: HTML.
        guidelines_version: version of the guidelines.
        example: whether its votes are example data.
        strength: whether raters may say how much better a response is.
        scale: what both responses may be scored on after each vote; None without scores.
    """

    id: int
    name: str
    guidelines: str
    guidelines_version: int
    example: bool = False
    strength: bool = True
    scale: Scale | None = None


@dataclass(frozen=True)
class CampaignChoice:
    """One of the campaigns that a rater can choose from."""

    id: int
    name: str
    done: int
    total: int


@dataclass(frozen=True)
class CompareState:
    """The full state of the Compare page.

    Attributes:
        campaign: the campaign on screen, None if this rater has none.
        campaigns: all campaigns open to this rater.
        progress: progress in the campaign on screen.
        current: the pair on screen.
        next: the next pair, reserved in advance.
        finished: whether the rater has completed this campaign.
        can_undo: whether there is a vote to take back.
        end: why there is no pair on screen, a member of `arena.campaigns.ends.EndCause`; None when there is one.
        may_pass: whether that cause may pass, so that the page offers to look again.
        others: whether the rater also has campaigns of scores.
        own: the rater's own numbers, only at an end.
        live: whether the rater also has live campaigns.
    """

    campaign: CampaignView | None
    campaigns: tuple[CampaignChoice, ...]
    progress: BallotProgress
    current: RenderedPair | None
    next: RenderedPair | None
    finished: bool
    can_undo: bool
    end: str | None = None
    may_pass: bool = False
    others: bool = False
    own: OwnNumbers | None = None
    live: bool = False


@dataclass(frozen=True)
class BallotToken:
    """The token of a ballot already on screen."""

    token: str


@dataclass(frozen=True)
class SavedBallot:
    """The reply to a vote or a skip.

    Attributes:
        recorded: the vote that counts (the first one); None for a skip.
        repeated: whether this ballot was closed before.
        progress: progress after this ballot.
        current: the pair on screen: its token if the page already shows it, else the whole pair.
        next: the pair after that, reserved in advance.
        finished: whether the campaign is completed.
        can_undo: whether there is a vote to take back.
        guidelines_version: current version of the campaign's guidelines; the page shows new ones before the next pair.
        end: as in `CompareState`.
        may_pass: as in `CompareState`.
        feedback: right answers to the onboarding item that was just answered wrongly, where the campaign says so.
    """

    recorded: str | None
    repeated: bool
    progress: BallotProgress
    current: BallotToken | RenderedPair | None
    next: RenderedPair | None
    finished: bool
    can_undo: bool = True
    guidelines_version: int = 0
    end: str | None = None
    may_pass: bool = False
    feedback: tuple[ExpectedAnswer, ...] = ()


@dataclass(frozen=True)
class Vote:
    """A vote from the page, checked for form.

    Attributes:
        seconds: time the pair was visible, None if unknown.
        showing: token of the pair that the page shows next.
        strength: 1 (slightly) or 2 (much), only with a better side; None if not given.
        reasons: what decided.
        hidden_seconds: time the pair was open in a hidden tab, None if unknown.
        scores: scores of the left and the right response, where the campaign asks for them; empty without any.
    """

    token: str
    choice: Winner
    seconds: float | None = None
    flag: FlagReason | None = None
    comment: str | None = None
    showing: str | None = None
    strength: int | None = None
    reasons: tuple[str, ...] = ()
    hidden_seconds: float | None = None
    scores: PageScores = ()


@dataclass(frozen=True)
class Skip:
    """A skip from the page, checked for form; `showing` as in `Vote`."""

    token: str
    reason: SkipReason
    flag: FlagReason | None = None
    comment: str | None = None
    showing: str | None = None


class CompareService(Protocol):
    """The voting service; each method checks that the ballot or campaign belongs to the rater.

    Methods run concurrently in worker threads. They raise `NotFound` for a ballot or campaign that the rater does not
    have, `NotAllowed` for one of another rater, `Conflict` for one that has changed.
    """

    def state(self, rater_id: int, campaign_id: int | None, language: Language) -> CompareState:
        """Open or resume the campaign with this id, or one with pairs left."""

    def shown(self, rater_id: int, token: str) -> None:
        """Record when the pair became visible."""

    def vote(self, rater_id: int, vote: Vote) -> SavedBallot:
        """Record a vote, or return the earlier vote on this ballot."""

    def skip(self, rater_id: int, skip: Skip) -> SavedBallot:
        """Skip a pair."""

    def undo(self, rater_id: int, language: Language) -> CompareState:
        """Take back the last vote or skip; its pair becomes `current`."""

    def history(self, rater_id: int, campaign_id: int) -> VoteHistory:
        """Return the rater's last votes and skips in a campaign."""

    def open_again(self, rater_id: int, token: str) -> OpenedPair:
        """Show an own vote again; nothing is written."""

    def change(self, rater_id: int, vote: Vote) -> bool:
        """Replace an own vote, and return whether anything changed."""

    def source(self, rater_id: int, token: str) -> PairSource:
        """Return the texts of an own pair as they were written."""

"""The rating service that the API of the Rate page calls, and the types of its JSON.

Texts are sanitised HTML. No type contains a model name.
"""

from dataclasses import dataclass
from typing import Protocol

from app.web.compare.protocol import BallotProgress, BallotToken, CampaignChoice, CampaignView, ExpectedAnswer, Skip
from app.web.compare.scales import PageScores
from app.web.media.page_pictures import PagePicture
from storage.values import FlagReason, Language


@dataclass(frozen=True)
class RatingCampaignView(CampaignView):
    """The campaign on screen, with its scale and whether responses stand alone (`single`) or `side_by_side`."""

    layout: str = "single"


@dataclass(frozen=True)
class RenderedResponses:
    """One ballot as shown on the page.

    Attributes:
        token: identifies the ballot in later calls.
        question: HTML of the first user turn.
        responses: HTML of each response in the order shown, with later user turns.
        scores: the scores that were taken back or given before; empty without any.
        question_pictures: pictures of the first user turn.
        response_pictures: pictures of each response, and of later user turns.
    """

    token: str
    question: str
    responses: tuple[str, ...]
    scores: PageScores = ()
    question_pictures: tuple[PagePicture, ...] = ()
    response_pictures: tuple[tuple[PagePicture, ...], ...] = ()


@dataclass(frozen=True)
class ScoreRemarks:
    """What a rater said beside the scores; all of it may be missing."""

    flag: str | None = None
    comment: str | None = None


@dataclass(frozen=True)
class OpenedResponses:
    """Own scores that were opened again; `ballot.scores` are those that stand."""

    ballot: RenderedResponses
    details: ScoreRemarks


@dataclass(frozen=True)
class ResponsesSource:
    """The texts of a ballot as they were written, as HTML of preformatted text."""

    question: str
    responses: tuple[str, ...]


@dataclass(frozen=True)
class RatedLine:
    """One own ballot in the history.

    Attributes:
        token: identifies the ballot when it is opened again.
        question: beginning of the question, plain text.
        scores: the scores that stand; empty for a skip.
        at: time of the first answer, UTC, ISO 8601.
        flag: fault that the rater reported.
        pictures: pictures of the question.
    """

    token: str
    question: str
    scores: PageScores
    at: str
    flag: str | None
    pictures: tuple[PagePicture, ...] = ()


@dataclass(frozen=True)
class OwnScoreNumbers:
    """The rater's own numbers; fields as in `arena.campaigns.own_work.scores.OwnScoreStatistics`."""

    ballots: int
    scores: int
    unjudged: int
    skips: int
    median_seconds: float | None


@dataclass(frozen=True)
class ScoreHistory:
    """The last own ballots in a campaign, newest first, and the rater's own numbers."""

    lines: tuple[RatedLine, ...]
    own: OwnScoreNumbers


@dataclass(frozen=True)
class RateState:
    """The full state of the Rate page; fields as in `app.web.compare.protocol.CompareState`.

    Attributes:
        others: whether the rater also has campaigns with pairs.
        own: the rater's own numbers, only at an end.
        live: whether the rater also has live campaigns.
    """

    campaign: RatingCampaignView | None
    campaigns: tuple[CampaignChoice, ...]
    progress: BallotProgress
    current: RenderedResponses | None
    next: RenderedResponses | None
    can_undo: bool
    end: str | None = None
    may_pass: bool = False
    others: bool = False
    own: OwnScoreNumbers | None = None
    live: bool = False


@dataclass(frozen=True)
class SavedScores:
    """The reply to scores or a skip; fields as in `app.web.compare.protocol.SavedBallot`.

    Attributes:
        scores: the scores that count (the first ones) if the ballot was closed before.
    """

    repeated: bool
    scores: PageScores
    progress: BallotProgress
    current: BallotToken | RenderedResponses | None
    next: RenderedResponses | None
    can_undo: bool = True
    guidelines_version: int = 0
    end: str | None = None
    may_pass: bool = False
    feedback: tuple[ExpectedAnswer, ...] = ()


@dataclass(frozen=True)
class PageAnswer:
    """Scores from the page, checked for form.

    Attributes:
        seconds: time the ballot was visible, None if unknown.
        showing: token of the ballot that the page shows next.
    """

    token: str
    scores: PageScores
    seconds: float | None = None
    flag: FlagReason | None = None
    comment: str | None = None
    showing: str | None = None


class RateService(Protocol):
    """The rating service; each method checks that the ballot or campaign belongs to the rater.

    Methods run concurrently in worker threads. They raise `NotFound` for a ballot or campaign that the rater does not
    have, `Conflict` for one that has changed, `BadInput` for scores that the campaign does not ask for.
    """

    def state(self, rater_id: int, campaign_id: int | None, language: Language) -> RateState:
        """Open or resume the campaign with this id, or one with ballots left."""

    def shown(self, rater_id: int, token: str) -> None:
        """Record when the ballot became visible."""

    def answer(self, rater_id: int, answer: PageAnswer) -> SavedScores:
        """Record scores, or return the earlier scores of this ballot."""

    def skip(self, rater_id: int, skip: Skip) -> SavedScores:
        """Skip a ballot."""

    def undo(self, rater_id: int, language: Language) -> RateState:
        """Take back the last scores or skip; their ballot becomes `current`."""

    def history(self, rater_id: int, campaign_id: int) -> ScoreHistory:
        """Return the rater's last scores in a campaign."""

    def open_again(self, rater_id: int, token: str) -> OpenedResponses:
        """Show own scores again; nothing is written."""

    def change(self, rater_id: int, answer: PageAnswer) -> bool:
        """Replace own scores, and return whether anything changed."""

    def source(self, rater_id: int, token: str) -> ResponsesSource:
        """Return the texts of an own ballot as they were written."""

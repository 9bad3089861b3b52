"""What the vote API needs of whoever runs the votes, in the shape of its JSON.

Texts are HTML that was rendered and sanitised already. Nothing here names a model.
"""

from dataclasses import dataclass
from typing import Protocol

from storage.values import FlagReason, SkipReason, Winner


@dataclass(frozen=True)
class RenderedPair:
    """One ballot as the page shows it.

    Attributes:
        token: names the ballot in every later call.
        question: HTML of the first user turn.
        left: HTML of the later turns with the response shown left.
        right: the same for the other side.
        recorded: the verdict that was taken back or given before, if any.
    """

    token: str
    question: str
    left: str
    right: str
    recorded: str | None = None


@dataclass(frozen=True)
class BallotProgress:
    """How many ballots this rater closed in a study, of how many."""

    done: int
    total: int


@dataclass(frozen=True)
class CampaignView:
    """The study on screen; `guidelines` is HTML, `example` says that its verdicts are example data."""

    id: int
    name: str
    guidelines: str
    guidelines_version: int
    example: bool = False


@dataclass(frozen=True)
class CampaignChoice:
    """One of the studies that a rater may choose from."""

    id: int
    name: str
    done: int
    total: int


@dataclass(frozen=True)
class CompareState:
    """Everything that the page needs to begin or to go on.

    Attributes:
        campaign: the study on screen, None when no study is open to this rater.
        campaigns: all that are.
        progress: in the study on screen.
        current: the pair to show.
        next: the pair after it, reserved and ready.
        finished: whether the rater has nothing left to do in this study.
        can_undo: whether there is a verdict to take back.
    """

    campaign: CampaignView | None
    campaigns: tuple[CampaignChoice, ...]
    progress: BallotProgress
    current: RenderedPair | None
    next: RenderedPair | None
    finished: bool
    can_undo: bool


@dataclass(frozen=True)
class BallotToken:
    """A ballot by its name alone."""

    token: str


@dataclass(frozen=True)
class SavedBallot:
    """The answer to a vote or a skip.

    Attributes:
        recorded: the verdict that counts, which is the first one; None for a skip.
        repeated: whether this ballot was closed before.
        progress: after it.
        current: the pair on screen from now on: by its name if the page shows it already, else whole.
        next: the pair after that.
        finished: whether nothing is left.
        can_undo: whether there is a verdict to take back.
        guidelines_version: of the study's present guidelines; another one than before is to be read first.
    """

    recorded: str | None
    repeated: bool
    progress: BallotProgress
    current: BallotToken | RenderedPair | None
    next: RenderedPair | None
    finished: bool
    can_undo: bool = True
    guidelines_version: int = 0


@dataclass(frozen=True)
class Vote:
    """A verdict as the page sends it, checked for form.

    Attributes:
        seconds: for which the pair was visible, None when unknown.
        showing: the token of the pair that the page shows from now on.
    """

    token: str
    choice: Winner
    seconds: float | None = None
    flag: FlagReason | None = None
    comment: str | None = None
    showing: str | None = None


@dataclass(frozen=True)
class Skip:
    """A pair passed on, checked for form; `showing` as in `Vote`."""

    token: str
    reason: SkipReason
    flag: FlagReason | None = None
    comment: str | None = None
    showing: str | None = None


class CompareService(Protocol):
    """The voting service; each method checks that the ballot or study is this rater's own.

    They run in worker threads, several at a time. They raise `NotFound` for a ballot or study that this rater
    does not hold, `NotAllowed` for one that is somebody else's, `Conflict` for one that has moved on.
    """

    def state(self, rater_id: int, campaign_id: int | None) -> CompareState:
        """Open or resume a study: the one with this number, or the one with work left."""

    def shown(self, rater_id: int, token: str) -> None:
        """Stamp the moment at which the page became visible."""

    def vote(self, rater_id: int, vote: Vote) -> SavedBallot:
        """Record a verdict, or say what was recorded for the ballot before."""

    def skip(self, rater_id: int, skip: Skip) -> SavedBallot:
        """Pass a pair on."""

    def undo(self, rater_id: int) -> CompareState:
        """Take the last verdict or skip back; its pair becomes `current`."""

"""The words of live conversations: what is offered, what came back, and what a rater sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from storage.conversations.live_campaigns import LiveSettings
from storage.errors import BadInput, EvenhandError
from storage.values import AnswerState, ConversationState, ImagePart, Winner


class TooManyConversations(EvenhandError):
    """A rater has begun as many conversations as the campaign allows within a day."""


class TooManyPictures(EvenhandError):
    """A rater has sent as many images as are allowed within a day."""


class WrongPictures(BadInput):
    """A prompt names images that are not its rater's, are too many, or cannot be taken here."""


class TooFewModelsSee(BadInput):
    """Fewer than two models that read images can be drawn for a prompt with images."""


class PromptRefused(EvenhandError):
    """Moderation refused a prompt; it was sent to no model."""


class ModerationDown(EvenhandError):
    """A prompt cannot be checked now, and unchecked prompts are refused."""


class Offer(NamedTuple):
    """A model on offer: id, name, weight in the draw above 0, generation settings, and whether it reads images."""

    model_id: int
    name: str
    weight: float
    settings: Mapping[str, Any]
    sees: bool = False


@dataclass(frozen=True)
class AnswerOutcome:
    """What came back for one answer; None where it is unknown.

    Attributes:
        text: the whole text.
        finish: why it ended, as the endpoint says.
        state: `done`, or `stopped` where the rater stopped it.
        prompt_tokens: number of prompt tokens.
        completion_tokens: number of answer tokens.
        first_seconds: time to the first text.
        latency_seconds: time to the end.
        cost: price of the answer.
    """

    text: str
    finish: str = "stop"
    state: AnswerState = AnswerState.done
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first_seconds: float | None = None
    latency_seconds: float | None = None
    cost: float | None = None


@dataclass(frozen=True)
class LiveVote:
    """A vote of a rater on a conversation; fields as on the Compare page."""

    winner: Winner
    seconds: float | None = None
    hidden_seconds: float | None = None
    flag: str | None = None
    comment: str | None = None
    strength: int | None = None
    reasons: tuple[str, ...] = ()


class LiveAnswer(NamedTuple):
    """One answer of a conversation; `side` is `a` for the left one."""

    id: int
    turn: int
    side: str
    model_id: int
    state: AnswerState
    text: str
    requests: int


@dataclass(frozen=True)
class LiveConversation:
    """A conversation with the answers that stand.

    Attributes:
        id: number in the store.
        rater_id: the rater.
        token: the name of the conversation outside the store.
        campaign_id: the campaign.
        state: state of the conversation.
        prompts: texts of the rater's prompts, oldest first.
        answers: answers by turn and side.
        settings: settings of the campaign.
        is_shown: whether the rater has seen a part of an answer.
        publishable: whether the rater allows to publish it.
        winner: recorded choice, None without a vote.
        is_void: whether an answer names a model, so that the vote does not count.
        names: names of both models, left first, where they may be shown.
        cause: why it ended without a vote: `left`, `failed`, `moderated`, `moderation_down` or `erased`.
        pictures: images of each prompt that has any, by the number of the prompt.
    """

    id: int
    rater_id: int
    token: str
    campaign_id: int
    state: ConversationState
    prompts: tuple[str, ...]
    answers: tuple[LiveAnswer, ...]
    settings: LiveSettings
    is_shown: bool = False
    publishable: bool = False
    winner: str | None = None
    is_void: bool = False
    names: tuple[str, str] | None = None
    cause: str | None = None
    pictures: Mapping[int, Sequence[ImagePart]] = field(default_factory=dict)

    def writing(self) -> list[LiveAnswer]:
        """The answers that are still to be written."""
        return [answer for answer in self.answers if answer.state is AnswerState.writing]

    def latest(self) -> dict[str, LiveAnswer]:
        """The answers to the last prompt by side."""
        return {answer.side: answer for answer in self.answers if answer.turn == len(self.prompts) - 1}

    def messages(self, side: str) -> list[dict[str, Any]]:
        """The messages up to the last prompt as the model of a side gets them; a prompt with images is its parts."""
        told: list[dict[str, Any]] = []
        own = {answer.turn: answer.text for answer in self.answers if answer.side == side}
        for turn, prompt in enumerate(self.prompts):
            parts = [{"type": "text", "text": prompt}, *self.pictures.get(turn, ())]
            told.append({"role": "user", "content": parts if turn in self.pictures else prompt})
            if turn < len(self.prompts) - 1:
                told.append({"role": "assistant", "content": own[turn]})
        return told


@dataclass(frozen=True)
class LiveState:
    """What a rater sees on the page.

    Attributes:
        campaigns: names of the live campaigns of the rater by id.
        conversation: the open conversation.
        n_voted: number of conversations of its campaign on which the rater has voted.
        has_pairs: whether the rater also has campaigns with stored pairs.
    """

    campaigns: Mapping[int, str] = field(default_factory=dict)
    conversation: LiveConversation | None = None
    n_voted: int = 0
    has_pairs: bool = False

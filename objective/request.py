"""Requests to a model and their results: the interface between tasks and backends.

A task makes requests, a backend answers them; neither knows more about the other than this file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from objective.images import ItemImage
from storage.errors import EvenhandError

Finish = Literal["stop", "end", "length", "refused"]
"""Why a text ended: at a stop string, at the model's end token, at the limit of new tokens, or because the service
refused to answer."""


@dataclass(frozen=True)
class ScoreRequest:
    """Asks for the log-likelihood of a continuation after a context.

    Attributes:
        context: text before the continuation; if empty, the continuation follows the model's first token.
        continuation: text to score, including its leading space if the task uses one.
        group: name shared by requests with a long common prefix, such as the examples of a subject. It affects speed
            only, never the result.
    """

    context: str
    continuation: str
    group: str = ""


@dataclass(frozen=True)
class ScoredContinuation:
    """The log-likelihood of a continuation.

    Attributes:
        nats: sum of the natural log-probabilities of its tokens.
        tokens: number of tokens.
        bytes: length in UTF-8.
        greedy: whether every token was the likeliest at its position.
        truncated: tokens cut from the left of the context to fit.
    """

    nats: float
    tokens: int
    bytes: int
    greedy: bool
    truncated: int = 0


@dataclass(frozen=True)
class RollingRequest:
    """Asks for the log-likelihood of a whole text, in windows of the model's maximum length."""

    text: str


@dataclass(frozen=True)
class Sampling:
    """How text is generated.

    Attributes:
        max_tokens: maximum number of new tokens.
        temperature: sampling temperature; 0 for the likeliest token each time.
        top_p: share of the probability mass to sample from, in (0, 1].
        seed: sampling seed; the same seed gives the same text, whatever else is in the batch.
        stop: strings that end the text; they are cut off.
        samples: number of texts per prompt.
        top_logprobs: number of likeliest tokens to report at each position; 0 for none.
    """

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    samples: int = 1
    top_logprobs: int = 0


PieceListener = Callable[[str], None]
"""Gets the text that a model has written so far, each time there is more of it; called in the thread that writes."""
IsWanted = Callable[[], bool]
"""Whether somebody still waits for a text; asked at each token, in the thread that writes."""


@dataclass(frozen=True)
class ChatTurn:
    """One turn of a chat; its images are shown before its text."""

    role: Literal["system", "user", "assistant"]
    content: str
    images: tuple[ItemImage, ...] = ()


@dataclass(frozen=True)
class GenerateRequest:
    """Asks for text after a prompt.

    Attributes:
        prompt: text sent unchanged; it already contains special tokens and the chat template.
        sampling: how the text is generated.
        group: as in `ScoreRequest`.
        turns: the prompt as chat turns, for a backend that applies its own template; empty for plain text.
        images: images shown before a plain prompt; those of a chat are in its turns.
        listener: is told of the first sample while it is written, by a model in this process; None for nobody.
        is_wanted: whether its texts are still wanted; once they are not, a model in this process ends them at their
            next token, and there is no result. None for texts that are always wanted.
    """

    prompt: str
    sampling: Sampling
    group: str = ""
    turns: tuple[ChatTurn, ...] = ()
    images: tuple[ItemImage, ...] = ()
    listener: PieceListener | None = field(default=None, compare=False, repr=False)
    is_wanted: IsWanted | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class GeneratedToken:
    """One token of a generated text.

    Attributes:
        text: text of the token.
        top: natural log-probabilities of the likeliest tokens at this position and of the token itself, by text,
            before temperature and `top_p`. Tokens with the same text are added up.
    """

    text: str
    top: Mapping[str, float]


@dataclass(frozen=True)
class GeneratedText:
    """One generated text.

    Attributes:
        text: the text without the stop string that ended it.
        finish: why it ended.
        prompt_tokens: number of tokens read.
        completion_tokens: number of tokens generated.
        truncated: tokens cut from the left of the prompt to fit.
        tokens: tokens of the text if `top_logprobs` is set, without the token that ended it.
    """

    text: str
    finish: Finish
    prompt_tokens: int
    completion_tokens: int
    truncated: int = 0
    tokens: tuple[GeneratedToken, ...] = ()


@dataclass(frozen=True)
class FailedRequest:
    """Takes the place of a result that a backend could not get, though it can get others.

    Attributes:
        error: error that a single request would raise.
    """

    error: EvenhandError


class BackendOutage(EvenhandError):
    """A backend cannot go on for now: requests without a result are open, not failed."""


class Backend(Protocol):
    """Runs a model. Each result comes with the position of its request, in any order."""

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score continuations."""

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score whole texts."""

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        """Generate texts, as many per request as its sampling asks for."""

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text as the model reads them, including special tokens."""


class FallibleBackend(Protocol):
    """A backend, or one whose single requests can fail while others get their results.

    It raises `BackendOutage` after the results that it has if it cannot go on.
    """

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation | FailedRequest]]:
        """Score continuations."""

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score whole texts."""

    def generate(
        self, requests: Sequence[GenerateRequest]
    ) -> Iterator[tuple[int, tuple[GeneratedText, ...] | FailedRequest]]:
        """Generate texts, as many per request as its sampling asks for."""

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text as the model reads them, including special tokens."""

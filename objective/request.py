"""The words of running a local model: what it is asked, and what comes back.

A task makes requests, a backend answers them; neither knows more of the other than this file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Finish = Literal["stop", "end", "length", "refused"]
"""A stop string was met, the model ended its turn, the limit of new tokens was reached, or whoever serves the model
refused to answer."""


@dataclass(frozen=True)
class ScoreRequest:
    """Log-likelihood of a continuation after a context.

    Attributes:
        context: may be empty; then the continuation follows the model's first token.
        continuation: scored, with its leading space where the task wants one.
        group: requests of one group share a long prefix, such as the shots of a subject; the engine may rely on it
            for speed only, never for the result.
    """

    context: str
    continuation: str
    group: str = ""


@dataclass(frozen=True)
class ScoredContinuation:
    """What a continuation scored.

    Attributes:
        nats: sum of the natural log-probabilities of its tokens.
        tokens: how many.
        bytes: of the continuation in UTF-8.
        greedy: whether each of its tokens was the likeliest.
        truncated: tokens cut from the left of the context to fit.
    """

    nats: float
    tokens: int
    bytes: int
    greedy: bool
    truncated: int = 0


@dataclass(frozen=True)
class RollingRequest:
    """Log-likelihood of a whole text, in windows as long as the model reads."""

    text: str


@dataclass(frozen=True)
class Sampling:
    """How text is generated.

    Attributes:
        max_tokens: new ones at most.
        temperature: 0 for the likeliest token each time.
        top_p: share of probability that is sampled from.
        seed: of the draw; the same seed gives the same text whatever stands beside it in a batch.
        stop: strings that end the text; they are cut off.
        samples: how many texts for one prompt.
        top_logprobs: likeliest tokens that are told at each place of the text; 0 for none.
    """

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    samples: int = 1
    top_logprobs: int = 0


@dataclass(frozen=True)
class ChatTurn:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class GenerateRequest:
    """Text after a prompt.

    Attributes:
        prompt: sent as it is: special tokens and chat template are already in it.
        sampling: how text is written.
        group: as in `ScoreRequest`.
        turns: the same as a chat, for a backend that applies a template of its own; empty where it is none.
    """

    prompt: str
    sampling: Sampling
    group: str = ""
    turns: tuple[ChatTurn, ...] = ()


@dataclass(frozen=True)
class GeneratedToken:
    """One token of a generated text.

    Attributes:
        text: of the token.
        top: natural log-probability of the likeliest tokens at its place, by their text, and of its own; before
            temperature and `top_p`. Tokens of one text count together.
    """

    text: str
    top: Mapping[str, float]


@dataclass(frozen=True)
class GeneratedText:
    """One generated text.

    Attributes:
        text: without the stop string that ended it.
        finish: why it ended.
        prompt_tokens: read.
        completion_tokens: written.
        truncated: tokens cut from the left of the prompt to fit.
        tokens: of the text, where `top_logprobs` asked for them; without the one that ended it.
    """

    text: str
    finish: Finish
    prompt_tokens: int
    completion_tokens: int
    truncated: int = 0
    tokens: tuple[GeneratedToken, ...] = ()


class Backend(Protocol):
    """Something that runs a model. Results come with the position of their request, in any order."""

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score continuations."""

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score whole texts."""

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        """Write texts, as many for each request as its sampling asks for."""

    def tokens(self, text: str) -> list[str]:
        """The text's tokens as the model reads them, special ones included."""

"""The words of asking: what is sent to a chat model, what comes back, and what may go wrong on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Literal, Protocol

from judging.prompts.prompt_file import Message
from judging.verdicts.token_scores import TokenProbabilities
from storage.errors import EvenhandError
from storage.values import Json, canonical_json, digest

Finish = Literal["stop", "length", "refused", "other"]


@dataclass(frozen=True)
class ChatSettings:
    """How a model generates.

    Attributes:
        temperature: 0 for the likeliest text.
        max_tokens: of the reply.
        top_p: share of probability that is sampled from.
        seed: sent when given; few endpoints promise anything for it.
        stop: strings that end the reply.
        top_logprobs: likeliest tokens whose log-probabilities come with each token of the reply; 0 for none.
    """

    temperature: float = 0.0
    max_tokens: int = 2048
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    top_logprobs: int = 0

    def as_json(self) -> Json:
        """As an endpoint takes them; what is not set is not sent."""
        settings: Json = {"temperature": self.temperature, "max_tokens": self.max_tokens, "top_p": self.top_p}
        if self.seed is not None:
            settings["seed"] = self.seed
        if self.stop:
            settings["stop"] = list(self.stop)
        if self.top_logprobs:
            settings |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        return settings


@dataclass(frozen=True)
class ChatRequest:
    """One request.

    Attributes:
        model: name at the endpoint.
        messages: in order.
        settings: of the generation.
        sample: number of this sample among several of the same request.
        tag: tells apart what would be equal otherwise, such as two recorded replies to one text.
    """

    model: str
    messages: Sequence[Message]
    settings: ChatSettings = field(default_factory=ChatSettings)
    sample: int = 0
    tag: str = ""

    @cached_property
    def digest(self) -> str:
        """Of everything that the reply may depend on: equal requests are asked once."""
        content = [self.model, list(self.messages), self.settings.as_json(), self.sample]
        return digest(canonical_json([*content, self.tag] if self.tag else content))


@dataclass(frozen=True)
class Reply:
    """What a model answered.

    Attributes:
        text: empty when it said nothing.
        finish: why it ended: by itself, at the limit of tokens, by refusing, or for another reason.
        model: that answered, as the endpoint names it; may be more exact than what was asked for.
        prompt_tokens: read, None when the endpoint does not count.
        completion_tokens: written, likewise.
        latency_seconds: from asking to the whole reply.
        tokens: of the text with their log-probabilities, empty when they were not asked for or not given.
    """

    text: str
    finish: Finish
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_seconds: float | None = None
    tokens: tuple[TokenProbabilities, ...] = ()


class RequestCause(StrEnum):
    """Why there is no reply."""

    rate_limited = "rate_limited"
    server_error = "server_error"
    timeout = "timeout"
    connection = "connection"
    wrong_schema = "wrong_schema"
    unauthorised = "unauthorised"
    unknown_model = "unknown_model"
    rejected = "rejected"
    not_recorded = "not_recorded"


_TRANSIENT = {
    RequestCause.rate_limited,
    RequestCause.server_error,
    RequestCause.timeout,
    RequestCause.connection,
    RequestCause.wrong_schema,
}


class RequestError(EvenhandError):
    """A request without a reply.

    Attributes:
        cause: what kind of failure.
        retry_after: seconds that the endpoint asked us to wait, None when it did not say.
    """

    def __init__(self, cause: RequestCause, message: str, *, retry_after: float | None = None) -> None:
        """Say what went wrong."""
        super().__init__(message)
        self.cause, self.retry_after = cause, retry_after

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed later."""
        return self.cause in _TRANSIENT


class ChatModel(Protocol):
    """Something that answers."""

    async def ask(self, request: ChatRequest) -> Reply:
        """The reply to one request, asked once.

        Raises:
            RequestError: there is none.
        """

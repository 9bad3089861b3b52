"""Types of a chat request: what is sent to a chat model, what comes back, and why a request may fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, Protocol

from judging.prompts.messages import as_sent, images_of
from judging.prompts.prompt_file import Message
from judging.verdicts.token_scores import TokenProbabilities
from storage.errors import EvenhandError
from storage.values import Json, canonical_json, canonical_texts, digest

Finish = Literal["stop", "length", "refused", "other"]

IMAGE_DETAIL = "image_detail"
"""Further field of a request's body that is sent as the `detail` of each image: low, high or auto."""


@dataclass(frozen=True)
class ChatSettings:
    """Generation settings of a model.

    Attributes:
        temperature: Sampling temperature; 0 selects the most likely text, None sends none.
        max_tokens: Maximum tokens per reply.
        top_p: Nucleus sampling: share of the probability mass to sample from.
        seed: Sampling seed, sent when given; most endpoints do not guarantee determinism.
        stop: Strings that end the reply.
        top_logprobs: Number of alternatives returned with their log-probabilities for each token; 0 for none.
        body: Further fields of the request body, as the user gave them; they win over the fields above.
        response_format: Form of the reply as the field `response_format` of a request, None for plain text.
    """

    temperature: float | None = 0.0
    max_tokens: int = 2048
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    top_logprobs: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    response_format: Json | None = None

    def as_json(self) -> Json:
        """The request body fields of these settings; settings without a value are left out."""
        settings: Json = {"temperature": self.temperature, "max_tokens": self.max_tokens, "top_p": self.top_p}
        if self.temperature is None:
            del settings["temperature"]
        if self.seed is not None:
            settings["seed"] = self.seed
        if self.stop:
            settings["stop"] = list(self.stop)
        if self.top_logprobs:
            settings |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        if self.response_format is not None:
            settings["response_format"] = self.response_format
        settings |= self.body
        if "max_completion_tokens" in self.body:
            settings.pop("max_tokens")
        return settings

    @cached_property
    def canonical(self) -> str:
        """The request body fields as canonical JSON."""
        return canonical_json(self.as_json())

    @property
    def longest(self) -> int:
        """Maximum tokens per reply, also where the further fields set it."""
        for name in ("max_completion_tokens", "max_tokens"):
            if isinstance(self.body.get(name), int):
                return int(self.body[name])
        return self.max_tokens


@dataclass(frozen=True)
class ChatRequest:
    """One chat request.

    Attributes:
        model: Model name at the endpoint.
        messages: Messages in the order they are sent.
        settings: Generation settings.
        sample: Number of this sample when the same request is sent several times, from 0.
        tag: Distinguishes requests that are equal otherwise, such as two recorded replies to one text.
    """

    model: str
    messages: Sequence[Message]
    settings: ChatSettings = field(default_factory=ChatSettings)
    sample: int = 0
    tag: str = ""

    @cached_property
    def images(self) -> tuple[str, ...]:
        """Digests of the images of all messages, in order."""
        return tuple(part["media"] for part in images_of(self.messages))

    @cached_property
    def digest(self) -> str:
        """Digest of everything the reply depends on; equal requests are sent once."""
        messages = as_sent(self.messages) if self.images else list(self.messages)
        parts = [canonical_texts(self.model), canonical_texts(messages), self.settings.canonical]
        parts.append(str(self.sample))
        return digest(f"[{','.join([*parts, canonical_texts(self.tag)] if self.tag else parts)}]")


@dataclass(frozen=True)
class Reply:
    """The reply of a chat model.

    Attributes:
        text: Reply text, empty when the model wrote nothing.
        finish: Why the reply ended: on its own, at the token limit, by a refusal, or for another reason.
        model: Model name reported by the endpoint; may be more exact than the requested name.
        prompt_tokens: Number of prompt tokens, None when the endpoint does not report it.
        completion_tokens: Number of reply tokens, None when the endpoint does not report it.
        latency_seconds: Seconds from sending the request to receiving the whole reply.
        tokens: Reply tokens with log-probabilities; empty when not requested or not returned.
        reasoning: Reasoning that came apart from the text; never read as the answer.
        dialect: Form in which the endpoint took the request, as stored; empty for the plain one.
    """

    text: str
    finish: Finish
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_seconds: float | None = None
    tokens: tuple[TokenProbabilities, ...] = ()
    reasoning: str = ""
    dialect: Mapping[str, Any] = field(default_factory=dict)


class RequestCause(StrEnum):
    """Why a request failed."""

    rate_limited = "rate_limited"
    server_error = "server_error"
    timeout = "timeout"
    connection = "connection"
    wrong_schema = "wrong_schema"
    empty_choices = "empty_choices"
    unauthorised = "unauthorised"
    no_credit = "no_credit"
    unknown_model = "unknown_model"
    redirected = "redirected"
    filtered = "filtered"
    rejected = "rejected"
    not_recorded = "not_recorded"
    no_vision = "no_vision"
    image_missing = "image_missing"


_TRANSIENT = {
    RequestCause.rate_limited,
    RequestCause.server_error,
    RequestCause.timeout,
    RequestCause.connection,
    RequestCause.wrong_schema,
    RequestCause.empty_choices,
}
SHARED_CAUSES = frozenset(
    {RequestCause.unauthorised, RequestCause.no_credit, RequestCause.unknown_model, RequestCause.redirected}
)
"""Causes that every later request would share."""


class RequestError(EvenhandError):
    """A request failed.

    Attributes:
        cause: Kind of failure.
        retry_after: Seconds the endpoint asked to wait before the next attempt, None when it did not say.
        may_cost: Whether the endpoint may have generated a reply, and charge for it.
        usage: Numbers of prompt and reply tokens that the endpoint reported, None without a report.
        is_unsent: Whether no connection was made, so that the request never arrived.
        is_lesson: Whether the same request may be sent again at once, in the dialect that was learned from this.
    """

    def __init__(
        self,
        cause: RequestCause,
        message: str,
        *,
        retry_after: float | None = None,
        may_cost: bool = False,
        usage: tuple[int, int] | None = None,
    ) -> None:
        """Describe the failure."""
        super().__init__(message)
        self.cause, self.retry_after = cause, retry_after
        self.may_cost, self.usage = may_cost, usage
        self.is_unsent, self.is_lesson = False, False

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed when it is sent again later."""
        return self.cause in _TRANSIENT


class ChatModel(Protocol):
    """A model that replies to chat requests."""

    async def ask(self, request: ChatRequest) -> Reply:
        """Send one request, once, and return the reply.

        Raises:
            RequestError: The request failed.
        """

"""A text that is being written: its tokens so far, when it ends, and what becomes of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from objective.engine.passes.encoding import Tokens
from objective.engine.writing.drawing import numbers
from objective.request import Finish, GeneratedText, GeneratedToken, Sampling

MARGIN = 4
"""Tokens decoded before the last ones that could hold a stop string: a decoder may treat the first one differently."""


@dataclass
class Text:
    """One sample of one request.

    Attributes:
        request: position among the requests.
        sample: number among its samples.
        prompt: tokens read.
        truncated: tokens cut from the prompt's left.
        sampling: how it is written.
        written: tokens so far.
        likely: log-probabilities of the likeliest tokens at the place of each of them, where they are wanted.
        random: its own numbers.
    """

    request: int
    sample: int
    prompt: Tokens
    truncated: int
    sampling: Sampling
    written: list[int] = field(default_factory=list)
    likely: list[Mapping[int, float]] = field(default_factory=list)
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget all that was written; the same will be written again."""
        self.written, self.likely = [], []
        self.random = numbers(self.sampling, self.sample, self.prompt.tobytes())

    def add(self, token: int, likely: Mapping[int, float]) -> None:
        """Write one more token."""
        self.written.append(token)
        if self.sampling.top_logprobs:
            self.likely.append(likely)

    @property
    def cached(self) -> int:
        """Tokens whose keys are held once the last one written has been read."""
        return len(self.prompt) + len(self.written) - 1


class Endings:
    """When a text ends.

    Args:
        tokenizer: of transformers.
        ends: tokens that end a text.
    """

    def __init__(self, tokenizer: Any, ends: frozenset[int]) -> None:  # noqa: ANN401
        self._tokenizer = tokenizer
        self._ends = ends

    def reason(self, text: Text) -> Finish | None:
        """Why a text ends with its last token; None if it goes on."""
        if text.written[-1] in self._ends:
            return "end"
        stops = text.sampling.stop
        if stops:
            longest = max(len(stop.encode()) for stop in stops) + MARGIN
            tail = self._tokenizer.decode(text.written[-longest:], skip_special_tokens=True)
            if any(stop in tail for stop in stops):
                return "stop"
        return "length" if len(text.written) >= text.sampling.max_tokens else None

    def result(self, text: Text, finish: Finish) -> GeneratedText:
        """A finished text, cut before the first stop string."""
        words = str(self._tokenizer.decode(text.written, skip_special_tokens=True))
        cut = min((place for stop in text.sampling.stop if (place := words.find(stop)) >= 0), default=len(words))
        return GeneratedText(
            text=words[:cut],
            finish="stop" if cut < len(words) else finish,
            prompt_tokens=len(text.prompt),
            completion_tokens=len(text.written),
            truncated=text.truncated,
            tokens=self._tokens(text, cut),
        )

    def _tokens(self, text: Text, length: int) -> tuple[GeneratedToken, ...]:
        """The tokens of the first `length` characters of a text."""
        tokens: list[GeneratedToken] = []
        done = 0
        for token, likely in zip(text.written, text.likely, strict=False):
            if token in self._ends or done >= length:
                break
            own = self._tokenizer.decode([token])
            done += len(own)
            tokens.append(GeneratedToken(own, self._by_text(likely)))
        return tuple(tokens)

    def _by_text(self, likely: Mapping[int, float]) -> dict[str, float]:
        """Log-probabilities by text; tokens of one text (with and without its space, say) count together."""
        shares: dict[str, float] = {}
        for token, nats in likely.items():
            text = self._tokenizer.decode([token])
            shares[text] = shares.get(text, 0.0) + math.exp(nats)
        return {text: math.log(min(share, 1.0)) if share else -math.inf for text, share in shares.items()}

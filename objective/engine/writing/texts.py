"""A text during generation: its tokens so far, its stop conditions, and the result."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from objective.engine.passes.encoding import Tokens
from objective.engine.writing.token_sampling import random_for_text
from objective.request import Finish, GeneratedText, GeneratedToken, IsWanted, PieceListener, Sampling

Ending = Finish | Literal["unwanted"]
"""Why a text is not continued: its finish, or that nobody waits for it any more."""
STOP_MARGIN = 4
"""Additional tokens decoded before those that could contain a stop string; decoders may treat the first differently."""


@dataclass
class TextInProgress:
    """One sample of one request.

    Attributes:
        request: position of the request.
        sample: sample number within the request.
        prompt: tokens of the prompt.
        truncated: tokens cut from the left of the prompt.
        sampling: how the text is generated.
        written: tokens generated so far.
        likely: log-probabilities of the likeliest tokens at the position of each generated token, if requested.
        random: random numbers of this text.
        listener: is told of the text so far; None for nobody.
        wanted: whether somebody still waits for it; None for a text that is always wanted.
    """

    request: int
    sample: int
    prompt: Tokens
    truncated: int
    sampling: Sampling
    written: list[int] = field(default_factory=list)
    likely: list[Mapping[int, float]] = field(default_factory=list)
    random: Random = field(init=False)
    listener: PieceListener | None = None
    wanted: IsWanted | None = None

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Discard the generated tokens; the same tokens will be generated again."""
        self.written, self.likely = [], []
        self.random = random_for_text(self.sampling, self.sample, self.prompt.tobytes())

    def add(self, token: int, likely: Mapping[int, float]) -> None:
        """Append a generated token."""
        self.written.append(token)
        if self.sampling.top_logprobs:
            self.likely.append(likely)

    @property
    def is_wanted(self) -> bool:
        """Whether the text is to be written on; the other texts of a batch go on without it."""
        return self.wanted is None or self.wanted()

    @property
    def cached(self) -> int:
        """Number of tokens in the cache; the last generated token has not been read yet."""
        return len(self.prompt) + len(self.written) - 1


class StopConditions:
    """Decides when a text ends, and makes its result.

    Args:
        tokenizer: transformers tokenizer.
        ends: tokens that end a text.
    """

    def __init__(self, tokenizer: Any, ends: frozenset[int]) -> None:  # noqa: ANN401
        self._tokenizer = tokenizer
        self._ends = ends

    def reason(self, text: TextInProgress) -> Ending | None:
        """Why a text ends with its last token; None if it continues. Tells its listener what is written."""
        if not text.is_wanted:
            return "unwanted"
        finish = self._reason(text)
        if text.listener is not None and finish is None:
            self._tell(text, text.listener)
        return finish

    def _tell(self, text: TextInProgress, listener: PieceListener) -> None:
        """Tell what can no longer change: no half of a character, and nothing that may begin a stop string."""
        held = max((len(stop) for stop in text.sampling.stop), default=0)
        decoded = str(self._tokenizer.decode(text.written, skip_special_tokens=True))
        whole = decoded.rstrip("\N{REPLACEMENT CHARACTER}")
        if sure := whole[: max(0, len(whole) - held)]:
            listener(sure)

    def _reason(self, text: TextInProgress) -> Finish | None:
        if text.written[-1] in self._ends:
            return "end"
        stops = text.sampling.stop
        if stops:
            longest = max(len(stop.encode()) for stop in stops) + STOP_MARGIN
            tail = self._tokenizer.decode(text.written[-longest:], skip_special_tokens=True)
            if any(stop in tail for stop in stops):
                return "stop"
        return "length" if len(text.written) >= text.sampling.max_tokens else None

    def result(self, text: TextInProgress, finish: Finish) -> GeneratedText:
        """The result of a finished text, cut before the first stop string."""
        decoded = str(self._tokenizer.decode(text.written, skip_special_tokens=True))
        cut = min((place for stop in text.sampling.stop if (place := decoded.find(stop)) >= 0), default=len(decoded))
        return GeneratedText(
            text=decoded[:cut],
            finish="stop" if cut < len(decoded) else finish,
            prompt_tokens=len(text.prompt),
            completion_tokens=len(text.written),
            truncated=text.truncated,
            tokens=self._tokens(text, cut),
        )

    def _tokens(self, text: TextInProgress, length: int) -> tuple[GeneratedToken, ...]:
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
        """Log-probabilities by text; the probabilities of tokens with the same text are added up."""
        shares: dict[str, float] = {}
        for token, nats in likely.items():
            text = self._tokenizer.decode([token])
            shares[text] = shares.get(text, 0.0) + math.exp(nats)
        return {text: math.log(min(share, 1.0)) if share else -math.inf for text, share in shares.items()}

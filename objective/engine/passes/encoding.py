"""Encodes texts exactly as lm-evaluation-harness 0.4 does, so that the same tokens are scored.

Context and continuation are encoded together as one string; the tokens after the context's own tokens are the
continuation. The string is never split at the boundary between them, so the result is the same for every tokenizer.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from objective.causes import Cause, CauseCode, TaskProblem
from objective.engine.settings import TooLong
from objective.request import GenerateRequest, RollingRequest, ScoreRequest

_LINE_END = re.compile(r"\n(?=[^\s])")
_KEPT, _SEARCHED = 32, 1000
"""Minimum and maximum number of characters at the end of a context that are encoded again with each continuation."""

Tokens = npt.NDArray[np.int32]
"""Token ids, shape [n]."""


@dataclass(frozen=True)
class ScoringTarget:
    """The tokens of an input that one request scores.

    Attributes:
        request: position of the request.
        start: index of the input token that predicts the first scored token.
        tokens: scored tokens, in sequence.
        truncated: tokens cut from the left of the input.
    """

    request: int
    start: int
    tokens: Tokens
    truncated: int = 0


@dataclass
class ModelInput:
    """A sequence of tokens for the model, with its targets.

    Attributes:
        tokens: tokens that the model reads.
        targets: targets of the input; requests that differ only in the last token share one input.
    """

    tokens: Tokens
    targets: list[ScoringTarget]

    @property
    def first(self) -> int:
        """Index of the first token whose prediction is used."""
        return min((target.start for target in self.targets), default=len(self.tokens) - 1)


class Encoder:
    """Encodes requests with the conventions of lm-evaluation-harness.

    Args:
        tokenizer: transformers tokenizer.
        max_length: maximum number of tokens that the model reads.
        too_long: how to treat longer inputs.
    """

    def __init__(self, tokenizer: Any, max_length: int, too_long: TooLong) -> None:  # noqa: ANN401
        self._tokenizer = tokenizer
        self._max_length = max_length
        self._too_long = too_long
        first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        self._first: int = 0 if first is None else int(first)
        self._first_text: str = "" if first is None else str(tokenizer.decode([self._first]))

    def pairs(self, requests: Sequence[ScoreRequest]) -> list[ModelInput]:
        """The inputs of continuations after contexts, without duplicates.

        Raises:
            BadInput: a continuation has no tokens, or an input is too long and must not be cut.
        """
        split = [_split(request) for request in requests]
        codes = self._encoded(context for context, _ in split if context)
        codes |= self._wholes([pair for pair in split if pair[0]], codes)
        bare = self._encoded((whole for context, whole in split if not context), bare=True)
        inputs: dict[bytes, ModelInput] = {}
        for number, (context, whole) in enumerate(split):
            if context:
                tokens, start = codes[whole], len(codes[context])
            else:
                tokens, start = self._after_first(bare[whole]), 1
            if start >= len(tokens):
                request = requests[number]
                raise TaskProblem(
                    f"expected a continuation that adds tokens to its context, got {request.continuation!r} after "
                    f"{request.context[-40:]!r} in request {number + 1}; change the option's text",
                    Cause(CauseCode.continuation_without_tokens, name=request.continuation),
                )
            self._add(inputs, tokens, start, number)
        return list(inputs.values())

    def texts(self, requests: Sequence[RollingRequest]) -> list[ModelInput]:
        """The windows of whole texts: each token is scored once; the last window has as much context as fits.

        A text that begins with the BOS token does not get a second one.
        """
        codes = self._encoded(request.text for request in requests)
        inputs: dict[bytes, ModelInput] = {}
        for number, request in enumerate(requests):
            tokens = self._after_first(codes[request.text])
            done = 1
            while done < len(tokens):
                end = min(done + self._max_length, len(tokens))
                self._add(inputs, tokens[max(0, end - self._max_length - 1) : end], done - end, number)
                done = end
        return list(inputs.values())

    def prompts(self, requests: Sequence[GenerateRequest]) -> list[tuple[Tokens, int]]:
        """The tokens of each prompt, and the number of tokens cut from its left.

        A prompt that begins with a special token is complete and gets no further special tokens.

        Raises:
            BadInput: a prompt leaves too little room for new tokens and must not be cut.
        """
        special = tuple(self._tokenizer.all_special_tokens)
        whole = self._encoded(text for request in requests if not (text := request.prompt).startswith(special))
        codes = whole | self._encoded(
            (text for request in requests if (text := request.prompt).startswith(special)), bare=True
        )
        prompts = []
        for number, request in enumerate(requests):
            tokens, room = codes[request.prompt], self._max_length - request.sampling.max_tokens
            if room < 1 or (len(tokens) > room and self._too_long == "refuse"):
                raise TaskProblem(
                    f"expected a prompt of at most {max(room, 0)} tokens, so that {request.sampling.max_tokens} new "
                    f"ones fit into the {self._max_length} that the model reads, got {len(tokens)} in request "
                    f"{number + 1}; ask for fewer new tokens or shots, or allow cutting",
                    Cause(
                        CauseCode.request_too_long,
                        count=len(tokens),
                        limit=self._max_length,
                        answer=request.sampling.max_tokens,
                    ),
                )
            kept = tokens[-room:] if len(tokens) else np.array([self._first], dtype=np.int32)
            prompts.append((kept, max(0, len(tokens) - room)))
        return prompts

    def shown(self, text: str, *, writes: bool = False) -> list[str]:
        """The tokens of a text as strings, with special tokens.

        Args:
            text: text to encode.
            writes: encode the text like a prompt (`prompts`) instead of a context (`pairs`).
        """
        is_complete = writes and text.startswith(tuple(self._tokenizer.all_special_tokens))
        tokens = self._encoded([text], bare=is_complete)[text]
        return [str(token) for token in self._tokenizer.convert_ids_to_tokens(tokens.tolist())]

    def _encoded(self, texts: Iterable[str], *, bare: bool = False) -> dict[str, Tokens]:
        """The tokens of each text, with the tokenizer's special tokens unless the text is bare or begins with BOS."""
        unique = list(dict.fromkeys(texts))
        complete = [text for text in unique if bare or (self._first_text and text.startswith(self._first_text))]
        known = set(complete)
        rest = [text for text in unique if text not in known]
        codes: dict[str, Tokens] = {}
        for some, special in ((complete, False), (rest, True)):
            if some:
                answer = self._tokenizer(
                    some, add_special_tokens=special, return_attention_mask=False, return_token_type_ids=False
                )
                codes |= {
                    text: np.array(ids, dtype=np.int32) for text, ids in zip(some, answer["input_ids"], strict=True)
                }
        return codes

    def _wholes(self, pairs: Sequence[tuple[str, str]], codes: Mapping[str, Tokens]) -> dict[str, Tokens]:
        """The tokens of whole strings, which reuse the context's tokens before its last line.

        They are reused only if the context, split after a line end well before its own end, has the same tokens as the
        unsplit context; otherwise the whole string is encoded.
        """
        cuts = {context: cut for context in dict.fromkeys(context for context, _ in pairs) if (cut := _cut(context))}
        ends = self._encoded((context[cut:] for context, cut in cuts.items()), bare=True)
        heads: dict[str, Tokens] = {}
        for context, cut in cuts.items():
            whole, end = codes[context], ends[context[cut:]]
            head = len(whole) - len(end)
            if len(end) and head > 0 and np.array_equal(whole[head:], end):
                heads[context] = whole[:head]
        rests = self._encoded((whole[cuts[context] :] for context, whole in pairs if context in heads), bare=True)
        known = {
            whole: np.concatenate([heads[context], rests[whole[cuts[context] :]]])
            for context, whole in pairs
            if context in heads
        }
        return known | self._encoded(whole for _, whole in pairs if whole not in known)

    def _after_first(self, tokens: Tokens) -> Tokens:
        if len(tokens) and tokens[0] == self._first:
            return tokens
        return np.concatenate([np.array([self._first], dtype=np.int32), tokens])

    def _add(self, inputs: dict[bytes, ModelInput], whole: Tokens, start: int, number: int) -> None:
        """Add one target to its input; `whole` ends with the last scored token."""
        length = len(whole)
        start = start % length
        read = whole[:-1]
        cut = max(0, len(read) - self._max_length)
        if cut and self._too_long == "refuse":
            raise TaskProblem(
                f"expected at most {self._max_length} tokens, which is what the model reads, got {len(read)} in "
                f"request {number + 1}; use fewer shots, or allow cutting",
                Cause(CauseCode.request_too_long, count=len(read), limit=self._max_length),
            )
        if cut > start - 1:
            raise TaskProblem(
                f"expected a continuation of at most {self._max_length} tokens, which is what the model reads, got "
                f"{length - start} in request {number + 1}; shorten it",
                Cause(CauseCode.continuation_too_long, count=length - start, limit=self._max_length),
            )
        read = read[cut:]
        held = inputs.setdefault(read.tobytes(), ModelInput(read, []))
        held.targets.append(ScoringTarget(number, start - 1 - cut, whole[start:], cut))


def _cut(context: str) -> int:
    """The position after the last line end that is well before the end of a context; 0 if there is none."""
    cut = 0
    for end in _LINE_END.finditer(context, max(0, len(context) - _SEARCHED), max(0, len(context) - _KEPT)):
        cut = end.end()
    return cut


def _split(request: ScoreRequest) -> tuple[str, str]:
    """The context without trailing white space, and the whole string."""
    return request.context.rstrip(), request.context + request.continuation

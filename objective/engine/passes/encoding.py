"""Texts to tokens, exactly as lm-evaluation-harness 0.4 does it, so that the same tokens are scored.

The whole string, context and continuation together, is encoded at once; what follows the context's own tokens is
the continuation. No boundary is ever cut by hand, so no tokenizer can tell the difference.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from objective.engine.settings import TooLong
from objective.request import GenerateRequest, RollingRequest, ScoreRequest
from storage.errors import BadInput

_LINE_END = re.compile(r"\n(?=[^\s])")
_KEPT, _SEARCHED = 32, 1000
"""Characters at a context's end that are encoded again with each continuation: at least, and at most."""

Tokens = npt.NDArray[np.int32]
"""Token numbers, shape [n]."""


@dataclass(frozen=True)
class Target:
    """What one request wants of an input.

    Attributes:
        request: position among the requests.
        start: index of the input token whose prediction is the first one scored.
        tokens: that are scored, one after the other from there.
        truncated: tokens cut from the left of the input.
    """

    request: int
    start: int
    tokens: Tokens
    truncated: int = 0


@dataclass
class Input:
    """A run of tokens that the model reads, and all that is wanted of it.

    Attributes:
        tokens: read.
        targets: scored after some of them; requests that differ in the last token only share one input.
    """

    tokens: Tokens
    targets: list[Target]

    @property
    def first(self) -> int:
        """The index of the first token whose prediction is wanted."""
        return min((target.start for target in self.targets), default=len(self.tokens) - 1)


class Encoder:
    """A tokenizer with the habits of the known harnesses.

    Args:
        tokenizer: of transformers.
        max_length: tokens that the model reads at most.
        too_long: what happens to longer inputs.
    """

    def __init__(self, tokenizer: Any, max_length: int, too_long: TooLong) -> None:  # noqa: ANN401
        self._tokenizer = tokenizer
        self._max_length = max_length
        self._too_long = too_long
        first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        self._first: int = 0 if first is None else int(first)
        self._first_text: str = "" if first is None else str(tokenizer.decode([self._first]))

    def pairs(self, requests: Sequence[ScoreRequest]) -> list[Input]:
        """The inputs of continuations after contexts, each once.

        Raises:
            BadInput: a continuation has no tokens, or an input is too long and may not be cut.
        """
        split = [_split(request) for request in requests]
        codes = self._encoded(context for context, _ in split if context)
        codes |= self._wholes([pair for pair in split if pair[0]], codes)
        bare = self._encoded((whole for context, whole in split if not context), bare=True)
        inputs: dict[bytes, Input] = {}
        for number, (context, whole) in enumerate(split):
            if context:
                tokens, start = codes[whole], len(codes[context])
            else:
                tokens, start = self._after_first(bare[whole]), 1
            if start >= len(tokens):
                request = requests[number]
                raise BadInput(
                    f"expected a continuation that adds tokens to its context, got {request.continuation!r} after "
                    f"{request.context[-40:]!r} in request {number + 1}; change the option's text"
                )
            self._add(inputs, tokens, start, number)
        return list(inputs.values())

    def texts(self, requests: Sequence[RollingRequest]) -> list[Input]:
        """The windows of whole texts: disjoint, each token scored once, the last one with as much context as fits.

        A text that begins with the model's first token does not get a second one.
        """
        codes = self._encoded(request.text for request in requests)
        inputs: dict[bytes, Input] = {}
        for number, request in enumerate(requests):
            tokens = self._after_first(codes[request.text])
            done = 1
            while done < len(tokens):
                end = min(done + self._max_length, len(tokens))
                self._add(inputs, tokens[max(0, end - self._max_length - 1) : end], done - end, number)
                done = end
        return list(inputs.values())

    def prompts(self, requests: Sequence[GenerateRequest]) -> list[tuple[Tokens, int]]:
        """The tokens of prompts, and how many were cut from the left of each.

        A prompt that begins with a special token is complete: nothing is put before it.

        Raises:
            BadInput: a prompt leaves no room for what is asked for, and may not be cut.
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
                raise BadInput(
                    f"expected a prompt of at most {max(room, 0)} tokens, so that {request.sampling.max_tokens} new "
                    f"ones fit into the {self._max_length} that the model reads, got {len(tokens)} in request "
                    f"{number + 1}; ask for fewer new tokens or shots, or allow cutting"
                )
            kept = tokens[-room:] if len(tokens) else np.array([self._first], dtype=np.int32)
            prompts.append((kept, max(0, len(tokens) - room)))
        return prompts

    def shown(self, text: str, *, writes: bool = False) -> list[str]:
        """The tokens of a text as words, special ones included: as `pairs` encodes a context, or `prompts` a prompt."""
        is_complete = writes and text.startswith(tuple(self._tokenizer.all_special_tokens))
        tokens = self._encoded([text], bare=is_complete)[text]
        return [str(word) for word in self._tokenizer.convert_ids_to_tokens(tokens.tolist())]

    def _encoded(self, texts: Iterable[str], *, bare: bool = False) -> dict[str, Tokens]:
        """The tokens of each text; special ones as the tokenizer adds them, none if it is bare or begins with them."""
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
        """The tokens of whole strings; those before a context's last line are taken from the context's own.

        That is done only where the context itself comes out the same in two parts, cut after a line's end and well
        before its own; everywhere else the whole string is encoded.
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

    def _add(self, inputs: dict[bytes, Input], whole: Tokens, start: int, number: int) -> None:
        """Put one target into the input that it belongs to; `whole` ends with the last scored token."""
        length = len(whole)
        start = start % length
        read = whole[:-1]
        cut = max(0, len(read) - self._max_length)
        if cut and self._too_long == "refuse":
            raise BadInput(
                f"expected at most {self._max_length} tokens, which is what the model reads, got {len(read)} in "
                f"request {number + 1}; use fewer shots, or allow cutting"
            )
        if cut > start - 1:
            raise BadInput(
                f"expected a continuation of at most {self._max_length} tokens, which is what the model reads, got "
                f"{length - start} in request {number + 1}; shorten it"
            )
        read = read[cut:]
        held = inputs.setdefault(read.tobytes(), Input(read, []))
        held.targets.append(Target(number, start - 1 - cut, whole[start:], cut))


def _cut(context: str) -> int:
    """Where a context may be encoded in two parts: after the last line's end that lies well before its own; or 0."""
    cut = 0
    for end in _LINE_END.finditer(context, max(0, len(context) - _SEARCHED), max(0, len(context) - _KEPT)):
        cut = end.end()
    return cut


def _split(request: ScoreRequest) -> tuple[str, str]:
    """The context without the white space at its end, and the whole string."""
    return request.context.rstrip(), request.context + request.continuation

"""Texts written side by side: a shared prompt is read once, a finished text leaves at once, another takes its place."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from objective.engine.passes.encoding import Input, Target
from objective.engine.passes.forward import Forward
from objective.engine.passes.key_cache import KeyCache, KeysAndValues
from objective.engine.passes.memory import Budget, is_out_of_memory, release, sizes
from objective.engine.passes.prefix_tree import Costs, PrefixGroup, Row, plan
from objective.engine.passes.rows import lay_out
from objective.engine.writing.drawing import next_tokens, top_logprobs
from objective.engine.writing.texts import Endings, Text
from objective.request import Finish

PROCESSOR_ROWS = 8
"""More texts side by side do not make a processor faster."""
GPU_ROWS = 128
REFILL = 4
"""On a GPU, new prompts are read once a quarter of the rows is free, until none is; on a processor, when one is."""


@dataclass
class _Prompt:
    """A prompt to be read, behind a prefix that others share."""

    prefix: KeysAndValues
    length: int
    row: Row
    texts: list[Text]


class BatchWriter:
    """Writes texts with one model.

    Args:
        forward: runs the model.
        budget: of one pass; changed when memory runs out.
        endings: say when a text ends.
        rows: texts side by side at most; None for a number planned from the device.
    """

    def __init__(self, forward: Forward, budget: Budget, endings: Endings, rows: int | None) -> None:
        self._forward = forward
        self._budget = budget
        self._endings = endings
        self._is_gpu = forward.device.type != "cpu"
        self._most = rows or (GPU_ROWS if self._is_gpu else PROCESSOR_ROWS)

    def write(self, texts: Sequence[Text]) -> Iterator[tuple[Text, Finish]]:
        """Write all texts; each comes when it has ended."""
        if not texts:
            return
        columns = max(len(text.prompt) + text.sampling.max_tokens for text in texts)
        self._rows = max(1, min(self._most, len(texts), self._budget.cached // columns))
        self._cache: KeyCache | None = None
        self._columns = columns
        self._active: list[Text] = []
        self._fills = False
        ahead = _Queue(self._prompts(texts))
        while self._active or ahead:
            free, reading = self._rows - len(self._active), list[Text]()
            try:
                with torch.inference_mode():
                    if ahead and self._is_filling(free):
                        prompts = ahead.take(free, self._budget.tokens)
                        reading = [text for prompt in prompts for text in prompt.texts]
                        self._read(prompts)
                    else:
                        self._step()
            except RuntimeError as error:
                if not is_out_of_memory(error) or self._rows == 1:
                    raise
                failed = True
            else:
                failed = False
            if failed:
                self._shrink(ahead, reading)
            yield from self._leave()
        self._cache = None

    def _is_filling(self, free: int) -> bool:
        enough = not (self._is_gpu and self._active) or free * REFILL >= self._rows
        self._fills = free > 0 and (self._fills or enough)
        return self._fills

    def _prompts(self, texts: Sequence[Text]) -> Iterator[_Prompt]:
        """Prompts group by group, the longest of a group first, each once with all texts that follow it."""
        inputs: dict[bytes, Input] = {}
        following: list[list[Text]] = []
        for text in texts:
            key = text.prompt.tobytes()
            if key not in inputs:
                last = Target(len(inputs), len(text.prompt) - 1, np.zeros(1, dtype=np.int32))
                inputs[key] = Input(text.prompt, [last])
                following.append([])
            following[inputs[key].targets[0].request].append(text)
        own = sizes(self._forward.loaded.model)
        group = plan(list(inputs.values()), Costs(6 * own.hidden, pack=False))
        yield from self._below(group, (), following)

    def _below(self, group: PrefixGroup, before: KeysAndValues, following: list[list[Text]]) -> Iterator[_Prompt]:
        prefix = self._forward.prefix(group.prefix, before) if len(group.prefix) else before
        for row in sorted(group.rows, key=lambda row: -len(row.tokens)):
            yield _Prompt(prefix, group.length, row, following[row.targets[0][0].request])
        for deeper in group.groups:
            yield from self._below(deeper, prefix, following)

    def _read(self, prompts: list[_Prompt]) -> None:
        """Read prompts behind one prefix into free rows, and write the first token of each of their texts."""
        if self._cache is None:
            self._cache = KeyCache(self._rows, self._columns)
            self._holds: list[KeysAndValues | None] = [None] * self._rows
        cache, first, prefix = self._cache, len(self._active), prompts[0].prefix
        for row in range(first, first + len(prompts)):
            if prompts[0].length and self._holds[row] is not prefix:
                cache.put(prefix, row, 1)
            self._holds[row] = prefix
        batch = lay_out([prompt.row for prompt in prompts], prompts[0].length, self._forward.layout)
        cache.write_block(first, len(prompts), prompts[0].length)
        given = {"mask": batch.mask, "positions": batch.positions, "cache": cache}
        logits = self._forward.logits(batch.ids, batch.keep, given)
        texts = [prompt.texts[0] for prompt in prompts]
        sources = list(range(len(prompts)))
        for number, prompt in enumerate(prompts):
            for text in prompt.texts[1:]:
                row = first + len(texts)
                cache.copy_row(first + number, row, len(text.prompt))
                self._holds[row] = prefix
                texts.append(text)
                sources.append(number)
        self._append(texts, logits[sources])
        self._active += texts

    def _step(self) -> None:
        """Write one more token of each text."""
        active, cache, device = self._active, self._cache, self._forward.device
        ids = torch.tensor([[text.written[-1]] for text in active], device=device)
        held = [text.cached for text in active]
        lengths, longest = torch.tensor(held, device=device), max(held)
        hidden = torch.arange(longest + 1, device=device) > lengths[:, None]
        room = -(-(longest + 1) // 8) * 8
        mask = torch.zeros((len(active), 1, 1, room), dtype=self._forward.layout.dtype, device=device)[
            ..., : longest + 1
        ]
        mask[:, 0, 0].masked_fill_(hidden, float("-inf"))
        if cache is not None:
            cache.write_column(lengths, longest)
        given = {"mask": mask, "positions": lengths[:, None], "cache": cache}
        self._append(active, self._forward.logits(ids, torch.ones_like(ids, dtype=torch.bool), given))

    def _append(self, texts: Sequence[Text], logits: torch.Tensor) -> None:
        tokens = next_tokens(logits, [(text.sampling, text.random) for text in texts])
        likely = top_logprobs(logits, [text.sampling.top_logprobs for text in texts], tokens)
        for text, token, beside in zip(texts, tokens, likely, strict=True):
            text.add(token, beside)

    def _leave(self) -> Iterator[tuple[Text, Finish]]:
        """Take finished texts out; the last row moves into the gap."""
        for row in reversed(range(len(self._active))):
            text = self._active[row]
            finish = self._endings.reason(text)
            if finish is None:
                continue
            last = self._active.pop()
            if last is not text and self._cache is not None:
                self._active[row] = last
                with torch.inference_mode():
                    self._cache.copy_row(len(self._active), row, last.cached)
                self._holds[row] = self._holds[len(self._active)]
            yield text, finish

    def _shrink(self, ahead: "_Queue", reading: list[Text]) -> None:
        """After running out of memory: half as many rows, and the texts under way from their beginnings."""
        texts = list({id(text): text for text in [*self._active, *reading]}.values())
        for text in texts:
            text.restart()
        ahead.put_back(texts)
        self._active, self._cache = [], None
        self._rows = max(1, self._rows // 2)
        self._budget.halve()
        release(self._forward.device)


class _Queue:
    """Prompts ahead, some of whose texts may have been taken already."""

    def __init__(self, prompts: Iterator[_Prompt]) -> None:
        self._prompts = prompts
        self._ahead: deque[_Prompt] = deque()
        self._taken: dict[int, _Prompt] = {}

    def __bool__(self) -> bool:
        return self._look() is not None

    def take(self, free: int, tokens: int) -> list[_Prompt]:
        """Prompts behind one prefix, with no more texts than rows are free and no more tokens than a pass may have."""
        taken: list[_Prompt] = []
        while free and (prompt := self._look()) is not None:
            width = max(len(one.row.tokens) for one in [*taken, prompt])
            if taken and (prompt.prefix is not taken[0].prefix or width * (len(taken) + 1) > tokens):
                break
            some = _Prompt(prompt.prefix, prompt.length, prompt.row, prompt.texts[:free])
            free -= len(some.texts)
            taken.append(some)
            for text in some.texts:
                self._taken[id(text)] = some
            if len(some.texts) < len(prompt.texts):
                rest = _Prompt(prompt.prefix, prompt.length, prompt.row, prompt.texts[len(some.texts) :])
                self._ahead[0] = rest
            else:
                self._ahead.popleft()
        return taken

    def put_back(self, texts: Sequence[Text]) -> None:
        """Texts that must be written again."""
        for text in texts:
            prompt = self._taken[id(text)]
            self._ahead.appendleft(_Prompt(prompt.prefix, prompt.length, prompt.row, [text]))

    def _look(self) -> _Prompt | None:
        if not self._ahead and (following := next(self._prompts, None)) is not None:
            self._ahead.append(following)
        return self._ahead[0] if self._ahead else None

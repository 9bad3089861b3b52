"""Generates texts in batches: a shared prompt is read once, and a finished text is replaced by the next one."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from objective.engine.passes.batches import build_batch
from objective.engine.passes.encoding import ModelInput, ScoringTarget
from objective.engine.passes.forward import Forward
from objective.engine.passes.key_cache import KeyCache, KeysAndValues
from objective.engine.passes.memory import MemoryBudget, is_out_of_memory, model_sizes, release_memory
from objective.engine.passes.prefix_tree import ComputeCosts, PackedRow, PrefixGroup, plan_groups
from objective.engine.writing.texts import Ending, StopConditions, TextInProgress
from objective.engine.writing.token_sampling import next_tokens, top_logprobs

MAX_PROCESSOR_ROWS = 8
"""Maximum number of texts per batch on a processor; more are not faster."""
MAX_GPU_ROWS = 128
REFILL = 4
"""On a GPU, new prompts are read once 1 / REFILL of the rows are free, until none is; on a processor, once one is."""


@dataclass
class _PendingPrompt:
    """A prompt to be read after a prefix that other prompts share.

    Attributes:
        prefix: keys and values of the prefix.
        length: number of tokens in the prefix.
        row: the remaining tokens of the prompt.
        texts: texts that follow the prompt.
    """

    prefix: KeysAndValues
    length: int
    row: PackedRow
    texts: list[TextInProgress]


class BatchWriter:
    """Generates texts with one model.

    Args:
        forward: forward passes of the model.
        budget: budget of one pass; reduced when memory runs out.
        conditions: stop conditions of the texts.
        rows: maximum number of texts in the batch; None for a number planned from the device.
    """

    def __init__(self, forward: Forward, budget: MemoryBudget, conditions: StopConditions, rows: int | None) -> None:
        self._forward = forward
        self._budget = budget
        self._conditions = conditions
        self._is_gpu = forward.device.type != "cpu"
        self._most = rows or (MAX_GPU_ROWS if self._is_gpu else MAX_PROCESSOR_ROWS)

    def write(self, texts: Sequence[TextInProgress]) -> Iterator[tuple[TextInProgress, Ending]]:
        """Generate all texts; each is yielded when it ends, except those that nobody wants before they are begun."""
        if not texts:
            return
        columns = max(len(text.prompt) + text.sampling.max_tokens for text in texts)
        self._rows = max(1, min(self._most, len(texts), self._budget.cached // columns))
        self._cache: KeyCache | None = None
        self._columns = columns
        self._active: list[TextInProgress] = []
        self._fills = False
        ahead = _PromptQueue(self._prompts(texts))
        while self._active or ahead:
            free, reading = self._rows - len(self._active), list[TextInProgress]()
            try:
                with torch.inference_mode():
                    if ahead and self._is_filling(free):
                        prompts = ahead.take(free, self._budget.tokens)
                        reading = [text for prompt in prompts for text in prompt.texts]
                        self._read(prompts)
                    elif self._active:
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

    def _prompts(self, texts: Sequence[TextInProgress]) -> Iterator[_PendingPrompt]:
        """The prompts, group by group and the longest of a group first, each with all texts that follow it."""
        inputs: dict[bytes, ModelInput] = {}
        following: list[list[TextInProgress]] = []
        for text in texts:
            key = text.prompt.tobytes()
            if key not in inputs:
                last = ScoringTarget(len(inputs), len(text.prompt) - 1, np.zeros(1, dtype=np.int32))
                inputs[key] = ModelInput(text.prompt, [last])
                following.append([])
            following[inputs[key].targets[0].request].append(text)
        own = model_sizes(self._forward.loaded.model)
        group = plan_groups(list(inputs.values()), ComputeCosts(6 * own.hidden, pack=False))
        yield from self._below(group, (), following)

    def _below(
        self, group: PrefixGroup, before: KeysAndValues, following: list[list[TextInProgress]]
    ) -> Iterator[_PendingPrompt]:
        prefix = self._forward.prefix(group.prefix, before) if len(group.prefix) else before
        for row in sorted(group.rows, key=lambda row: -len(row.tokens)):
            yield _PendingPrompt(prefix, group.length, row, following[row.targets[0][0].request])
        for deeper in group.groups:
            yield from self._below(deeper, prefix, following)

    def _read(self, prompts: list[_PendingPrompt]) -> None:
        """Read prompts with a common prefix into free rows, and generate the first token of each of their texts."""
        if not prompts:
            return
        if self._cache is None:
            self._cache = KeyCache(self._rows, self._columns)
            self._holds: list[KeysAndValues | None] = [None] * self._rows
        cache, first, prefix = self._cache, len(self._active), prompts[0].prefix
        for row in range(first, first + len(prompts)):
            if prompts[0].length and self._holds[row] is not prefix:
                cache.put(prefix, row, 1)
            self._holds[row] = prefix
        batch = build_batch([prompt.row for prompt in prompts], prompts[0].length, self._forward.layout)
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
        """Generate one more token of each text."""
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

    def _append(self, texts: Sequence[TextInProgress], logits: torch.Tensor) -> None:
        tokens = next_tokens(logits, [(text.sampling, text.random) for text in texts])
        likely = top_logprobs(logits, [text.sampling.top_logprobs for text in texts], tokens)
        for text, token, beside in zip(texts, tokens, likely, strict=True):
            text.add(token, beside)

    def _leave(self) -> Iterator[tuple[TextInProgress, Ending]]:
        """Remove finished texts; the last row moves into the gap."""
        for row in reversed(range(len(self._active))):
            text = self._active[row]
            finish = self._conditions.reason(text)
            if finish is None:
                continue
            last = self._active.pop()
            if last is not text and self._cache is not None:
                self._active[row] = last
                with torch.inference_mode():
                    self._cache.copy_row(len(self._active), row, last.cached)
                self._holds[row] = self._holds[len(self._active)]
            yield text, finish

    def _shrink(self, ahead: "_PromptQueue", reading: list[TextInProgress]) -> None:
        """Halve the number of rows after running out of memory, and restart the texts in progress."""
        texts = list({id(text): text for text in [*self._active, *reading]}.values())
        for text in texts:
            text.restart()
        ahead.put_back(texts)
        self._active, self._cache = [], None
        self._rows = max(1, self._rows // 2)
        self._budget.halve()
        release_memory(self._forward.device)


class _PromptQueue:
    """The waiting prompts; some of a prompt's texts may have been taken already."""

    def __init__(self, prompts: Iterator[_PendingPrompt]) -> None:
        self._prompts = prompts
        self._ahead: deque[_PendingPrompt] = deque()
        self._taken: dict[int, _PendingPrompt] = {}

    def __bool__(self) -> bool:
        return self._look() is not None

    def take(self, free: int, tokens: int) -> list[_PendingPrompt]:
        """Take prompts with a common prefix, up to the number of free rows and the maximum tokens of a pass."""
        taken: list[_PendingPrompt] = []
        while free and (prompt := self._look()) is not None:
            width = max(len(one.row.tokens) for one in [*taken, prompt])
            if taken and (prompt.prefix is not taken[0].prefix or width * (len(taken) + 1) > tokens):
                break
            some = _PendingPrompt(prompt.prefix, prompt.length, prompt.row, prompt.texts[:free])
            free -= len(some.texts)
            taken.append(some)
            for text in some.texts:
                self._taken[id(text)] = some
            if len(some.texts) < len(prompt.texts):
                rest = _PendingPrompt(prompt.prefix, prompt.length, prompt.row, prompt.texts[len(some.texts) :])
                self._ahead[0] = rest
            else:
                self._ahead.popleft()
        return taken

    def put_back(self, texts: Sequence[TextInProgress]) -> None:
        """Put back texts that must be generated again."""
        for text in texts:
            prompt = self._taken[id(text)]
            self._ahead.appendleft(_PendingPrompt(prompt.prefix, prompt.length, prompt.row, [text]))

    def _look(self) -> _PendingPrompt | None:
        """The next prompt with the texts that are still wanted; None if there is none."""
        while True:
            if not self._ahead:
                following = next(self._prompts, None)
                if following is None:
                    return None
                self._ahead.append(following)
            first = self._ahead[0]
            first.texts = [text for text in first.texts if text.is_wanted]
            if first.texts:
                return first
            self._ahead.popleft()

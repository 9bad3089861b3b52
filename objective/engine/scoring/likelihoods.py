"""Computes the log-likelihoods of targets in batches of rows."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from objective.engine.passes.batches import RowBatch, build_batch
from objective.engine.passes.encoding import ModelInput
from objective.engine.passes.forward import Forward
from objective.engine.passes.key_cache import KeyCache, KeysAndValues
from objective.engine.passes.memory import MemoryBudget, is_out_of_memory, model_sizes, release_memory
from objective.engine.passes.prefix_tree import ComputeCosts, PackedRow, PrefixGroup, plan_groups, plan_unshared

MAX_SOFTMAX_CELLS = 2**24
"""Maximum number of logits converted to float32 at a time."""
GPU_LAUNCH = 512
"""Number of tokens that a GPU computes in the time it takes to launch a forward pass."""


@dataclass(frozen=True)
class TargetScore:
    """The log-likelihood of one target.

    Attributes:
        request: position of the request.
        nats: sum of the natural log-probabilities of its tokens.
        tokens: number of tokens.
        greedy: whether every token was the likeliest at its position.
        truncated: tokens cut from the left of the input.
    """

    request: int
    nats: float
    tokens: int
    greedy: bool
    truncated: int


class LikelihoodScorer:
    """Scores inputs with one model.

    Args:
        forward: forward passes of the model.
        budget: budget of one forward pass; reduced when memory runs out.
        share: whether to share prefixes.
        batch: whether to compute several rows in one pass.
    """

    def __init__(self, forward: Forward, budget: MemoryBudget, *, share: bool, batch: bool = True) -> None:
        self._forward = forward
        self._budget = budget
        self._share, self._batches = share, batch

    def score(self, inputs: Sequence[ModelInput]) -> Iterator[TargetScore]:
        """Score all targets of all inputs, in the order of computation."""
        if inputs:
            yield from self.run(plan_groups(inputs, self._costs()) if self._share else plan_unshared(inputs))

    def run(self, group: PrefixGroup) -> Iterator[TargetScore]:
        """Score everything in a group. A batch is read while the next one runs, so that a GPU never waits."""
        last: _BatchScores | None = None
        for scored in self._below(group, ()):
            if last is not None:
                yield from last.sums()
            last = scored
        if last is not None:
            yield from last.sums()

    def _below(self, group: PrefixGroup, before: KeysAndValues) -> Iterator["_BatchScores"]:
        """Score the rows of a group, then the groups below it."""
        prefix = self._forward.prefix(group.prefix, before) if len(group.prefix) else before
        yield from self._rows(group, prefix)
        for deeper in group.groups:
            yield from self._below(deeper, prefix)

    def _costs(self) -> ComputeCosts:
        own = model_sizes(self._forward.loaded.model)
        if self._forward.device.type == "cuda":
            return ComputeCosts(6 * own.hidden, launch=GPU_LAUNCH, row=min(4096, self._budget.tokens))
        return ComputeCosts(6 * own.hidden, row=self._budget.tokens)

    def _rows(self, group: PrefixGroup, prefix: KeysAndValues) -> Iterator["_BatchScores"]:
        """Score the rows in batches, longest first; if a batch does not fit, halve the budget and retry its rows."""
        ahead = deque(sorted(group.rows, key=lambda row: -len(row.tokens)))
        scored: _BatchScores | None
        cache: KeyCache | None = None
        while ahead:
            rows, scored = self._take(ahead, group.length), None
            try:
                with torch.inference_mode():
                    if group.length:
                        cache = self._roomy(cache, prefix, rows, ahead)
                    scored = self._batch(rows, group.length, cache)
            except RuntimeError as error:
                if not is_out_of_memory(error) or len(rows) == 1:
                    raise
                cache = None
                ahead.extendleft(reversed(rows))
                self._budget.halve()
            if scored is None:
                release_memory(self._forward.device)
            else:
                self._budget.settle()
                yield scored

    def _take(self, ahead: deque[PackedRow], prefix: int) -> list[PackedRow]:
        rows = [ahead.popleft()]
        width, places = len(rows[0].tokens), rows[0].n_scored
        while ahead and self._batches:
            count = len(rows) + 1
            places += ahead[0].n_scored
            is_full = count * width > self._budget.tokens or places > self._budget.places
            if is_full or (prefix and count * (prefix + width) > self._budget.cached):
                break
            rows.append(ahead.popleft())
        return rows

    def _roomy(
        self, cache: KeyCache | None, prefix: KeysAndValues, rows: list[PackedRow], ahead: deque[PackedRow]
    ) -> KeyCache:
        """A cache with the prefix in as many rows as this batch has and later batches may have."""
        length, width = prefix[0][0].shape[2], len(rows[0].tokens)
        if cache is not None and cache.rows >= len(rows) and cache.columns >= length + width:
            return cache
        narrow = len(ahead[-1].tokens) if ahead else width
        most = min(self._budget.tokens // narrow, self._budget.cached // (length + width), len(rows) + len(ahead))
        cache = KeyCache(max(len(rows), most), length + width)
        cache.put(prefix, 0, cache.rows)
        return cache

    def _batch(self, rows: list[PackedRow], prefix: int, cache: KeyCache | None) -> "_BatchScores":
        batch = build_batch(rows, prefix, self._forward.layout)
        if cache is not None:
            cache.write_block(0, len(rows), prefix)
        logits = self._forward.logits(
            batch.ids, batch.keep, {"mask": batch.mask, "positions": batch.positions, "cache": cache}
        )
        return _BatchScores.of(rows, batch, logits)


@dataclass(frozen=True)
class _BatchScores:
    """The scores of a batch, which the device may still be computing.

    Attributes:
        rows: rows of the batch.
        nats: log-probability of each scored token.
        hits: whether each scored token was the likeliest.
    """

    rows: list[PackedRow]
    nats: torch.Tensor
    hits: torch.Tensor

    @classmethod
    def of(cls, rows: list[PackedRow], batch: RowBatch, logits: torch.Tensor) -> "_BatchScores":
        """The log-probabilities of the target tokens; the softmax is computed in float32."""
        totals, likeliest = [], []
        for some in torch.split(logits, max(1, MAX_SOFTMAX_CELLS // logits.shape[1])):
            totals.append(torch.logsumexp(some.float(), dim=1))
            likeliest.append(some.argmax(dim=1))
        nats = logits[batch.at, batch.tokens].float() - torch.cat(totals)[batch.at]
        return cls(rows, nats, torch.cat(likeliest)[batch.at] == batch.tokens)

    def sums(self) -> Iterator[TargetScore]:
        """The score of each target, summed in float64."""
        each, hit, done = self.nats.cpu().numpy().astype(np.float64), self.hits.cpu().numpy(), 0
        for row in self.rows:
            for target, columns in row.targets:
                piece = slice(done, done + len(columns))
                done = piece.stop
                total = float(np.sum(each[piece]))
                yield TargetScore(target.request, total, len(columns), bool(hit[piece].all()), target.truncated)

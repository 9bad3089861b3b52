"""Log-likelihoods of targets: groups and rows in, sums of nats out, batch by batch."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from objective.engine.passes.encoding import Input
from objective.engine.passes.forward import Forward
from objective.engine.passes.key_cache import KeyCache, KeysAndValues
from objective.engine.passes.memory import Budget, is_out_of_memory, release, sizes
from objective.engine.passes.prefix_tree import Costs, PrefixGroup, Row, plan, unshared
from objective.engine.passes.rows import Batch, lay_out

CELLS = 2**24
"""Predictions turned into float32 at a time."""
GPU_LAUNCH = 512
"""Tokens that a GPU computes in the time that it takes to start a pass."""


@dataclass(frozen=True)
class Sum:
    """What one target scored: its request, nats, tokens, whether each was the likeliest, tokens cut."""

    request: int
    nats: float
    tokens: int
    greedy: bool
    truncated: int


class Scorer:
    """Scores inputs with one model.

    Args:
        forward: runs the model.
        budget: of one pass; changed when memory runs out.
        share: whether prefixes are shared.
    """

    def __init__(self, forward: Forward, budget: Budget, *, share: bool) -> None:
        self._forward = forward
        self._budget = budget
        self.share = share

    def score(self, inputs: Sequence[Input]) -> Iterator[Sum]:
        """Score all targets of all inputs, in the order in which they come to be computed."""
        if inputs:
            yield from self.run(plan(inputs, self._costs()) if self.share else unshared(inputs))

    def run(self, group: PrefixGroup) -> Iterator[Sum]:
        """Score all below a group. A batch is read when the next one is under way, so that a GPU never waits."""
        last: _Scored | None = None
        for scored in self._below(group, ()):
            if last is not None:
                yield from last.sums()
            last = scored
        if last is not None:
            yield from last.sums()

    def _below(self, group: PrefixGroup, before: KeysAndValues) -> Iterator["_Scored"]:
        """A group's own rows, then the longer prefixes that begin with it."""
        prefix = self._forward.prefix(group.prefix, before) if len(group.prefix) else before
        yield from self._rows(group, prefix)
        for deeper in group.groups:
            yield from self._below(deeper, prefix)

    def _costs(self) -> Costs:
        own = sizes(self._forward.loaded.model)
        if self._forward.device.type == "cuda":
            return Costs(6 * own.hidden, launch=GPU_LAUNCH, row=min(4096, self._budget.tokens))
        return Costs(6 * own.hidden, row=self._budget.tokens)

    def _rows(self, group: PrefixGroup, prefix: KeysAndValues) -> Iterator["_Scored"]:
        """Batches of rows, longest first; one that does not fit is put back and the budget halved."""
        ahead = deque(sorted(group.rows, key=lambda row: -len(row.tokens)))
        scored: _Scored | None
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
                release(self._forward.device)
            else:
                self._budget.settle()
                yield scored

    def _take(self, ahead: deque[Row], prefix: int) -> list[Row]:
        rows = [ahead.popleft()]
        width, places = len(rows[0].tokens), rows[0].n_scored
        while ahead:
            count = len(rows) + 1
            places += ahead[0].n_scored
            is_full = count * width > self._budget.tokens or places > self._budget.places
            if is_full or (prefix and count * (prefix + width) > self._budget.cached):
                break
            rows.append(ahead.popleft())
        return rows

    def _roomy(self, cache: KeyCache | None, prefix: KeysAndValues, rows: list[Row], ahead: deque[Row]) -> KeyCache:
        """A cache that holds the prefix in as many rows as this batch has, and later ones may have."""
        length, width = prefix[0][0].shape[2], len(rows[0].tokens)
        if cache is not None and cache.rows >= len(rows) and cache.columns >= length + width:
            return cache
        narrow = len(ahead[-1].tokens) if ahead else width
        most = min(self._budget.tokens // narrow, self._budget.cached // (length + width), len(rows) + len(ahead))
        cache = KeyCache(max(len(rows), most), length + width)
        cache.put(prefix, 0, cache.rows)
        return cache

    def _batch(self, rows: list[Row], prefix: int, cache: KeyCache | None) -> "_Scored":
        batch = lay_out(rows, prefix, self._forward.layout)
        if cache is not None:
            cache.write_block(0, len(rows), prefix)
        logits = self._forward.logits(
            batch.ids, batch.keep, {"mask": batch.mask, "positions": batch.positions, "cache": cache}
        )
        return _Scored.of(rows, batch, logits)


@dataclass(frozen=True)
class _Scored:
    """A batch whose numbers may still be on their way.

    Attributes:
        rows: of it.
        nats: per scored token.
        hits: whether it was the likeliest.
    """

    rows: list[Row]
    nats: torch.Tensor
    hits: torch.Tensor

    @classmethod
    def of(cls, rows: list[Row], batch: Batch, logits: torch.Tensor) -> "_Scored":
        """The log-probabilities of the targets' tokens; the softmax runs in float32."""
        totals, likeliest = [], []
        for some in torch.split(logits, max(1, CELLS // logits.shape[1])):
            totals.append(torch.logsumexp(some.float(), dim=1))
            likeliest.append(some.argmax(dim=1))
        nats = logits[batch.at, batch.tokens].float() - torch.cat(totals)[batch.at]
        return cls(rows, nats, torch.cat(likeliest)[batch.at] == batch.tokens)

    def sums(self) -> Iterator[Sum]:
        """One sum for each target, in float64."""
        each, hit, done = self.nats.cpu().numpy().astype(np.float64), self.hits.cpu().numpy(), 0
        for row in self.rows:
            for target, columns in row.targets:
                piece = slice(done, done + len(columns))
                done = piece.stop
                total = float(np.sum(each[piece]))
                yield Sum(target.request, total, len(columns), bool(hit[piece].all()), target.truncated)

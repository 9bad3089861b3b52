"""A model in this process, behind the interface that tasks see."""

import logging
import math
from collections.abc import Iterator, Sequence

import torch

from objective.engine.loading.model import LoadedModel, load
from objective.engine.passes.encoding import Encoder, Input
from objective.engine.passes.forward import Forward
from objective.engine.passes.memory import is_out_of_memory, planned
from objective.engine.scoring.likelihoods import Scorer, Sum
from objective.engine.scoring.sharing_proof import sharing_error, tolerance, why_unshared
from objective.engine.settings import ModelSettings, RunSettings
from objective.engine.writing.alone import write_alone
from objective.engine.writing.continuous import write_continuously
from objective.engine.writing.side_by_side import BatchWriter
from objective.engine.writing.texts import Endings, Text
from objective.request import GeneratedText, GenerateRequest, RollingRequest, ScoredContinuation, ScoreRequest

log = logging.getLogger(__name__)


class LocalModel:
    """Answers requests with a model in this process.

    Args:
        model: which one, or one that is loaded already.
        run: how.

    Raises:
        BadInput: it cannot be loaded.

    Attributes:
        unshared_because: why prefixes are not shared; None if they are.
        forward: the model's passes, with what they cost.
    """

    def __init__(self, model: ModelSettings | LoadedModel, run: RunSettings | None = None) -> None:
        run = run or RunSettings()
        if run.threads is not None:
            torch.set_num_threads(run.threads)
        loaded = load(model) if isinstance(model, ModelSettings) else model
        self.forward = Forward(loaded)
        self._budget = planned(loaded, run)
        self.unshared_because = self._why_unshared(run)
        self._encoder = Encoder(loaded.tokenizer, loaded.max_length, run.too_long)
        self._endings = Endings(loaded.tokenizer, loaded.ends)
        self._rows, self._continuous = run.rows, run.continuous
        self._scorer = Scorer(self.forward, self._budget, share=self.unshared_because is None)

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score continuations.

        Raises:
            BadInput: one has no tokens, or its input is too long; before any of them is computed.
        """
        sizes = [len(request.continuation.encode()) for request in requests]
        for one in self._scorer.score(self._encoder.pairs(requests)):
            yield one.request, ScoredContinuation(one.nats, one.tokens, sizes[one.request], one.greedy, one.truncated)

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score whole texts, each window with at least one token of context, each token once."""
        inputs = self._encoder.texts(requests)
        ahead = _windows(inputs, len(requests))
        sums: list[list[Sum]] = [[] for _ in requests]
        for number, count in enumerate(ahead):
            if not count:
                yield number, _joined([], requests[number].text)
        for one in self._scorer.score(inputs):
            sums[one.request].append(one)
            if len(sums[one.request]) == ahead[one.request]:
                yield one.request, _joined(sums[one.request], requests[one.request].text)

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        """Write texts; a request comes when all its samples have ended.

        Raises:
            BadInput: a prompt is too long; before any of them is computed.
        """
        prompts = self._encoder.prompts(requests)
        texts = [
            Text(number, sample, tokens, cut, request.sampling)
            for number, (request, (tokens, cut)) in enumerate(zip(requests, prompts, strict=True))
            for sample in range(request.sampling.samples)
        ]
        done: list[dict[int, GeneratedText]] = [{} for _ in requests]
        is_plain = all(text.sampling.temperature == 0.0 and not text.sampling.top_logprobs for text in texts)
        if self._continuous and is_plain:
            written = write_continuously(self.forward, self._endings, texts)
        elif self.unshared_because is None:
            written = BatchWriter(self.forward, self._budget, self._endings, self._rows).write(texts)
        else:
            written = write_alone(self.forward, self._endings, texts)
        for text, finish in written:
            samples = done[text.request]
            samples[text.sample] = self._endings.result(text, finish)
            if len(samples) == text.sampling.samples:
                yield text.request, tuple(samples[sample] for sample in sorted(samples))

    def tokens(self, text: str) -> list[str]:
        """The text's tokens as the model reads them, special ones included."""
        return self._encoder.shown(text)

    def _why_unshared(self, run: RunSettings) -> str | None:
        if not run.share:
            return "it was asked not to"
        reason = why_unshared(self.forward.loaded)
        if reason is None and run.check:
            # The library's own attention is the second choice: some layers want more of it than ours gives.
            reason = self._failed_check(fold=True) and self._failed_check(fold=False)
        if reason is not None:
            log.warning("prefixes are not shared, because of the model: %s; this is slower, not wrong", reason)
        return reason

    def _failed_check(self, *, fold: bool) -> str | None:
        try:
            error = sharing_error(self.forward, self._budget, fold=fold)
        except (RuntimeError, ValueError, TypeError, IndexError, AttributeError) as problem:
            if is_out_of_memory(problem):
                raise
            self.forward.unfold()
            return f"it cannot run that way ({type(problem).__name__}: {problem})"
        allowed = tolerance(self.forward.loaded)
        if error <= allowed:
            return None
        self.forward.unfold()
        return f"one question scored both ways differs by {error:.2g} nats, more than {allowed:g}"


def _windows(inputs: Sequence[Input], texts: int) -> list[int]:
    counts = [0] * texts
    for item in inputs:
        for target in item.targets:
            counts[target.request] += 1
    return counts


def _joined(sums: Sequence[Sum], text: str) -> ScoredContinuation:
    return ScoredContinuation(
        nats=math.fsum(one.nats for one in sums),
        tokens=sum(one.tokens for one in sums),
        bytes=len(text.encode()),
        greedy=all(one.greedy for one in sums),
    )

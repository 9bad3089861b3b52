"""The backend of a model in this process."""

import math
from collections.abc import Iterator, Sequence

import torch

from objective.engine.loading.model import LoadedModel, load_model
from objective.engine.passes.encoding import Encoder, ModelInput
from objective.engine.passes.forward import Forward
from objective.engine.passes.memory import plan_budget
from objective.engine.scoring.likelihoods import LikelihoodScorer, TargetScore
from objective.engine.scoring.sharing import Sharing
from objective.engine.settings import ModelSettings, RunSettings
from objective.engine.writing.batched import BatchWriter
from objective.engine.writing.continuous_batching import write_continuously
from objective.engine.writing.one_by_one import write_one_by_one
from objective.engine.writing.texts import StopConditions, TextInProgress
from objective.request import GeneratedText, GenerateRequest, RollingRequest, ScoredContinuation, ScoreRequest


class LocalModel:
    """Answers requests with a model in this process.

    Args:
        model: model to load, or a loaded model.
        run: how requests are run.

    Raises:
        BadInput: the model cannot be loaded.

    Attributes:
        forward: forward passes of the model, with counts of tokens and calls.
        sharing: what the model may compute together.
    """

    def __init__(self, model: ModelSettings | LoadedModel, run: RunSettings | None = None) -> None:
        run = run or RunSettings()
        if run.threads is not None:
            torch.set_num_threads(run.threads)
        loaded = load_model(model) if isinstance(model, ModelSettings) else model
        self.forward = Forward(loaded)
        self._budget = plan_budget(loaded, run)
        self.sharing = Sharing(self.forward, self._budget, run)
        self._encoder = Encoder(loaded.tokenizer, loaded.max_length, run.too_long)
        self._conditions = StopConditions(loaded.tokenizer, loaded.ends)
        self._rows, self._continuous = run.rows, run.continuous

    @property
    def unshared_because(self) -> str | None:
        """Why prefixes are not shared; None if they are. A run may find a reason that a shorter one did not."""
        return self.sharing.unshared_because

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score continuations.

        Raises:
            BadInput: a continuation has no tokens, or an input is too long; raised before any computation.
        """
        sizes = [len(request.continuation.encode()) for request in requests]
        for one in self._scored(self._encoder.pairs(requests)):
            yield one.request, ScoredContinuation(one.nats, one.tokens, sizes[one.request], one.greedy, one.truncated)

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score whole texts in windows, each with at least one token of context; each token is scored once."""
        inputs = self._encoder.texts(requests)
        counts = _count_windows(inputs, len(requests))
        scores: list[list[TargetScore]] = [[] for _ in requests]
        for number, count in enumerate(counts):
            if not count:
                yield number, _sum_windows([], requests[number].text)
        for one in self._scored(inputs):
            scores[one.request].append(one)
            if len(scores[one.request]) == counts[one.request]:
                yield one.request, _sum_windows(scores[one.request], requests[one.request].text)

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        """Generate texts; a request is answered when all of its samples have ended, unless nobody waits for it.

        Raises:
            BadInput: a prompt is too long; raised before any computation.
        """
        prompts = self._encoder.prompts(requests)
        texts = [
            TextInProgress(
                number,
                sample,
                tokens,
                cut,
                request.sampling,
                listener=None if sample else request.listener,
                wanted=request.is_wanted,
            )
            for number, (request, (tokens, cut)) in enumerate(zip(requests, prompts, strict=True))
            for sample in range(request.sampling.samples)
        ]
        ends = [len(text.prompt) + text.sampling.max_tokens for text in texts]
        self.sharing.prepare([text.prompt for text in texts], max(ends, default=0))
        done: list[dict[int, GeneratedText]] = [{} for _ in requests]
        is_plain = all(text.sampling.temperature == 0.0 and not text.sampling.top_logprobs for text in texts)
        if self._continuous and is_plain:
            written = write_continuously(self.forward, self._conditions, texts)
        elif self.unshared_because is None:
            written = BatchWriter(self.forward, self._budget, self._conditions, self._rows).write(texts)
        else:
            written = write_one_by_one(self.forward, self._conditions, texts)
        for text, finish in written:
            if finish == "unwanted":
                continue
            samples = done[text.request]
            samples[text.sample] = self._conditions.result(text, finish)
            if len(samples) == text.sampling.samples:
                yield text.request, tuple(samples[sample] for sample in sorted(samples))

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text as the model reads them, including special tokens."""
        return self._encoder.shown(text)

    def _scored(self, inputs: Sequence[ModelInput]) -> Iterator[TargetScore]:
        self.sharing.prepare([item.tokens for item in inputs], max((len(item.tokens) for item in inputs), default=0))
        share, batch = self.sharing.unshared_because is None, self.sharing.unbatched_because is None
        return LikelihoodScorer(self.forward, self._budget, share=share, batch=batch).score(inputs)


def _count_windows(inputs: Sequence[ModelInput], texts: int) -> list[int]:
    counts = [0] * texts
    for item in inputs:
        for target in item.targets:
            counts[target.request] += 1
    return counts


def _sum_windows(sums: Sequence[TargetScore], text: str) -> ScoredContinuation:
    return ScoredContinuation(
        nats=math.fsum(one.nats for one in sums),
        tokens=sum(one.tokens for one in sums),
        bytes=len(text.encode()),
        greedy=all(one.greedy for one in sums),
    )

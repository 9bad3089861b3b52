"""An endpoint as the backend of tasks.

Generation uses chat completions: a chat is sent turn by turn, a plain prompt as one user message. Likelihoods use
completions that echo their prompt; an endpoint without them is asked once and then refused.
"""

import math
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from app.models.asking import run_asking
from judging.chat.batch import BatchClient, BatchLimits, Environment, Price, run_jobs
from judging.chat.endpoint import Endpoint
from judging.chat.model import ChatModel, ChatRequest, ChatSettings, Reply, RequestCause, RequestError
from judging.chat.prompt_logprobs import PromptScorer
from judging.prompts.prompt_file import Message
from judging.verdicts.token_scores import TokenProbabilities
from objective.request import (
    ChatTurn,
    Finish,
    GeneratedText,
    GenerateRequest,
    RollingRequest,
    ScoredContinuation,
    ScoreRequest,
)
from storage.errors import BadInput, EvenhandError
from storage.values import canonical_json, digest

_FINISHES: dict[str, Finish] = {"stop": "end", "length": "length", "refused": "refused", "other": "end"}

_NO_LIKELIHOODS = (RequestCause.rejected, RequestCause.unknown_model, RequestCause.wrong_schema)
"""Causes of failure at an endpoint without completions, or without log-probabilities of the prompt."""

_Come = tuple[int, Any] | EvenhandError | None
Put = Callable[[_Come], None]
AnswerJob = Callable[[Put, BatchClient], Awaitable[None]]
"""Asks requests and puts each result with its position, or the error that prevented it."""


class EndpointBackend:
    """Runs the requests of tasks at an endpoint; see `objective.request.Backend`."""

    def __init__(
        self, model: str, make_endpoint: Callable[[], Endpoint], limits: BatchLimits, price: Price, world: Environment
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            model: name of the model at the endpoint.
            make_endpoint: makes the client; called in the event loop that asks.
            limits: limits of each batch of requests.
            price: price of tokens.
            world: waiting, randomness and the clock.
        """
        self._model, self._make = model, make_endpoint
        self._limits, self._price, self._world = limits, price, world
        self._refusal: EvenhandError | None = None

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Likelihoods in order of completion; the first context is asked alone, to see whether the endpoint gives any.

        Raises:
            RequestError: the endpoint gives no log-probabilities of a prompt, or a request failed in all
                attempts; the results of answered requests are yielded before.
        """
        if self._refusal is not None:
            raise self._refusal
        contexts: dict[str, list[int]] = {}
        for number, request in enumerate(requests):
            contexts.setdefault(request.context, []).append(number)
        first, *rest = contexts.values()
        for some in ([first], rest):
            jobs = [likelihood_job(self._model, {number: requests[number] for number in own}) for own in some]
            try:
                yield from self._answers(lambda: PromptScorer(self._make()), jobs)
            except RequestError as failure:
                if some == [first] and failure.cause in _NO_LIKELIHOODS:
                    self._refusal = failure
                raise

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Refuse likelihoods of whole texts.

        Raises:
            BadInput: always; no endpoint gives them.
        """
        raise BadInput(f"expected a local model for the likelihood of whole texts, got {self._model!r} at an endpoint")

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        """Generated texts in order of completion.

        Raises:
            RequestError: a request failed in all attempts; the results of answered requests are yielded before.
        """
        return self._answers(self._make, [self._writing(number, one) for number, one in enumerate(requests)])

    def _answers(self, make_model: Callable[[], ChatModel], jobs: Sequence["AnswerJob"]) -> Iterator[tuple[int, Any]]:
        """The results of the jobs, which run in a separate thread."""
        come: queue.SimpleQueue[_Come] = queue.SimpleQueue()
        asking = threading.Thread(target=self._ask_all, args=(make_model, jobs, come), daemon=True)
        asking.start()
        failure: EvenhandError | None = None
        while (one := come.get()) is not None:
            if isinstance(one, EvenhandError):
                failure = failure or one
            else:
                yield one
        asking.join()
        if failure is not None:
            raise failure

    def tokens(self, text: str) -> list[str]:
        """The whole text as one token, since an endpoint does not show its tokens."""
        return [text]

    def _ask_all(
        self, make_model: Callable[[], ChatModel], jobs: Sequence["AnswerJob"], come: "queue.SimpleQueue[_Come]"
    ) -> None:
        async def work(asking: BatchClient) -> None:
            await run_jobs((partial(job, come.put) for job in jobs), asking)
            if asking.totals.stopped:
                come.put(
                    BadInput(
                        "expected a --budget for all items, got a smaller one; raise it and run the same command again"
                    )
                )

        try:
            run_asking(make_model, work, limits=self._limits, price=self._price, world=self._world)
        except EvenhandError as error:
            come.put(error)
        finally:
            come.put(None)

    def _writing(self, number: int, request: GenerateRequest) -> "AnswerJob":
        sampling = request.sampling
        turns = request.turns or (ChatTurn("user", request.prompt),)
        messages = [Message(role=turn.role, content=turn.content) for turn in turns]

        async def job(put: Put, asking: BatchClient) -> None:
            texts = []
            for sample in range(sampling.samples):
                settings = ChatSettings(
                    sampling.temperature, sampling.max_tokens, sampling.top_p, sampling.seed + sample, sampling.stop
                )
                asked = ChatRequest(self._model, messages, settings, sample)
                outcome = await asking.ask(asked)
                if outcome.reply is None:
                    if outcome.failure is not None:
                        put(outcome.failure)
                    return
                texts.append(_generated(outcome.reply))
            put((number, tuple(texts)))

        return job


def endpoint_revision(base_url: str, model: str) -> str:
    """Digest that tells a model at an endpoint from others; what an endpoint serves under a name may change unnoticed.

    Args:
        base_url: address of the endpoint.
        model: name of the model at the endpoint.
    """
    return digest(canonical_json({"endpoint": base_url, "model": f"endpoint:{model}"}))


def likelihood_job(model: str, requests: Mapping[int, ScoreRequest]) -> AnswerJob:
    """Score the continuations of one context.

    The tokens of the context alone are counted first, without white space at its end; all further tokens of the whole
    text belong to the continuation, as in the local engine and in lm-evaluation-harness.

    Args:
        model: name of the model at the endpoint.
        requests: the requests of one context, by position.
    """

    async def read(asking: BatchClient, put: Put, text: str) -> Reply | None:
        outcome = await asking.ask(ChatRequest(model, [Message(role="user", content=text)], ChatSettings(max_tokens=1)))
        if outcome.failure is not None:
            put(outcome.failure)
        return outcome.reply

    async def job(put: Put, asking: BatchClient) -> None:
        start = 0
        context = next(iter(requests.values())).context.rstrip()
        if context:
            alone = await read(asking, put, context)
            if alone is None:
                return
            start = len(alone.tokens)
        for number, request in requests.items():
            whole = await read(asking, put, request.context + request.continuation)
            if whole is not None:
                put((number, _scored(request, whole.tokens[max(start, 1) :])))

    return job


def _scored(request: ScoreRequest, tokens: Sequence[TokenProbabilities]) -> ScoredContinuation:
    own = [token.top[token.text] for token in tokens]
    return ScoredContinuation(
        nats=math.fsum(own),
        tokens=len(tokens),
        bytes=len(request.continuation.encode()),
        greedy=all(nats >= max(token.top.values()) for nats, token in zip(own, tokens, strict=True)),
    )


def _generated(reply: Reply) -> GeneratedText:
    return GeneratedText(reply.text, _FINISHES[reply.finish], reply.prompt_tokens or 0, reply.completion_tokens or 0)

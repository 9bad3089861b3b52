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
from judging.chat.wire.images import ImageData, ImageSource
from judging.prompts.prompt_file import Message
from judging.verdicts.token_scores import TokenProbabilities
from objective.causes import Cause, CauseCode, TaskProblem
from objective.request import (
    BackendOutage,
    ChatTurn,
    FailedRequest,
    Finish,
    GeneratedText,
    GenerateRequest,
    RollingRequest,
    ScoredContinuation,
    ScoreRequest,
)
from storage.errors import BadInput, EvenhandError
from storage.values import Part, canonical_json, digest

_FINISHES: dict[str, Finish] = {"stop": "end", "length": "length", "refused": "refused", "other": "end"}

_NO_LIKELIHOODS = (RequestCause.rejected, RequestCause.unknown_model, RequestCause.wrong_schema)
"""Causes of failure at an endpoint without completions, or without log-probabilities of the prompt."""

_Come = tuple[int, Any] | EvenhandError | None
Put = Callable[[_Come], None]
AnswerJob = Callable[[Put, BatchClient], Awaitable[None]]
"""Asks requests and puts each result with its position, or the error that prevented it."""


class EndpointBackend:
    """Runs the requests of tasks at an endpoint; see `objective.request.FallibleBackend`.

    Attributes:
        images: images of the requests by digest, for the client that sends them.
        budget_option: option that sets the budget, for the message when it is spent.
    """

    def __init__(
        self,
        model: str,
        make_endpoint: Callable[[ImageSource], Endpoint],
        limits: BatchLimits,
        price: Price,
        world: Environment,
        adapt: Callable[[ChatSettings], ChatSettings] = lambda settings: settings,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            model: name of the model at the endpoint.
            make_endpoint: makes the client, which finds the images of requests where it is told; called in the event
                loop that asks.
            limits: limits of each batch of requests.
            price: price of tokens.
            world: waiting, randomness and the clock.
            adapt: adds what every request holds beside the usual fields.
        """
        self.images: dict[str, ImageData] = {}
        self._model, self._adapt = model, adapt
        self._make: Callable[[], Endpoint] = partial(make_endpoint, self.images.get)
        self._limits, self._price, self._world = limits, price, world
        self.budget_option = "--budget"
        self._refusal: EvenhandError | None = None

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation | FailedRequest]]:
        """Likelihoods in order of completion; the first context is asked alone, to see whether the endpoint gives any.

        Raises:
            RequestError: the endpoint gives no log-probabilities of a prompt.
            BackendOutage: the endpoint cannot go on, or the budget is spent; results are yielded before.
        """
        if self._refusal is not None:
            raise self._refusal
        contexts: dict[str, list[int]] = {}
        for number, request in enumerate(requests):
            contexts.setdefault(request.context, []).append(number)
        first, *rest = contexts.values()
        for some in ([first], rest):
            jobs = [likelihood_job(self._model, {number: requests[number] for number in own}) for own in some]
            count = sum(map(len, some))
            for number, result in self._answers(lambda: PromptScorer(self._make()), jobs, count):
                if some == [first] and isinstance(result, RequestError) and result.cause in _NO_LIKELIHOODS:
                    self._refusal = RequestError(
                        result.cause,
                        "expected an endpoint with /completions that echoes its prompt with log-probabilities, which "
                        f"mode ppl needs, but {self._model!r} gives none ({result}); use --mode gen",
                    )
                    raise self._refusal from result
                yield number, _as_result(result)

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Refuse likelihoods of whole texts.

        Raises:
            BadInput: always; no endpoint gives them.
        """
        raise BadInput(f"expected a local model for the likelihood of whole texts, got {self._model!r} at an endpoint")

    def generate(
        self, requests: Sequence[GenerateRequest]
    ) -> Iterator[tuple[int, tuple[GeneratedText, ...] | FailedRequest]]:
        """Generated texts in order of completion.

        Raises:
            BackendOutage: the endpoint cannot go on, or the budget is spent; results are yielded before.
        """
        jobs = [self._writing(number, one) for number, one in enumerate(requests)]
        for number, result in self._answers(self._make, jobs, len(jobs)):
            yield number, _as_result(result)

    def _answers(
        self, make_model: Callable[[], ChatModel], jobs: Sequence["AnswerJob"], count: int
    ) -> Iterator[tuple[int, Any]]:
        """The results of the jobs, or the errors in their places; the jobs run in a separate thread.

        Raises:
            BackendOutage: fewer than `count` results came.
        """
        come: queue.SimpleQueue[_Come] = queue.SimpleQueue()
        asking = threading.Thread(target=self._ask_all, args=(make_model, jobs, come), daemon=True)
        asking.start()
        failure: EvenhandError | None = None
        while (one := come.get()) is not None:
            if isinstance(one, EvenhandError):
                failure = failure or one
            else:
                count -= 1
                yield one
        asking.join()
        if isinstance(failure, RequestError) and failure.cause in _NO_LIKELIHOODS and len(jobs) == 1:
            yield 0, failure
        if failure is not None or count > 0:
            why = failure or "no connection to the endpoint was made for some requests"
            raise BackendOutage(
                f"{why}; what was answered is stored: run the same command again to continue"
            ) from failure

    def tokens(self, text: str) -> list[str]:
        """The whole text as one token, since an endpoint does not show its tokens."""
        return [text]

    def _ask_all(
        self, make_model: Callable[[], ChatModel], jobs: Sequence["AnswerJob"], come: "queue.SimpleQueue[_Come]"
    ) -> None:
        async def work(asking: BatchClient) -> None:
            totals = await run_jobs((partial(job, come.put) for job in jobs), asking)
            if totals.stopped:
                option = self.budget_option
                come.put(BadInput(f"expected a {option} for all items, got a smaller one that is spent; raise it"))
            elif totals.outage is not None:
                come.put(totals.outage)

        try:
            run_asking(make_model, work, limits=self._limits, price=self._price, world=self._world)
        except EvenhandError as error:
            come.put(error)
        finally:
            come.put(None)

    def _message(self, turn: ChatTurn) -> Message:
        """A turn as a message, its images before its text; their bytes are kept until they are sent."""
        if not turn.images:
            return Message(role=turn.role, content=turn.content)
        self.images.update({one.sha256: ImageData(one.type, one.data) for one in turn.images})
        shown: list[Part] = [{"type": "image", "media": one.sha256, "alt": ""} for one in turn.images]
        return Message(role=turn.role, content=[*shown, {"type": "text", "text": turn.content}])

    def _writing(self, number: int, request: GenerateRequest) -> "AnswerJob":
        sampling = request.sampling
        turns = request.turns or (ChatTurn("user", request.prompt, request.images),)
        messages = [self._message(turn) for turn in turns]

        async def job(put: Put, asking: BatchClient) -> None:
            texts = []
            for sample in range(sampling.samples):
                settings = ChatSettings(
                    sampling.temperature, sampling.max_tokens, sampling.top_p, sampling.seed + sample, sampling.stop
                )
                asked = ChatRequest(self._model, messages, self._adapt(settings), sample)
                outcome = await asking.ask(asked)
                if outcome.reply is None:
                    put((number, outcome.failure))
                    return
                texts.append(_generated(outcome.reply))
            put((number, tuple(texts)))

        return job


def _as_result(result: Any) -> Any:  # noqa: ANN401  a result of either kind
    """A result as tasks know it: an error becomes a failed request."""
    if isinstance(result, RequestError) and result.cause is RequestCause.no_vision:
        return FailedRequest(TaskProblem(str(result), Cause(CauseCode.no_vision, text=str(result))))
    return FailedRequest(result) if isinstance(result, RequestError) else result


def endpoint_revision(base_url: str, model: str, fields: Mapping[str, Any] | None = None) -> str:
    """Digest that tells a model at an endpoint from others; what an endpoint serves under a name may change unnoticed.

    Args:
        base_url: address of the endpoint.
        model: name of the model at the endpoint.
        fields: what every request holds beside the usual fields.
    """
    asked = {"endpoint": base_url, "model": f"endpoint:{model}"}
    return digest(canonical_json(asked | ({"fields": dict(fields)} if fields else {})))


def likelihood_job(model: str, requests: Mapping[int, ScoreRequest]) -> AnswerJob:
    """Score the continuations of one context.

    The tokens of the context alone are counted first, without white space at its end; all further tokens of the whole
    text belong to the continuation, as in the local engine and in lm-evaluation-harness.

    Args:
        model: name of the model at the endpoint.
        requests: the requests of one context, by position.
    """

    async def read(asking: BatchClient, text: str) -> Reply | RequestError | None:
        outcome = await asking.ask(ChatRequest(model, [Message(role="user", content=text)], ChatSettings(max_tokens=1)))
        return outcome.failure if outcome.reply is None else outcome.reply

    async def job(put: Put, asking: BatchClient) -> None:
        start = 0
        context = next(iter(requests.values())).context.rstrip()
        if context:
            alone = await read(asking, context)
            if not isinstance(alone, Reply):
                for number in requests:
                    put((number, alone))
                return
            start = len(alone.tokens)
        for number, request in requests.items():
            whole = await read(asking, request.context + request.continuation)
            put((number, _scored(request, whole.tokens[max(start, 1) :]) if isinstance(whole, Reply) else whole))

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

"""A local model as a chat model, which judges and respondents ask like an endpoint.

Concurrent requests are gathered into batches, so that the engine generates their replies together. A request that is
cancelled leaves its batch at the next token.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from judging.chat.model import ChatRequest, Finish, Reply, RequestCause, RequestError
from judging.chat.wire.images import no_vision
from judging.verdicts.token_scores import TokenProbabilities
from objective.request import Backend, GeneratedText, GenerateRequest, PieceListener, Sampling
from storage.errors import BadInput

_GATHERING_SECONDS = 0.02
_AT_ONCE = 256
_FINISHES: dict[str, Finish] = {"stop": "stop", "end": "stop", "length": "length"}


class WaitingRequest(NamedTuple):
    """A request that waits for its reply, and who is told what is written of it."""

    request: ChatRequest
    answer: "asyncio.Future[Reply]"
    listener: PieceListener | None = None


class LocalChat:
    """Answers chat requests with a local model; must be created and used in one event loop."""

    def __init__(
        self,
        backend: Backend,
        tokenizer: Any,  # noqa: ANN401  transformers does not type its tokenizers
        closing: ExitStack,
        *,
        seconds: Callable[[], float],
    ) -> None:
        """Wrap a backend.

        Args:
            backend: backend of the loaded model.
            tokenizer: tokenizer of the model, with a chat template.
            closing: resources to release when the model is closed.
            seconds: a clock that never goes back.

        Raises:
            BadInput: the tokenizer has no chat template.
        """
        if not getattr(tokenizer, "chat_template", None):
            raise BadInput(
                "expected a model whose tokenizer has a chat template, got one without; choose a chat model, or serve "
                "it with a template of yours"
            )
        self._backend, self._tokenizer, self._closing, self._seconds = backend, tokenizer, closing, seconds
        self._waiting: list[WaitingRequest] = []
        self._writing: asyncio.Task[None] | None = None

    async def ask(self, request: ChatRequest, *, listener: PieceListener | None = None) -> Reply:
        """See `ChatModel`; a request with images fails, since the model reads text only.

        Args:
            request: the request.
            listener: is told in this event loop what is written so far, each time there is more; None for nobody.
        """
        if request.images:
            raise no_vision(f"got {request.model!r}, a local model that reads text only")
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(WaitingRequest(request, answer, heard_in_loop(listener)))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())
        return await answer

    async def close(self) -> None:
        """Finish the current batch and release the model."""
        if self._writing is not None:
            await self._writing
        self._closing.close()

    async def _write(self) -> None:
        """Answer gathered requests in batches until none is waiting."""
        while self._waiting:
            await asyncio.sleep(_GATHERING_SECONDS)
            wanted = [waiting for waiting in self._waiting if not waiting.answer.done()]
            batch, self._waiting = wanted[:_AT_ONCE], wanted[_AT_ONCE:]
            if batch:
                await self._answer(batch)

    async def _answer(self, batch: "list[WaitingRequest]") -> None:
        """Answer a batch; a batch that fails because of one request is halved until that request is alone."""
        began = self._seconds()
        try:
            await asyncio.to_thread(self._generate, batch, began, asyncio.get_running_loop())
        except BadInput as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._answer(batch[:middle])
                await self._answer(batch[middle:])
                return
            _fail(batch, RequestError(RequestCause.rejected, str(error)))
        except Exception as error:  # noqa: BLE001  whatever a library or device raises, every waiting request must end
            reason = str(error).strip().split("\n", 1)[0]
            _fail(
                batch, RequestError(RequestCause.rejected, f"the local model failed: {type(error).__name__}: {reason}")
            )
        else:
            _fail(batch, RequestError(RequestCause.rejected, "the local model gave no reply to this request"))

    def _generate(self, batch: Sequence[WaitingRequest], began: float, loop: asyncio.AbstractEventLoop) -> None:
        """Give each reply as soon as it is whole; a short one does not wait for the longest of its batch."""
        for number, texts in self._backend.generate([self._prompt(waiting) for waiting in batch]):
            waiting = batch[number]
            loop.call_soon_threadsafe(_give, waiting, make_reply(waiting.request, texts[0], self._seconds() - began))

    def _prompt(self, waiting: WaitingRequest) -> GenerateRequest:
        text: str = self._tokenizer.apply_chat_template(
            list(waiting.request.messages), tokenize=False, add_generation_prompt=True
        )
        return GenerateRequest(
            text,
            make_sampling(waiting.request),
            listener=waiting.listener,
            is_wanted=lambda: not waiting.answer.done(),
        )


def make_sampling(request: ChatRequest) -> Sampling:
    """How a local model generates the reply to a request."""
    settings = request.settings
    return Sampling(
        settings.max_tokens,
        settings.temperature or 0.0,
        settings.top_p,
        (settings.seed or 0) + request.sample,
        settings.stop,
        top_logprobs=settings.top_logprobs,
    )


def heard_in_loop(listener: PieceListener | None) -> PieceListener | None:
    """A listener that another thread may call, which is told in the event loop of the caller."""
    if listener is None:
        return None
    loop = asyncio.get_running_loop()

    def tell(text: str) -> None:
        loop.call_soon_threadsafe(listener, text)

    return tell


def _give(waiting: WaitingRequest, reply: Reply) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(reply)


def _fail(batch: Sequence[WaitingRequest], error: RequestError) -> None:
    """Fail the requests that have no reply."""
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)


def make_reply(request: ChatRequest, text: GeneratedText, seconds: float) -> Reply:
    """The reply that a local model has generated in some seconds."""
    return Reply(
        text=text.text,
        finish=_FINISHES[text.finish],
        model=request.model,
        prompt_tokens=text.prompt_tokens,
        completion_tokens=text.completion_tokens,
        latency_seconds=seconds,
        tokens=tuple(TokenProbabilities(token.text, token.top) for token in text.tokens),
    )

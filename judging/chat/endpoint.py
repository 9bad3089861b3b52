"""Any OpenAI-compatible endpoint, through the `openai` package.

It asks once: whether to ask again is for `retrying` to say, which knows how many others wait. The key is held by the
client alone; it is in no message of ours.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx2
import openai
import orjson

from judging.chat.model import ChatRequest, Finish, NoReply, Reply, Trouble
from judging.token_scores import Token, read_tokens
from storage.errors import BadInput

_FINISHES: dict[str | None, Finish] = {"stop": "stop", "length": "length", "content_filter": "refused"}
_LONGEST_DETAIL = 200
_CONNECTIONS_EACH = 16
"""Requests in one pool of connections: to find a free one costs a pool a look at all that it has."""

_PATH = "/chat/completions"


class Endpoint:
    """A chat model behind HTTP."""

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        timeout_seconds: float,
        seconds: Callable[[], float],
        at_once: int = _CONNECTIONS_EACH,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            base_url: up to and with the version, such as http://127.0.0.1:8000/v1.
            key: sent as bearer token; any word where the endpoint wants none.
            timeout_seconds: for one whole request, however slowly its parts arrive.
            seconds: a clock that never goes back.
            at_once: requests under way that it should be quick with; more are allowed.
        """
        self._url, self._timeout, self._seconds = base_url, timeout_seconds, seconds
        pools = max(1, -(-at_once // _CONNECTIONS_EACH))
        self._clients = [
            openai.AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=timeout_seconds)
            for _ in range(pools)
        ]
        self._under_way = [0] * pools

    async def ask(self, request: ChatRequest) -> Reply:
        """See `ChatModel`."""
        began = self._seconds()
        pool = self._under_way.index(min(self._under_way))
        self._under_way[pool] += 1
        try:
            async with asyncio.timeout(self._timeout):
                # the typed method would spend as much time on checking types as all the rest takes
                found = await self._clients[pool].post(_PATH, body=_body(request), cast_to=httpx2.Response)
        except (TimeoutError, openai.OpenAIError, ValueError, TypeError) as error:
            raise self._trouble(error, request.model) from None
        finally:
            self._under_way[pool] -= 1
        try:
            content = orjson.loads(found.content)
        except ValueError:
            raise self._wrong_schema("no JSON") from None
        return self._read(content, self._seconds() - began)

    async def stream(self, request: ChatRequest) -> AsyncIterator[str]:
        """The pieces of a reply as they are written; the time limit holds for each piece.

        Raises:
            NoReply: there is none, or it broke off.
        """
        try:
            pieces: Any = await self._clients[0].chat.completions.create(
                model=request.model,
                messages=list(request.messages),  # type: ignore[arg-type]
                stream=True,
                **request.settings.as_json(),
            )
            async with pieces:
                async for piece in pieces:
                    if piece.choices and piece.choices[0].delta.content:
                        yield piece.choices[0].delta.content
        except (TimeoutError, openai.OpenAIError, httpx2.HTTPError, ValueError, TypeError) as error:
            raise self._trouble(error, request.model) from None

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            await client.close()

    def _trouble(self, error: Exception, model: str) -> NoReply:
        """What went wrong, as a failure with a name."""
        if isinstance(error, TimeoutError | openai.APITimeoutError | httpx2.TimeoutException):
            return NoReply(
                Trouble.timeout, f"expected a reply from {self._url} within {self._timeout:g} seconds, got none in time"
            )
        if isinstance(error, openai.APIStatusError):
            return self._refusal(error, model)
        if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):
            said = str(error.__cause__ or error)[:_LONGEST_DETAIL]
            return NoReply(
                Trouble.connection, f"expected an endpoint at {self._url}, got none ({said}); check the address"
            )
        return self._wrong_schema(type(error).__name__)

    def _read(self, found: object, latency: float) -> Reply:
        try:
            choice: Mapping[str, Any] = found["choices"][0]  # type: ignore[index]
            message: Mapping[str, Any] = choice["message"]
            text, refusal = message.get("content"), message.get("refusal")
        except (TypeError, KeyError, IndexError, AttributeError):
            raise self._wrong_schema("no message") from None
        if not isinstance(text, str | None) or not isinstance(refusal, str | None):
            raise self._wrong_schema("no text")
        usage, model = found.get("usage"), found.get("model")  # type: ignore[attr-defined]
        finish: Finish = "refused" if refusal else _FINISHES.get(choice.get("finish_reason"), "other")
        return Reply(
            text=text or refusal or "",
            finish=finish,
            model=model if isinstance(model, str) else None,
            prompt_tokens=_count(usage, "prompt_tokens"),
            completion_tokens=_count(usage, "completion_tokens"),
            latency_seconds=latency,
            tokens=_tokens(choice.get("logprobs")),
        )

    def _wrong_schema(self, what: str) -> NoReply:
        return NoReply(
            Trouble.wrong_schema,
            f"expected a chat completion from {self._url}, got something else ({what}); check that the address is that "
            "of an OpenAI-compatible endpoint, with its version, such as /v1",
        )

    def _refusal(self, error: openai.APIStatusError, model: str) -> NoReply:
        status, said = error.status_code, str(error)[:_LONGEST_DETAIL]
        if status == 429:
            wait = _retry_after(error.response.headers.get("retry-after"))
            return NoReply(Trouble.rate_limited, f"{self._url} asks for fewer requests ({said})", retry_after=wait)
        if status in (408, 409) or status >= 500:
            wait = _retry_after(error.response.headers.get("retry-after"))
            return NoReply(Trouble.server_error, f"{self._url} failed with {status} ({said})", retry_after=wait)
        if status in (401, 403):
            return NoReply(
                Trouble.unauthorised, f"expected a key that {self._url} accepts, got {status}; check the key"
            )
        if status == 404:
            return NoReply(
                Trouble.unknown_model,
                f"expected a model named {model!r} at {self._url}, got 404 ({said}); check the name and the address",
            )
        return NoReply(Trouble.rejected, f"{self._url} rejected the request with {status} ({said})")


def _retry_after(header: str | None) -> float | None:
    """Seconds to wait; a date or anything else is not understood and ignored."""
    try:
        wait = float(header or "")
    except ValueError:
        return None
    return wait if 0.0 <= wait < float("inf") else None


def _body(request: ChatRequest) -> dict[str, Any]:
    return {"model": request.model, "messages": list(request.messages), **request.settings.as_json()}


def _count(usage: object, name: str) -> int | None:
    number = usage.get(name) if isinstance(usage, dict) else None
    return number if isinstance(number, int) else None


def _tokens(logprobs: object) -> tuple[Token, ...]:
    """Log-probabilities where they can be read; what is missing is refused when a score is made of it."""
    if logprobs is None:
        return ()
    try:
        return read_tokens(logprobs)
    except BadInput:
        return ()

"""Client for OpenAI-compatible endpoints over HTTP.

Every request is sent once; `retrying` decides about retries, since it knows the other waiting requests. Whole replies
use aiohttp, which takes a fifth of the CPU time per request that the `openai` client takes; streamed replies use that
client. Only the two clients hold the key; it appears in none of our messages.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
import httpx2
import openai
import orjson

from judging.chat.model import ChatRequest, Finish, Reply, RequestCause, RequestError
from judging.verdicts.token_scores import TokenProbabilities, read_tokens
from storage.errors import BadInput

_FINISHES: dict[str | None, Finish] = {"stop": "stop", "length": "length", "content_filter": "refused"}
_LONGEST_DETAIL = 200


class Endpoint:
    """A chat model behind HTTP; create and use it in one event loop."""

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        timeout_seconds: float,
        seconds: Callable[[], float],
        proxy: str | None = None,
    ) -> None:
        """Create a client; nothing is sent yet.

        Args:
            base_url: Address including the version, such as http://127.0.0.1:8000/v1.
            key: API key, sent as bearer token; any word if the endpoint needs none.
            timeout_seconds: Time limit of one whole request, however slowly its parts arrive.
            seconds: Monotonic clock.
            proxy: Address of an HTTP proxy.
        """
        self._url, self._timeout, self._seconds, self._key = base_url, timeout_seconds, seconds, key
        self._base = base_url.rstrip("/")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=timeout_seconds),
            headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
            proxy=proxy,
        )
        self._streaming: openai.AsyncOpenAI | None = None

    async def ask(self, request: ChatRequest) -> Reply:
        """Send one request; see `ChatModel`."""
        return self._read(*await self.post("chat/completions", _request_body(request), request.model))

    async def post(self, path: str, body: Mapping[str, Any], model: str) -> tuple[object, float]:
        """Send a JSON body; return the JSON reply and the seconds it took.

        Args:
            path: Path below the base address.
            body: Request body.
            model: Model name, for error messages.

        Raises:
            RequestError: No reply, an error status, or a reply that is not JSON.
        """
        began = self._seconds()
        try:
            async with self._session.post(f"{self._base}/{path}", data=orjson.dumps(body)) as response:
                content = await response.read()
                status, wait = response.status, response.headers.get("retry-after")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise self._transport_error(error) from None
        if status != 200:
            raise self._refusal(status, _error_detail(content), model, wait)
        try:
            return orjson.loads(content), self._seconds() - began
        except ValueError:
            raise self._wrong_schema("no JSON") from None

    async def stream(self, request: ChatRequest) -> AsyncIterator[str]:
        """Yield the pieces of a reply as they are generated; the time limit applies to each piece.

        No command uses this yet; the live arena, in which people watch two models answer, needs it.

        Raises:
            RequestError: No reply, or it broke off.
        """
        if self._streaming is None:
            self._streaming = openai.AsyncOpenAI(
                base_url=self._url, api_key=self._key, max_retries=0, timeout=self._timeout
            )
        try:
            pieces: Any = await self._streaming.chat.completions.create(stream=True, **_request_body(request))
            async with pieces:
                async for piece in pieces:
                    if piece.choices and piece.choices[0].delta.content:
                        yield piece.choices[0].delta.content
        except openai.APIStatusError as error:
            wait = error.response.headers.get("retry-after")
            raise self._refusal(error.status_code, str(error)[:_LONGEST_DETAIL], request.model, wait) from None
        except (TimeoutError, openai.OpenAIError, httpx2.HTTPError, ValueError, TypeError) as error:
            raise self._transport_error(error) from None

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()
        if self._streaming is not None:
            await self._streaming.close()

    def _transport_error(self, error: Exception) -> RequestError:
        """Translate a transport error into a `RequestError`."""
        if isinstance(error, TimeoutError | openai.APITimeoutError | httpx2.TimeoutException):
            return RequestError(
                RequestCause.timeout,
                f"expected a reply from {self._url} within {self._timeout:g} seconds, got none in time",
            )
        if isinstance(error, aiohttp.ClientError | OSError | openai.APIConnectionError | httpx2.HTTPError):
            reason = str(error.__cause__ or error)[:_LONGEST_DETAIL] or type(error).__name__
            return RequestError(
                RequestCause.connection,
                f"expected an endpoint at {self._url}, got no connection ({reason}); check the address",
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
            prompt_tokens=usage_count(usage, "prompt_tokens"),
            completion_tokens=usage_count(usage, "completion_tokens"),
            latency_seconds=latency,
            tokens=_tokens(choice.get("logprobs")),
        )

    def _wrong_schema(self, what: str) -> RequestError:
        return RequestError(
            RequestCause.wrong_schema,
            f"expected a chat completion from {self._url}, got something else ({what}); check that the address is that "
            "of an OpenAI-compatible endpoint, with its version, such as /v1",
        )

    def _refusal(self, status: int, detail: str, model: str, retry_after: str | None) -> RequestError:
        wait = _parse_retry_after(retry_after)
        if status == 429:
            return RequestError(
                RequestCause.rate_limited,
                f"expected {self._url} to accept the request, got 429 ({detail}); lower --concurrency or set --rpm",
                retry_after=wait,
            )
        if status in (408, 409) or status >= 500:
            return RequestError(
                RequestCause.server_error,
                f"expected a reply from {self._url}, got {status} ({detail}); try again later",
                retry_after=wait,
            )
        if status in (401, 403):
            return RequestError(
                RequestCause.unauthorised, f"expected a key that {self._url} accepts, got {status}; check the key"
            )
        if status == 404:
            return RequestError(
                RequestCause.unknown_model,
                f"expected a model named {model!r} at {self._url}, got 404 ({detail}); check the name and the address",
            )
        if status < 400:
            return self._wrong_schema(f"status {status}")
        return RequestError(
            RequestCause.rejected,
            f"expected {self._url} to accept the request, got {status} ({detail}); check the settings of the request",
        )


def _request_body(request: ChatRequest) -> dict[str, Any]:
    return {"model": request.model, "messages": list(request.messages), **request.settings.as_json()}


def _error_detail(content: bytes) -> str:
    """The error message of an endpoint: its `error.message` if there is one, else the start of the body."""
    try:
        body = orjson.loads(content)
        return str(body["error"]["message"])[:_LONGEST_DETAIL]
    except (ValueError, KeyError, TypeError):
        return " ".join(content[:_LONGEST_DETAIL].decode("utf-8", "replace").split())


def _parse_retry_after(header: str | None) -> float | None:
    """Seconds to wait from a Retry-After header; None for a date or anything else, which is ignored."""
    try:
        wait = float(header or "")
    except ValueError:
        return None
    return wait if 0.0 <= wait < float("inf") else None


def usage_count(usage: object, name: str) -> int | None:
    """One number of an endpoint's `usage`; None if the endpoint does not report it."""
    number = usage.get(name) if isinstance(usage, dict) else None
    return number if isinstance(number, int) else None


def _tokens(logprobs: object) -> tuple[TokenProbabilities, ...]:
    """Log-probabilities if they can be read, else none; scoring refuses tokens without them later."""
    if logprobs is None:
        return ()
    try:
        return read_tokens(logprobs)
    except BadInput:
        return ()

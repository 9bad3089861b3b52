"""Any OpenAI-compatible endpoint over HTTP.

It asks once: whether to ask again is for `retrying` to say, which knows how many others wait. Whole replies go through
aiohttp, which spends a fifth of the CPU time that the `openai` client does on a request; replies that are read while
they are written come through that client. The key is held by the two alone; it is in no message of ours.
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
    """A chat model behind HTTP; to be made and used in one event loop."""

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        timeout_seconds: float,
        seconds: Callable[[], float],
        proxy: str | None = None,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            base_url: up to and with the version, such as http://127.0.0.1:8000/v1.
            key: sent as bearer token; any word where the endpoint wants none.
            timeout_seconds: for one whole request, however slowly its parts arrive.
            seconds: a clock that never goes back.
            proxy: address of an HTTP proxy on the way.
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
        """See `ChatModel`."""
        return self._read(*await self.post("chat/completions", _request_body(request), request.model))

    async def post(self, path: str, body: Mapping[str, Any], model: str) -> tuple[object, float]:
        """The JSON that comes back, and the seconds that it took.

        Args:
            path: below the base address.
            body: that is sent.
            model: named in messages.

        Raises:
            RequestError: nothing came, a refusal, or no JSON.
        """
        began = self._seconds()
        try:
            async with self._session.post(f"{self._base}/{path}", data=orjson.dumps(body)) as response:
                content = await response.read()
                status, wait = response.status, response.headers.get("retry-after")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise self._trouble(error) from None
        if status != 200:
            raise self._refusal(status, _error_detail(content), model, wait)
        try:
            return orjson.loads(content), self._seconds() - began
        except ValueError:
            raise self._wrong_schema("no JSON") from None

    async def stream(self, request: ChatRequest) -> AsyncIterator[str]:
        """The pieces of a reply as they are written; the time limit holds for each piece.

        Raises:
            RequestError: there is none, or it broke off.
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
            raise self._trouble(error) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()
        if self._streaming is not None:
            await self._streaming.close()

    def _trouble(self, error: Exception) -> RequestError:
        """What went wrong on the way, as a failure with a name."""
        if isinstance(error, TimeoutError | openai.APITimeoutError | httpx2.TimeoutException):
            return RequestError(
                RequestCause.timeout,
                f"expected a reply from {self._url} within {self._timeout:g} seconds, got none in time",
            )
        if isinstance(error, aiohttp.ClientError | OSError | openai.APIConnectionError | httpx2.HTTPError):
            said = str(error.__cause__ or error)[:_LONGEST_DETAIL] or type(error).__name__
            return RequestError(
                RequestCause.connection, f"expected an endpoint at {self._url}, got none ({said}); check the address"
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

    def _refusal(self, status: int, said: str, model: str, retry_after: str | None) -> RequestError:
        wait = _parse_retry_after(retry_after)
        if status == 429:
            return RequestError(
                RequestCause.rate_limited, f"{self._url} asks for fewer requests ({said})", retry_after=wait
            )
        if status in (408, 409) or status >= 500:
            return RequestError(
                RequestCause.server_error, f"{self._url} failed with {status} ({said})", retry_after=wait
            )
        if status in (401, 403):
            return RequestError(
                RequestCause.unauthorised, f"expected a key that {self._url} accepts, got {status}; check the key"
            )
        if status == 404:
            return RequestError(
                RequestCause.unknown_model,
                f"expected a model named {model!r} at {self._url}, got 404 ({said}); check the name and the address",
            )
        if status < 400:
            return self._wrong_schema(f"status {status}")
        return RequestError(RequestCause.rejected, f"{self._url} rejected the request with {status} ({said})")


def _request_body(request: ChatRequest) -> dict[str, Any]:
    return {"model": request.model, "messages": list(request.messages), **request.settings.as_json()}


def _error_detail(content: bytes) -> str:
    """What an endpoint says of its refusal, in its own words where they can be found."""
    try:
        said = orjson.loads(content)
        return str(said["error"]["message"])[:_LONGEST_DETAIL]
    except (ValueError, KeyError, TypeError):
        return " ".join(content[:_LONGEST_DETAIL].decode("utf-8", "replace").split())


def _parse_retry_after(header: str | None) -> float | None:
    """Seconds to wait; a date or anything else is not understood and ignored."""
    try:
        wait = float(header or "")
    except ValueError:
        return None
    return wait if 0.0 <= wait < float("inf") else None


def usage_count(usage: object, name: str) -> int | None:
    """One of the numbers of an endpoint's `usage`; None where it does not count."""
    number = usage.get(name) if isinstance(usage, dict) else None
    return number if isinstance(number, int) else None


def _tokens(logprobs: object) -> tuple[TokenProbabilities, ...]:
    """Log-probabilities where they can be read; what is missing is refused when a score is made of it."""
    if logprobs is None:
        return ()
    try:
        return read_tokens(logprobs)
    except BadInput:
        return ()

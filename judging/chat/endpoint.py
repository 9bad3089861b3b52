"""Any OpenAI-compatible endpoint, through the `openai` package.

It asks once: whether to ask again is for `retrying` to say, which knows how many others wait. The key is held by the
client alone; it is in no message of ours.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import openai
from openai.types.chat import ChatCompletion

from judging.chat.model import ChatRequest, Finish, NoReply, Reply, Trouble

_FINISHES: dict[str | None, Finish] = {"stop": "stop", "length": "length", "content_filter": "refused"}
_LONGEST_DETAIL = 200


class Endpoint:
    """A chat model behind HTTP."""

    def __init__(self, base_url: str, *, key: str, timeout_seconds: float, seconds: Callable[[], float]) -> None:
        """Make a client; nothing is sent yet.

        Args:
            base_url: up to and with the version, such as http://127.0.0.1:8000/v1.
            key: sent as bearer token; any word where the endpoint wants none.
            timeout_seconds: for one whole request, however slowly its parts arrive.
            seconds: a clock that never goes back.
        """
        self._url, self._timeout, self._seconds = base_url, timeout_seconds, seconds
        self._client = openai.AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=timeout_seconds)

    async def ask(self, request: ChatRequest) -> Reply:
        """See `ChatModel`."""
        began = self._seconds()
        try:
            async with asyncio.timeout(self._timeout):
                found = await self._client.chat.completions.create(
                    model=request.model,
                    messages=list(request.messages),  # type: ignore[arg-type]
                    **request.settings.as_json(),
                )
        except (TimeoutError, openai.APITimeoutError):
            raise NoReply(
                Trouble.timeout, f"expected a reply from {self._url} within {self._timeout:g} seconds, got none in time"
            ) from None
        except openai.APIStatusError as error:
            raise self._refusal(error, request.model) from None
        except openai.APIConnectionError as error:
            said = str(error.__cause__ or error)[:_LONGEST_DETAIL]
            raise NoReply(
                Trouble.connection,
                f"expected an endpoint at {self._url}, got none ({said}); check the address",
            ) from None
        except (openai.APIError, json.JSONDecodeError, TypeError, ValueError) as error:
            raise self._wrong_schema(type(error).__name__) from None
        return self._read(found, self._seconds() - began)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _read(self, found: Any, latency: float) -> Reply:  # noqa: ANN401  an endpoint may send anything
        if not isinstance(found, ChatCompletion) or not found.choices:
            raise self._wrong_schema("no choices")
        choice = found.choices[0]
        message = getattr(choice, "message", None)
        if message is None or not isinstance(message.content, str | None):
            raise self._wrong_schema("no message")
        usage = found.usage
        refusal = getattr(message, "refusal", None)
        finish: Finish = "refused" if refusal else _FINISHES.get(choice.finish_reason, "other")
        return Reply(
            text=message.content or refusal or "",
            finish=finish,
            model=found.model if isinstance(found.model, str) else None,
            prompt_tokens=_count(usage, "prompt_tokens"),
            completion_tokens=_count(usage, "completion_tokens"),
            latency_seconds=latency,
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


def _count(usage: object, name: str) -> int | None:
    number = getattr(usage, name, None)
    return number if isinstance(number, int) else None

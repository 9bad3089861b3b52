"""Client for OpenAI-compatible endpoints over HTTP.

Every request is sent once; `retrying` decides about retries, since it knows the other waiting requests. The client
uses aiohttp, which takes a fifth of the CPU time per request that the `openai` client takes. Only the client holds the
key: it follows no redirect to another host or port, and removes the key from everything that the endpoint sends back.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit, urlunsplit

import aiohttp
import orjson

from judging.chat.model import ChatRequest, Reply, RequestCause, RequestError
from judging.chat.wire.dialect import Dialect, DialectLearner
from judging.chat.wire.images import ImageEncoder, ImageSource
from judging.chat.wire.redaction import Redactor, secrets_in
from judging.chat.wire.refusals import Refusal, find_refusal, read_refusal, refusal_error, refuses_images
from judging.chat.wire.replies import WrongShape, clean_reply, cut_at, read_completion
from judging.chat.wire.retry_after import retry_after
from judging.chat.wire.sse import StreamBroken, assemble, is_event_stream
from judging.chat.wire.streaming import ReplyPiece, stream_pieces
from storage.values import Json

LONGEST_BODY = 4_000_000
"""Bytes that are read of a body where a stream was asked for."""
_LONGEST_DETAIL = 200
_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_JSON = {"content-type": "application/json"}
_FIXED = ("model", "messages", "prompt", "echo", "logprobs", "top_logprobs")
"""Fields of a request that are never left out or renamed."""

Report = Callable[[str], None]
"""Tells the user something that is said once."""


class DialectMemory(Protocol):
    """Keeps the dialects of an endpoint for later clients."""

    def recall(self, path: str, model: str) -> Dialect | None:
        """The dialect in which the endpoint took requests for a model earlier, None if unknown."""

    def keep(self, path: str, model: str, dialect: Dialect) -> None:
        """Keep the dialect in which the endpoint takes requests for a model."""


@dataclass(frozen=True)
class EndpointAccess:
    """How requests reach an endpoint.

    Attributes:
        base_url: Address including the version, such as http://127.0.0.1:8000/v1; a query in it is kept.
        key: API key, sent as bearer token; any word if the endpoint needs none.
        headers: Further headers of each request; their values are kept secret like the key.
        timeout_seconds: Time limit of one whole request, however slowly its parts arrive.
        proxy: Address of an HTTP proxy, None for none.
    """

    base_url: str
    key: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 300.0
    proxy: str | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The address without its query, which may hold a key."""
        parts = urlsplit(self.base_url)
        return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))

    def address_of(self, path: str) -> str:
        """The address of a path below the base address."""
        parts = urlsplit(self.base_url)
        return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{path}", fragment=""))

    def redactor(self) -> Redactor:
        """Removes the key, and what is secret in the headers and the query, from texts."""
        query = (part.partition("=")[::2] for part in urlsplit(self.base_url).query.split("&"))
        return Redactor([self.key, *secrets_in(self.headers.items()), *secrets_in(query)])


@dataclass(frozen=True)
class Answer:
    """A JSON body that an endpoint sent.

    Attributes:
        body: The body, with the pieces of a stream put together.
        seconds: Seconds that the request took.
        dialect: Dialect that the request was sent in.
        redacted: Whether a secret was removed from it.
    """

    body: object
    seconds: float
    dialect: Dialect = field(default_factory=Dialect)
    redacted: bool = False


class Endpoint:
    """A chat model behind HTTP; create and use it in one event loop."""

    def __init__(
        self,
        access: EndpointAccess,
        *,
        seconds: Callable[[], float],
        report: Report = lambda _text: None,
        clock: Callable[[], datetime] | None = None,
        memory: DialectMemory | None = None,
        pictures: ImageSource | None = None,
    ) -> None:
        """Create a client; nothing is sent yet.

        Args:
            access: How requests reach the endpoint.
            seconds: Monotonic clock.
            report: Told once in which dialect the endpoint takes requests, where it refuses the plain one.
            clock: Current time, for a date in `Retry-After` of an endpoint that sends no `Date`; None without one.
            memory: Dialects that are known from earlier, and told of those that are found; None for none.
            pictures: Finds the images of requests; None for models that read none, whose requests with images fail.
        """
        self._memory, self._images = memory, ImageEncoder(pictures)
        self._access, self._seconds, self._report, self._clock = access, seconds, report, clock
        self._url, self._timeout, self._redactor = access.shown, access.timeout_seconds, access.redactor()
        self._addresses: dict[str, str] = {}
        self._learners: dict[tuple[str, str], DialectLearner] = {}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=access.timeout_seconds),
            headers={"authorization": f"Bearer {access.key}", **access.headers},
            proxy=access.proxy,
        )

    async def ask(self, request: ChatRequest) -> Reply:
        """Send one request; see `ChatModel`."""
        fixed = tuple(request.settings.body)
        body, has_images = await self._images.body(request), bool(request.images)
        answer = await self.post("chat/completions", body, request.model, fixed=fixed, has_images=has_images)
        reply = self._read(answer, request.model)
        if "stop" in answer.dialect.left_out:
            reply = cut_at(reply, request.settings.stop)
        if answer.redacted:
            reply = replace(reply, tokens=())  # the tokens of a secret would spell it
        dialect = answer.dialect.as_json()
        cleaned = clean_reply(reply, self._redactor)
        return replace(cleaned, dialect=dialect) if dialect else cleaned

    async def post(
        self, path: str, body: Mapping[str, Any], model: str, *, fixed: tuple[str, ...] = (), has_images: bool = False
    ) -> Answer:
        """Send a JSON body in the dialect of the endpoint, and return the JSON reply.

        Args:
            path: Path below the base address.
            body: Request body.
            model: Model name, for error messages.
            fixed: Fields that are never left out or renamed, beside those that the reply is read from.
            has_images: Whether the request holds images, which the model may refuse.

        Raises:
            RequestError: No reply, a refusal, or a reply that is not JSON. If its `is_lesson` is set, a dialect was
                learned from the refusal, and the same request may be sent again.
        """
        learner = self._learners.get((path, model)) or self._learner(path, model)
        used = learner.dialect
        sent = used.spoken(body)
        began = self._seconds()
        received, status, headers = await self._send(path, sent)
        content = self._redactor.content(received)
        found = None if status >= 300 else self._parse(headers.get("content-type", ""), content)
        refusal = read_refusal(status, content) if status >= 300 else find_refusal(found)
        if refusal is None:
            self._record_reply(learner, path, model)
            return Answer(found, self._seconds() - began, used, redacted=content is not received)
        if has_images and refuses_images(refusal):
            raise self._refused(refusal, model, headers, lesson=False, has_images=True)
        if status == 200 or status >= 400:
            lesson = learner.learn(used, sent, refusal, (*_FIXED, *fixed))
            raise self._refused(refusal if lesson else learner.reported, model, headers, lesson=lesson)
        raise self._refused(refusal, model, headers, lesson=False)

    async def fetch(
        self, method: str, path: str, *, form: aiohttp.FormData | None = None, body: Json | None = None
    ) -> bytes:
        """Send one request of the files and batches interface, and return the body of the reply without secrets.

        Raises:
            RequestError: No reply, or a refusal.
        """
        data = form if body is None else orjson.dumps(body)
        received, status, headers = await self._send(path, data, method=method)
        content = self._redactor.content(received)
        if status >= 300:
            raise self._refused(read_refusal(status, content), path, headers, lesson=False)
        return content

    async def stream(self, request: ChatRequest) -> AsyncIterator[ReplyPiece]:
        """Yield the pieces of a reply as they are generated; an endpoint that does not stream gives one piece.

        Raises:
            RequestError: No reply, a refusal, no chat completion, or it broke off. If its `is_lesson` is set, the same
                request may be sent again.
        """
        learner = self._learners.get(("chat/completions", request.model)) or self._learner(
            "chat/completions", request.model
        )
        body = replace(learner.dialect, streams=True).spoken(await self._images.body(request))
        async with self._exchange("chat/completions", body) as response:
            if response.status >= 300:
                refusal = read_refusal(response.status, self._redactor.content(await _bounded(response)))
                if request.images and refuses_images(refusal):
                    raise self._refused(refusal, request.model, response.headers, lesson=False, has_images=True)
                fixed = (*_FIXED, *request.settings.body)
                lesson = response.status >= 400 and learner.learn(learner.dialect, body, refusal, fixed)
                raise self._refused(refusal, request.model, response.headers, lesson=lesson)
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                reply = self._read(Answer(self._parse("", await _bounded(response)), 0.0), request.model)
                reply = clean_reply(reply, self._redactor)
                yield ReplyPiece(reply.text, reply.finish, reply.prompt_tokens, reply.completion_tokens)
                return
            try:
                async for piece in stream_pieces(response.content.iter_any(), self._redactor):
                    yield piece
            except StreamBroken:
                raise self._broken_off() from None
            except WrongShape as error:
                raise self._wrong_schema(str(error)) from None

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def _send(
        self, path: str, body: Mapping[str, Any] | bytes | aiohttp.FormData | None, *, method: str = "POST"
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Body, status and headers of the response to one request.

        Raises:
            RequestError: No reply, it broke off, or a redirect elsewhere.
        """
        try:
            response = await self._open(path, body, method)
            try:
                return await response.read(), response.status, response.headers
            finally:
                response.release()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise self._transport_error(error) from None

    @asynccontextmanager
    async def _exchange(self, path: str, body: Mapping[str, Any]) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response to one request, to be read piece by piece; errors as in `_send`."""
        try:
            async with await self._open(path, body, "POST") as response:
                yield response
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise self._transport_error(error) from None

    async def _open(
        self, path: str, body: Mapping[str, Any] | bytes | aiohttp.FormData | None, method: str
    ) -> aiohttp.ClientResponse:
        """The response to one request; redirects are followed to the same host and port only.

        Raises:
            RequestError: A redirect elsewhere, or too many.
            TimeoutError: No response in time.
            aiohttp.ClientError: No response.
            OSError: No connection.
        """
        address = self._addresses.get(path) or self._addresses.setdefault(path, self._access.address_of(path))
        data: Any = orjson.dumps(body) if isinstance(body, Mapping) else body
        headers = _JSON if isinstance(data, bytes) else None
        for _ in range(_MOST_REDIRECTS + 1):
            response = await self._session.request(method, address, data=data, headers=headers, allow_redirects=False)
            if response.status not in _REDIRECTS:
                return response
            response.release()
            address = self._followed(address, response.headers.get("location", ""))
        raise self._redirected(address, "too many redirects")

    def _followed(self, address: str, location: str) -> str:
        """The address that a redirect leads to.

        Raises:
            RequestError: It leads to another scheme, host or port.
        """
        target = urljoin(address, location)
        if not location or _origin(target) != _origin(address):
            raise self._redirected(target, "a redirect elsewhere")
        return target

    def _redirected(self, target: str, what: str) -> RequestError:
        parts = urlsplit(target)
        shown = self._redactor.text(urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")))
        return RequestError(
            RequestCause.redirected,
            f"expected a reply from {self._url}, got {what} to {shown}; the key is not sent there: if that address is "
            "right, give it as --base-url",
        )

    def _parse(self, content_type: str, content: bytes) -> object:
        try:
            if is_event_stream(content_type, content):
                return assemble(content)
            return orjson.loads(content)
        except StreamBroken:
            raise self._broken_off() from None
        except ValueError:
            raise self._wrong_schema("no JSON") from None

    def _read(self, answer: Answer, model: str) -> Reply:
        try:
            return read_completion(answer.body, url=self._url, latency=answer.seconds)
        except WrongShape as error:
            raise self._wrong_schema(str(error)) from None

    def _learner(self, path: str, model: str) -> DialectLearner:
        known = None if self._memory is None else self._memory.recall(path, model)
        return self._learners.setdefault((path, model), DialectLearner(known))

    def _record_reply(self, learner: DialectLearner, path: str, model: str) -> None:
        if not learner.record_reply():
            return
        if self._memory is not None:
            self._memory.keep(path, model, learner.dialect)
        if what := learner.dialect.describe():
            self._report(f"{self._url} refuses the plain request for {model}, so it gets {what}.")

    def _refused(
        self, refusal: Refusal, model: str, headers: Mapping[str, str], *, lesson: bool, has_images: bool = False
    ) -> RequestError:
        waits = retry_after(headers, now=None if self._clock is None else self._clock())
        error = refusal_error(refusal, url=self._url, model=model, retry_after=waits, has_images=has_images)
        error.is_lesson = lesson
        return error

    def _transport_error(self, error: Exception) -> RequestError:
        """Translate a transport error into a `RequestError`."""
        if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ConnectionTimeoutError):
            return RequestError(
                RequestCause.timeout,
                f"expected a reply from {self._url} within {self._timeout:g} seconds, got none in time",
                may_cost=True,
            )
        reason = self._redactor.text(str(error.__cause__ or error))[:_LONGEST_DETAIL] or type(error).__name__
        unsent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
        found = RequestError(
            RequestCause.connection,
            f"expected an endpoint at {self._url}, got no connection ({reason}); check the address",
            may_cost=not unsent,
        )
        found.is_unsent = unsent
        return found

    def _broken_off(self) -> RequestError:
        return RequestError(
            RequestCause.connection,
            f"expected a whole reply from {self._url}, but the stream broke off; try again later",
            may_cost=True,
        )

    def _wrong_schema(self, what: str) -> RequestError:
        return RequestError(
            RequestCause.wrong_schema,
            f"expected a chat completion from {self._url}, got something else ({what}); check that the address is that "
            "of an OpenAI-compatible endpoint, with its version, such as /v1",
            may_cost=True,
        )


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body of a response up to a length that no reply has."""
    found = b""
    async for chunk in response.content.iter_any():
        found += chunk
        if len(found) > LONGEST_BODY:
            break
    return found


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)

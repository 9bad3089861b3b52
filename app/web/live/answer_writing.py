"""One answer being written: ask a model, collect its pieces, store the end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.models.moderation import NO_MODERATION, Moderation, ModerationCause, ModerationFinding
from app.web.live.slots import Slots
from arena.live.records import AnswerOutcome
from arena.live.word_list import WordSight
from judging.chat.batch import Price
from judging.chat.model import RequestCause, RequestError
from judging.chat.wire.streaming import ReplyPiece
from storage.values import AnswerState, storable_text

LONGEST_ANSWER = 60_000
"""Characters; what a model writes beyond them is not read."""
STALL_SECONDS = 45.0
"""Time without any text after which a model counts as failed."""
MOST_LESSONS = 6


class Speaker(Protocol):
    """A model that answers a conversation piece by piece."""

    def speak(self, messages: Sequence[Mapping[str, Any]]) -> AsyncIterator[ReplyPiece]:
        """The pieces of an answer; the content of a message is its text, or its parts where images belong to it.

        Raises:
            RequestError: it fails.
        """


@dataclass(frozen=True)
class ArenaModel:
    """A model on offer as the engine asks it.

    Attributes:
        speaker: the model.
        slots: places for requests to it.
        price: price per million tokens.
        moderation: checks the answers.
    """

    speaker: Speaker
    slots: Slots
    price: Price = field(default_factory=Price)
    moderation: Moderation = NO_MODERATION


class AnswerWriting:
    """An answer that is being written.

    Attributes:
        text: what has arrived and may be shown.
        outcome: the whole answer, None before its end.
        failure: why it failed, None for one that did not.
        finding: what moderation found in it, None for nothing.
        ticket: place in the queue of its model.
    """

    def __init__(
        self,
        model: ArenaModel,
        messages: Sequence[Mapping[str, Any]],
        seconds: Callable[[], float],
        may_repeat: Callable[[], Awaitable[bool]],
    ) -> None:
        """Take a model and what it is asked; nothing is sent yet.

        Args:
            model: the model.
            messages: what it is asked.
            seconds: a clock that never goes back.
            may_repeat: whether a request that may have to be paid may be sent again; counts it then.
        """
        self._model, self._messages, self._seconds, self._may_repeat = model, messages, seconds, may_repeat
        self._was_dropped = False
        self.text = self._arrived = ""
        self.outcome: AnswerOutcome | None = None
        self.failure: str | None = None
        self.finding: ModerationFinding | None = None
        self.ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._last = ReplyPiece()
        self._began = self._first = 0.0

    @property
    def place(self) -> int:
        """The place in the queue from 1, 0 for an answer that does not wait."""
        return self._model.slots.place(self.ticket)

    async def write(self, arrived: Callable[[], None]) -> None:
        """Ask the model and read its answer; ends with an outcome or a failure, and raises neither.

        Args:
            arrived: called whenever there is more text.
        """
        await self._model.slots.take(self.ticket)
        try:
            await self._read(arrived)
        except RequestError as error:
            self.failure = error.cause.value
        except TimeoutError:
            self.failure = "stalled"
        except Exception as error:  # noqa: BLE001  whatever a model raises, its pair must go on or end
            self.failure = type(error).__name__
        finally:
            self._model.slots.give_back()

    async def _read(self, arrived: Callable[[], None]) -> None:
        for _ in range(MOST_LESSONS):
            self._began, self.text, self._arrived = self._seconds(), "", ""
            pieces = self._model.speaker.speak(self._messages)
            try:
                await self._collect(pieces, arrived)
            except RequestError as error:
                if self._arrived or not (error.is_lesson or await self._resends(error)):
                    raise
            else:
                break
            finally:
                with suppress(RuntimeError):
                    await pieces.aclose()  # type: ignore[attr-defined]
        if self.finding is not None:
            return
        if not self._arrived.strip():
            self.failure = "empty"
            return
        self.finding = await self._model.moderation.find(self._arrived)
        if self.finding is None or not self.finding.is_refused:
            if self.text != self._arrived:
                self.text = self._arrived
                arrived()
            self.outcome = self.so_far(AnswerState.done, self.text)

    async def _resends(self, error: RequestError) -> bool:
        """Whether to send the request of a dropped connection again, once.

        An endpoint may close a connection that waited at the moment in which it is used again.
        """
        if self._was_dropped or error.cause is not RequestCause.connection:
            return False
        self._was_dropped = True
        return error.is_unsent or await self._may_repeat()

    async def _collect(self, pieces: AsyncIterator[ReplyPiece], arrived: Callable[[], None]) -> None:
        while True:
            async with asyncio.timeout(STALL_SECONDS):
                piece = await anext(pieces, None)
            if piece is None:
                return
            last = self._last
            self._last = ReplyPiece(
                "",
                piece.finish or last.finish,
                last.prompt_tokens if piece.prompt_tokens is None else piece.prompt_tokens,
                last.completion_tokens if piece.completion_tokens is None else piece.completion_tokens,
            )
            if piece.text:
                if not self._arrived:
                    self._first = self._seconds()
                self._arrived = (self._arrived + storable_text(piece.text))[:LONGEST_ANSWER]
                sight = self._model.moderation.sight(self._arrived, len(piece.text))
                if sight is WordSight.found:
                    self.finding = ModerationFinding(ModerationCause.words)
                    return
                if sight is WordSight.none:
                    self.text = self._arrived
                    arrived()
            if len(self._arrived) >= LONGEST_ANSWER:
                self._last = ReplyPiece("", "length", self._last.prompt_tokens, self._last.completion_tokens)
                return

    async def find(self, text: str) -> ModerationFinding | None:
        """What moderation finds in a part of the answer."""
        return await self._model.moderation.find(text)

    def so_far(self, state: AnswerState, text: str) -> AnswerOutcome:
        """The answer as it is now, with a text that may be cut."""
        last, now = self._last, self._seconds()
        cost: float | None = None
        if last.prompt_tokens is not None and last.completion_tokens is not None:
            cost = self._model.price.cost_of((last.prompt_tokens, last.completion_tokens))
        elif self._model.price == Price():
            cost = 0.0
        finish = last.finish or "other"
        return AnswerOutcome(
            text=text,
            finish="stopped" if state is AnswerState.stopped else finish,
            state=state,
            prompt_tokens=last.prompt_tokens,
            completion_tokens=last.completion_tokens,
            first_seconds=self._first - self._began if self._arrived else None,
            latency_seconds=now - self._began if self._began else None,
            cost=cost,
        )

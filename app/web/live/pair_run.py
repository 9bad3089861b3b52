"""One pair of answers under way: both written at once, shown at one pace, stored, or given up.

The run belongs to the process, not to a connection: it goes on when a browser leaves, and every browser that comes is
told what is shown so far. A model that fails before anything is shown gives way to another; later the pair ends.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

from app.models.moderation import ModerationCause, ModerationFinding
from app.web.live.answer_writing import AnswerWriting, ArenaModel
from app.web.live.pacing import SharedPace
from arena.live.conversations import LiveConversations
from arena.live.records import LiveAnswer, LiveConversation
from storage.values import AnswerState, ConversationState

TICK_SECONDS = 0.1
QUIET_SECONDS = 15.0
"""Time after which a connection without news gets a sign of life."""
MOST_REQUESTS = 2
SIDES = ("a", "b")


class PairNews(NamedTuple):
    """What is new for a browser: text of both answers, and the place in a queue, 0 for none."""

    a: str
    b: str
    place: int


class PairRun:
    """A pair of answers to the last prompt of a conversation.

    Attributes:
        talk: the conversation as it stands.
        is_over: whether nothing more is going to be shown.
    """

    def __init__(
        self,
        talk: LiveConversation,
        live: LiveConversations,
        models: Mapping[int, ArenaModel],
        *,
        seconds: Callable[[], float],
        is_fresh: bool,
    ) -> None:
        """Take a conversation whose last answers are to be written.

        Args:
            talk: the conversation.
            live: stores what happens.
            models: the models on offer by id.
            seconds: a clock that never goes back.
            is_fresh: whether nothing has been asked yet; false after an interruption.
        """
        self.talk, self._live, self._models, self._seconds = talk, live, models, seconds
        self._is_fresh = is_fresh
        self.is_over = False
        self._pace = SharedPace()
        self._writings: dict[str, AnswerWriting] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._whole: dict[str, str] = {}
        self._changed, self._news = asyncio.Event(), asyncio.Event()
        self._is_stopped = False
        self._recording: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Write and show both answers; returns when the pair is ready or given up."""
        try:
            for side, answer in self.talk.latest().items():
                await self._start(side, answer, is_fresh=self._is_fresh)
            while not self._pace.is_over and self.talk.state is ConversationState.writing and not self._is_stopped:
                await self._wait()
                await self._settle()
                await self._show()
            await self._record()
            if self._is_stopped:
                await self._cut()
            if self.talk.state is ConversationState.writing:
                self.talk = await run_in_threadpool(self._live.ready, self.talk)
        finally:
            for task in self._tasks.values():
                task.cancel()
            self.is_over = True
            self._tell()

    def stop(self) -> None:
        """End both answers where they are shown now."""
        self._is_stopped = True
        self._news.set()

    async def follow(self) -> AsyncIterator[PairNews | None]:
        """What a browser is told from now on, all that is shown so far first; None for a sign of life."""
        sent, place = 0, 0
        while True:
            changed, shown, waits = self._changed, self._pace.shown, self._place()
            if shown > sent or waits != place:
                yield PairNews(self._text("a")[sent:shown], self._text("b")[sent:shown], waits)
                sent, place = max(sent, shown), waits
            if self.is_over:
                return
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    await changed.wait()
            except TimeoutError:
                yield None

    def _text(self, side: str) -> str:
        if side in self._whole:
            return self._whole[side]
        return self._writings[side].text if side in self._writings else ""

    def _place(self) -> int:
        return 0 if self._pace.began_at is not None else max((one.place for one in self._writings.values()), default=0)

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _wait(self) -> None:
        """Wait for a tick of the clock, or before both have a first text for any news."""
        if self._pace.began_at is None and not self._pace.has_both:
            try:
                async with asyncio.timeout(1.0):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._news.clear()
        else:
            await asyncio.sleep(TICK_SECONDS)

    async def _start(self, side: str, answer: LiveAnswer, *, is_fresh: bool) -> None:
        """Ask a model for an answer, unless it is there already or was interrupted too often."""
        now = self._seconds()
        if answer.state is not AnswerState.writing:
            self._whole[side] = answer.text
            self._pace.arrive(side, len(answer.text), now)
            self._pace.finish(side)
            return
        model = self._models.get(answer.model_id)
        if model is None or (not is_fresh and answer.requests >= MOST_REQUESTS):
            await self._fail(side, answer, "interrupted" if model else "withdrawn")
            return
        n_requests = answer.requests

        async def may_repeat() -> bool:
            nonlocal n_requests
            if n_requests >= MOST_REQUESTS:
                return False
            n_requests += 1
            await run_in_threadpool(self._live.requested, answer.id, n_requests)
            return True

        if not is_fresh:
            await may_repeat()
        writing = AnswerWriting(model, self.talk.messages(side), self._seconds, may_repeat)
        self._writings[side] = writing

        def arrived() -> None:
            self._pace.arrive(side, len(writing.text), self._seconds())
            if self._pace.began_at is None:
                self._news.set()

        async def write() -> None:
            await writing.write(arrived)
            await self._count(writing.finding)
            if writing.outcome is not None:
                await run_in_threadpool(self._live.answered, self.talk, answer.id, writing.outcome)
                self._pace.finish(side)
            self._news.set()

        self._tasks[side] = asyncio.create_task(write())

    async def _settle(self) -> None:
        """Let failed models give way, or end the pair. Raises what storing an answer raised."""
        for task in self._tasks.values():
            if task.done() and not task.cancelled():
                task.result()
        for side, writing in list(self._writings.items()):
            if self.talk.state is not ConversationState.writing:
                return
            if writing.failure is not None:
                await self._fail(side, self.talk.latest()[side], writing.failure)
            elif writing.finding is not None and writing.finding.is_refused:
                await self._refuse(side, writing.finding)

    async def _fail(self, side: str, answer: LiveAnswer, cause: str) -> None:
        self._writings.pop(side, None)
        await self._record()
        self.talk = await run_in_threadpool(self._live.failed, self.talk, answer, cause)
        if self.talk.state is ConversationState.writing:
            self._pace.restart(side)
            await self._start(side, self.talk.latest()[side], is_fresh=True)
            return
        await self._keep_others()

    async def _refuse(self, side: str, finding: ModerationFinding) -> None:
        """End the pair because moderation refused an answer."""
        self._writings.pop(side, None)
        await self._drop(side, finding)
        await self._keep_others()

    async def _drop(self, side: str, finding: ModerationFinding) -> None:
        """Store that moderation refused an answer, without its text."""
        cause = "moderation_down" if finding.cause is ModerationCause.unavailable else "moderated"
        self.talk = await run_in_threadpool(self._live.moderated, self.talk, self.talk.latest()[side], cause)

    async def _keep_others(self) -> None:
        """Store what is shown of the other answer to a pair that has ended, if moderation lets it pass."""
        for other, writing in self._writings.items():
            if writing.outcome is not None:
                await self._tasks[other]  # it is whole and checked, and may still be on its way to the store
            elif self.talk.latest()[other].state is AnswerState.writing:
                await self._keep(other, writing, writing.text[: self._pace.shown])

    async def _keep(self, side: str, writing: AnswerWriting, text: str) -> ModerationFinding | None:
        """Store what is shown of an answer that is not whole, or only that moderation refuses it: its finding then."""
        finding = writing.finding
        if finding is not None:
            await self._tasks[side]  # counts it
        else:
            self._tasks[side].cancel()
            finding = await writing.find(text) if text else None
            await self._count(finding)
        if finding is not None and finding.is_refused:
            await self._drop(side, finding)
            return finding
        partial = writing.so_far(AnswerState.stopped, text)
        await run_in_threadpool(self._live.answered, self.talk, self.talk.latest()[side].id, partial)
        return None

    async def _count(self, finding: ModerationFinding | None) -> None:
        if finding is not None:
            await run_in_threadpool(self._live.count, f"answer_{finding.cause}")

    async def _record(self) -> None:
        """Wait until it is stored that the rater sees text, if that is so."""
        if self._recording is not None:
            await self._recording

    async def _show(self) -> None:
        if self._pace.began_at is None and self._pace.has_both and not self.talk.is_shown:
            # The first words do not wait for the store; whatever depends on it waits in `_record`.
            self._recording = asyncio.create_task(run_in_threadpool(self._live.shown, self.talk))
        before = self._pace.shown
        if self._pace.tick(self._seconds()) != before or self._pace.began_at is None:
            self._tell()

    async def _cut(self) -> None:
        """Store both answers as they are shown; a pair of which nothing is shown ends."""
        if self._pace.began_at is None:
            await run_in_threadpool(self._live.leave, self.talk.rater_id, self.talk.token)
            self.talk = await run_in_threadpool(self._live.conversation, self.talk.rater_id, self.talk.token)
            return
        for side, answer in self.talk.latest().items():
            text, writing = self._text(side)[: self._pace.shown], self._writings.get(side)
            if writing is None or (writing.outcome is not None and len(text) == len(writing.text)):
                continue
            if writing.outcome is not None:
                await self._tasks[side]
                partial = writing.so_far(AnswerState.stopped, text)
                await run_in_threadpool(self._live.answered, self.talk, answer.id, partial)
            elif await self._keep(side, writing, text) is not None:
                self._writings.pop(side)
                await self._keep_others()
                return

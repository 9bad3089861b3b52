"""The answers to one prompt of a trial: written at once, shown as they come or at one pace, and kept in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from app.models.moderation import ModerationCause
from app.web.live.answer_writing import AnswerWriting, ArenaModel
from app.web.live.pacing import SharedPace
from app.web.live.pair_run import QUIET_SECONDS, TICK_SECONDS, PairNews
from app.web.live.trial_talks import TrialAnswer, TrialTalk
from storage.values import AnswerState


class TrialRun:
    """The answers to the last prompt of a trial; it belongs to the process, not to a connection.

    Attributes:
        talk: the trial.
        is_over: whether nothing more is going to be shown.
    """

    def __init__(self, talk: TrialTalk, models: Mapping[int, ArenaModel], seconds: Callable[[], float]) -> None:
        """Take a trial whose last answers are to be written."""
        self.talk, self._seconds = talk, seconds
        self._writings = {
            side: AnswerWriting(models[model], talk.messages(side), seconds, _repeats)
            for side, model in talk.sides.items()
        }
        self._pace = SharedPace() if talk.is_paced and len(talk.models) > 1 else None
        self._changed = asyncio.Event()
        self._is_stopped = self.is_over = False

    async def run(self) -> None:
        """Write all answers, and keep them in the trial."""
        tasks = [asyncio.create_task(self._write(side)) for side in self._writings]
        try:
            while not (self._is_stopped or self._is_shown(tasks)):
                await asyncio.sleep(TICK_SECONDS)
                if self._pace is not None:
                    self._pace.tick(self._seconds())
                self._tell()
            self.talk.answers.append({side: await self._answer(side) for side in self._writings})
            self.talk.is_writing = False
        finally:
            for task in tasks:
                task.cancel()
            self.is_over = True
            self._tell()

    def stop(self) -> None:
        """End all answers where they are shown now."""
        self._is_stopped = True

    async def follow(self) -> AsyncIterator[PairNews | None]:
        """What a browser is told from now on, all that is shown so far first; None for a sign of life."""
        sent, place = {"a": "", "b": ""}, 0
        while True:
            changed, waits = self._changed, max(one.place for one in self._writings.values())
            shown = {side: self._shown(side) for side in sent}
            if shown != sent or waits != place:
                yield PairNews(shown["a"][len(sent["a"]) :], shown["b"][len(sent["b"]) :], waits)
                sent, place = shown, waits
            if self.is_over:
                return
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    await changed.wait()
            except TimeoutError:
                yield None

    async def _write(self, side: str) -> None:
        writing = self._writings[side]

        def arrived() -> None:
            if self._pace is not None:
                self._pace.arrive(side, len(writing.text), self._seconds())

        await writing.write(arrived)
        if self._pace is not None:
            # An answer that failed must not hold the other one back.
            self._pace.arrive(side, max(1, len(writing.text)), self._seconds())
            self._pace.finish(side)

    def _is_shown(self, tasks: list[asyncio.Task[None]]) -> bool:
        return all(task.done() for task in tasks) and (self._pace is None or self._pace.is_over)

    def _shown(self, side: str) -> str:
        text = self._writings[side].text if side in self._writings else ""
        return text if self._pace is None else text[: self._pace.shown]

    async def _answer(self, side: str) -> TrialAnswer:
        writing = self._writings[side]
        text, finding = self._shown(side), writing.finding
        if text and writing.outcome is None and finding is None:
            finding = await writing.find(text)
        if finding is not None and finding.is_refused:
            return TrialAnswer("", "moderation_down" if finding.cause is ModerationCause.unavailable else "moderated")
        if writing.failure is not None:
            return TrialAnswer(text, "failed")
        if writing.outcome is not None and len(text) == len(writing.text):
            return TrialAnswer(text, None, writing.outcome)
        return TrialAnswer(text, "stopped", writing.so_far(AnswerState.stopped, text))

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


async def _repeats() -> bool:
    """A trial is not in the store, so nothing counts its requests."""
    return True

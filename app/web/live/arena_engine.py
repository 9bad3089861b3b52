"""All pairs under way in one process, and the models that they ask.

Models are made in the event loop of the server when the first of them is asked, because their connections belong to
it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress

from anyio import from_thread

from app.models.moderation import NO_MODERATION, Moderation, ModerationCause, ModerationFinding
from app.web.live.address_limit import AddressLimit
from app.web.live.answer_writing import ArenaModel
from app.web.live.pair_run import PairRun
from arena.live.conversations import LiveConversations
from arena.live.prompts import checked_prompt
from arena.live.records import LiveConversation, ModerationDown, PromptRefused
from storage.values import ConversationState


class ArenaEngine:
    """Writes the answers of live conversations.

    Attributes:
        live: stores what happens.
        addresses: limits the conversations of one network address.
        seconds: a clock that never goes back.
    """

    def __init__(
        self,
        live: LiveConversations,
        make_models: Callable[[], Mapping[int, ArenaModel]],
        *,
        seconds: Callable[[], float],
        close: Callable[[], Awaitable[None]],
        addresses: AddressLimit,
        moderation: Moderation = NO_MODERATION,
    ) -> None:
        """Serve conversations.

        Args:
            live: stores what happens.
            make_models: makes the models on offer by id, in the running event loop.
            seconds: a clock that never goes back.
            close: releases the models.
            addresses: limits the conversations of one network address.
            moderation: checks the prompts.
        """
        self.addresses, self._moderation = addresses, moderation
        self.live, self._make_models, self.seconds, self._close = live, make_models, seconds, close
        self._models: Mapping[int, ArenaModel] = {}
        self._runs: dict[str, PairRun] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._fresh: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def passed(self, prompt: str, *, beside: Iterable[str] = (), counts: bool = True) -> str:
        """The prompt, once it is checked; call it in a worker thread of the server.

        Args:
            prompt: a new prompt.
            beside: what else the rater wrote with it, which moderation reads too, such as descriptions of images.
            counts: whether a finding is counted.

        Raises:
            BadInput: an empty or too long prompt.
            PromptRefused: moderation refuses the prompt.
            ModerationDown: it cannot be checked, and unchecked prompts are refused.
        """
        checked = checked_prompt(prompt)
        written = "\n".join([checked, *filter(None, beside)])
        finding = self._moderation.find_words(written) or self._asked(written)
        if finding is None:
            return checked
        if counts:
            self.live.count(f"prompt_{finding.cause}")
        if not finding.is_refused:
            return checked
        if finding.cause is ModerationCause.unavailable:
            raise ModerationDown("expected moderation to check the prompt, but it does not answer; try again later")
        raise PromptRefused("expected a prompt that moderation allows, got another one; change it")

    def _asked(self, prompt: str) -> ModerationFinding | None:
        """What the endpoint says of a prompt."""
        return from_thread.run(self._moderation.ask, prompt) if self._moderation.has_endpoint else None

    def expect(self, talk: LiveConversation) -> LiveConversation:
        """Take note that the last answers of a conversation have not been asked for yet; thread-safe."""
        self._fresh.add(talk.token)
        return talk

    def models(self) -> Mapping[int, ArenaModel]:
        """The models on offer by id; call it in the event loop of the server."""
        self._models = self._models or self._make_models()
        return self._models

    def run_of(self, talk: LiveConversation) -> PairRun | None:
        """The pair under way of a conversation, begun or taken up again; None where nothing is to be written."""
        if talk.state is not ConversationState.writing:
            return None
        run = self._runs.get(talk.token)
        if run is None:
            self._loop = asyncio.get_running_loop()
            run = PairRun(talk, self.live, self.models(), seconds=self.seconds, is_fresh=talk.token in self._fresh)
            self._fresh.discard(talk.token)
            self._runs[talk.token] = run
            self._tasks[talk.token] = asyncio.create_task(self._finish(talk.token, run))
        return run

    def stop(self, token: str) -> None:
        """End both answers of a conversation where they are shown now; thread-safe."""
        run = self._runs.get(token)
        if run is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(run.stop)

    def forget(self, token: str) -> None:
        """Take note that a conversation has ended; thread-safe."""
        self._fresh.discard(token)

    async def close(self) -> None:
        """End all pairs under way; they go on when the next server takes them up."""
        for task in list(self._tasks.values()):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._close()

    async def _finish(self, token: str, run: PairRun) -> None:
        try:
            await run.run()
        finally:
            self._runs.pop(token, None)
            self._tasks.pop(token, None)

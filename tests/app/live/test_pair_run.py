"""One pair of answers under way: what of it is stored when moderation or a failure ends it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.models.moderation import Moderation
from app.web.live.answer_writing import ArenaModel
from app.web.live.pair_run import PairRun
from app.web.live.slots import Slots
from app.web.live.trial_run import TrialRun
from app.web.live.trial_talks import TrialTalk
from app.wiring import clock
from arena.live.conversations import LiveConversations
from arena.live.records import LiveConversation, Offer
from arena.live.word_list import WordList
from judging.chat.model import RequestCause, RequestError
from judging.chat.wire.streaming import ReplyPiece
from storage.conversations.live_campaigns import counts
from storage.database.conversation_tables import ConversationAnswer
from storage.database.engine import Database, open_database
from storage.questions.questions import ensure_models
from storage.values import AnswerState
from tests.app.live.scripted import MODELS, prepare

LONG = "All of this is written at once and shown slowly. " * 40
DROPPED = RequestError(RequestCause.connection, "it was dropped", may_cost=True)


@dataclass
class GuidedSpeaker:
    """A model that says what it is given, and waits or fails where it is told to."""

    said: Sequence[str | RequestError | asyncio.Event]

    async def speak(self, _messages: Sequence[Mapping[str, Any]]) -> AsyncIterator[ReplyPiece]:
        """The pieces."""
        for one in self.said:
            if isinstance(one, RequestError):
                raise one
            if isinstance(one, str):
                yield ReplyPiece(one)
            else:
                await one.wait()


@dataclass
class Talks:
    """The conversations of one store."""

    database: Database
    live: LiveConversations
    campaign: int
    rater: int

    def begin(self) -> LiveConversation:
        return self.live.begin(self.rater, self.campaign, "Why is the sky blue?", publishable=False)

    def stored(self, talk: LiveConversation) -> dict[str, ConversationAnswer]:
        """The answers of a talk by side."""
        with self.database.reading() as session:
            rows = session.execute(
                select(ConversationAnswer).where(col(ConversationAnswer.conversation_id) == talk.id)
            ).scalars()
            return {row.side: row for row in rows}

    def counted(self) -> dict[str, int]:
        with self.database.reading() as session:
            return counts(session)


@pytest.fixture
def talks(tmp_path: Path) -> Iterator[Talks]:
    database, names = open_database(str(tmp_path / "live.db")), count(10**6)
    campaign, raters, _ = prepare(database)
    with database.writing() as session:
        ids = ensure_models(session, MODELS)
    offers = [Offer(ids[name], name, 1.0, {}) for name in MODELS]
    live = LiveConversations(database, offers, clock=clock, mint=lambda: str(next(names)), random=lambda: 0.5)
    yield Talks(database, live, campaign, raters["ann"])
    database.close()


async def shown_until(run: PairRun, begun: Callable[[], None]) -> dict[str, str]:
    """All that a browser is told of a pair; `begun` is called at the first words."""
    task, shown = asyncio.create_task(run.run()), {"a": "", "b": ""}
    async for news in run.follow():
        if news is not None and news.b:
            shown = {"a": shown["a"] + news.a, "b": shown["b"] + news.b}
            begun()
    await task
    return shown


def paired(talks: Talks, talk: LiveConversation, left: Sequence[Any], moderation: Moderation) -> PairRun:
    """A pair whose left answer is this, and whose right one arrives at once and never ends."""
    said = {"a": left, "b": [LONG, asyncio.Event()]}
    models = {
        one.model_id: ArenaModel(GuidedSpeaker(said[one.side]), Slots(1), moderation=moderation)
        for one in talk.latest().values()
    }
    seconds = count()
    return PairRun(talk, talks.live, models, seconds=lambda: next(seconds) / 100, is_fresh=True)


@pytest.mark.parametrize("is_flagged", [False, True])
@pytest.mark.parametrize("last", ["badword !", DROPPED])
def test_only_what_was_shown_and_passes_is_kept_of_the_other_answer(
    talks: Talks, last: str | RequestError, is_flagged: bool
) -> None:
    async def flags(_text: str) -> bool:
        return is_flagged

    talk = talks.begin()

    async def end() -> dict[str, str]:
        go = asyncio.Event()
        run = paired(talks, talk, ["fine ", go, last], Moderation(WordList(["badword"]), flags))
        return await shown_until(run, go.set)

    shown, kept = asyncio.run(end()), talks.stored(talk)
    assert 0 < len(shown["b"]) < len(LONG)
    assert (kept["b"].state, kept["b"].text) == (AnswerState.stopped, "" if is_flagged else shown["b"])
    assert kept["a"].text == ""
    of_words = {"answer_words": 1} if isinstance(last, str) else {}
    assert talks.counted() == of_words | ({"answer_endpoint": 1} if is_flagged else {})


def test_a_part_that_is_refused_when_the_rater_stops_is_counted(talks: Talks) -> None:
    async def flags(_text: str) -> bool:
        return True

    talk = talks.begin()

    async def stop() -> None:
        run = paired(talks, talk, ["fine ", asyncio.Event()], Moderation(WordList(), flags))
        await shown_until(run, run.stop)

    asyncio.run(stop())
    assert talks.counted() == {"answer_endpoint": 2}
    assert [one.text for one in talks.stored(talk).values()] == ["", ""]


def test_nothing_is_kept_of_an_answer_of_which_nothing_was_shown(talks: Talks) -> None:
    talk = talks.begin()

    async def end() -> None:
        run = paired(talks, talk, ["badword !"], Moderation(WordList(["badword"])))
        await shown_until(run, lambda: None)

    asyncio.run(end())
    assert [one.text for one in talks.stored(talk).values()] == ["", ""]


@pytest.mark.parametrize(("n_before", "is_fresh", "n_asked"), [(1, True, 2), (2, True, 1), (1, False, 1)])
def test_a_dropped_request_is_counted_before_it_is_sent_again(
    talks: Talks, n_before: int, is_fresh: bool, n_asked: int
) -> None:
    begun = talks.begin()
    talks.live.requested(begun.latest()["a"].id, n_before)
    talk = talks.live.state(talks.rater).conversation
    assert talk is not None
    counted: list[int] = []

    class Dropping:
        """A model whose connection drops every time."""

        async def speak(self, messages: Sequence[Mapping[str, Any]]) -> AsyncIterator[ReplyPiece]:
            """Nothing."""
            counted.append(talks.stored(begun)["a"].requests)
            async for piece in GuidedSpeaker([DROPPED]).speak(messages):
                yield piece

    models = {talk.latest()["a"].model_id: ArenaModel(Dropping(), Slots(1))}
    asyncio.run(PairRun(talk, talks.live, models, seconds=lambda: 0.0, is_fresh=is_fresh).run())
    assert counted[-1] == 2
    assert len(counted) == n_asked


@pytest.mark.parametrize(("is_flagged", "cause", "text"), [(True, "moderated", ""), (False, "failed", "Some of it")])
def test_what_a_failed_model_has_shown_in_a_trial_is_checked(is_flagged: bool, cause: str, text: str) -> None:
    async def flags(_text: str) -> bool:
        return is_flagged

    talk = TrialTalk("token", 1, (1,), is_paced=False, prompts=["Why?"])

    async def fail() -> None:
        speaker = GuidedSpeaker(["Some of it", DROPPED])
        model = ArenaModel(speaker, Slots(1), moderation=Moderation(WordList(), flags))
        await TrialRun(talk, {1: model}, lambda: 0.0).run()

    asyncio.run(fail())
    assert (talk.answers[0]["a"].cause, talk.answers[0]["a"].text) == (cause, text)

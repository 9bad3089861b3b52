"""One answer being written: what of it may be shown, and what is asked for again."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.models.moderation import Moderation, ModerationCause
from app.web.live.answer_writing import AnswerWriting, ArenaModel
from app.web.live.slots import Slots
from arena.live.word_list import WordList
from judging.chat.model import RequestCause, RequestError
from judging.chat.wire.streaming import ReplyPiece


@dataclass
class ScriptedSpeaker:
    """A model that says its pieces, after failures if there are any left."""

    pieces: Sequence[str]
    failures: list[RequestError] = field(default_factory=list)
    requests: int = 0

    async def speak(self, _messages: Sequence[Mapping[str, Any]]) -> AsyncIterator[ReplyPiece]:
        """The pieces, or the next failure."""
        self.requests += 1
        if self.failures:
            raise self.failures.pop(0)
        for piece in self.pieces:
            yield ReplyPiece(piece)


def written(speaker: ScriptedSpeaker, *words: str, repeats: Sequence[bool] = ()) -> tuple[AnswerWriting, list[str]]:
    """An answer at its end, and every text of it that could be shown."""
    texts: list[str] = []

    allowed = iter(repeats)

    async def may_repeat() -> bool:
        return next(allowed)

    async def write() -> AnswerWriting:
        model = ArenaModel(speaker, Slots(1), moderation=Moderation(WordList(words)))
        writing = AnswerWriting(model, [], lambda: 0.0, may_repeat)
        await writing.write(lambda: texts.append(writing.text))
        return writing

    return asyncio.run(write()), texts


@pytest.mark.parametrize(
    ("pieces", "last"),
    [
        (["word ", "bad", "word ", "more"], "word bad"),
        (["word ", "bad", "word", " more"], "word bad"),
        (["word ", "bad", "word"], "word bad"),
        (["word ", "badword"], "word "),
    ],
)
def test_a_forbidden_word_is_never_shown(pieces: list[str], last: str) -> None:
    writing, texts = written(ScriptedSpeaker(pieces), "badword")
    assert writing.finding is not None
    assert writing.finding.cause is ModerationCause.words
    assert (texts[-1], writing.text, writing.outcome) == (last, last, None)


@pytest.mark.parametrize(
    "pieces", [[" hell", "o there"], ["Essex and hell", "o"], ["Es", "sex ", "*" * 40, "sex", "y"]]
)
def test_an_innocent_word_does_not_end_an_answer(pieces: list[str]) -> None:
    writing, texts = written(ScriptedSpeaker(pieces), "hell", "sex")
    assert writing.outcome is not None
    assert writing.outcome.text == texts[-1] == "".join(pieces)


def dropped(*, is_unsent: bool) -> RequestError:
    error = RequestError(RequestCause.connection, "it was dropped", may_cost=not is_unsent)
    error.is_unsent = is_unsent
    return error


@pytest.mark.parametrize(
    ("failures", "repeats", "n_requests", "failure"),
    [
        ([dropped(is_unsent=True)], [], 2, None),
        ([dropped(is_unsent=False)], [True], 2, None),
        ([dropped(is_unsent=False)], [False], 1, "connection"),
        ([dropped(is_unsent=False)] * 2, [True], 2, "connection"),
        ([dropped(is_unsent=True)] * 2, [], 2, "connection"),
        ([RequestError(RequestCause.server_error, "down")], [], 1, "server_error"),
    ],
)
def test_a_request_that_may_have_arrived_is_sent_again_only_where_it_is_counted(
    failures: list[RequestError], repeats: list[bool], n_requests: int, failure: str | None
) -> None:
    speaker = ScriptedSpeaker(["fine"], list(failures))
    writing, _ = written(speaker, repeats=repeats)
    assert (speaker.requests, writing.failure) == (n_requests, failure)

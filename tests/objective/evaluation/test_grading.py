"""A grader's replies: one bad request spoils no other, a reply without a mark is never wrong, and each counts once."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from objective.causes import CauseCode, read_cause
from objective.evaluation.grading import (
    GRADE,
    Grader,
    GradingCounts,
    ask_grader,
    asked_question,
    references,
)
from objective.request import FailedRequest, GeneratedText, GenerateRequest, Sampling
from objective.task import Item, Task, Template
from storage.database.evaluation_tables import Prediction, PredictionState
from storage.errors import BadInput
from storage.evaluations.runs import predictions
from tests.objective.evaluation.test_run import evaluation, run
from tests.objective.fakes import CharacterTokenizer, ScriptedBackend
from tests.stores import open_store


class Writer:
    """Writes replies by words of the prompt; a batch with a word that it refuses fails after the replies before it."""

    def __init__(self, replies: dict[str, GeneratedText], refused: Sequence[str] = ()) -> None:
        self._replies, self._refused = replies, refused
        self.batches: list[int] = []

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        self.batches.append(len(requests))
        for place, request in enumerate(requests):
            if any(word in request.prompt for word in self._refused):
                raise BadInput(f"expected something else than {request.prompt}")
            yield place, (next(text for word, text in self._replies.items() if word in request.prompt),)


def written(text: str, finish: str = "end") -> GeneratedText:
    return GeneratedText(text, finish, 10, 5)  # type: ignore[arg-type]


def grader(writer: Writer) -> Grader:
    return Grader("strong", "r1", lambda: writer, CharacterTokenizer())


def test_the_request_that_spoils_a_batch_fails_alone_and_every_other_one_is_answered() -> None:
    writer = Writer({"ask": written("yes")}, ["bad"])
    prompts = ["ask 0", "ask 1", "bad 2", "ask 3", "bad 4", "ask 5"]
    found = list(ask_grader(grader(writer), [GenerateRequest(prompt, Sampling()) for prompt in prompts]))
    assert sorted(place for place, _ in found) == list(range(6))
    failed = {place: str(result.error) for place, result in found if isinstance(result, FailedRequest)}
    assert failed == {place: f"expected something else than bad {place}" for place in (2, 4)}
    assert writer.batches[0] == 6 and max(writer.batches[1:]) <= 2


QUESTIONS = ("violet", "tulip", "aster", "poppy", "violet")
TASK = Task(
    "flowers",
    "gen",
    tuple(Item(str(place), f"Which is like {text}?", ("flax",), kind="exact") for place, text in enumerate(QUESTIONS)),
    {"": Template("Q: {question}\nA:")},
    source="made",
)
REPLIES = {
    "violet": written("It agrees.\nMARK: CORRECT"),
    "tulip": written("It goes on and", "length"),
    "aster": written("It may or may not."),
}


def test_a_reply_without_a_mark_is_a_failure_of_the_grader_and_only_a_cut_one_is_asked_again(tmp_path: Path) -> None:
    """Two answers are alike, so one reply marks both; what failed to be asked is asked anew each time."""
    told: list[GradingCounts] = []
    with closing(open_store(tmp_path / "evenhand.db")) as database:
        backend = ScriptedBackend(lambda prompt: "Not flax, perhaps flax?")

        def graded(most: int) -> tuple[Writer, list[Prediction]]:
            writer = Writer(REPLIES, ["poppy"])
            made = replace(grader(writer), max_tokens=most, done=told.append)
            run(database, evaluation(TASK, grader=made), backend)
            with database.reading() as session:
                return writer, sorted(predictions(session, 1, "flowers"), key=lambda one: one.item)

        first, found = graded(8)
        again, same = graded(8)
        larger, _ = graded(16)
    failed = PredictionState.grader_failed
    assert [one.state for one in found] == [PredictionState.scored, failed, failed, failed, PredictionState.scored]
    assert [one.score for one in found] == [1.0, None, None, None, 1.0]
    causes = [read_cause(one.details[GRADE]["cause"]) if one.details[GRADE]["cause"] else None for one in found]
    assert [cause and cause.code for cause in causes] == [
        None, CauseCode.cut_off_mark, CauseCode.unreadable_mark, CauseCode.message, None,
    ]  # fmt: skip
    assert [one.details for one in same] == [one.details for one in found]
    assert (first.batches[0], again.batches, larger.batches[0]) == (4, [1], 2)
    assert [(one.answers, one.stored, one.asked) for one in told] == [(5, 0, 3), (5, 4, 0), (5, 3, 1)]
    assert (told[0].prompt_tokens, told[0].completion_tokens) == (30, 15)


@pytest.mark.parametrize(
    ("item", "question", "accepted"),
    [
        (Item("1", "Who?", ("Ann", "Bo"), kind="exact"), "Who?", ["Ann", "Bo"]),
        (Item("1", "Which?", ("B",), ("oak", "elm")), "Which?\nA. oak\nB. elm", ["B. elm"]),
        (Item("1", "Which?", ("AB",), ("oak", "elm"), kind="choices"), "Which?\nA. oak\nB. elm", ["A. oak; B. elm"]),
        (Item("1", "Which?", ("AC",), kind="choices"), "Which?", ["AC"]),
    ],
)
def test_a_grader_sees_options_with_their_texts(item: Item, question: str, accepted: list[str]) -> None:
    assert (asked_question(item), references(item)) == (question, accepted)

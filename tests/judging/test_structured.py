"""Structured verdicts: the reason comes first, and only an object of the asked form has a verdict."""

from typing import Any

import pytest

from judging.chat.model import Reply
from judging.prompts.messages import message_text
from judging.run.structured import add_instruction, read_structured, response_format
from judging.verdicts.verdict import OutputForm

PAIR, SCORE = OutputForm("three-way"), OutputForm("score", 1, 10)
NAMED = OutputForm("scores", 1, 5, ("clarity", "overall"))


def schema(form: OutputForm) -> dict[str, Any]:
    found: dict[str, Any] = response_format(form)["json_schema"]["schema"]
    return found


def test_the_schema_has_the_reason_first_and_the_legal_answers() -> None:
    assert list(schema(PAIR)["properties"]) == ["reason", "verdict"]
    assert schema(PAIR)["properties"]["verdict"]["enum"] == ["A", "B", "C"]
    assert list(schema(NAMED)["properties"]["scores"]["properties"]) == ["clarity", "overall"]
    (message,) = add_instruction([{"role": "user", "content": "Which?"}], SCORE, "en")
    told = message_text(message)
    assert told.startswith("Which?\n\n") and '{"reason": "…", "score": 10}' in told


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        (PAIR, '{"reason": "B lies.", "verdict": "A"}', 1.0),
        (PAIR, '```json\n{"reason": "", "verdict": "C"}\n```', 0.5),
        (PAIR, '<think>[[B]]</think>{"reason": "[[B]]", "verdict": "A"}', 1.0),
        (SCORE, '{"reason": "x", "score": 7.5}', 7.5),
        (NAMED, '{"reason": "x", "scores": {"overall": 4, "clarity": 5}}', {"overall": 4.0, "clarity": 5.0}),
    ],
)
def test_an_object_of_the_asked_form_is_read(form: OutputForm, text: str, value: object) -> None:
    verdict = read_structured(Reply(text, "stop"), form)
    assert (verdict.values or verdict.value) == value and verdict.cause is None


@pytest.mark.parametrize(
    ("form", "text", "cause"),
    [
        (PAIR, "", "empty"),
        (PAIR, "[[A]]", "wrong_schema"),
        (PAIR, 'Sure: {"reason": "x", "verdict": "A"}', "wrong_schema"),
        (PAIR, '{"verdict": "A"}', "wrong_schema"),
        (PAIR, '{"reason": "x", "verdict": "a"}', "wrong_schema"),
        (PAIR, '{"reason": "x", "verdict": "A", "verdict": "B"}', "wrong_schema"),
        (PAIR, '{"reason": "x", "verdict": "A", "also": 1}', "wrong_schema"),
        (PAIR, '{"reason": 3, "verdict": "A"}', "wrong_schema"),
        (SCORE, '{"reason": "x", "score": "7"}', "wrong_schema"),
        (SCORE, '{"reason": "x", "score": true}', "wrong_schema"),
        (SCORE, '{"reason": "x", "score": NaN}', "wrong_schema"),
        (SCORE, '{"reason": "x", "score": 11}', "out_of_range"),
        (SCORE, '{"reason": "x", "score": 1' + "0" * 400 + "}", "wrong_schema"),
        (NAMED, '{"reason": "x", "scores": {"overall": 4}}', "wrong_schema"),
        (PAIR, "[" * 100_000, "wrong_schema"),
    ],
)
def test_anything_else_has_a_cause(form: OutputForm, text: str, cause: str) -> None:
    assert read_structured(Reply(text, "stop"), form).cause == cause


def test_a_reply_that_was_cut_off_has_no_verdict() -> None:
    assert read_structured(Reply('{"reason": "x", "verdict": "A"}', "length"), PAIR).cause == "wrong_schema"

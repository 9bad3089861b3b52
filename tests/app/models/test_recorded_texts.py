"""Recorded replies of a grader: only recorded prompts are answered, and files that hold anything else are refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.models.recorded_texts import ReplyFile, read_recorded_grader, recording_digest
from objective.prompting.grader_prompts import grader_turns
from objective.request import FailedRequest, GeneratedText, GenerateRequest, Sampling
from storage.errors import BadInput

ROW: dict[str, Any] = {
    "question": "Which metal is liquid?",
    "reference": ["mercury"],
    "output": "Mercury.",
    "reply": "MARK: CORRECT",
}
OWN = {"question": "q", "grader": "r1", "request": "d1", "reply": "MARK: CORRECT"}


def recorded(path: Path, *rows: object) -> Path:
    path.write_text("\n\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def test_recorded_prompts_are_answered_and_others_fail(tmp_path: Path) -> None:
    silent = {**ROW, "question": "Who?", "reply": None}
    grader = read_recorded_grader(recorded(tmp_path / "r.jsonl", {**ROW, "reference": "mercury"}, silent))
    asked = [
        GenerateRequest("", Sampling(max_tokens=8), "grader", grader_turns(question, ["mercury"], "Mercury."))
        for question in (ROW["question"], "Who?")
    ]
    (place, (found,)), (other, failed) = grader.generate(asked)  # type: ignore[misc]
    assert (place, found, other) == (0, GeneratedText("MARK: CORRECT", "end", 0, 0), 1)
    assert isinstance(failed, FailedRequest) and "expected a recorded reply" in str(failed.error)


@pytest.mark.parametrize(
    "row", [[1], "text", {"question": "q", "output": "o", "reply": "r"}, {"reference": "x", "reply": "r"}]
)
def test_a_line_of_another_form_is_named_with_its_number(row: object, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"r.jsonl:3: expected \{\"question\""):
        read_recorded_grader(recorded(tmp_path / "r.jsonl", ROW, row))


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    if content is not None:
        path.write_bytes(content)
    for read in (read_recorded_grader, recording_digest):
        with pytest.raises(BadInput, match="expected a readable file of recorded replies"):
            read(path)


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({**OWN, "grader": "another"}),
        json.dumps({**OWN, "reply": None}),
        json.dumps({"question": "q"}),
        "[]",
        "notes of mine",
    ],
)
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_file_of_something_else_is_refused_and_left_as_it_is(line: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    text = f"{json.dumps(OWN)}\n{line}{end}"
    is_unfinished = not end and line.startswith('{"question":')  # which is cut off as a line that was never finished
    path.write_text(text, encoding="utf-8")
    if is_unfinished:
        ReplyFile(path, "r1").close()
        assert path.read_text(encoding="utf-8") == f"{json.dumps(OWN)}\n"
        return
    with pytest.raises(BadInput, match=r"own\.jsonl:2: expected a reply of this grader"):
        ReplyFile(path, "r1")
    assert path.read_text(encoding="utf-8") == text


def test_a_folder_is_no_file_for_replies(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected a file that can be written"):
        ReplyFile(tmp_path, "r1")

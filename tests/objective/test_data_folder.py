"""Published files that are damaged, or not what they should be, are refused in a sentence that names the place."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from objective.tasks import arc
from objective.tasks.data_folder import DataFolder
from storage.errors import BadInput, NotFound


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id,text\n1,a,b\n", "expected 2 columns in each row, but .*rows.csv:2 has another number"),
        (b"id,text\n1\n", "rows.csv:2 has another number"),
        (b'id,text\n1,"open\n', "expected CSV in .*rows.csv.*fetch the file again"),
        (b"id,text\n1,\xff\n", "expected UTF-8 in .*rows.csv.*got byte 0xff"),
    ],
)
def test_a_csv_file_that_is_none_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(content)
    with pytest.raises(BadInput, match=said):
        DataFolder(tmp_path).csv("rows.csv")


@pytest.mark.parametrize(("line", "said"), [("{", r"rows.jsonl:3 is not \("), ("[1]", "rows.jsonl:3 is not one")])
def test_a_line_that_is_no_object_is_refused_with_its_number(line: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(f'{{"id": 1}}\n\n{line}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        DataFolder(tmp_path).lines("rows.jsonl")


def test_half_a_gzip_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(b"id,text\n1,a\n")[:-9])
    with pytest.raises(BadInput, match=r"expected a whole gzip file, but .*rows\.csv\.gz' is damaged"):
        DataFolder(tmp_path).csv("rows.csv")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"expected the data file .*rows\.csv"):
        DataFolder(tmp_path).csv("rows.csv")


def arc_row(**changes: Any) -> dict[str, Any]:
    choices = [{"label": label, "text": f"option {label}"} for label in "ABC"]
    return {"id": "q1", "question": {"stem": "Which?", "choices": choices}, "answerKey": "B"} | changes


def without_a_text(row: dict[str, Any]) -> None:
    row["question"]["choices"][1]["text"] = None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without_a_text, "expected a text as option B in row 'q1' of ARC"),
        (lambda row: row["question"].update(stem=3), "expected a text as stem in row 'q1'"),
        (lambda row: row.update(answerKey="D"), "expected an answer among A, B, C in row 'q1' of ARC, got 'D'"),
        (lambda row: row.pop("answerKey"), "each row of arc-easy, got one without 'answerKey'"),
    ],
)
def test_a_row_of_arc_that_lacks_something_is_refused(
    change: Callable[[dict[str, Any]], object], said: str, tmp_path: Path
) -> None:
    row = arc_row()
    change(row)
    (tmp_path / "ARC-Easy-Dev.jsonl").write_text(json.dumps(arc_row()), encoding="utf-8")
    (tmp_path / "ARC-Easy-Test.jsonl").write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        arc.load("arc-easy", tmp_path, "ppl")

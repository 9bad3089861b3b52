"""The file of skipped rows: every row can be written, and one that cannot be written is a sentence."""

from pathlib import Path

import orjson
import pytest

from storage.errors import BadInput
from storage.exchange.rows.bad_rows import bad_row_file


def put_one(path: Path, *, keep: bool = True, end: Exception | None = None) -> None:
    """Write one row, and fail afterwards where an error is given."""
    with bad_row_file(path, keep=keep) as file:
        assert file is not None
        file.put(1, "r", {})
        if end is not None:
            raise end


def test_text_and_rows_are_written_with_their_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    with bad_row_file(path, keep=True) as file:
        assert file is not None
        file.put(3, "expected JSON", "{")
        file.put(4, "expected a name", {"name": 7})
        file.put(5, "half of a character", {"name": "\ud800"})
        file.put(6, "a large number", {"name": 2**70})
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert rows[:2] == [
        {"line": 3, "reason": "expected JSON", "text": "{"},
        {"line": 4, "reason": "expected a name", "row": {"name": 7}},
    ]
    assert [row["row"] for row in rows[2:]] == ["{'name': '\\ud800'}", f"{{'name': {2**70}}}"]


def test_without_a_skipped_row_and_after_a_failure_there_is_no_file(tmp_path: Path) -> None:
    with bad_row_file(tmp_path / "none.jsonl", keep=True):
        pass
    with pytest.raises(ValueError, match="x"):
        put_one(tmp_path / "failed.jsonl", end=ValueError("x"))
    put_one(tmp_path / "checked.jsonl", keep=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    where = tmp_path / "folder" / "bad.jsonl"
    said = r"bad\.jsonl' cannot be written: No such file or directory; name another file"
    with pytest.raises(BadInput, match=said):
        put_one(where)

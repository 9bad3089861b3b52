"""Published data is read in every format and layout, and what does not fit is named."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from objective.causes import CauseCode, MissingData, TaskProblem
from objective.tasks import published_files
from objective.tasks.published_files import HUB, HubSource, cell, open_published, option_letter, references, rows_digest
from storage.errors import BadInput

ROWS = [{"q": 'Who says "hi"?', "a": "you"}, {"q": "谁？\n什么？", "a": "我"}]


def as_csv(rows: list[dict[str, str]], delimiter: str) -> bytes:
    lines = [delimiter.join(rows[0])]
    lines += [delimiter.join('"' + value.replace('"', '""') + '"' for value in row.values()) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def as_parquet(rows: list[dict[str, str]]) -> bytes:
    made = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), made)
    return bytes(made.getvalue())


WRITERS: dict[str, Callable[[], bytes]] = {
    "made/test.jsonl": lambda: "\n".join(json.dumps(row) for row in ROWS).encode(),
    "made/test.json": lambda: json.dumps(ROWS).encode(),
    "made/data/test.json": lambda: json.dumps({"version": "1", "data": ROWS}).encode(),
    "made/test.csv": lambda: as_csv(ROWS, ","),
    "made/test.tsv": lambda: as_csv(ROWS, "\t"),
    "made/test.jsonl.gz": lambda: gzip.compress("\n".join(json.dumps(row) for row in ROWS).encode()),
    "test-00000-of-00001.parquet": lambda: as_parquet(ROWS),
}


def opened(folder: Path, hub: HubSource | None = None) -> published_files.PublishedData:
    files = {"test": ("test", "data/test", "test-*")}
    return open_published(folder, folders=("made",), files=files, title="Made", hub=hub)


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_and_layout_gives_the_same_rows(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(WRITERS[name]())
    data = opened(tmp_path)
    assert data.rows("test") == ROWS
    assert len(data.digest) == 64


def test_parts_of_a_split_are_read_in_order(tmp_path: Path) -> None:
    for place, row in enumerate(ROWS):
        (tmp_path / f"test-0000{place}-of-00002.parquet").write_bytes(as_parquet([row]))
    assert opened(tmp_path).rows("test") == ROWS


def test_quotation_marks_in_tsv_files_may_be_plain_text(tmp_path: Path) -> None:
    (tmp_path / "test.tsv").write_text('q\ta\n5" pipe\tyes\n')
    assert opened(tmp_path).rows("test") == [{"q": '5" pipe', "a": "yes"}]


def test_missing_data_damaged_files_and_the_hub_without_its_library_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MissingData, match="data of Made in a folder made"):
        opened(tmp_path)
    (tmp_path / "test.jsonl").write_text('{"q": 1}\n{"q"\n')
    with pytest.raises(BadInput, match=r"test.jsonl:2 is not"):
        opened(tmp_path).rows("test")
    with pytest.raises(MissingData, match="hub does not hold it"):
        opened(HUB).rows("test")
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(TaskProblem, match=r"evenhand\[datasets\]"):
        opened(HUB, HubSource("made/made")).rows("test")


def test_the_hub_must_have_the_known_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_files, "load_from_hub", lambda source, split: ROWS)
    known = HubSource("made/made", digests={"test": rows_digest(ROWS)})
    assert opened(HUB, known).rows("test") == ROWS
    with pytest.raises(TaskProblem, match="another version") as error:
        opened(HUB, HubSource("made/made", digests={"test": "0" * 64})).rows("test")
    assert error.value.cause is not None and error.value.cause.code == CauseCode.other_data


def test_answers_are_read_as_numbers_labels_and_letters() -> None:
    assert option_letter(2, 4, key="1", title="Made") == "C"
    assert option_letter("2", 4, key="1", title="Made", first=1) == "B"
    assert option_letter("3", 4, key="1", title="Made", labels=("1", "2", "3", "4")) == "C"
    assert option_letter("D", 4, key="1", title="Made") == "D"


@pytest.mark.parametrize("answer", ["-1", "4", "E", "", None])
def test_an_answer_outside_the_options_is_named(answer: object) -> None:
    with pytest.raises(TaskProblem, match="answer among A, B, C, D in row 7 of Made") as error:
        option_letter(answer, 4, key="7", title="Made")
    assert error.value.cause is not None and error.value.cause.code == CauseCode.wrong_answer


def test_missing_columns_and_empty_references_are_named() -> None:
    assert cell({"text": None, "question": "q"}, "text", "question", key="1", title="Made") == "q"
    with pytest.raises(TaskProblem, match="column question or text in row 7 of Made, got ctx, label"):
        cell({"ctx": 1, "label": 2}, "question", "text", key="7", title="Made")
    assert references(["a ", None, "a", "b"], key="1", title="Made") == ("a", "b")
    with pytest.raises(TaskProblem, match="expected an answer in row 7"):
        references([" ", None], key="7", title="Made")

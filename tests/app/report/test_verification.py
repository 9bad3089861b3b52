"""`evenhand report --verify` finds every change, and needs nothing but the folder."""

import shutil
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.report.differences import compare_lines
from app.report.document import Document, NumberTable, settle
from app.report.files import write_data, write_manifest
from app.report.parts.catalog import REPORT_PARTS
from app.report.verifying import _check_data, _check_parquet, verify_report
from storage.errors import BadInput
from storage.exchange.publication.columns import LATER_COLUMNS, PUBLISHED_COLUMNS, PublishedKind
from tests.app.commands.conftest import Console
from tests.clocks import START


def change(path: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_untouched_copy_is_as_it_was_made(report_copy: Path, console: Console) -> None:
    told = console(f"report {report_copy} --verify")
    assert told.code == 0, told.err
    assert "is as it was made" in told.out
    assert "numbers computed again" in told.out
    parts: list[tuple[int, int]] = []
    check = verify_report(report_copy, now=START, listener=lambda done, total: parts.append((done, total)))
    assert check.differences == ()
    assert parts == [(number, len(REPORT_PARTS)) for number in range(1, len(REPORT_PARTS) + 1)]


def test_each_changed_digit_is_named_even_if_the_digests_were_changed_too(report_copy: Path, console: Console) -> None:
    document = orjson.loads((report_copy / "report.json").read_bytes())
    board = document["tables"]["leaderboard_human"]
    row = dict(zip(board["columns"], board["rows"][0], strict=True))
    rating = row["rating"]
    change(report_copy / "report.json", f"{row['win_rate']}", f"{row['win_rate'] + 0.000001:.6f}")
    change(report_copy / "index.html", f">{rating:.0f}</td>", f">{rating + 1:.0f}</td>")
    change(report_copy / "report.zh.md", f"| {rating:.0f} |", f"| {rating - 1:.0f} |")
    change(report_copy / "tables" / "leaderboard_human.csv", str(rating), f"{rating + 0.0001:.4f}")
    change(report_copy / "tables" / "worlds.json", '"models": 5', '"models": 6')
    change(report_copy / "plots" / "worlds.en.svg", 'cx="', 'cx="1')
    change(report_copy / "data" / "preferences.csv", "model_a,person", "model_b,person")
    (report_copy / "plots" / "bias.en.png").unlink()
    write_manifest(report_copy)
    found = console(f"report {report_copy} --verify --json")
    assert found.code == 1
    named = {(one["file"], one["place"]) for one in orjson.loads(found.out)["differences"]}
    assert ("report.json", f"table leaderboard_human, row 1 ({row['model']}), win_rate") in named
    files = {file for file, place in named if place.startswith("line ")}
    assert files >= {
        "index.html",
        "report.zh.md",
        "tables/leaderboard_human.csv",
        "tables/worlds.json",
        "plots/worlds.en.svg",
        "data/preferences.csv",
    }


def test_data_of_an_older_report_are_as_they_were_written(tmp_path: Path) -> None:
    kind = PublishedKind.objective
    old = {name: "1" for name in PUBLISHED_COLUMNS[kind] if name not in LATER_COLUMNS[kind]}
    numbers = dict.fromkeys(("value", "error", "items", "unparsed", "failed"), 1)
    write_data(tmp_path, {kind: [old | numbers]})
    header = (tmp_path / "data" / "objective.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.split(",") == list(old)
    assert list(_check_data(tmp_path)) == []


def test_a_changed_vote_changes_what_comes_out_of_it(report_copy: Path, console: Console) -> None:
    change(report_copy / "data" / "preferences.jsonl", '"winner":"model_a"', '"winner":"model_b"')
    told = console(f"report {report_copy} --verify")
    assert told.code == 1
    assert "data/preferences.jsonl: was changed after the report was made" in told.err
    assert "table leaderboard_human, row 1" in told.err


def test_files_that_are_missing_or_broken_are_named_in_a_sentence(report_copy: Path, console: Console) -> None:
    (report_copy / "index.html").unlink()
    (report_copy / "extra.txt").write_text("x")
    (report_copy / "data" / "calls.jsonl").write_text("{")
    told = console(f"report {report_copy} --verify")
    assert told.code == 1
    assert "index.html: is missing" in told.err
    assert "extra.txt: is no part of the report" in told.err
    assert "calls.jsonl, line 1: expected a JSON object" in told.err
    shutil.rmtree(report_copy / "data")
    (report_copy / "report.json").write_text("[]")
    told = console(f"report {report_copy} --verify")
    assert (told.code, "expected an object in report.json" in told.err) == (1, True)


def test_a_folder_without_a_report_is_refused(tmp_path: Path, console: Console) -> None:
    told = console(f"report {tmp_path} --verify")
    assert told.code == 1
    assert "which has a file files.json, got none" in told.err


@pytest.mark.parametrize(
    ("files", "numbers", "said"),
    [
        ("{", None, "expected JSON in files.json"),
        ("[]", None, "expected an object in files.json, got list"),
        ('{"files": []}', None, "expected a list of files in files.json"),
        ('{"files": {}}', None, "expected the numbers of the report in report.json, found no such file"),
        ('{"files": {}}', "{", "expected JSON in report.json"),
        ('{"files": {}}', "{}", "expected a document of a report in report.json, got one that lacks"),
        ('{"files": {}}', '{"facts": 1, "tables": 2, "texts": 3}', "expected a document of a report in report.json"),
    ],
)
def test_a_report_whose_lists_cannot_be_read_is_refused(
    files: str, numbers: str | None, said: str, tmp_path: Path
) -> None:
    (tmp_path / "files.json").write_text(files)
    if numbers is not None:
        (tmp_path / "report.json").write_text(numbers)
    with pytest.raises(BadInput, match=said):
        verify_report(tmp_path, now=START)


def test_tables_in_parquet_are_compared_value_by_value(tmp_path: Path) -> None:
    rows = [{"model": "wren", "rating": 1.5}, {"model": "finch", "rating": 2.5}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "board.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and more")

    def found(name: str, expected: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [(one.place, one.text) for one in _check_parquet(tmp_path, name, expected)]

    assert found("board.parquet", rows) == []
    assert found("absent.parquet", rows) == []  # the list of files has said so
    assert found("broken.parquet", rows) == [("", "is no Parquet file that can be read")]
    assert found("board.parquet", rows[:1]) == [("", "expected 1 rows, found 2")]
    assert found("board.parquet", [rows[0], {"model": "finch", "rating": 2.25}]) == [
        ("row 2, rating", "expected 2.25, found 2.5")
    ]
    assert found("board.parquet", [{**rows[0], "votes": 3}, rows[1]]) == [("row 1, votes", "expected 3, found None")]


@pytest.mark.parametrize(("value", "kept"), [(1034.123456, 1034.1235), (0.12345678, 0.123457), (-0.0000001, 0.0)])
def test_numbers_are_kept_with_fixed_decimals(value: float, kept: float) -> None:
    assert settle(value) == kept


def test_a_document_survives_its_own_json() -> None:
    table = NumberTable.of(("model", "rating", "known"), [["a", 1034.123456, True], ["b", float("nan"), False]])
    document = Document({"rows": {}}, {"board": table}, {"note": {"en": ["x"], "zh": ["y"]}})
    read = Document.from_json(orjson.loads(orjson.dumps(document.as_json())))
    assert read.rows("board") == [
        {"model": "a", "rating": 1034.1235, "known": True},
        {"model": "b", "rating": None, "known": False},
    ]
    assert read.as_json() == document.as_json()


def test_lines_that_were_added_are_named_too() -> None:
    assert [one.place for one in compare_lines("a.md", b"one\ntwo\n", b"one\nnew\ntwo\n")] == ["line 2"]
    assert compare_lines("a.md", b"one\n", b"one\n") == []

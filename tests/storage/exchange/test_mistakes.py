"""Wrong rows: one line for each kind of mistake, and skipping them never loses or guesses more than it says."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database.engine import Database, open_database
from storage.errors import BadInput, BadRows
from storage.exchange.rows.problems import LISTED, Problems
from tests.call_counts import count_calls
from tests.storage.files import BATTLE, VOTE, bring, counts, jsonl


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    opened.close()


def test_mistakes_are_told_by_kind_with_their_values_and_first_places() -> None:
    problems = Problems("v.csv")
    for line, label in enumerate(["x", "y", "x", "x", "z", "x", "x"], 2):
        problems.add(line, f"expected a winner, got {label!r}; correct the label")
    problems.add(9, "expected a value in column 'a', got an empty one; fill it in")
    problems.add(10, "expected a value in column 'b', got an empty one; fill it in")
    with pytest.raises(BadRows) as refused:
        problems.raise_any()
    assert refused.value.rows == (
        "v.csv:2: expected a winner, got 'x' (5×), 'y' (1×), 'z' (1×); correct the label (7 rows: 2, 3, 4, 5, 6, …)",
        "v.csv:9: expected a value in column 'a', got an empty one; fill it in",
        "v.csv:10: expected a value in column 'b', got an empty one; fill it in",
    )


def test_a_thousand_kinds_of_mistakes_are_listed_in_part_and_counted_in_full() -> None:
    problems = Problems("v.csv")
    for line in range(1, 1001):
        problems.add(line, f"expected a value in column 'c{'x' * line}', got none; fill it in")
    with pytest.raises(BadRows, match="1000 bad rows") as refused:
        problems.raise_any()
    assert (len(refused.value.rows), refused.value.truncated) == (LISTED, 1000 - LISTED)


def test_skipping_keeps_the_good_rows_and_writes_the_others(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [json.dumps(BATTLE), "{broken", json.dumps(BATTLE | {"turn": "x"}), json.dumps(BATTLE | {"judge": "u2"})]
    path.write_text("\n".join(lines), encoding="utf-8")
    bad = tmp_path / "bad.jsonl"
    report = bring(database, "preferences", path, bad_rows=bad)
    assert (report.added, report.skipped) == (2, 2)
    first, second = map(json.loads, bad.read_text(encoding="utf-8").splitlines())
    assert (first["line"], first["text"]) == (2, "{broken")
    assert (second["line"], second["row"]) == (3, BATTLE | {"turn": "x"})
    assert second["reason"].startswith("expected a whole number in column 'turn'")


def test_a_row_that_contradicts_the_store_is_skipped_whole(database: Database, tmp_path: Path) -> None:
    texts = {
        side: [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "yes"}]
        for side in ("conversation_a", "conversation_b")
    }
    other = {side: [{"role": "user", "content": "Other"}, {"role": "assistant", "content": "no"}] for side in texts}
    path = jsonl(tmp_path / "a.jsonl", [BATTLE | texts, BATTLE | {"judge": "u2"} | other])
    report = bring(database, "preferences", path, bad_rows=tmp_path / "bad.jsonl")
    assert (report.added, report.responses, report.skipped) == (1, 2, 1)
    again = jsonl(tmp_path / "b.jsonl", [VOTE, VOTE | {"winner": "tie"}])
    report = bring(database, "preferences", again, bad_rows=tmp_path / "bad.jsonl")
    assert (report.added, report.duplicates, report.skipped) == (1, 0, 1)


def test_nothing_is_skipped_where_the_rest_of_a_file_cannot_be_read(database: Database, tmp_path: Path) -> None:
    before = counts(database)
    path = tmp_path / "cut.json"
    path.write_text(f"[{json.dumps(BATTLE)}, {json.dumps(BATTLE)[:20]}", encoding="utf-8")
    with pytest.raises(BadRows, match="end its readable part"):
        bring(database, "preferences", path, bad_rows=tmp_path / "bad.jsonl")
    assert counts(database) == before
    assert not (tmp_path / "bad.jsonl").exists()


def test_a_file_without_a_good_row_is_refused(database: Database, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [BATTLE | {"winner": "?"}])
    with pytest.raises(BadRows):
        bring(database, "preferences", path, bad_rows=tmp_path / "bad.jsonl")


def test_numbers_as_labels_are_not_guessed_beside_numbers_that_are_skipped(database: Database, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [BATTLE | {"winner": n, "judge": str(n)} for n in (1, 2, 0)])
    with pytest.raises(BadInput, match="only 1 and 2 as numbers of sides"):
        bring(database, "preferences", path, bad_rows=tmp_path / "bad.jsonl")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_of_100_000_columns_is_refused_at_once(database: Database, tmp_path: Path, suffix: str) -> None:
    names = [f"c{n}" for n in range(100_000 if suffix == "csv" else 3_000)]
    path = tmp_path / f"wide.{suffix}"
    if suffix == "csv":
        path.write_text(f"{','.join(names)}\n{','.join('1' for _ in names)}\n", encoding="utf-8")
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({name: [1] for name in names}), path)

    def refused() -> None:
        with pytest.raises(BadInput, match="at most 2,000 columns"):
            bring(database, "preferences", path)

    assert count_calls(refused) < 2 * len(names), "some work is done for each column"


@pytest.mark.parametrize("indent", [None, 1])
def test_one_object_where_a_list_is_expected_is_one_sentence(
    database: Database, tmp_path: Path, indent: int | None
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"data": [BATTLE, BATTLE], "n": 2}, indent=indent), encoding="utf-8")
    with pytest.raises(BadInput, match="got one JSON object with a list of 2 objects in 'data'") as refused:
        bring(database, "preferences", path)
    assert not isinstance(refused.value, BadRows)

"""Whatever is wrong with a file: one clear sentence with its place, and an unchanged store."""

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage.database.bulk import ROWS_WORTH_COPYING
from storage.database.engine import Database, open_database
from storage.errors import BadInput, BadRows
from storage.exchange.formats.evenhand_columns import COLUMNS
from storage.exchange.rows import files
from tests.storage.files import BATTLE, QUESTION, SCORE, VOTE, bring, counts, jsonl
from tests.stores import make_store


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    opened.close()


def refusal(database: Database, kind: str, path: Path) -> tuple[str, ...]:
    """The sentences of a refused import; the store must be as before."""
    before = counts(database)
    with pytest.raises(BadInput) as refused:
        bring(database, kind, path)
    assert counts(database) == before
    sentences = refused.value.rows if isinstance(refused.value, BadRows) else (str(refused.value),)
    for sentence in sentences:
        assert str(path) in sentence
        assert "\n" not in sentence
        assert len(sentence) < 600 + len(str(path))
    return sentences


CSV = b"model_a,model_b,winner,annotator,judge\n"
LINE = json.dumps(BATTLE).encode() + b"\n"
FILES = {
    "empty": ("a.jsonl", b"", "is empty"),
    "blank": ("a.jsonl", b"\n \n", "holds none"),
    "header only": ("a.csv", b"model_a,model_b,winner\n", "holds none"),
    "an empty list": ("a.json", b"[]", "holds none"),
    "utf-16": ("a.jsonl", LINE.decode().encode("utf-16"), "UTF-16"),
    "zip": ("a.csv", b"PK\x03\x04rest", "zip archive"),
    "parquet by name only": ("a.parquet", LINE, "Parquet"),
    "damaged parquet": ("a.parquet", b"PAR1" + b"x" * 50, "damaged"),
    "truncated gzip": ("a.jsonl.gz", gzip.compress(LINE * 500)[:-20], "ends in the middle"),
    "damaged gzip": ("a.jsonl.gz", gzip.compress(LINE * 50)[:30] + b"?" * 90, "gzip"),
    "wrong byte": ("a.jsonl", LINE + LINE.replace(b"Ann", b"\xff"), ":2: expected UTF-8, got byte 0xff"),
    "wrong byte in csv": (
        "a.csv",
        CSV + b"\xff,b,tie,x,human\n",
        ":2: expected UTF-8",
    ),
    "broken json": ("a.jsonl", LINE + b'{"model_a": \n', ":2: expected one JSON object, got invalid JSON"),
    "no object": ("a.jsonl", LINE + b"[1]\n", ":2: expected one JSON object per line"),
    "NaN": ("a.jsonl", LINE + LINE.replace(b"1682351591.25", b"NaN"), ":2: expected one JSON object, got NaN"),
    "NUL": ("a.jsonl", LINE + LINE.replace(b"Ann", b"A\\u0000n"), ":2: expected text without NUL"),
    "raw NUL": ("a.jsonl", LINE + LINE.replace(b"Ann", b"A\x00n"), ":2: expected one JSON object, got a NUL"),
    "NUL in csv": (
        "a.csv",
        CSV + b"A\x00,b,tie,x,human\n",
        ":2: expected text without NUL",
    ),
    "half a surrogate": ("a.jsonl", LINE + LINE.replace(b"Ann", b"\\ud800"), ":2: "),
    "deep json": ("a.jsonl", LINE + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n", ":2: expected one JSON object"),
    "deep list": ("a.json", b"[" * 100_000, ":1: expected"),
    "cut list": ("a.json", b"[\n" + LINE + b",\n" + LINE[:20], ":4: expected a list of JSON objects"),
    "text behind a list": ("a.json", b"[" + LINE + b"] x", ":2: expected the end"),
    "too few cells": (
        "a.csv",
        CSV + b"a,b\n",
        ":2: expected 5 cells as in the header, got 2",
    ),
    "open quote": ("a.csv", CSV + b'"a,b,tie,x,human\n', ":2: expected CSV"),
    "semicolons": ("a.csv", b"model_a;model_b;winner\na;b\n", "got 2; quote cells with semicolons"),
    "tabs": ("a.tsv", b"model_a\tmodel_b\twinner\na\tb\n", "got 2; quote cells with tabs"),
    "a column twice": ("a.csv", b"model_a,model_a,winner\na,b,tie\n", "one name for each column"),
    "wrong column": ("a.jsonl", LINE.replace(b"winner", b"winer"), "winer"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read_is_refused_with_its_place(database: Database, tmp_path: Path, case: str) -> None:
    name, content, expected = FILES[case]
    path = tmp_path / name
    path.write_bytes(content)
    assert expected in refusal(database, "preferences", path)[0]


def test_no_file_and_a_folder_are_refused(database: Database, tmp_path: Path) -> None:
    assert "there is none at" in refusal(database, "preferences", tmp_path / "none.jsonl")[0]
    assert "folder" in refusal(database, "preferences", tmp_path)[0]


ROWS: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown label": ("preferences", BATTLE | {"winner": "neither"}, "expected a winner among"),
    "no label": ("preferences", BATTLE | {"winner": ""}, "expected a winner among"),
    "itself": ("preferences", BATTLE | {"model_b": "Ann"}, "two different models"),
    "no model": ("preferences", BATTLE | {"model_a": ""}, "'model_a'"),
    "milliseconds": ("preferences", BATTLE | {"tstamp": 1682351591250000.0}, "seconds since 1970"),
    "no truth": ("preferences", BATTLE | {"anony": "maybe"}, "true or false"),
    "half a turn": ("preferences", BATTLE | {"turn": 1.5}, "whole number"),
    "long name": ("preferences", BATTLE | {"model_a": "x" * 201}, "at most 200 characters"),
    "different prompts": (
        "preferences",
        BATTLE
        | {
            "conversation_a": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "x"}],
            "conversation_b": [{"role": "user", "content": "b"}, {"role": "assistant", "content": "x"}],
        },
        "same user turns",
    ),
    "no rater kind": ("preferences", VOTE | {"rater_kind": None}, "--rater-kind"),
    "wrong rater kind": ("preferences", VOTE | {"rater_kind": "robot"}, "human, judge"),
    "wrong flag": ("preferences", VOTE | {"flag": "ugly"}, "'flag'"),
    "off the scale": ("satisfaction", SCORE | {"score": 6}, "from 1 to 5"),
    "no scale": ("satisfaction", SCORE | {"scale_low": None}, "'scale_low'"),
    "scale upside down": ("satisfaction", SCORE | {"scale_low": 9}, "low end"),
    "unknown question": ("responses", {"question": "q9", "model": "Ann", "turns": ["x"]}, "import the questions first"),
    "eight digits that are no date": ("questions", QUESTION | {"created_at": "20241350"}, "ISO 8601"),
    "no turns": ("questions", QUESTION | {"turns": []}, "list of turns"),
    "a sound": ("questions", QUESTION | {"turns": [[{"type": "audio", "url": "x"}]]}, "expected a part like"),
    "settings of text": (
        "responses",
        {"question": "q1", "model": "Ann", "turns": ["x"], "settings": "hot"},
        "JSON object",
    ),
    "another answer": ("responses", {"question": "q1", "model": "Ann", "turns": ["other"]}, "another sample number"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_bad_row_is_named_by_its_line_and_nothing_is_stored(database: Database, tmp_path: Path, case: str) -> None:
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", [QUESTION]))
    bring(database, "responses", jsonl(tmp_path / "r.jsonl", [{"question": "q1", "model": "Ann", "turns": ["x"]}]))
    kind, row, expected = ROWS[case]
    good = {
        "preferences": BATTLE if "judge" in row else VOTE,
        "satisfaction": SCORE,
        "questions": QUESTION | {"key": "q2"},
        "responses": {"question": "q1", "model": "Bob", "turns": ["x"]},
    }[kind]
    path = jsonl(tmp_path / "bad.jsonl", [good, row, good | {"row_key": "last"}, row])
    (sentence,) = refusal(database, kind, path)
    assert sentence.startswith(f"{path}:2: ")
    assert sentence.endswith("(2 rows: 2, 4)")
    assert expected in sentence


def test_a_bomb_is_refused_before_it_fills_the_memory(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BYTES_BEFORE_RATIO", 2**20)
    for name, content in (
        ("one-line.jsonl.gz", b" " * 2**23),
        ("rows.csv.gz", b"model_a,model_b,winner\n" + b"\n" * 2**23),
    ):
        path = tmp_path / name
        path.write_bytes(gzip.compress(content))
        assert "bytes out of each compressed byte" in refusal(database, "preferences", path)[0]


def test_a_line_beyond_all_reason_is_refused(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.exchange.rows import reading as rows

    monkeypatch.setattr(rows, "MAX_ROW_BYTES", 1000)
    path = jsonl(tmp_path / "a.jsonl", [BATTLE, BATTLE | {"judge": "x" * 2000}])
    assert ":2: expected lines of at most" in refusal(database, "preferences", path)[0]


def test_the_store_is_not_needed_to_refuse_a_raters_address_in_a_sentence(database: Database, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [VOTE | {"rater": "203.0.113.77"}, VOTE | {"rater": "203.0.113.78"}])
    assert "203.0.113" not in refusal(database, "preferences", path)[0]


@pytest.mark.parametrize(
    "moment",
    [
        pa.array([1_700_000_000_000_000, 2**62], pa.int64()).cast(pa.timestamp("us", "UTC")),
        pa.array([1_700_000_000_000_000, 253_402_300_799_999_999 + 3600 * 10**6], pa.int64()).cast(
            pa.timestamp("us", "-05:00")
        ),
    ],
    ids=["beyond the year 9999", "beyond it in UTC"],
)
def test_a_parquet_time_that_nothing_can_hold_is_a_bad_row(database: Database, tmp_path: Path, moment: Any) -> None:
    columns = {name: [value, value] for name, value in (VOTE | {"row_key": None}).items()}
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns | {"created_at": moment}), path)
    (sentence,) = refusal(database, "preferences", path)
    assert sentence.startswith(f"{path}:2: expected a")
    assert "'created_at'" in sentence


def judged(winner: str, score: float) -> dict[str, Any]:
    return VOTE | {"rater": "gpt-4", "rater_kind": "judge", "winner": winner, "score": score}


@pytest.mark.parametrize(
    ("winner", "score"), [("model_a", 0.4), ("model_b", 0.6), ("tie", 0.75), ("tie", 0.0), ("both_bad", 1.0)]
)
def test_a_judges_score_on_the_other_side_of_its_winner_is_a_bad_row(
    database: Database, tmp_path: Path, winner: str, score: float
) -> None:
    path = jsonl(tmp_path / "a.jsonl", [judged("model_a", 0.75), judged(winner, score) | {"row_key": "v2"}])
    (sentence,) = refusal(database, "preferences", path)
    assert sentence.startswith(f"{path}:2: expected a score ")
    assert f"with winner {winner!r}, got {score:g}" in sentence


def text_cases() -> Iterator[tuple[str, str]]:
    for kind, columns in COLUMNS.items():
        for name, content in columns.items():
            if content == "text" and name not in ("cause", "comment", "response", "response_a", "response_b"):
                yield kind.value, name


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store of each kind that holds a question, for all rows that are refused."""
    folder = tmp_path_factory.mktemp("asked")
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = str(make_store(folder / "evenhand.db"))
        else:
            url = stack.enter_context(request.getfixturevalue("postgres_server").store())
        opened = open_database(url)
        stack.callback(opened.close)
        bring(opened, "questions", jsonl(folder / "q.jsonl", [QUESTION]))
        yield opened


@pytest.mark.parametrize(("kind", "column"), list(text_cases()))
@pytest.mark.parametrize("copies", [1, ROWS_WORTH_COPYING], ids=["inserted", "copied"])
def test_text_longer_than_its_column_is_a_bad_row_on_both_databases(
    asked: Database, tmp_path: Path, kind: str, column: str, copies: int
) -> None:
    rows: dict[str, dict[str, Any]] = {
        "questions": QUESTION,
        "responses": {"source": "s", "question": "q1", "model": "Ann", "turns": ["x"]},
        "preferences": judged("model_a", 0.75),
        "satisfaction": SCORE | {"rater_kind": "judge"},
    }
    bad = rows[kind] | {column: "长" * 201}
    path = jsonl(tmp_path / "a.jsonl", [bad] * copies)
    assert refusal(asked, kind, path)[0].startswith(f"{path}:1: expected ")


def test_a_file_name_that_is_too_long_for_a_source_is_refused(database: Database, tmp_path: Path) -> None:
    path = jsonl(tmp_path / f"{'x' * 201}.jsonl", [BATTLE])
    assert "at most 200 characters" in refusal(database, "preferences", path)[0]
    assert bring(database, "preferences", path, source="short").added == 1

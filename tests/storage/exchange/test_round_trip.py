"""What is exported and imported again is the same, whatever characters it holds."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.database.engine import Database
from storage.errors import BadInput
from storage.exchange.rows.spreadsheet import guarded, unguarded
from storage.ledger import chain
from storage.spelling import clean_name
from tests.storage.files import bring, counts, jsonl, take
from tests.stores import open_store


def is_name(value: str) -> bool:
    """Whether a model may have this name; only names of models are cleaned, and cleaning is tested elsewhere."""
    try:
        return bool(clean_name(value))
    except BadInput:
        return False


NASTY = [
    "=cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "\t=1",
    "'=1",
    "''",
    '"',
    "\ufeff=1",
    "a\nb",
    "a\r\nb",
    "，",
    "😀",
    "[1]",
    "{}",
]
text = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
filled = text.filter(bool)
name = filled.filter(lambda value: len(value) <= 60)
model_name = name.filter(is_name).map(clean_name)
maybe = st.none() | filled
turn = text | st.lists(text, min_size=2, max_size=3).map(lambda all_: [{"type": "text", "text": one} for one in all_])
turns = st.lists(turn, min_size=1, max_size=3)
moment = st.datetimes(datetime(1990, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)).map(datetime.isoformat)  # noqa: DTZ001
numbers = st.none() | st.floats(0, 1e6)
counts_ = st.none() | st.integers(0, 2**31 - 1)
json_object = st.dictionaries(filled, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text, max_size=3)
question = st.fixed_dictionaries(
    {
        "source": name,
        "turns": st.none() | turns,
        "category": st.none() | name,
        "language": st.sampled_from([None, "en", "zh"]),
        "reference": st.none() | st.lists(text, max_size=2),
        "private": st.booleans(),
        "created_at": moment,
    }
)
response = st.fixed_dictionaries(
    {
        "model": model_name,
        "turns": st.lists(turn, max_size=2),
        "settings": json_object,
        "sample": st.integers(0, 3),
        "state": st.sampled_from(["ok", "refused", "empty", "truncated", "error"]),
        "cause": maybe,
        "prompt_tokens": counts_,
        "completion_tokens": counts_,
        "latency_seconds": numbers,
        "created_at": moment,
    }
)
person = st.fixed_dictionaries(
    {
        "model_a": model_name,
        "model_b": model_name,
        "winner": st.sampled_from(["model_a", "model_b", "tie", "both_bad"]),
        "rater": name.map(lambda value: value.replace(".", "").replace(":", "") or "x"),
        "rater_kind": st.just("human"),
        "turn": counts_,
        "strength": counts_,
        "reasons": st.none() | st.lists(text, max_size=2),
        "seconds": numbers,
        "flag": st.sampled_from([None, "empty", "other"]),
        "comment": maybe,
        "blind": st.none() | st.booleans(),
        "created_at": moment,
        "rater_source": st.none() | name,
    }
).filter(lambda row: row["model_a"] != row["model_b"])
judge = st.fixed_dictionaries(
    {
        "model_a": model_name,
        "model_b": model_name,
        "rater": st.sampled_from(["gpt-4", "法官"]),
        "rater_kind": st.just("judge"),
        "turn": counts_,
        "created_at": moment,
        "judge_model": st.just("gpt-4"),
        "judge_settings": st.just({"temperature": 0.5}),
        "cause": maybe,
        "sample": st.integers(0, 9),
    }
).filter(lambda row: row["model_a"] != row["model_b"])
verdict = st.sampled_from(
    [
        {"form": "three_way", "state": "scored", "winner": "tie", "score": 0.5},
        {"form": "five_level", "state": "scored", "winner": None, "score": 0.625},
        {"form": "three_way", "state": "failed", "winner": None, "score": None},
        {"form": "three_way", "state": "inconsistent", "winner": None, "score": None},
    ]
)
judgement = st.builds(lambda row, seen: row | seen, judge, verdict)
score = st.fixed_dictionaries(
    {
        "model": model_name,
        "rater": st.sampled_from(["eve", "=eve"]),
        "rater_kind": st.sampled_from(["human", "judge"]),
        "dimension": name,
        "score": st.none() | st.floats(1, 5),
        "scale_low": st.just(1.0),
        "scale_high": st.just(5.0),
        "turn": counts_,
        "seconds": numbers,
        "comment": maybe,
        "created_at": moment,
        "sample": st.integers(0, 9),
    }
)


@pytest.fixture
def databases(tmp_path: Path) -> Iterator["Stores"]:
    stores = Stores(tmp_path)
    yield stores
    stores.close()


class Stores:
    """Fresh SQLite stores, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()
        self._open: list[Database] = []

    def fresh(self) -> Database:
        self.close()
        database = open_store(self.folder / f"{next(self._numbers)}.db")
        self._open.append(database)
        return database

    def close(self) -> None:
        while self._open:
            self._open.pop().close()


def exported(database: Database, kind: str, path: Path) -> list[dict[str, Any]]:
    take(database, kind, path, force=True)
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


@settings(max_examples=12)
@given(
    st.lists(question, min_size=1, max_size=4),
    st.lists(response, max_size=4),
    st.lists(person | judgement, max_size=5),
    st.lists(score, max_size=4),
)
def test_jsonl_and_parquet_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    questions: list[dict[str, Any]],
    responses: list[dict[str, Any]],
    preferences: list[dict[str, Any]],
    scores: list[dict[str, Any]],
) -> None:
    stores = Stores(tmp_path_factory.mktemp("stores"))
    files = given_files(stores.folder, questions, responses, preferences, scores)
    database = stores.fresh()
    written: dict[str, list[dict[str, Any]]] = {}
    for kind, path in files.items():
        bring(database, kind, path)
        written[kind] = exported(database, kind, stores.folder / "first.jsonl")
        for suffix in (".jsonl", ".jsonl.gz", ".parquet"):
            take(database, kind, stores.folder / f"{kind}{suffix}")
    assert [row["created_at"] for row in written["questions"]] == [row["created_at"] for row in questions]
    for kind, rows in (("preferences", preferences), ("satisfaction", scores)):
        by_key = {row["row_key"].strip("="): row for row in written.get(kind, [])}
        for n, row in enumerate(rows):
            assert {column: by_key[str(n)][column] for column in row} == row
    for suffix in (".jsonl", ".jsonl.gz", ".parquet"):
        again = stores.fresh()
        for kind in files:
            bring(again, kind, stores.folder / f"{kind}{suffix}")
            assert exported(again, kind, stores.folder / "second.jsonl") == written[kind]
        with again.reading() as session:
            assert list(chain.broken_batches(session)) == []
    stores.close()


def given_files(
    folder: Path,
    questions: list[dict[str, Any]],
    responses: list[dict[str, Any]],
    preferences: list[dict[str, Any]],
    scores: list[dict[str, Any]],
) -> dict[str, Path]:
    """Files of rows that belong together: numbered keys, and questions that exist."""
    questions = [row | {"key": f"q{n}"} for n, row in enumerate(questions)]
    place = {"source": questions[0]["source"], "question": "q0"}
    rows = {
        "questions": questions,
        "responses": [row | place | {"sample": n} for n, row in enumerate(responses)],
        "preferences": [row | place | {"source": "votes", "row_key": f"={n}"} for n, row in enumerate(preferences)],
        "satisfaction": [row | place | {"source": "scores", "row_key": f"{n}"} for n, row in enumerate(scores)],
    }
    return {kind: jsonl(folder / f"{kind}-given.jsonl", some) for kind, some in rows.items() if some}


def test_csv_keeps_formulas_harmless_and_gives_them_back(databases: Stores) -> None:
    rows = [{"source": "s", "key": f"{cell}|{n}", "turns": [cell], "category": cell} for n, cell in enumerate(NASTY)]
    database = databases.fresh()
    bring(database, "questions", jsonl(databases.folder / "q.jsonl", rows))
    before = exported(database, "questions", databases.folder / "before.jsonl")
    sheet = databases.folder / "q.csv"
    take(database, "questions", sheet)
    assert all(not line.startswith(("=", "+", "-", "@", "\t")) for line in sheet.read_text("utf-8").split(","))
    database = databases.fresh()
    bring(database, "questions", sheet)
    assert exported(database, "questions", databases.folder / "after.jsonl") == before


@given(text)
def test_the_formula_guard_comes_off_exactly(value: str) -> None:
    assert unguarded(guarded(value)) == value
    assert not guarded(value).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_store_takes_its_own_export_as_duplicates(databases: Stores) -> None:
    from tests.storage.files import QUESTION, SCORE, VOTE

    database = databases.fresh()
    for kind, row in (("questions", QUESTION), ("preferences", VOTE), ("satisfaction", SCORE)):
        bring(database, kind, jsonl(databases.folder / "a.jsonl", [row]))
        before = counts(database)
        path = databases.folder / f"{kind}.parquet"
        take(database, kind, path)
        assert bring(database, kind, path).duplicates == 1
        assert counts(database) == before

"""Votes and responses go back to the layouts that they came in, and what is lost on the way is counted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from storage.database.engine import Database
from storage.values import RaterKind
from tests.storage.files import QUESTION, bring, jsonl, take
from tests.stores import open_store

GOLDEN = Path(__file__).parent / "golden"
VOTES = {"lmarena": "lmarena-33k.jsonl", "mt-bench": "mt-bench-votes.jsonl"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "store.db")
    yield opened
    opened.close()


def rows(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def vote_key(row: dict[str, Any]) -> tuple[Any, ...]:
    return str(row["question_id"]), row["model_a"], row["model_b"], row["judge"], row["turn"]


@pytest.mark.parametrize("layout", VOTES)
def test_votes_leave_in_the_layout_that_they_came_in(layout: str, tmp_path: Path) -> None:
    first, second = open_store(tmp_path / "first.db"), open_store(tmp_path / "second.db")
    golden = GOLDEN / VOTES[layout]
    bring(first, "preferences", golden, rater_kind=RaterKind.human)
    out, again = tmp_path / VOTES[layout], tmp_path / "again.jsonl"
    take(first, layout, out)
    bring(second, "preferences", out, rater_kind=RaterKind.human)
    take(second, layout, again)
    first.close()
    second.close()
    assert rows(out) == rows(again)
    judges = ("gpt4_pair", ["gpt-4", "pair-v2"])
    came = {vote_key(row): row for row in rows(golden) if row["judge"] not in judges}
    assert len(came) == len(rows(out))
    for row in rows(out):
        origin = came[vote_key(row)]
        for name in ("winner", "tstamp", "language", "conversation_a", "conversation_b"):
            if name in origin and not (name.startswith("conversation") and row[name] is None):
                assert row[name] == origin[name], name


def test_outputs_leave_in_the_layout_of_alpaca_eval(database: Database, tmp_path: Path) -> None:
    bring(database, "responses", GOLDEN / "alpaca-eval-outputs.json")
    out = tmp_path / "outputs.jsonl"
    take(database, "alpaca-eval", out)
    golden = orjson.loads((GOLDEN / "alpaca-eval-outputs.json").read_bytes())
    wanted = [{name: row[name] for name in ("instruction", "output", "generator")} for row in golden if row["output"]]
    assert [{name: row[name] for name in wanted[0]} for row in rows(out)] == wanted


def test_what_an_output_of_alpaca_eval_cannot_hold_is_left_out_and_counted(database: Database, tmp_path: Path) -> None:
    questions = {"q1": ["How?"], "q2": ["How?", "Why?"], "q3": ["How?"]}
    rows_of_questions = [QUESTION | {"key": key, "turns": turns} for key, turns in questions.items()]
    bring(database, "questions", jsonl(tmp_path / "questions.jsonl", rows_of_questions))
    answer: dict[str, Any] = {"source": "s", "question": "q1", "model": "Ann", "turns": ["So."]}
    others: list[dict[str, Any]] = [
        {"question": "q2", "turns": ["So.", "Because."]},
        {"question": "q3", "turns": [""], "state": "empty"},
        {"sample": 1},
    ]
    responses = [answer, *(answer | other for other in others)]
    bring(database, "responses", jsonl(tmp_path / "responses.jsonl", responses))
    done = take(database, "alpaca-eval", tmp_path / "outputs.jsonl")
    assert done.rows == 1
    assert done.left_out == {"several_turns": 1, "not_shown": 1, "second_response": 1}

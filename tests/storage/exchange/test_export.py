"""Exported rows: votes that count, training pairs, comparisons, and files that are whole or not there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import Preference
from storage.database.tables import Response
from storage.errors import BadInput, Conflict
from storage.ledger import preferences
from storage.questions import questions
from tests.storage.files import NOW, QUESTION, VOTE, bring, counts, jsonl, take
from tests.stores import void_row


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """A store with two models' answers and votes on them."""
    opened = open_database(database_url)
    two = QUESTION | {"key": "q2", "turns": ["One?", "Two?"]}
    bring(opened, "questions", jsonl(tmp_path / "q.jsonl", [QUESTION, two]))
    answers = [
        {"source": "s", "question": "q1", "model": model, "turns": [f"I am {model}"]} for model in ("Ann", "Bob")
    ]
    bring(opened, "responses", jsonl(tmp_path / "r.jsonl", answers))
    yield opened
    opened.close()


def vote(database: Database, **values: Any) -> int:
    """One vote that was given here, on stored responses."""
    with database.writing() as session:
        a, b = session.execute(select(table_of(Response).c.id).order_by(table_of(Response).c.id).limit(2)).scalars()
        from storage.exchange.import_targets import ImportTargets
        from storage.exchange.question_import import QuestionImport
        from storage.exchange.rows.canonical import RaterLabel
        from storage.exchange.rows.problems import Problems
        from storage.values import RaterKind

        places = ImportTargets(session, QuestionImport(session, Problems(""), NOW), NOW)
        raters = places.raters([RaterLabel(RaterKind.human, "eve", "here")])
        row = {
            "rater_id": next(iter(raters.values())),
            "question_id": questions.find_questions(session, "s", ["q1"])["q1"],
            "model_a_id": places.models(["Ann"])["Ann"],
            "model_b_id": places.models(["Bob"])["Bob"],
            "response_a_id": a,
            "response_b_id": b,
            "winner": "model_a",
            "created_at": NOW,
        }
        return preferences.record(session, row | values, now=NOW)


def rows(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_superseded_undone_void_and_excluded_votes_stay_out_and_are_counted(database: Database, tmp_path: Path) -> None:
    first = vote(database)
    second = vote(database, winner="model_b", supersedes=first)
    vote(database, winner=None, supersedes=vote(database))
    void = vote(database)
    kept = vote(database, flag="other")
    with database.writing() as session:
        void_row(session, void, now=NOW)
    report = take(database, "preferences", tmp_path / "p.jsonl")
    assert [row["winner"] for row in rows(tmp_path / "p.jsonl")] == ["model_b", "model_a"]
    assert (report.rows, report.left_out) == (2, {"superseded": 3, "void": 1})
    with database.writing() as session:
        rater = session.execute(select(table_of(Preference).c.rater_id)).scalars().first()
        preferences.exclude(session, rater_id=rater, actor_id=None, reason="test", now=NOW)
    assert take(database, "preferences", tmp_path / "none.jsonl").left_out["excluded"] == 2
    assert second < kept


def test_votes_given_here_do_not_come_back_as_new_ones(database: Database, tmp_path: Path) -> None:
    first = vote(database)
    take(database, "preferences", tmp_path / "p.jsonl")
    vote(database, winner="tie", supersedes=first)
    before = counts(database)
    assert bring(database, "preferences", tmp_path / "p.jsonl").duplicates == 1
    assert counts(database) == before
    assert rows(tmp_path / "p.jsonl")[0]["source"] == "evenhand"


def test_training_pairs_hold_decided_votes_only(database: Database, tmp_path: Path) -> None:
    for winner in ("model_a", "model_b", "tie", "both_bad"):
        vote(database, winner=winner)
    vote(database, flag="broken")
    bring(database, "preferences", jsonl(tmp_path / "v.jsonl", [VOTE | {"question": "unknown"}]))
    report = take(database, "dpo", tmp_path / "dpo.jsonl")
    ann, bob = "I am Ann", "I am Bob"
    assert rows(tmp_path / "dpo.jsonl") == [
        {"prompt": "How?", "chosen": ann, "rejected": bob},
        {"prompt": "How?", "chosen": bob, "rejected": ann},
    ]
    assert report.left_out == {"tie": 1, "both_bad": 1, "flagged": 1, "no_text": 1}


def test_training_pairs_become_messages_where_a_question_has_several_turns(database: Database, tmp_path: Path) -> None:
    vote(database)
    answers = [{"source": "s", "question": "q2", "model": model, "turns": [model, model]} for model in ("Ann", "Bob")]
    bring(database, "responses", jsonl(tmp_path / "r.jsonl", answers))
    battle = {"question_id": "q2", "model_a": "Ann", "model_b": "Bob", "winner": "model_b"}
    bring(database, "preferences", jsonl(tmp_path / "v.jsonl", [battle]), rater_kind="human", source="s")
    take(database, "dpo", tmp_path / "dpo.jsonl")
    single, several = rows(tmp_path / "dpo.jsonl")
    assert single["prompt"] == [{"role": "user", "content": "How?"}]
    assert several["chosen"] == [
        {"role": "assistant", "content": "Bob"},
        {"role": "user", "content": "Two?"},
        {"role": "assistant", "content": "Bob"},
    ]


def test_a_comparison_averages_the_votes_and_turns_them_to_model_a(database: Database, tmp_path: Path) -> None:
    vote(database)
    vote(database)
    vote(database, winner="tie")
    path = tmp_path / "c.json"
    take(database, "comparator", path, models=("Bob", "Ann"))
    content = json.loads(path.read_text())
    (example,) = content["examples"]
    assert [model["name"] for model in content["models"]] == ["Bob", "Ann"]
    assert (example["output_text_a"], example["tags"]) == ("I am Bob", ["code"])
    assert example["score"] == pytest.approx(-2 / 3)
    assert [one["is_flipped"] for one in example["individual_rater_scores"]] == [True] * 3
    with pytest.raises(BadInput, match="'Eve'"):
        take(database, "comparator", path, models=("Eve", "Ann"), force=True)
    assert json.loads(path.read_text()) == content


def test_an_existing_file_is_only_replaced_when_asked(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("mine")
    with pytest.raises(Conflict, match="--force"):
        take(database, "questions", path)
    assert path.read_text() == "mine"
    take(database, "questions", path, force=True)
    assert path.read_text().startswith("source,key,turns")
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


@pytest.mark.parametrize(("kind", "name"), [("questions", "q.txt"), ("dpo", "d.csv"), ("comparator", "c.jsonl")])
def test_a_name_that_does_not_fit_is_refused(database: Database, tmp_path: Path, kind: str, name: str) -> None:
    with pytest.raises(BadInput, match="ending in"):
        take(database, kind, tmp_path / name)


def test_a_missing_folder_is_named(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        take(database, "questions", tmp_path / "none" / "q.jsonl")


def test_a_gzipped_export_is_the_same_file_twice(database: Database, tmp_path: Path) -> None:
    take(database, "questions", tmp_path / "a.jsonl.gz")
    take(database, "questions", tmp_path / "b.jsonl.gz")
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()


def test_one_kind_of_rater_can_be_asked_for(database: Database, tmp_path: Path) -> None:
    bring(database, "preferences", jsonl(tmp_path / "v.jsonl", [VOTE, VOTE | {"row_key": "j", "rater_kind": "judge"}]))
    for kind in ("human", "judge"):
        take(database, "preferences", tmp_path / f"{kind}.jsonl", rater_kind=kind)
        assert [row["rater_kind"] for row in rows(tmp_path / f"{kind}.jsonl")] == [kind]

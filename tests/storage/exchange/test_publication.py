"""What is published of a store, and that every statistic comes out of it again."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from storage.database.engine import Database
from storage.errors import BadInput
from storage.evaluations.runs import open_run, replace_scores
from storage.exchange.importing import ImportOptions, import_file
from storage.exchange.publication.columns import LATER_COLUMNS, PUBLISHED_COLUMNS, PublishedKind
from storage.exchange.publication.loading import load_published, read_published
from storage.exchange.publication.rows import PRIVATE, Publication, publish
from storage.exchange.rows.canonical import response_key
from storage.exchange.rows.writing import write_jsonl
from storage.ledger.battle_reading import Selection, read_battles
from storage.questions.questions import settings_digest
from storage.values import RaterKind
from tests.clocks import START as NOW
from tests.stores import open_store

SECRETS = ("merger-memo", "What does the memo say", "It says buy", "alice", "bob", "a remark", "2025-05-05", "sesame")
"""Key and texts of a private question, names of people, a comment, a time, and a setting."""


def fill(database: Database, folder: Path) -> None:
    """One public and one private question, two people and a judge."""
    people = {"rater_kind": "human", "comment": "a remark", "created_at": "2025-05-05T01:02:03Z", "seconds": 3.5}
    settings = {"system": "sesame"}
    response = response_key(settings_digest(settings), 0)
    pairs = {"model_a": "m1", "model_b": "m2", "response_a": response, "response_b": response}
    rows: dict[str, list[dict[str, Any]]] = {
        "questions": [
            {"source": "team", "key": "q1", "turns": ["What is a prime?"], "category": "maths", "private": False},
            {"source": "team", "key": "merger-memo", "turns": ["What does the memo say?"], "private": True},
        ],
        "responses": [
            {"source": "team", "question": question, "model": model, "turns": [text], "settings": settings}
            for question, text in (("q1", "A number."), ("merger-memo", "It says buy."))
            for model in ("m1", "m2")
        ],
        "preferences": [
            {**pairs, **people, "question": "q1", "winner": "model_a", "rater": "alice"},
            {**pairs, **people, "question": "merger-memo", "winner": "tie", "rater": "bob"},
            {**pairs, "question": "q1", "winner": "model_b", "rater": "judge-1", "rater_kind": "judge"},
        ],
    }
    for kind, own in rows.items():
        path = folder / f"{kind}.jsonl"
        same = {name: None for row in own for name in row}
        path.write_bytes(b"\n".join(orjson.dumps(same | row) for row in own))
        import_file(database, None, path, ImportOptions(now=NOW, salt="salt", source="team"))


@pytest.fixture
def store(tmp_path: Path) -> Database:
    database = open_store(tmp_path / "store.db")
    fill(database, tmp_path)
    return database


def published(database: Database, *, texts: bool = True) -> Publication:
    with database.reading() as session:
        return publish(session, Selection(), shuffle=lambda n: range(n - 1, -1, -1), texts=texts)


def test_neither_private_prompts_nor_people_nor_their_times_and_words_are_published(store: Database) -> None:
    found = published(store)
    text = orjson.dumps(list(found.rows.values())).decode()
    assert [secret for secret in SECRETS if secret in text] == []
    assert "What is a prime?" in text
    assert "A number." in text
    assert "judge-1" in text
    assert found.private_questions == 1
    assert {row["source"] for row in found.rows[PublishedKind.questions]} == {"team", PRIVATE}
    assert {row["rater"] for row in found.rows[PublishedKind.preferences]} == {"person-0001", "person-0002", "judge-1"}
    assert not any(row["question"] == "merger-memo" for row in found.rows[PublishedKind.responses])


def test_without_texts_only_keys_are_published(store: Database) -> None:
    found = published(store, texts=False)
    assert PublishedKind.responses not in found.rows
    assert all(row["turns"] is None for row in found.rows[PublishedKind.questions])
    assert "prime?" not in orjson.dumps(list(found.rows.values())).decode()


def test_published_rows_give_the_same_battles_in_another_store(store: Database, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for kind, rows in published(store).rows.items():
        write_jsonl(folder / f"{kind}.jsonl", PUBLISHED_COLUMNS[kind], rows)
    other = open_store(tmp_path / "other.db")
    load_published(other, folder, now=NOW)
    for giver in RaterKind:
        battles = []
        for database in (store, other):
            with database.reading() as session:
                battles.append(read_battles(session, Selection(kind=giver)))
        assert battles[0].models == battles[1].models
        assert (battles[0].a == battles[1].a).all()
        assert (battles[0].outcome == battles[1].outcome).all()
        assert len(battles[1]) == {RaterKind.human: 2, RaterKind.judge: 1}[giver]
        assert (battles[1].response_a > 0).sum() == 1  # on the public question only


def test_a_run_has_one_grader_also_on_tasks_that_rules_marked_wholly(store: Database) -> None:
    rules = {"code": "marked_by_rules", "count": 9, "total": 10, "name": ""}
    graded = {"code": "marked_by_grader", "count": 1, "total": 10, "name": "Grader-4B"}
    same = {"mode": "gen", "version": "1", "content": "0" * 64, "state": "scored"}
    kept = {("sums", "accuracy"): [rules, graded], ("sums", "f1"): [], ("facts", "accuracy"): [rules]}
    scores = [{**same, "task": task, "metric": metric, "notes": notes} for (task, metric), notes in kept.items()]
    run = {"model": "m1", "model_revision": "1", "digest": "1" * 64, "settings": {}}
    with store.writing() as session:
        replace_scores(session, open_run(session, run, anew=True, now=NOW), scores)
    rows = published(store).rows[PublishedKind.objective]
    named = {(row["task"], row["metric"]): row["grader"] for row in rows}
    assert named == {("sums", "accuracy"): "Grader-4B", ("sums", "f1"): None, ("facts", "accuracy"): "Grader-4B"}


def test_columns_that_came_later_are_unknown_in_an_older_file(tmp_path: Path) -> None:
    columns, later = PUBLISHED_COLUMNS[PublishedKind.objective], LATER_COLUMNS[PublishedKind.objective]
    old = {name: "x" for name in columns if name not in later}
    path = tmp_path / "objective.jsonl"
    path.write_bytes(orjson.dumps(old))
    assert read_published(tmp_path, PublishedKind.objective) == [old | dict.fromkeys(later)]
    for damaged in ([old, old | dict.fromkeys(later, 1)], [dict(list(old.items())[1:])], [old | {"other": 1}]):
        path.write_bytes(b"\n".join(map(orjson.dumps, damaged)))
        with pytest.raises(BadInput, match=rf"objective\.jsonl, line {len(damaged)}: expected the columns"):
            read_published(tmp_path, PublishedKind.objective)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_text('{"row_key":"1","swapped":true,"share":0.5}\n{"row_key":\n')
    with pytest.raises(BadInput, match=r"calls\.jsonl, line 2"):
        read_published(tmp_path, PublishedKind.calls)

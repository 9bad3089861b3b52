"""What goes out in the layout of another program comes back in: dataset folders, training pairs, LLM Comparator."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage.database.engine import Database, open_database
from storage.errors import BadInput, Conflict
from storage.exchange.dataset_folders import data_files, written_folder
from storage.exchange.importing import ImportOptions, import_file
from tests.storage.exchange.test_published_layouts import GOLDEN
from tests.storage.files import NOW, QUESTION, SCORE, VOTE, bring, jsonl, take
from tests.stores import open_store

CARD = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n---\n# Votes\n"


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def filled(database: Database, tmp_path: Path) -> Database:
    """Two questions, their responses by two models, votes, a judgment and a score."""
    questions = [QUESTION, QUESTION | {"key": "q2", "turns": ["Why?"], "language": "zh"}]
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", questions))
    said = [
        {"source": "s", "question": key, "model": model, "turns": [f"{model} {key}"]}
        for key in ("q1", "q2")
        for model in ("Ann", "Bob")
    ]
    bring(database, "responses", jsonl(tmp_path / "r.jsonl", said))
    battle = {"model_a": "Ann", "model_b": "Bob", "created_at": "2025-01-01T00:00:00Z"}
    votes = [
        battle | {"question_id": key, "winner": winner, "annotator": f"w{n}", "judge": "human"}
        for n, (key, winner) in enumerate([("q1", "model_a"), ("q1", "model_b"), ("q2", "tie"), ("q2", "both_bad")])
    ]
    bring(database, "preferences", jsonl(tmp_path / "v.jsonl", votes), source="s")
    bring(database, "preferences", jsonl(tmp_path / "j.jsonl", [VOTE | {"rater_kind": "judge", "rater": "gpt"}]))
    bring(database, "satisfaction", jsonl(tmp_path / "c.jsonl", [SCORE]))
    return database


def rows(database: Database, kind: str, path: Path) -> list[dict[str, Any]]:
    take(database, kind, path, force=True)
    return list(map(json.loads, path.read_text(encoding="utf-8").splitlines()))


def test_a_store_goes_into_a_dataset_folder_and_comes_back(filled: Database, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    report = take(filled, "dataset", folder)
    assert report.rows == 2 + 4 + 5 + 1
    other = open_store(tmp_path / "other.db")
    files = data_files(folder)
    assert [path.stem for path in files] == ["questions", "responses", "preferences", "satisfaction"]
    reports = [import_file(other, None, path, ImportOptions(now=NOW, salt="t")) for path in files]
    assert [one.added for one in reports] == [2, 4, 5, 1]
    for kind in ("questions", "responses", "preferences", "satisfaction"):
        assert rows(other, kind, tmp_path / "b.jsonl") == rows(filled, kind, tmp_path / "a.jsonl")
    other.close()
    with pytest.raises(Conflict, match="exists already"):
        take(filled, "dataset", folder)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_published_folder_is_read_by_its_card(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "votes"
    (folder / "data").mkdir(parents=True)
    battles = list(map(json.loads, (GOLDEN / "lmarena-140k.jsonl").read_text(encoding="utf-8").splitlines()))
    for n, part in enumerate((battles[:2], battles[2:])):
        pq.write_table(pa.Table.from_pylist(part), folder / "data" / f"train-0000{n}-of-00002.parquet")
    (folder / "data" / "other.parquet").write_bytes(b"not of this configuration")
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    files = data_files(folder)
    assert [path.name for path in files] == ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"]
    reports = [import_file(database, None, path, ImportOptions(now=NOW, salt="t", source="votes")) for path in files]
    assert {one.format for one in reports} == {"LMArena 140k"}
    assert [(one.added, one.responses) for one in reports] == [(2, 4), (1, 2)]


def test_a_folder_without_a_card_is_read_whole_and_without_what_describes_it(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.csv.gz", "dataset_info.json", ".cache.json", "notes.txt"):
        (tmp_path / name).write_text("x")
    assert [path.name for path in data_files(tmp_path)] == ["a.csv.gz", "b.jsonl"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("---\nconfigs: [\n---\n", "expected YAML"),
        (CARD.replace("data/train-*", "../*.jsonl"), "outside of it"),
        (CARD.replace("data/train-*", "/etc/*"), "patterns of files"),
        (CARD, "expected data files"),
    ],
)
def test_a_card_that_leads_nowhere_is_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "outside.jsonl").write_text("{}")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "README.md").write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        data_files(folder)


CARD_FORMS = [
    "configs:\n- data_files: b.jsonl\n",
    "configs:\n- data_files: [b.jsonl]\n",
    "configs:\n- data_files:\n  - {split: train, path: b.jsonl}\n",
    "configs:\n- data_files:\n  - {split: train, path: [b.jsonl]}\n- 7\n",
]


@pytest.mark.parametrize("content", CARD_FORMS)
def test_every_form_in_which_a_card_names_its_files_is_read(tmp_path: Path, content: str) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "README.md").write_text(f"---\n{content}---\n", encoding="utf-8")
    assert [path.name for path in data_files(tmp_path)] == ["b.jsonl"]


@pytest.mark.parametrize("content", ["no card\n", "---\nlicense: mit\n---\n", "---\n- 7\n---\n"])
def test_a_readme_that_names_no_file_leaves_all_files(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.jsonl").write_text("{}")
    (tmp_path / "README.md").write_text(content, encoding="utf-8")
    assert [path.name for path in data_files(tmp_path)] == ["a.jsonl"]


def test_a_card_in_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"---\n\xff\n---\n")
    with pytest.raises(BadInput, match="expected text in UTF-8"):
        data_files(tmp_path)


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "set"
    with pytest.raises(ValueError, match="x"):
        _write(target, end=ValueError("x"))
    assert list(tmp_path.iterdir()) == []
    target.mkdir()
    _write(target)
    assert [path.name for path in (target / "data").iterdir()] == ["a.jsonl"]
    with pytest.raises(Conflict, match="exists already"), written_folder(target):
        pass
    with pytest.raises(BadInput, match="cannot be written"), written_folder(target / "data" / "a.jsonl" / "set"):
        pass


def _write(folder: Path, *, end: Exception | None = None) -> None:
    with written_folder(folder) as aside:
        (aside / "data" / "a.jsonl").write_text("{}")
        if end is not None:
            raise end


def winners(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Question and the name of the winner, or how the vote ended without one."""
    return sorted((row["question"], row.get(row["winner"], row["winner"])) for row in rows)


def test_training_pairs_come_back_where_they_name_their_models(filled: Database, tmp_path: Path) -> None:
    take(filled, "dpo", tmp_path / "dpo.jsonl", named=True)
    other = open_store(tmp_path / "other.db")
    report = import_file(other, None, tmp_path / "dpo.jsonl", ImportOptions(now=NOW, salt="t"))
    assert (report.format, report.added, report.questions, report.responses) == ("DPO", 2, 1, 2)
    assert winners(rows(other, "preferences", tmp_path / "b.jsonl")) == [("q1", "Ann"), ("q1", "Bob")]
    (question,) = rows(other, "questions", tmp_path / "b.jsonl")
    assert (question["source"], question["turns"], question["category"]) == ("s", ["How?"], "code")
    other.close()


def test_a_comparison_comes_back(filled: Database, tmp_path: Path) -> None:
    take(filled, "comparator", tmp_path / "c.json", models=("Bob", "Ann"))
    other = open_store(tmp_path / "other.db")
    report = import_file(other, None, tmp_path / "c.json", ImportOptions(now=NOW, salt="t"))
    assert (report.format, report.added, report.questions, report.responses) == ("LLM Comparator", 4, 2, 4)
    back, given = (rows(one, "preferences", tmp_path / "x.jsonl") for one in (other, filled))
    assert winners(back) == winners([row for row in given if row["rater_kind"] == "human"])
    assert {row["rater_kind"] for row in back} == {"human"}
    assert {(row["model_a"], row["model_b"]) for row in back} == {("Ann", "Bob")}
    other.close()

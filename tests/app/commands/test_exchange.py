"""Files in and out: what is stored, and that every bad input is one clear failure that stores nothing."""

import gzip
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from app.commands.exchange import ExportKindName, ImportKindName
from storage.exchange import exporting
from storage.exchange.rows.canonical import RowKind
from tests.app.commands.conftest import Console, fill

QUESTION = {"source": "own", "key": "q1", "turns": ["Say one."], "category": "language", "language": "en"}
RESPONSE = {"source": "own", "question": "q1", "model": "Swift", "turns": ["one"]}
VOTE = {
    "source": "own",
    "row_key": "1",
    "question": "q1",
    "model_a": "Swift",
    "model_b": "Heron",
    "winner": "model_a",
    "rater": "ann",
    "rater_kind": "human",
}
BATTLE = {"model_a": "Swift", "model_b": "Heron", "winner": "tie", "question_id": "7"}


def test_the_kinds_are_those_of_the_store() -> None:
    assert set(get_args(ImportKindName)) == set(RowKind)
    assert set(get_args(ExportKindName)) == set(exporting.ExportKind)


def test_an_import_says_what_it_did_in_words_and_in_json(console: Console) -> None:
    console.write("questions.jsonl", QUESTION)
    ran = console("import questions questions.jsonl")
    assert (ran.code, ran.out.splitlines()[0]) == (
        0,
        "Imported questions from questions.jsonl (Evenhand format): 1 new of 1 row read.",
    )
    console.write("votes.jsonl", VOTE)
    (report,) = console("import preferences votes.jsonl --json").json["files"]
    assert (report["added"], report["duplicates"], report["models"]) == (1, 0, ["Swift", "Heron"])
    (again,) = console("import preferences votes.jsonl --json").json["files"]
    assert (again["added"], again["duplicates"]) == (0, 1)


def test_several_files_come_in_one_after_the_other_until_one_is_bad(console: Console) -> None:
    console.write("one.jsonl", QUESTION)
    console.write("bad.jsonl", QUESTION | {"key": "q2", "turns": 7})
    console.write("two.jsonl", QUESTION | {"key": "q3"})
    ran = console("import questions one.jsonl bad.jsonl two.jsonl")
    assert ran.code == 1
    assert "bad.jsonl:1: " in ran.err
    assert [row["key"] for row in console("list questions --json").json["questions"]] == ["q1"]
    assert console("import questions one.jsonl two.jsonl").code == 0
    assert [row["key"] for row in console("list questions --json").json["questions"]] == ["q1", "q3"]


def test_a_dry_run_checks_and_stores_nothing(console: Console) -> None:
    console.write("questions.jsonl", QUESTION)
    ran = console("import questions questions.jsonl --dry-run")
    assert ran.out.startswith("Would import questions")
    assert "no database" in console("list questions").err
    assert console("import questions questions.jsonl").code == 0
    console.write("more.jsonl", QUESTION | {"key": "q2"})
    assert console("import questions more.jsonl --dry-run").code == 0
    assert len(console("list questions --json").json["questions"]) == 1


def test_a_refused_file_leaves_no_new_store_behind(console: Console) -> None:
    console.write("questions.jsonl", {"key": "q1"})
    assert console("import questions questions.jsonl").code == 1
    assert "no database" in console("list questions").err


def test_who_judged_must_be_said_where_the_file_does_not(console: Console) -> None:
    console.write("votes.jsonl", BATTLE)
    unsaid = console("import preferences votes.jsonl")
    assert unsaid.code == 1
    assert "--rater-kind" in unsaid.err
    assert console("import preferences votes.jsonl --rater-kind judge").code == 0
    assert console("rank").code == 1
    assert console("rank --by judge").code == 0
    assert console("import preferences votes.jsonl --rater-kind nobody").code == 2


def test_the_source_can_be_named(console: Console) -> None:
    console.write("votes.jsonl", BATTLE)
    assert console("import preferences votes.jsonl --rater-kind human --source crowd").code == 0
    assert {row["source"] for row in console("list questions --json").json["questions"]} == {"crowd"}


@pytest.fixture(scope="module")
def votes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with a question, two responses, and one vote that counts."""
    folder = tmp_path_factory.mktemp("votes")
    responses = [RESPONSE, RESPONSE | {"model": "Heron", "turns": ["two"]}]
    fill(folder, {"questions": [QUESTION], "responses": responses, "preferences": [VOTE]})
    return folder


@pytest.fixture
def voted(console: Console, votes: Path) -> Console:
    """A console beside a copy of the votes."""
    return console.beside(votes)


@pytest.mark.parametrize("kind", ["questions", "responses", "preferences"])
@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz", "parquet", "csv"])
def test_what_goes_out_comes_back_in(kind: str, suffix: str, voted: Console) -> None:
    out = voted(f"export {kind} out.{suffix}")
    assert out.code == 0, out.err
    back = voted(f"import {kind} out.{suffix} --json").json["files"][0]
    assert (back["added"], back["duplicates"]) == (0, back["rows"])
    assert back["rows"] >= 1
    elsewhere = "--database elsewhere.db"
    for needed in ("questions", "responses", "preferences"):
        voted(f"export {needed} {needed}.jsonl --force")
        assert voted(f"import {needed} {needed}.jsonl {elsewhere}").code == 0
    assert voted(f"export {kind} again.{suffix} {elsewhere}").code == 0
    if suffix == "jsonl":
        assert (voted.folder / "again.jsonl").read_bytes() == (voted.folder / "out.jsonl").read_bytes()


def test_derived_forms_hold_the_texts_and_count_what_is_left_out(example: Console) -> None:
    report = example("export dpo pairs.jsonl --json").json
    lines = (example.folder / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
    assert report["rows"] == len(lines) > 300
    assert report["left_out"].keys() == {"tie", "both_bad", "flagged"}
    told = example("export dpo again.jsonl").out
    assert all(phrase in told for phrase in (" ties", " “both bad”", " on flagged pairs")) and "reason" not in told
    assert json.loads(lines[0]).keys() == {"prompt", "chosen", "rejected"}
    models = [row["model"] for row in example("list models --json").json["models"]][:2]
    ran = example(f"export comparator both.json --model {models[1]} --model {models[0]}")
    assert ran.code == 0
    assert " between other models" in ran.out
    content = json.loads((example.folder / "both.json").read_text(encoding="utf-8"))
    assert [model["name"] for model in content["models"]] == models[::-1]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("export preferences preferences.jsonl", 1, "exists already"),
        ("export preferences votes.xlsx", 1, "expected a file name ending in"),
        ("export preferences missing/votes.jsonl", 1, "missing"),
        ("export comparator both.json --model Swift", 2, "expected --model twice"),
        ("export nonsense votes.jsonl", 2, "nonsense"),
        ("export dpo pairs.parquet", 1, "expected a file name ending in .jsonl"),
    ],
)
def test_what_cannot_be_written_is_one_sentence_and_no_file(line: str, code: int, said: str, voted: Console) -> None:
    before = {path.name: path.read_bytes() for path in voted.folder.glob("*.json*")}
    ran = voted(line)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert {path.name: path.read_bytes() for path in voted.folder.glob("*.json*")} == before


def test_votes_that_name_no_rater_and_no_question_are_told_as_such(console: Console) -> None:
    rows = [{"model_a": "a", "model_b": "b", "winner": winner} for winner in ("model_a", "tie", "model_b")]
    console.write("plain.jsonl", *rows)
    told = console("import preferences plain.jsonl --rater-kind human --dry-run").out.splitlines()
    assert told[1:] == ["  rows that name no rater: 3", "  rows that name no question: 3", "  new models: a, b"]
    (report,) = console("import preferences plain.jsonl --rater-kind human --json").json["files"]
    counts = [report[key] for key in ("raters", "placeholders", "without_rater", "without_question")]
    assert counts == [0, 0, 3, 3]
    board = console("rank").out
    assert "3 votes, 2 models." in board and " people" not in board.splitlines()[1]
    assert "does not name its raters" in board and "does not name its questions" in board


def test_progress_and_reports_keep_to_their_streams(console: Console) -> None:
    console.write("votes.jsonl", *[VOTE | {"row_key": str(number)} for number in range(50)])
    ran = console("import preferences votes.jsonl --json")
    assert ran.json["files"][0]["added"] == 50
    assert "evenhand" not in ran.err


def _write(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def _lines(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


BAD_FILES: dict[str, tuple[str, str, Callable[[Path], object], str]] = {
    "no file": ("preferences", "votes.jsonl", lambda _folder: None, "expected a file"),
    "a folder": ("preferences", "votes.jsonl", lambda folder: (folder / "votes.jsonl").mkdir(), "expected data files"),
    "a workbook": ("preferences", "votes.csv", _write("votes.csv", b"PK\x03\x04rest"), "a zip archive or a workbook"),
    "an empty file": ("preferences", "votes.jsonl", _write("votes.jsonl", b""), "is empty"),
    "only a header": ("preferences", "votes.csv", _write("votes.csv", b"model_a,model_b,winner\n"), "holds none"),
    "a truncated gzip": (
        "preferences",
        "votes.jsonl.gz",
        _write("votes.jsonl.gz", gzip.compress(os.urandom(9000).hex().encode())[:4000]),
        "ends in the middle",
    ),
    "a wrong column": (
        "preferences",
        "votes.jsonl",
        _write("votes.jsonl", _lines({"left": "x", "right": "y"})),
        "got the columns left, right",
    ),
    "an unknown label": (
        "preferences",
        "votes.jsonl",
        _write("votes.jsonl", _lines(VOTE, VOTE | {"row_key": "2", "winner": "model_c"})),
        "votes.jsonl:2: ",
    ),
    "a NUL": (
        "questions",
        "questions.jsonl",
        _write("questions.jsonl", _lines(QUESTION | {"turns": ["a\x00b"]})),
        "NUL",
    ),
    "a key twice": (
        "questions",
        "questions.jsonl",
        _write("questions.jsonl", _lines(QUESTION, QUESTION | {"turns": ["Say two."]})),
        "questions.jsonl:2: ",
    ),
    "a response to an unknown question": (
        "responses",
        "responses.jsonl",
        _write("responses.jsonl", _lines(RESPONSE | {"question": "q9"})),
        "responses.jsonl:1: ",
    ),
    "not UTF-8": ("preferences", "votes.jsonl", _write("votes.jsonl", b'{"winner": "\xff"}\n'), "UTF-8"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_input_is_told_and_leaves_the_store_as_it_was(case: str, console: Console) -> None:
    kind, name, make, said = BAD_FILES[case]
    console.write("before.jsonl", QUESTION | {"key": "before"})
    assert console("import questions before.jsonl").code == 0
    before = console("list questions --json").json
    make(console.folder)
    ran = console(f"import {kind} {name}")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("evenhand: ")
    assert said in ran.err
    assert console("list questions --json").json == before
    assert console("list models --json").json == {"models": []}


def test_one_kind_of_mistake_is_one_line_with_its_count_and_first_places(console: Console) -> None:
    console.write("votes.jsonl", VOTE, *[VOTE | {"row_key": str(number), "winner": "?"} for number in range(1010)])
    ran = console("import votes.jsonl")
    assert ran.code == 1
    told = ran.err.splitlines()
    assert told[0].startswith("evenhand: votes.jsonl has 1010 bad rows, so nothing was imported")
    assert len(told) == 2
    assert told[1].startswith("  votes.jsonl:2: expected a winner among")
    assert told[1].endswith("(1,010 rows: 2, 3, 4, 5, 6, …)")


def test_the_kind_is_found_and_columns_and_labels_can_be_named(console: Console) -> None:
    row: dict[str, object] = {"left_model": "x", "right_model": "y"}
    console.write("votes.jsonl", *[row | {"q": str(n), "label": n} for n in (0, 1, 2)])
    maps = "--map question_id=q --map model_a=left_model --map model_b=right_model --map winner=label"
    labels = "--label 0=tie --label 1=model_a --label 2=model_b"
    assert "--map model_a=COLUMN" in console("import votes.jsonl --map winner=label").err
    assert "got 0 (1×), 2 (1×)" in console(f"import votes.jsonl --rater-kind human {maps} --label 1=model_a").err
    ran = console(f"import votes.jsonl --rater-kind human {maps} {labels}")
    assert (ran.code, ran.out.splitlines()[0]) == (
        0,
        "Imported preferences from votes.jsonl (plain battle format): 3 new of 3 rows read.",
    )
    assert console("import votes.jsonl --map winner").code == 2
    assert "expected a column 'nothing'" in console("import votes.jsonl --map winner=nothing").err
    assert "expected LABEL=WINNER" in console("import votes.jsonl --label A=best").err
    assert "plain-battle" in console("import votes.jsonl --format unheard-of").err
    assert "expected a file after preferences" in console("import preferences").err


def test_good_rows_can_be_imported_and_bad_ones_written_with_their_reason(console: Console) -> None:
    bad = VOTE | {"row_key": "2", "winner": "?"}
    console.write("votes.jsonl", VOTE, bad, VOTE | {"row_key": "3"})
    ran = console("import votes.jsonl --skip-bad --json")
    assert ran.code == 0
    (report,) = ran.json["files"]
    assert (report["added"], report["skipped"], report["format_name"]) == (2, 1, "evenhand")
    (kept,) = map(json.loads, (console.folder / "votes.jsonl.bad.jsonl").read_text(encoding="utf-8").splitlines())
    assert (kept["line"], kept["row"]) == (2, bad)
    assert kept["reason"].startswith("expected a winner among")
    again = console("import votes.jsonl --skip-bad --bad-rows rest.jsonl")
    assert "bad rows skipped: 1 (written to rest.jsonl)" in again.out
    assert console("import votes.jsonl --bad-rows rest.jsonl").code == 2


def test_a_file_that_cannot_be_read_makes_no_store(console: Console) -> None:
    assert console("import questions missing.jsonl").code == 1
    assert list(console.folder.iterdir()) == []


def test_a_store_of_a_newer_version_is_left_alone(console: Console) -> None:
    console.write("questions.jsonl", QUESTION)
    assert console("import questions questions.jsonl").code == 0
    with closing(sqlite3.connect("evenhand.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    before = Path("evenhand.db").read_bytes()
    ran = console("import questions questions.jsonl")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "newer" in ran.err
    assert Path("evenhand.db").read_bytes() == before


def test_what_is_no_database_is_left_alone(console: Console) -> None:
    console.write("questions.jsonl", QUESTION)
    Path("evenhand.db").write_text("Dear diary, " * 1000, encoding="utf-8")
    ran = console("import questions questions.jsonl")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "not a SQLite file" in ran.err
    assert Path("evenhand.db").read_text(encoding="utf-8").startswith("Dear diary")


@pytest.fixture
def readable_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory that everybody may read."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-"))
    folder.chmod(0o755)
    monkeypatch.chdir(folder)
    yield folder
    shutil.rmtree(folder)


def test_a_read_only_store_is_one_sentence(console: Console, readable_folder: Path) -> None:
    """Root may write anywhere, so as root the command runs as somebody else."""
    (readable_folder / "questions.jsonl").write_bytes(_lines(QUESTION))
    assert console("import questions questions.jsonl").code == 0
    before = Path("evenhand.db").read_bytes()
    for path in (*readable_folder.iterdir(), readable_folder):
        path.chmod(path.stat().st_mode & ~0o222)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        ran = console("import questions questions.jsonl")
    finally:
        if is_root:
            os.seteuid(0)
        readable_folder.chmod(0o755)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "read-only" in ran.err or "cannot be opened" in ran.err
    assert Path("evenhand.db").read_bytes() == before


@pytest.mark.postgres
def test_the_commands_work_on_postgresql(console: Console, postgres_url: str) -> None:
    console.write("questions.jsonl", QUESTION)
    console.write("responses.jsonl", RESPONSE, RESPONSE | {"model": "Heron"})
    console.write("votes.jsonl", *[VOTE | {"row_key": str(number)} for number in range(5)])
    for kind in ("questions", "responses"):
        assert console(f"import {kind} {kind}.jsonl --database", postgres_url).code == 0
    assert console("import preferences votes.jsonl --database", postgres_url).code == 0
    assert console("rank --json --database", postgres_url).json["battles"] == 5
    assert console("campaign create Pilot --database", postgres_url).code == 0
    assert console("campaign show Pilot --json --database", postgres_url).json["pairs"] == 1
    assert console("raters add ann --database", postgres_url).code == 0
    assert len(console("list raters --json --database", postgres_url).json["raters"]) == 2

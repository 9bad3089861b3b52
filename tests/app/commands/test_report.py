"""`evenhand report` on files of votes, and what it refuses."""

import json
from pathlib import Path

import pytest

from tests.app.commands.conftest import Console

BATTLES = Path(__file__).parents[4] / "shared" / "data" / "battles"
VOTES = [
    {"model_a": "a", "model_b": "b", "winner": "model_a", "question_id": n % 4, "rater": f"r{n % 3}"} for n in range(12)
]
VERDICTS = [{"model_a": "a", "model_b": "b", "winner": "model_b", "question_id": n} for n in range(4)]


def test_files_of_votes_and_judgments_are_enough(console: Console) -> None:
    console.write("votes.jsonl", *VOTES)
    console.write("strict.jsonl", *VERDICTS)
    console.write("lenient.jsonl", *VERDICTS)
    told = console("report site --votes votes.jsonl --judgments strict.jsonl --judgments lenient.jsonl")
    assert told.code == 0, told.err
    facts = json.loads((console.folder / "site" / "report.json").read_text())["facts"]
    assert [one["name"] for one in facts["inputs"]] == ["votes.jsonl", "strict.jsonl", "lenient.jsonl"]
    assert all(len(one["sha256"]) == 64 for one in facts["inputs"])
    page = (console.folder / "site" / "index.html").read_text()
    assert "Judgments of strict" in page
    assert "Judgments of lenient" in page
    assert "r1" not in (console.folder / "site" / "data" / "preferences.csv").read_text().split(",")
    agreement = json.loads((console.folder / "site" / "tables" / "agreement.json").read_text())
    assert {"one": "strict", "other": "people"}.items() <= next(
        row for row in agreement if row["one"] == "strict"
    ).items()
    assert not (console.folder / "evenhand.db").exists()


def test_a_report_is_replaced_only_if_it_is_one(console: Console) -> None:
    votes = console.write("votes.jsonl", *VOTES)
    other = console.folder / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("all of it")
    assert "exists already; choose another or add --force" in console(f"report other --votes {votes}").err
    assert "expected a report to replace" in console(f"report other --force --votes {votes}").err
    assert (other / "thesis.txt").read_text() == "all of it"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("report site", "expected votes, judgments or scores to report on, got none"),
        ("report site --method no-such", "expected a method among"),
        ("report site --level 2", "expected"),
        ("report site --votes missing.csv", "there is none at 'missing.csv'"),
        ("report site --votes votes.jsonl --campaign x", "expected a store or files of votes, got both"),
        ("report site --campaign nobody", "nobody"),
    ],
)
def test_what_cannot_be_reported_is_said_and_leaves_no_folder(console: Console, line: str, sentence: str) -> None:
    console.write("questions.jsonl", {"key": "q1", "turns": ["What?"]})
    console("import questions questions.jsonl")
    console.write("votes.jsonl", *VOTES)
    told = console(line)
    assert told.code in (1, 2)
    assert sentence in told.err
    assert "Traceback" not in told.err
    assert [path.name for path in console.folder.iterdir() if "site" in path.name] == []


@pytest.mark.data
@pytest.mark.skipif(not BATTLES.is_dir(), reason="needs the public data sets beside the checkout")
def test_a_published_file_of_votes_is_reported(console: Console) -> None:
    told = console("report site --title FairEval --votes", str(BATTLES / "faireval_human.csv"))
    assert told.code == 0, told.err
    assert "vicuna-13b" in (console.folder / "site" / "index.zh.html").read_text(encoding="utf-8")
    assert console("report site --verify").code == 0

"""The summary table, its groups and its version ids agree with a published run."""

import csv
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.views.objective_notes import english_note
from objective.catalog import select_tasks
from objective.notes import Note, NoteCode
from objective.summary.files import as_csv, as_markdown, as_text, write_summary
from objective.summary.table import Summary, TaskResult, summarize
from objective.summary.version_id import published_digest, published_id
from objective.task import TaskGroup, read_group
from objective.tasks import ceval
from objective.tasks.own_files.groups import read_groups
from storage.errors import BadInput, NotFound

NOW = datetime(2024, 2, 7, 12, 0, tzinfo=UTC)
FIRST_FIVE = range(5)
PUBLISHED_GROUPS = {
    "ceval-stem": "35.09",
    "ceval-social-science": "52.79",
    "ceval-humanities": "52.58",
    "ceval-other": "44.36",
    "ceval-hard": "23.91",
    "ceval": "44.16",
}


def version(subject: str, mode: str = "gen") -> str:
    return published_id(ceval.published_question(subject), mode=mode, letters="ABCD", places=FIRST_FIVE)  # type: ignore[arg-type]


def published(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "objective" / "ceval_walkthrough.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def published_summary(shared_data: Path) -> Summary:
    rows = {row["dataset"]: row for row in published(shared_data)}
    results = [
        TaskResult(
            "m",
            name,
            "accuracy",
            "gen",
            version(name.removeprefix("ceval-")),
            "",
            "scored",
            float(rows[name]["score"]) / 100,
        )
        for name in ceval.FAMILY.tasks
    ]
    return summarize(results, ceval.FAMILY.groups)


def test_all_52_version_ids_match_a_published_run(shared_data: Path) -> None:
    rows = published(shared_data)
    assert len(rows) == 52
    assert {row["dataset"]: row["version"] for row in rows} == {
        f"ceval-{subject}": version(subject) for subject in ceval.SUBJECTS
    }


def test_ids_of_whole_configurations_match_their_file_names() -> None:
    def joint(mode: str, times: int) -> str:
        digests = [
            published_digest(ceval.published_question(subject), mode=mode, letters="ABCD", places=FIRST_FIVE)  # type: ignore[arg-type]
            for subject in ceval.SUBJECTS
        ]
        return hashlib.sha256(",".join(digests * times).encode()).hexdigest()[:6]

    assert (joint("gen", 1), joint("ppl", 1)) == ("5f30c7", "578f8d")
    assert (joint("gen", 2), joint("ppl", 2)) == ("2daf24", "93e5ce")
    assert version("computer_network", "ppl") == "9b9417"


def test_group_means_match_a_published_run(shared_data: Path) -> None:
    summary = published_summary(shared_data)
    found = {line.dataset: line.texts for line in summary.lines if line.version == "-"}
    assert found == {name: [name, "-", "naive_average", "gen", score] for name, score in PUBLISHED_GROUPS.items()}
    rows = {row["dataset"]: row for row in published(shared_data)}
    for line in summary.lines:
        if line.version != "-":
            row = rows[line.dataset]
            assert line.texts == [row["dataset"], row["version"], "accuracy", "gen", f"{float(row['score']):.2f}"]
    printed = [line.split() for line in as_text(summary, words=english_note, now=NOW).splitlines()]
    assert ["ceval-stem", "-", "naive_average", "gen", "35.09"] in printed


def result(task: str, value: float | None, **more: object) -> TaskResult:
    fields: dict[str, object] = {"state": "scored" if value is not None else "failed", "error": 0.03, "items": 10}
    return TaskResult("m", task, "accuracy", "gen", "abc123", "c" * 64, value=value, **(fields | more))  # type: ignore[arg-type]


def test_a_group_with_a_missing_member_has_no_value_and_names_the_member() -> None:
    group = TaskGroup("g", ("a", "b", "c"))
    summary = summarize([result("a", 0.5), result("b", None, cause="out of memory")], [group])
    line = summary.lines[-1]
    assert line.texts == ["g", "-", "naive_average", "gen", "-"]
    assert line.notes == (Note(NoteCode.missing_task_scores, count=2, total=3, name="b", model="m"),)
    assert summary.lines[1].texts == ["b", "abc123", "accuracy", "gen", "-"]
    assert not summary.is_complete
    assert "out of memory" in as_text(summary, words=english_note, now=NOW)
    assert "m has no value for b and 1 more of 3 tasks" in as_markdown(summary, words=english_note)


def test_the_error_of_a_group_is_that_of_a_mean_of_independent_tasks() -> None:
    """Two tasks with standard errors of 3 and 4 points: sqrt(9 + 16) / 2 = 2.5."""
    summary = summarize([result("a", 0.5), result("b", 0.7, error=0.04)], [TaskGroup("g", ("a", "b"))])
    assert str(summary.lines[-1].cells["m"]) == "60.00"
    assert summary.lines[-1].cells["m"].error == pytest.approx(2.5)
    without = summarize([result("a", 0.5), result("b", 0.7, error=None)], [TaskGroup("g", ("a", "b"))])
    assert without.lines[-1].cells["m"].error is None


def test_models_are_columns_and_a_missing_value_is_a_dash() -> None:
    other = TaskResult("n", "a", "accuracy", "gen", "abc123", "c" * 64, "scored", 0.25)
    summary = summarize([result("a", 0.5), result("b", 0.5), other], [TaskGroup("g", ("a", "b"))])
    assert [line.texts[4:] for line in summary.lines] == [["50.00", "25.00"], ["50.00", "-"], ["50.00", "-"]]
    assert summary.models == ("m", "n")


def test_failed_predictions_make_a_summary_incomplete_and_are_counted() -> None:
    summary = summarize([result("a", 0.5, failed=1, unparsed=2, cause="1 sample failed")], [])
    assert not summary.is_complete
    assert summarize([result("a", 0.5, unparsed=2)], []).is_complete
    [header, row] = list(csv.reader(as_csv(summary).splitlines()))
    assert dict(zip(header, row, strict=True)) == {
        "dataset": "a", "version": "abc123", "metric": "accuracy", "mode": "gen", "m": "50.00", "m stderr": "3.00",
        "m n": "10", "m unparsed": "2", "m failed": "1", "content": "c" * 64,
    }  # fmt: skip


def test_metrics_over_parsed_answers_appear_with_the_counts_only() -> None:
    parsed = TaskResult("m", "a", "accuracy_parsed", "gen", "abc123", "c" * 64, "scored", 0.9, items=9)
    summary = summarize([result("a", 0.5), parsed], [])
    assert [line.metric for line in summary.lines] == ["accuracy"]
    assert "accuracy_parsed" in as_text(summary, words=english_note, now=NOW)


def test_four_files_are_written_to_a_timestamped_folder_and_never_overwritten(tmp_path: Path) -> None:
    summary = summarize([result("a", 0.12346)], [])
    folder = write_summary(summary, tmp_path, words=english_note, now=NOW)
    assert folder.name == "20240207_120000"
    assert sorted(path.name for path in folder.iterdir()) == [
        "summary.csv",
        "summary.json",
        "summary.md",
        "summary.txt",
    ]
    assert "| a | abc123 | accuracy | gen | 12.35 |" in (folder / "summary.md").read_text()
    told = json.loads((folder / "summary.json").read_text())
    assert told["lines"][0]["cells"]["m"]["value"] == pytest.approx(12.346)
    assert told["complete"] is True
    assert write_summary(summary, tmp_path, words=english_note, now=NOW).name == "20240207_120000_2"


def test_models_asked_in_different_ways_have_separate_lines_and_are_complete() -> None:
    one = TaskResult("a", "t", "accuracy", "gen", "eh-1", "1" * 64, "scored", 0.5, items=4)
    two = TaskResult("b", "t", "accuracy", "gen", "eh-2", "2" * 64, "scored", 0.25, items=8)
    made = summarize([one, two], [])
    assert made.is_complete
    rows = list(csv.DictReader(as_csv(made).splitlines()))
    assert [(row["version"], row["a"], row["b"], row["a n"], row["b n"]) for row in rows] == [
        ("eh-1", "50.00", "-", "4", ""),
        ("eh-2", "-", "25.00", "", "8"),
    ]
    assert not summarize([one, TaskResult("b", "u", "accuracy", "gen", "eh-1", "", "scored", 0.5)], []).is_complete


def test_own_groups_have_both_means_and_a_missing_task_is_never_zero() -> None:
    results = [replace(result("a", 0.5), items=10), replace(result("b", 1.0), items=30)]
    by_items, by_weight, lacking = (
        TaskGroup("items", ("a", "b"), is_weighted=True),
        TaskGroup("own", ("a", "b"), is_weighted=True, weights=(3.0, 1.0)),
        TaskGroup("lacking", ("a", "c"), is_weighted=True),
    )
    lines = summarize(results, [by_items, by_weight, lacking]).lines[2:]
    assert [(line.dataset, line.metric, str(next(iter(line.cells.values())))) for line in lines] == [
        ("items", "naive_average", "75.00"),
        ("items", "weighted_average", "87.50"),
        ("own", "naive_average", "75.00"),
        ("own", "weighted_average", "62.50"),
        ("lacking", "naive_average", "-"),
        ("lacking", "weighted_average", "-"),
    ]
    assert lines[4].notes[0].name == "c"
    assert [read_group(one.name, one.stored()) for one in (by_items, by_weight)] == [by_items, by_weight]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('group = "x"', "expected \\[\\[group\\]\\] with name"),
        ('[[group]]\nname = "g"\ntasks = {a = 0}', "expected a weight above 0 for 'a'"),
        ('[[group]]\nname = "g"\ntasks = []', "expected names or weights"),
        ("[[group", "expected TOML"),
    ],
)
def test_files_of_groups_are_checked(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "groups.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=sentence):
        read_groups(path)


def test_groups_of_a_file_name_tasks_families_and_patterns(tmp_path: Path) -> None:
    path = tmp_path / "groups.toml"
    path.write_text(
        '[[group]]\nname = "words"\ntasks = ["evenhand-mini-*"]\n'
        '[[group]]\nname = "two"\ntasks = {"evenhand-mini-code" = 2, "evenhand-mini-safety" = 1, gsm8k = 4}\n'
    )
    chosen = select_tasks([], data_dir=tmp_path, groups=read_groups(path))
    words, two = (next(one for one in chosen.groups if one.name == name) for name in ("words", "two"))
    assert len(words.members) == 9 and words.weights == () and words.is_weighted
    assert two.weights == (2.0, 1.0, 4.0) and {task.name for task in chosen.unready} == {"gsm8k"}
    path.write_text('[[group]]\nname = "g"\ntasks = ["nothing"]')
    unknown = read_groups(path)
    with pytest.raises(NotFound, match="expected the name of a task, got 'nothing'"):
        select_tasks(["evenhand-mini"], data_dir=tmp_path, groups=unknown)

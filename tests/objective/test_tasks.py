"""Tasks read the published files, render prompts, and score their own gold answers as right."""

import csv
import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from objective import catalog
from objective.catalog import UnreadyTask, select_tasks, task_rows
from objective.causes import CauseCode
from objective.notes import Note, NoteCode
from objective.request import ScoredContinuation
from objective.scoring.answers import score_options, score_output
from objective.task import Family, Item, Task, Template, content_hash, validate_task
from objective.tasks import ceval, mini
from objective.tasks.own_files.rows import read_user_rows
from storage.errors import BadInput, BadRows, NotFound
from storage.values import ABILITIES
from tests.objective.conftest import PUBLISHED

MINI = {task: mini.FAMILY.load(task, Path(), "gen") for task in mini.FAMILY.tasks}


def write_ceval(folder: Path, subject: str = "logic", *, answer: str = "B") -> Path:
    """Write files in the published format of C-Eval with our own questions."""
    for split, rows in (("val", 3), ("dev", 5)):
        path = folder / "ceval" / split / f"{subject}_{split}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "question", "A", "B", "C", "D", "answer"])
            for number in range(rows):
                writer.writerow([number, f"{split}第{number}题，{{A}}是什么？", "甲", "乙", "丙", "丁", answer])
    return folder


def ready(names: list[str], data: Path) -> list[Task]:
    chosen = select_tasks(names, data_dir=data)
    assert chosen.unready == ()
    return list(chosen.ready)


@pytest.mark.parametrize("name", PUBLISHED)
def test_gold_answers_of_published_files_score_100_percent(name: str, published_tasks: dict[str, list[Task]]) -> None:
    tasks = published_tasks[name]
    assert tasks
    for task in tasks:
        for item in task.items:
            template = task.template(item)
            assert item.question in template.render_question(item)
            if task.mode == "gen":
                for output in (template.render_answer(item), *item.gold):
                    assert score_output(item, output).score == 1.0, (task.name, item.key, output)
            else:
                likely = [
                    ScoredContinuation(0.0 if letter in item.gold else -9.0, 1, 1, True) for letter in item.letters
                ]
                assert {one.score for one in score_options(item, item.options, likely).values()} == {1.0}


def test_every_gold_answer_of_the_bundled_set_scores_right_and_no_other_option_does() -> None:
    for task in MINI.values():
        for item in task.items:
            for gold in item.gold:
                assert score_output(item, gold).score == 1.0
                assert (
                    score_output(
                        item, f"The answer is {gold}." if item.form.endswith("en") else f"答案是{gold}。"
                    ).score
                    == 1.0
                )
            for letter in item.letters:
                assert score_output(item, letter).score == float(letter in item.gold)


def test_the_bundled_set_covers_nine_abilities_in_two_languages_and_three_kinds() -> None:
    items = [item for task in MINI.values() for item in task.items]
    assert list(MINI) == [f"evenhand-mini-{ability}" for ability in ABILITIES]
    assert len(items) == 40
    assert {item.form for item in items} == {
        f"{kind}-{code}" for kind in ("choice", "number", "exact") for code in ("en", "zh")
    }
    assert all(min(len({i.form[-2:] for i in task.items}), len(task.items) // 2) == 2 for task in MINI.values())
    letters = [item.gold[0] for item in items if item.kind == "choice"]
    assert all(letters.count(letter) >= 2 for letter in "ABCD")


def test_counts_of_published_files_are_those_of_their_sources(published_tasks: dict[str, list[Task]]) -> None:
    tasks = {task.name: task for family in published_tasks.values() for task in family}
    assert len(tasks["agieval-logiqa-en"].items) == 651
    assert len(tasks["gsm8k"].items) == 1319
    assert len(tasks["arc-challenge"].items) == 1172
    assert len(tasks["arc-challenge"].pool) == 299
    assert len(tasks["cmmlu-agronomy"].items) == 169
    assert len(tasks["cmmlu-agronomy"].pool) == 5
    assert len(tasks["agieval-logiqa-en"].pool) == 3
    assert tasks["agieval-gaokao-physics"].items[3].gold == ("AD",)
    assert len(tasks["agieval-gaokao-geography"].pool[1].options) == 4
    unanswered = tasks["agieval-jec-qa-kd"]
    assert (len(unanswered.items), unanswered.notes) == (
        999,
        (Note(NoteCode.no_published_answer, name="211"),),
    )


def test_likelihood_mode_takes_items_with_one_answer_and_tasks_with_options(
    shared_data: Path, published_tasks: dict[str, list[Task]]
) -> None:
    """Unsuitable items are left out and counted, unsuitable tasks are listed with the reason, and the rest is asked."""
    chosen = select_tasks(["agieval", "gsm8k"], data_dir=shared_data / "objective", mode="ppl")
    assert {one.name for one in chosen.unready} == {"agieval-gaokao-mathcloze", "agieval-math", "gsm8k"}
    assert all(one.cause.code == CauseCode.unsupported_mode and one.cause.name == "gen" for one in chosen.unready)
    tasks = {task.name: task for task in chosen.ready}
    whole = {task.name: task for task in published_tasks["agieval"]}
    for name in ("agieval-gaokao-physics", "agieval-gaokao-mathqa", "agieval-jec-qa-kd"):
        several = sum(len(item.gold[0]) > 1 for item in whole[name].items)
        assert len(tasks[name].items) == len(whole[name].items) - several
        assert tasks[name].notes[-1] == Note(NoteCode.several_right_options, count=several)
        assert all(item.kind == "choice" and len(item.gold[0]) == 1 for item in (*tasks[name].items, *tasks[name].pool))


def test_tasks_with_free_answers_are_listed_with_mode_gen_only() -> None:
    modes = {row["task"]: row["modes"] for row in task_rows(["agieval"])}
    assert (modes["agieval-math"], modes["agieval-logiqa-en"], modes["agieval"]) == ("gen", "gen ppl", "gen ppl")


def test_ceval_reads_its_published_format(tmp_path: Path) -> None:
    [task] = ready(["ceval-logic"], write_ceval(tmp_path))
    item = task.items[1]
    assert task.template(item).render_question(item) == (
        "以下是中国关于逻辑学考试的单项选择题，请选出其中的正确答案。\n"
        "val第1题，{A}是什么？\nA. 甲\nB. 乙\nC. 丙\nD. 丁\n答案: "
    )
    assert (len(task.items), len(task.pool), task.shots) == (3, 5, 5)
    assert item.gold == ("B",)
    packed = tmp_path / "ceval" / "val" / "logic_val.csv"
    plain = packed.read_bytes()
    packed.with_name("logic_val.csv.gz").write_bytes(gzip.compress(plain))
    packed.unlink()
    assert ready(["ceval-logic"], tmp_path)[0] == task


def test_ceval_has_its_52_subjects_in_groups_as_published() -> None:
    sizes = {group.name: len(group.members) for group in ceval.FAMILY.groups}
    assert sizes == {
        "ceval-stem": 20, "ceval-social-science": 10, "ceval-humanities": 11, "ceval-other": 11, "ceval-hard": 8,
        "ceval": 52,
    }  # fmt: skip


def test_missing_files_of_a_family_are_listed_and_the_other_tasks_run(tmp_path: Path) -> None:
    chosen = select_tasks(["ceval"], data_dir=write_ceval(tmp_path))
    assert [task.name for task in chosen.ready] == ["ceval-logic"]
    assert len(chosen.unready) == 51
    assert all(task.is_missing and "_val.csv" in task.cause.name for task in chosen.unready)
    assert [group.name for group in chosen.groups][-1] == "ceval"


@pytest.mark.parametrize(
    ("names", "error", "words"),
    [
        (["ceval-logik"], NotFound, "did you mean ceval-logic"),
        (["zzz"], NotFound, "evenhand list tasks"),
        (["ceval-logic"], NotFound, "C-Eval in a folder ceval"),
        (["ceval-test-logic"], BadInput, "without answers"),
        ([], BadInput, "got neither"),
        (["nothing.py"], BadInput, "found none"),
    ],
)
def test_an_invalid_selection_is_one_error(
    names: list[str], error: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        select_tasks(names, data_dir=tmp_path)


def test_an_unsupported_mode_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected mode gen for gsm8k"):
        select_tasks(["gsm8k"], data_dir=tmp_path, mode="ppl")
    with pytest.raises(BadInput, match="use --stage score"):
        catalog.parse_mode("eval")
    assert catalog.parse_mode("ppl") == "ppl"


def test_a_missing_or_unknown_answer_is_rejected_with_its_item(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected an answer for item '0'"):
        select_tasks(["ceval-logic"], data_dir=write_ceval(tmp_path, answer=""))
    with pytest.raises(BadInput, match="an answer among ABCD"):
        select_tasks(["ceval-logic"], data_dir=write_ceval(tmp_path, answer="E"))


def own(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_user_rows_are_recognised_by_their_columns(tmp_path: Path) -> None:
    choice = own(tmp_path / "mcq.jsonl", [
        {"question": "Two and two?", "A": "3", "B": "4", "answer": "B"},
        {"question": "一加一？", "options": ["1", "2", "3"], "answer": "2", "id": "sum"},
        {"question": "Example?", "A": "no", "B": "yes", "answer": "yes", "split": "dev"},
    ])  # fmt: skip
    task = read_user_rows(choice, "gen")
    assert [(item.key, item.kind, item.gold, item.form) for item in task.items] == [
        ("line 1", "choice", ("B",), "choice-en"),
        ("sum", "choice", ("B",), "choice-zh"),
    ]
    assert [item.gold for item in task.pool] == [("B",)]
    assert task.name == "mcq"
    numbers = read_user_rows(
        own(tmp_path / "n.jsonl", [{"question": "2+2", "answer": 4}, {"question": "x", "answer": "1,000"}]), "gen"
    )
    assert [item.kind for item in numbers.items] == ["number", "number"]
    texts = read_user_rows(
        own(tmp_path / "t.jsonl", [{"question": "Capital?", "answer": ["Paris", "paris city"]}]), "gen"
    )
    assert [(item.kind, item.gold) for item in texts.items] == [("exact", ("Paris", "paris city"))]
    table = tmp_path / "table.csv"
    table.write_text("question,A,B,C,answer\nWhich?,x,y,z,C\n", encoding="utf-8-sig")
    assert read_user_rows(table, "ppl").items[0].gold == ("C",)


def test_invalid_user_rows_are_reported_with_their_lines(tmp_path: Path) -> None:
    path = own(tmp_path / "bad.jsonl", [
        {"question": "ok", "answer": "x"},
        {"question": "", "answer": "x"},
        {"question": "no answer"},
        {"question": "q", "A": "1", "B": "2", "answer": "C"},
    ])  # fmt: skip
    with pytest.raises(BadRows) as refused:
        read_user_rows(path, "gen")
    assert [row.rpartition("bad.jsonl:")[2][:2] for row in refused.value.rows] == ["2:", "3:", "4:"]
    with pytest.raises(BadInput, match="'same' twice"):
        read_user_rows(own(tmp_path / "twice.jsonl", [{"id": "same", "question": "q", "answer": "x"}] * 2), "gen")
    with pytest.raises(BadInput, match="use --mode gen"):
        read_user_rows(own(tmp_path / "qa.jsonl", [{"question": "q", "answer": "x"}]), "ppl")


def test_a_python_file_provides_tasks(tmp_path: Path) -> None:
    path = tmp_path / "rhymes.py"
    path.write_text(
        "from objective.task import Family, Item, Task, Template\n"
        "def load(name, data_dir, mode):\n"
        "    item = Item('1', 'Rhymes with cat?', ('hat',), kind='exact')\n"
        "    return Task(name, mode, (item,), {'': Template('{question}')}, source='0' * 64)\n"
        "FAMILY = Family('rhymes', 'rhymes', 'own', 'own', ('rhymes-1',), load, modes=('gen',))\n"
    )
    chosen = select_tasks([str(path)], data_dir=tmp_path)
    assert [task.name for task in chosen.ready] == ["rhymes-1"]
    path.write_text("1/0")
    with pytest.raises(BadInput, match="ZeroDivisionError"):
        select_tasks([str(path)], data_dir=tmp_path)
    path.write_text("x = 1")
    with pytest.raises(BadInput, match="define FAMILY"):
        select_tasks([str(path)], data_dir=tmp_path)


def test_every_file_of_a_family_is_in_the_catalog_and_no_name_stands_twice() -> None:
    root = Path(ceval.__file__).parents[2]
    defining = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for path in Path(ceval.__file__).parent.rglob("*.py")
        if re.search(r"^(?:FAMILY\b.* = Family\(|FAMILIES\b.* = \($)", path.read_text(), re.MULTILINE)
    }
    listed = {family.load.__module__ for family in catalog.FAMILIES}
    assert {name for name in defining if not name.endswith(".families")} <= listed
    assert all(family.licence and family.source for family in catalog.FAMILIES)
    names = [family.name for family in catalog.FAMILIES]
    tasks = [task for family in catalog.FAMILIES for task in family.tasks]
    assert len(set(names)) == len(names)
    assert len(set(tasks)) == len(tasks)


def test_the_list_shows_families_and_with_a_word_matching_tasks_and_groups() -> None:
    assert [row["task"] for row in task_rows()] == [family.name for family in catalog.FAMILIES]
    rows = [row for row in task_rows(["ceval"]) if row["family"] == "ceval"]
    assert len(rows) == 58
    assert [row["task"] for row in task_rows(["ceval", "hard"])][:2] == ["ceval-hard", "ceval-college_physics"]


def test_every_task_and_group_has_a_title_of_its_own() -> None:
    for family in catalog.FAMILIES:
        names = {family.name, *(group.name for group in family.groups), *family.tasks}
        titles = {family.title_of(name) for name in names}
        assert len(titles) == len(names) or len(family.tasks) == 1, family.name
    named = {row["task"]: row["title"] for row in task_rows(["ceval"])}
    assert named["ceval-probability_and_statistics"] == "Probability and Statistics (概率统计)"
    assert named["ceval-hard"] == "Chinese exams in 52 subjects: hard, 8 tasks"
    assert {row["title"] for row in task_rows(["mmlu", "us_history"])} == {"High School US History"}


def test_everything_that_affects_a_score_changes_the_content_hash() -> None:
    task = MINI["evenhand-mini-code"]
    base = content_hash(task, {"shots": 0})
    item = task.items[0]
    changes = [
        replace(task, source="x"),
        replace(task, version=2),
        replace(task, max_tokens=1),
        replace(task, items=(replace(item, question="other"), *task.items[1:])),
        replace(task, items=(replace(item, gold=("19",)), *task.items[1:])),
        replace(task, templates={**task.templates, "choice-en": Template("{question}")}),
    ]
    assert (
        len({base, content_hash(task, {"shots": 1}), *(content_hash(change, {"shots": 0}) for change in changes)})
        == len(changes) + 2
    )


def test_options_without_text_and_unknown_fields_are_rejected() -> None:
    item = Item("1", "q", ("A",), ("x", " "))
    task = Task("t", "ppl", (item,), {"": Template("{question}")}, source="", options_as="text")
    with pytest.raises(BadInput, match="expected text in every option"):
        validate_task(task)
    with pytest.raises(BadInput, match=r"got \{E\}"):
        Template("{question} {E}").render_question(item)


def test_a_family_is_a_plain_value() -> None:
    assert isinstance(mini.FAMILY, Family)
    assert not isinstance(UnreadyTask("x", "gen", NotFound("")), Task)

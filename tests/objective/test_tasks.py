"""Tasks read the published files, render, and score their own gold answers as right."""

import csv
import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from objective import catalog
from objective.catalog import UnreadyTask, select, task_rows
from objective.notes import Note, NoteCode
from objective.request import ScoredContinuation
from objective.scoring.marks import mark, mark_options
from objective.task import Family, Item, Task, Template, checked, content
from objective.tasks import ceval, mini
from objective.tasks.own import read_own
from storage.errors import BadInput, BadRows, NotFound
from storage.values import ABILITIES

MINI = {task: mini.FAMILY.load(task, Path(), "gen") for task in mini.FAMILY.tasks}
CMMLU_HERE = (
    "agronomy", "chinese_driving_rule", "college_actuarial_science", "computer_science", "elementary_chinese",
    "global_facts", "human_sexuality", "management", "professional_law", "traditional_chinese_medicine",
)  # fmt: skip
PUBLISHED = {
    "cmmlu": [f"cmmlu-{name}" for name in CMMLU_HERE],
    "agieval": ["agieval"],
    "arc": ["arc-challenge"],
    "gsm8k": ["gsm8k"],
}


def write_ceval(folder: Path, subject: str = "logic", *, answer: str = "B") -> Path:
    """Files in C-Eval's published form with questions of our own."""
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
    chosen = select(names, data_dir=data)
    assert chosen.unready == ()
    return list(chosen.ready)


@pytest.mark.parametrize("name", PUBLISHED)
def test_gold_answers_of_published_files_score_100_percent(name: str, shared_data: Path) -> None:
    tasks = ready(PUBLISHED[name], shared_data / "objective")
    assert tasks
    for task in tasks:
        for item in task.items:
            template = task.template(item)
            assert item.question in template.ask(item)
            if task.mode == "gen":
                for output in (template.reply(item), *item.gold):
                    assert mark(item, output).score == 1.0, (task.name, item.key, output)
            else:
                likely = [
                    ScoredContinuation(0.0 if letter in item.gold else -9.0, 1, 1, True) for letter in item.letters
                ]
                assert {one.score for one in mark_options(item, item.options, likely).values()} == {1.0}


def test_every_gold_answer_of_the_bundled_set_scores_right_and_no_other_option_does() -> None:
    for task in MINI.values():
        for item in task.items:
            for gold in item.gold:
                assert mark(item, gold).score == 1.0
                assert (
                    mark(item, f"The answer is {gold}." if item.form.endswith("en") else f"答案是{gold}。").score == 1.0
                )
            for letter in item.letters:
                assert mark(item, letter).score == float(letter in item.gold)


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


def test_counts_of_published_files_are_those_of_their_sources(shared_data: Path) -> None:
    data = shared_data / "objective"
    tasks = {task.name: task for task in ready([name for names in PUBLISHED.values() for name in names], data)}
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


def test_likelihoods_take_items_of_one_answer_and_exams_that_have_options(shared_data: Path) -> None:
    """What cannot be asked by likelihood is left out and counted, or named with its reason; the rest is asked."""
    chosen = select(["agieval", "gsm8k"], data_dir=shared_data / "objective", mode="ppl")
    assert {one.name for one in chosen.unready} == {"agieval-gaokao-mathcloze", "agieval-math", "gsm8k"}
    assert all("expected mode gen" in one.cause for one in chosen.unready)
    tasks = {task.name: task for task in chosen.ready}
    whole = {task.name: task for task in ready(["agieval"], shared_data / "objective")}
    for name in ("agieval-gaokao-physics", "agieval-gaokao-mathqa", "agieval-jec-qa-kd"):
        several = sum(len(item.gold[0]) > 1 for item in whole[name].items)
        assert len(tasks[name].items) == len(whole[name].items) - several
        assert tasks[name].notes[-1] == Note(NoteCode.several_right_options, count=several)
        assert all(item.kind == "choice" and len(item.gold[0]) == 1 for item in (*tasks[name].items, *tasks[name].pool))


def test_tasks_of_free_answers_are_listed_as_generative() -> None:
    modes = {row["task"]: row["modes"] for row in task_rows(["agieval"])}
    assert (modes["agieval-math"], modes["agieval-logiqa-en"], modes["agieval"]) == ("gen", "gen ppl", "gen ppl")


def test_ceval_reads_its_published_form(tmp_path: Path) -> None:
    [task] = ready(["ceval-logic"], write_ceval(tmp_path))
    item = task.items[1]
    assert task.template(item).ask(item) == (
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


def test_a_family_without_one_of_its_files_runs_the_others_and_names_the_missing(tmp_path: Path) -> None:
    chosen = select(["ceval"], data_dir=write_ceval(tmp_path))
    assert [task.name for task in chosen.ready] == ["ceval-logic"]
    assert len(chosen.unready) == 51
    assert all(task.is_missing and "_val.csv" in task.cause for task in chosen.unready)
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
def test_what_cannot_be_selected_is_one_sentence(
    names: list[str], error: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        select(names, data_dir=tmp_path)


def test_a_mode_that_a_family_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected mode gen for gsm8k"):
        select(["gsm8k"], data_dir=tmp_path, mode="ppl")
    with pytest.raises(BadInput, match="use --stage score"):
        catalog.mode_named("eval")
    assert catalog.mode_named("ppl") == "ppl"


def test_an_answer_that_is_not_there_is_refused_with_its_item(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected an answer for item '0'"):
        select(["ceval-logic"], data_dir=write_ceval(tmp_path, answer=""))
    with pytest.raises(BadInput, match="an answer among ABCD"):
        select(["ceval-logic"], data_dir=write_ceval(tmp_path, answer="E"))


def own(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_own_rows_are_recognised_by_their_columns(tmp_path: Path) -> None:
    choice = own(tmp_path / "mcq.jsonl", [
        {"question": "Two and two?", "A": "3", "B": "4", "answer": "B"},
        {"question": "一加一？", "options": ["1", "2", "3"], "answer": "2", "id": "sum"},
        {"question": "Example?", "A": "no", "B": "yes", "answer": "yes", "split": "dev"},
    ])  # fmt: skip
    task = read_own(choice, "gen")
    assert [(item.key, item.kind, item.gold, item.form) for item in task.items] == [
        ("line 1", "choice", ("B",), "choice-en"),
        ("sum", "choice", ("B",), "choice-zh"),
    ]
    assert [item.gold for item in task.pool] == [("B",)]
    assert task.name == "mcq"
    numbers = read_own(
        own(tmp_path / "n.jsonl", [{"question": "2+2", "answer": 4}, {"question": "x", "answer": "1,000"}]), "gen"
    )
    assert [item.kind for item in numbers.items] == ["number", "number"]
    texts = read_own(own(tmp_path / "t.jsonl", [{"question": "Capital?", "answer": ["Paris", "paris city"]}]), "gen")
    assert [(item.kind, item.gold) for item in texts.items] == [("exact", ("Paris", "paris city"))]
    table = tmp_path / "table.csv"
    table.write_text("question,A,B,C,answer\nWhich?,x,y,z,C\n", encoding="utf-8-sig")
    assert read_own(table, "ppl").items[0].gold == ("C",)


def test_bad_own_rows_are_named_with_their_lines(tmp_path: Path) -> None:
    path = own(tmp_path / "bad.jsonl", [
        {"question": "ok", "answer": "x"},
        {"question": "", "answer": "x"},
        {"question": "no answer"},
        {"question": "q", "A": "1", "B": "2", "answer": "C"},
    ])  # fmt: skip
    with pytest.raises(BadRows) as refused:
        read_own(path, "gen")
    assert [row.rpartition("bad.jsonl:")[2][:2] for row in refused.value.rows] == ["2:", "3:", "4:"]
    with pytest.raises(BadInput, match="'same' twice"):
        read_own(own(tmp_path / "twice.jsonl", [{"id": "same", "question": "q", "answer": "x"}] * 2), "gen")
    with pytest.raises(BadInput, match="use --mode gen"):
        read_own(own(tmp_path / "qa.jsonl", [{"question": "q", "answer": "x"}]), "ppl")


def test_a_python_file_brings_tasks(tmp_path: Path) -> None:
    path = tmp_path / "rhymes.py"
    path.write_text(
        "from objective.task import Family, Item, Task, Template\n"
        "def load(name, data_dir, mode):\n"
        "    item = Item('1', 'Rhymes with cat?', ('hat',), kind='exact')\n"
        "    return Task(name, mode, (item,), {'': Template('{question}')}, source='0' * 64)\n"
        "FAMILY = Family('rhymes', 'rhymes', 'own', 'own', ('rhymes-1',), load, modes=('gen',))\n"
    )
    chosen = select([str(path)], data_dir=tmp_path)
    assert [task.name for task in chosen.ready] == ["rhymes-1"]
    path.write_text("1/0")
    with pytest.raises(BadInput, match="ZeroDivisionError"):
        select([str(path)], data_dir=tmp_path)
    path.write_text("x = 1")
    with pytest.raises(BadInput, match="define FAMILY"):
        select([str(path)], data_dir=tmp_path)


def test_every_file_of_tasks_is_in_the_catalog() -> None:
    folder = Path(ceval.__file__).parent
    shared = {"__init__", "files", "own", "own_options", "python_file"}
    assert {path.stem for path in folder.glob("*.py")} - shared == {
        family.load.__module__.rpartition(".")[2] for family in catalog.FAMILIES
    }
    assert all(family.licence and family.source for family in catalog.FAMILIES)


def test_listing_names_families_and_with_a_word_their_tasks_and_groups() -> None:
    assert [row["task"] for row in task_rows()] == [family.name for family in catalog.FAMILIES]
    rows = task_rows(["ceval"])
    assert len(rows) == 58
    assert [row["task"] for row in task_rows(["ceval", "hard"])][:2] == ["ceval-hard", "ceval-college_physics"]


def test_whatever_decides_a_score_changes_the_content_hash() -> None:
    task = MINI["evenhand-mini-code"]
    base = content(task, {"shots": 0})
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
        len({base, content(task, {"shots": 1}), *(content(change, {"shots": 0}) for change in changes)})
        == len(changes) + 2
    )


def test_options_without_text_and_unknown_fields_are_refused() -> None:
    item = Item("1", "q", ("A",), ("x", " "))
    task = Task("t", "ppl", (item,), {"": Template("{question}")}, source="", options_as="text")
    with pytest.raises(BadInput, match="expected text in every option"):
        checked(task)
    with pytest.raises(BadInput, match=r"got \{E\}"):
        Template("{question} {E}").ask(item)


def test_a_family_is_a_plain_value() -> None:
    assert isinstance(mini.FAMILY, Family)
    assert not isinstance(UnreadyTask("x", "gen", True, ""), Task)

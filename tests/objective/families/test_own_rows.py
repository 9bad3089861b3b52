"""Families read the documented layouts, their own answers are right, and what does not fit is named in a sentence."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from objective.catalog import FAMILIES, select_tasks
from objective.causes import TaskProblem
from objective.scoring.answers import score_output
from objective.scoring.registry import load_scorer
from objective.task import Item, Task
from storage.errors import BadInput, NotFound
from storage.values import ABILITIES
from tests.objective.families.own_reasoning import BBH, LONGBENCH_CLASS
from tests.objective.families.own_rows import ALL, GPQA, MIXEVAL_FREE, MMLU, SAFETYBENCH, OwnData, write


def loaded(own: OwnData, folder: Path, files: Mapping[str, Any] | None = None) -> Task:
    selection = select_tasks([own.task], data_dir=write(folder, own.files if files is None else files))
    return selection.ready[0]


def right_output(item: Item) -> str:
    """An output that gives the gold answer as a model might."""
    gold = item.gold[0]
    if item.kind == "choice":
        return f"Let me see. The answer is {gold}."
    if item.kind == "choices":
        return f"【解析】 … <eoe>\n【答案】 {gold} <eoa>"
    if item.kind == "math":
        return f"Hence the result is $\\boxed{{{gold}}}$."
    if item.data.get("latex"):
        return f"\\boxed{{{gold}}}"
    if item.kind == "text" and gold.isalpha() and gold.isupper() and len(gold) < 4:
        return "\n".join(f"（{number}）【答案】 {letter} <eoa>" for number, letter in enumerate(gold, start=1))
    return gold if item.kind == "text" else f"So the answer is {gold}."


def score(task: Task, item: Item, output: str) -> float | None:
    if not task.scorer:
        return score_output(item, output).score
    scorer = load_scorer(task.scorer)
    (values,) = scorer.score_outputs([item], [output])
    return None if values is None else values[scorer.metrics[0]]


@pytest.mark.parametrize("own", ALL, ids=lambda own: own.task)
def test_gold_answers_score_everything_and_others_do_not(own: OwnData, tmp_path: Path) -> None:
    task = loaded(own, tmp_path)
    assert len(task.items) >= 1
    assert [score(task, item, right_output(item)) for item in task.items] == [1.0] * len(task.items)
    assert all(score(task, item, "zzz 87654") in (None, 0.0) for item in task.items)


@pytest.mark.parametrize("own", [own for own in ALL if own.hub], ids=lambda own: own.task)
def test_the_layout_of_the_hub_gives_the_same_items(own: OwnData, tmp_path: Path) -> None:
    native, hub = loaded(own, tmp_path / "native"), loaded(own, tmp_path / "hub", own.hub)
    assert [replace(item, key="") for item in native.items] == [replace(item, key="") for item in hub.items]
    assert native.source != hub.source


def without(value: Any, column: str) -> Any:
    """A JSON value whose objects lack a column."""
    if isinstance(value, dict):
        return {key: without(one, column) for key, one in value.items() if key != column}
    return [without(one, column) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("own", "column"), [(own, column) for own in ALL for column in own.columns], ids=str)
def test_a_missing_column_is_named_with_its_row(own: OwnData, column: str, tmp_path: Path) -> None:
    files = {
        name: content if isinstance(content, str) else without(content, column) for name, content in own.files.items()
    }
    with pytest.raises(BadInput, match="expected") as raised:
        loaded(own, tmp_path, json.loads(json.dumps(files)))
    assert column.lower() in str(raised.value).lower()


def test_an_answer_outside_the_options_is_named(tmp_path: Path) -> None:
    rows = [["What is 1 + 1?", "1", "2", "3", "4", "E"]]
    with pytest.raises(TaskProblem, match="expected an answer among A, B, C, D in row 0 of MMLU astronomy, got 'E'"):
        loaded(MMLU, tmp_path, {**MMLU.files, "mmlu/test/astronomy_test.csv": rows})


def test_questions_without_their_file_of_answers_say_so(tmp_path: Path) -> None:
    questions = {name: content for name, content in SAFETYBENCH.files.items() if "answers" not in name}
    with pytest.raises(TaskProblem, match="its test split has no answers"):
        loaded(SAFETYBENCH, tmp_path, questions)


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        (None, "expected the published examples of disambiguation_qa as cot-prompts/disambiguation_qa.txt"),
        ("Only an instruction.\n", "expected examples that begin with 'Q: ' for disambiguation_qa, got 'Only an"),
        (
            "Do it.\n\nQ: 1 + 1?\nA: Let's think step by step.\nIt is two.\n",
            "expected worked answers that end in 'the answer is …' in the examples of disambiguation_qa, got 'It is",
        ),
    ],
)
def test_worked_examples_that_are_missing_or_have_no_answer_are_named(
    examples: str | None, said: str, tmp_path: Path
) -> None:
    name = "bbh/cot-prompts/disambiguation_qa.txt"
    files = {path: content for path, content in BBH.files.items() if path != name}
    with pytest.raises((BadInput, NotFound), match=said):
        loaded(BBH, tmp_path, files if examples is None else {**files, name: examples})


def test_empty_references_are_named(tmp_path: Path) -> None:
    row = {"context": None, "prompt": "Who?", "target": ["", " "], "benchmark_name": "TriviaQA"}
    with pytest.raises(TaskProblem, match="expected an answer in row 0"):
        loaded(MIXEVAL_FREE, tmp_path, {"mixeval_hard/free-form.json": {"0": row, "1": row}})


@pytest.mark.parametrize(
    ("data_set", "stop"),
    [("trec", ("\n",)), ("samsum", ("\n",)), ("lsht", ("\n",)), ("triviaqa", ("\n",)), ("qasper", ()), ("lcc", ())],
)
def test_answers_of_one_line_end_with_it(data_set: str, stop: tuple[str, ...], tmp_path: Path) -> None:
    """As `until` of the task files of lm-eval 0.4.13."""
    row = {"input": "Who?", "context": "Mara Holt did.", "answers": ["Mara Holt"], "all_classes": ["Mara Holt"]}
    own = replace(LONGBENCH_CLASS, task=f"longbench-{data_set}", files={f"longbench/{data_set}.jsonl": [row]})
    assert loaded(own, tmp_path).stop == stop


def test_the_order_of_options_is_the_same_each_time_and_differs_by_question(tmp_path: Path) -> None:
    rows = [
        {**GPQA.files["gpqa/gpqa_diamond.csv"][0], "Record ID": f"r{number}", "Question": f"Question {number}?"}
        for number in range(40)
    ]
    files = {"gpqa/gpqa_diamond.csv": rows}
    first, second = loaded(GPQA, tmp_path / "a", files), loaded(GPQA, tmp_path / "b", files)
    assert first.items == second.items
    assert {item.gold[0] for item in first.items} == set("ABCD")


def test_every_family_names_its_languages_abilities_and_evidence() -> None:
    mine = {
        "mmlu", "mmlu-pro", "gpqa", "zero-shot-ceval", "gaokao-bench", "safetybench", "bbh", "math", "asdiv", "svamp",
        "mgsm", "aime", "mixeval-hard", "needle", "longbench", "open-book",
    }  # fmt: skip
    known = {family.name: family for family in FAMILIES if family.name in mine}
    assert known.keys() == mine
    for family in known.values():
        assert family.languages, family.name
        assert family.splits, family.name
        assert set(family.abilities) <= set(ABILITIES), family.name
    assert len(known["mmlu"].tasks) == 57
    assert len(known["bbh"].tasks) == 27
    assert [len(group.members) for group in known["mmlu"].groups] == [19, 13, 12, 13, 57]

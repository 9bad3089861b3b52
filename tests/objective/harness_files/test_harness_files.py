"""Task files of lm-evaluation-harness are asked word for word as it asks them, and what cannot be followed is named.

`requests.json` holds the requests that `lm_eval` 0.4.13 makes from the files beside it, with the first examples.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sacrebleu

from objective.catalog import TaskSelection, select_tasks
from objective.causes import TaskProblem
from objective.evaluation.plan import EvaluationSettings, PromptContext, plan_task
from objective.notes import NoteCode
from objective.scoring.registry import load_scorer
from objective.task import Item, Task
from objective.tasks.task_files.fields import TaskFile, read_file
from objective.tasks.task_files.rendering import render
from storage.database.engine import Database
from storage.errors import BadInput, NotFound
from tests.objective.evaluation.test_run import evaluation, run
from tests.objective.fakes import ScriptedBackend
from tests.stores import open_store

HERE = Path(__file__).parent
REQUESTS: dict[str, list[list[list[Any]]]] = json.loads((HERE / "requests.json").read_text())


@pytest.fixture
def files(tmp_path: Path) -> Path:
    shutil.copytree(HERE, tmp_path / "files", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path / "files"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "evenhand.db")
    yield opened
    opened.close()


def selected(path: Path) -> TaskSelection:
    return select_tasks([str(path)], data_dir=Path("data"))


def test_requests_are_those_of_the_harness_character_by_character(files: Path) -> None:
    found = selected(files / "group.yaml")
    assert [task.name for task in found.ready] == list(REQUESTS)
    assert [group.members for group in found.groups] == [tuple(REQUESTS)]
    for task in found.ready:
        for planned, theirs in zip(
            plan_task(task, EvaluationSettings(), PromptContext(), revision="r").items, REQUESTS[task.name], strict=True
        ):
            prompt = planned.prompt
            ours: list[list[str | None]] = [
                [prompt.context(place), option] for place, option in enumerate(prompt.options)
            ]
            asked = [[context, more if task.mode == "ppl" else None] for context, more in theirs]
            assert (ours or [[prompt.text, None]]) == asked, task.name


def test_filters_and_metrics_are_those_of_the_file(files: Path, database: Database) -> None:
    """By hand: of `It is Red.`, strict reads Red and flexible the sentence; two of four items have red as gold."""
    (task,) = selected(files / "gen.yaml").ready
    assert (task.max_tokens, task.stop, task.shots) == (16, ("\n",), 2)
    assert [note.name for note in task.notes if note.code == NoteCode.sentence] == [
        "The task file's metric mcc is left out."
    ]
    summary = run(database, evaluation(task), ScriptedBackend(lambda prompt: "It is Red."))
    assert {result.metric: result.value for result in summary.results} == {
        "exact_match,strict": 0.5, "exact_match,flexible": 0.0,
    }  # fmt: skip


def test_likelihood_tasks_have_accuracy_and_perplexity(files: Path, database: Database) -> None:
    (task,) = selected(files / "last.yaml").ready
    summary = run(database, evaluation(task), ScriptedBackend())
    assert [result.metric for result in summary.results] == ["accuracy", "perplexity"]


FILTERED = {
    "regex with groups": ({"function": "regex", "regex_pattern": r"(\d+) apples|(\d+) pears"}, "7 pears", "7"),
    "the last match": ({"function": "regex", "regex_pattern": r"\d+", "group_select": -1}, "1 or 2", "2"),
    "upper case": ({"function": "uppercase"}, "yes", "YES"),
    "a map": ({"function": "map", "mapping_dict": {"y": "yes"}, "default_value": "no"}, "y", "yes"),
    "leading space": ({"function": "remove_whitespace"}, "  yes", "yes"),
}


@pytest.mark.parametrize("case", FILTERED)
def test_each_filter(case: str) -> None:
    step, output, expected = FILTERED[case]
    how = {"filters": [{"name": "", "filter": [step]}], "metrics": [{"metric": "exact_match"}]}
    scorer = load_scorer(f"task_file:{json.dumps(how)}")
    item = Item("1", "q", (expected,), kind="text")
    assert scorer.score_outputs([item], [output]) == [{"exact_match": 1.0}]


@pytest.mark.parametrize(
    ("how", "output"),
    [
        ({"ignore_case": True}, "PARIS, 1"),
        ({"ignore_punctuation": True}, "Paris 1!"),
        ({"ignore_numbers": True}, "Paris, 25"),
        ({"regexes_to_ignore": [",", r"\s+"]}, "Par is1"),
    ],
)
def test_differences_that_a_metric_ignores_do_not_count(how: dict[str, object], output: str) -> None:
    item = Item("1", "q", ("Paris, 1",), kind="text")
    for given, expected in ((how, 1.0), ({}, 0.0)):
        filters = {"filters": [{"name": "none", "filter": []}], "metrics": [{"metric": "exact_match", **given}]}
        assert load_scorer(f"task_file:{json.dumps(filters)}").score_outputs([item], [output]) == [
            {"exact_match": expected}
        ]


def test_metrics_of_all_outputs_are_those_of_sacrebleu_after_the_filters() -> None:
    """The first item has one reference and the second two, so the first counts twice."""
    how = {
        "filters": [{"name": "small", "filter": [{"function": "lowercase"}]}],
        "metrics": [{"metric": name} for name in ("bleu", "chrf", "ter")],
    }
    scorer = load_scorer(f"task_file:{json.dumps(how)}")
    items = [
        Item("1", "q", ("the last train leaves at noon today",), kind="text"),
        Item("2", "q", ("a tall tree stands near the house", "a high tree is beside the old house"), kind="text"),
    ]
    outputs = ["The last train leaves at noon", "A high tree stands near the house"]
    assert scorer.score_outputs(items, outputs) == [{"answered": 1.0}] * 2
    texts, one = [text.lower() for text in outputs], items[0].gold[0]
    references = [[one, items[1].gold[0]], [one, items[1].gold[1]]]
    assert {name: measure(items, outputs) for name, measure in scorer.corpus.items()} == {
        "bleu,small": pytest.approx(sacrebleu.corpus_bleu(texts, references).score / 100),
        "chrf,small": pytest.approx(sacrebleu.corpus_chrf(texts, references).score / 100),
        "ter,small": pytest.approx(sacrebleu.corpus_ter(texts, references).score / 100),
    }


def test_the_library_of_a_metric_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    how = {"filters": [{"name": "", "filter": []}], "metrics": [{"metric": "bleu"}]}
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(TaskProblem, match="expected the library sacrebleu for bleu, found none"):
        load_scorer(f"task_file:{json.dumps(how)}").corpus["bleu"]([Item("1", "q", ("a",), kind="text")], ["a"])


def test_an_output_without_a_match_is_unparsed_and_a_broken_pattern_is_named() -> None:
    how = {"filters": [{"name": "", "filter": [{"function": "regex", "regex_pattern": "[0-9]+"}]}],
           "metrics": [{"metric": "exact_match"}]}  # fmt: skip
    assert load_scorer(f"task_file:{json.dumps(how)}").score_outputs([Item("1", "q", ("1",), kind="text")], ["no"]) == [
        None
    ]
    how["filters"][0]["filter"][0]["regex_pattern"] = "("  # type: ignore[index]
    with pytest.raises(TaskProblem, match="regular expression"):
        load_scorer(f"task_file:{json.dumps(how)}")


@pytest.mark.parametrize(
    ("place", "config"),
    [
        ("files/own/docs/{}.jsonl", ""),
        ("files/own/docs/small/{}.jsonl", "small"),
        ("data/own/docs/data/{}-0.jsonl", ""),
        ("data/docs/{}.jsonl", ""),
        ("data/own__docs/small_{}.jsonl", "small"),
        ("data/own--docs/x_{}.jsonl", "absent"),
        ("data/docs/small/small-{}.jsonl", "small"),
    ],
)
def test_documents_are_found_beside_the_file_and_below_the_data_folder(
    files: Path, tmp_path: Path, place: str, config: str
) -> None:
    (expected,) = selected(files / "choice.yaml").ready
    for split in ("test", "train"):
        path = tmp_path / place.format(split)
        path.parent.mkdir(parents=True, exist_ok=True)
        (files / f"{split}.jsonl").rename(path)
    (files / "own.yaml").write_text(
        f"include: choice.yaml\ntask: own\ndataset_path: own/docs\ndataset_name: {config or 'null'}\n"
        "dataset_kwargs: null\n"
    )
    (task,) = select_tasks([str(files / "own.yaml")], data_dir=tmp_path / "data").ready
    assert (task.items, task.pool) == (expected.items, expected.pool)


def test_examples_may_stand_in_the_file_and_may_lack_only_where_none_are_shown(files: Path) -> None:
    (expected,) = selected(files / "choice.yaml").ready
    samples = [json.loads(line) for line in (files / "train.jsonl").read_text().splitlines()]
    (files / "train.jsonl").unlink()
    (files / "docs").mkdir()
    (files / "test.jsonl").rename(files / "docs" / "test.jsonl")
    head = "include: choice.yaml\ntask: own\ndataset_path: docs\ndataset_kwargs: null\n"

    def task(more: str) -> Task:
        (files / "own.yaml").write_text(f"{head}{more}\n")
        (found,) = selected(files / "own.yaml").ready
        return found

    assert task(f"fewshot_config: {json.dumps({'samples': samples})}").pool == expected.pool
    assert task("num_fewshot: 0").pool == ()
    assert task("num_fewshot: 0\nfewshot_split: test").pool == ()
    with pytest.raises(NotFound, match="expected the split train of docs"):
        task("num_fewshot: 2")


BAD = {
    "code": ("doc_to_text: !function utils.text\n", r"doc_to_text \(!function utils.text\)"),
    "documents by code": ("process_docs: !function utils.docs\n", "process_docs"),
    "rolling": ("output_type: loglikelihood_rolling\n", "output_type loglikelihood_rolling"),
    "a metric by code": ("metric_list: [{metric: !function utils.m}]\n", "metric_list"),
    "a column that is not there": ('doc_to_text: "{{nothing}}"\n', "nothing"),
    "a broken template": ('doc_to_text: "{{q"\n', "template that can be rendered"),
    "an answer outside the options": ('doc_to_target: "7"\n', "an answer among 3 options"),
    "no options": ('doc_to_choice: "none"\n', "list of options from doc_to_choice"),
    "no data": ("dataset_kwargs: {data_files: {test: other.jsonl}}\n", "other.jsonl"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_followed_is_named_in_a_sentence(files: Path, case: str) -> None:
    text, words = BAD[case]
    (files / "own.yaml").write_text(f"include: choice.yaml\ntask: own\n{text}")
    with pytest.raises((BadInput, NotFound), match=words):
        selected(files / "own.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("include: own.yaml\ntask: own\n", "includes itself"),
        ("include: none.yaml\n", "found none at"),
        ("- a\n- b\n", "expected fields"),
        ("task: [\n", "expected YAML"),
        ("task: own\n", "expected doc_to_text"),
        ("group: g\ntask: [nobody]\n", "defines 'nobody'"),
        ("group: g\ntask: [g]\n", "contains itself"),
        ("group: g\ntask: []\n", "without members"),
    ],
)
def test_a_file_that_is_no_task_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(BadInput, match=words):
        selected(tmp_path / "own.yaml")


@pytest.mark.parametrize(
    "attack",
    ["{{ ''.__class__.__mro__ }}", "{{ q.__init__.__globals__ }}", "{% for i in range(10**9) %}{% endfor %}",
     "{% include '/etc/passwd' %}"],
)  # fmt: skip
def test_templates_run_in_a_sandbox(attack: str) -> None:
    with pytest.raises(TaskProblem):
        render(attack, {"q": "x"}, where="own")


def test_members_of_a_group_may_change_fields(files: Path) -> None:
    (files / "g.yaml").write_text("group: g\ntask:\n  - task: own_choice\n    num_fewshot: 0\n")
    (task,) = selected(files / "g.yaml").ready
    assert (task.name, task.shots) == ("own_choice", 0)
    found = read_file(files / "prefix.yaml")
    assert isinstance(found, TaskFile) and found.values["gen_prefix"] == "It is"

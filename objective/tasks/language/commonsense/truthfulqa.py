"""TruthfulQA: questions that tempt to a common error, in English, scored by the likelihoods of answers.

`mc1` is right where the one true answer is the likeliest; `mc2` is the probability of the true answers among all. The
true answers come first in the data, which likelihoods do not see.
"""

from pathlib import Path

from objective.task import LETTERS, Family, Item, Mode, Task, Template
from objective.tasks.language.rows import Row, read_rows
from objective.tasks.published_files import HubSource, open_published
from objective.tasks.published_prompts.prompts import published_prompt

FOLDERS = ("truthfulqa", "TruthfulQA", "truthful_qa")
_SPLIT = "validation"
_FILES = ("mc_task", "multiple_choice/validation*", "validation*")
_HUB = HubSource("truthfulqa/truthful_qa", "multiple_choice")
_TASKS = {"truthfulqa-mc1": "mc1_targets", "truthfulqa-mc2": "mc2_targets"}


def _targets(row: Row, column: str) -> tuple[tuple[str, ...], list[int]]:
    """The answers with 1 for a true and 0 for a false one: two lists on data hubs, a mapping in the authors' file."""
    targets = row.part(column)
    if "choices" in targets.values:
        answers, labels = targets.texts("choices"), list(targets.value("labels"))
    else:
        answers, labels = tuple(targets.values), list(targets.values.values())
    if len(answers) != len(labels) or not set(labels) <= {0, 1} or 1 not in labels:
        raise row.problem(f"a label 0 or 1 for each answer in {column} and a true one", labels)
    return answers, labels


def _item(row: Row, column: str) -> Item:
    answers, labels = _targets(row, column)
    gold = "".join(letter for letter, label in zip(LETTERS, labels, strict=False) if label)
    is_single = column == "mc1_targets"
    return Item(
        key=row.key,
        question=published_prompt("lm_eval", "truthfulqa").render({"question": row.text("question")}),
        gold=(gold,),
        options=answers,
        kind="choice" if is_single else "choices",
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the questions with one true answer among several (`mc1`) or with several (`mc2`).

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column, or the labels of its answers.
    """
    data = open_published(data_dir, folders=FOLDERS, files={_SPLIT: _FILES}, title="TruthfulQA", hub=_HUB)
    return Task(
        name=name,
        mode=mode,
        items=tuple(_item(row, _TASKS[name]) for row in read_rows(data, _SPLIT)),
        templates={"": Template("{question}")},
        source=data.digest,
        options_as="text",
        scorer="" if name == "truthfulqa-mc1" else "mc2",
    )


FAMILY = Family(
    name="truthfulqa",
    title="questions that tempt to common errors, in English",
    source="https://github.com/sylinrl/TruthfulQA",
    licence="Apache-2.0",
    tasks=tuple(_TASKS),
    load=load,
    modes=("ppl",),
    folders=FOLDERS,
    languages=("en",),
    abilities=("knowledge", "safety"),
    splits="validation, the only one; no examples",
    metric="accuracy; right_share for mc2",
    verified="prompt: lm-eval 0.4.13 truthfulqa_mc1 and truthfulqa_mc2",
)

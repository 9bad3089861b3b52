"""OpenBookQA: elementary science with common sense, in English; asked without the facts of the book."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import ChoiceData, choice_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.published_files import HubSource
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = ChoiceData(
    prompt="openbookqa",
    title="OpenBookQA",
    folders=("openbookqa", "OpenBookQA-V1-Sep2018/Data/Main", "openbookqa/main", "obqa"),
    files=("test*",),
    examples=("train*",),
    split="test",
    hub=HubSource("allenai/openbookqa", "main"),
)


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    if "question" in row.values and "question_stem" not in row.values:  # layout of the authors
        question = row.part("question")
        stem = question.text("stem")
        choices = question.parts("choices")
        labels, texts = tuple(one.text("label") for one in choices), [one.text("text") for one in choices]
    else:
        stem = row.text("question_stem")
        listed = row.part("choices")
        labels, texts = listed.texts("label"), list(listed.texts("text"))
    key = row.text("answerKey").strip()
    if key not in labels:
        raise row.problem(f"an answerKey among {', '.join(labels)}", key)
    return choice_item(row, prompt, {"stem": stem}, texts, labels.index(key))


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the test set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column, or its answer is none of the options.
    """
    return load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="openbookqa",
    title="elementary science in English",
    source="https://allenai.org/data/open-book-qa",
    licence="Apache-2.0",
    tasks=("openbookqa",),
    load=load,
    modes=("ppl", "gen"),
    folders=DATA.folders,
    languages=("en",),
    abilities=("knowledge", "reasoning"),
    splits="test; examples from train",
    verified="prompts: lm-eval 0.4.13 openbookqa (ppl), OpenCompass obqa_gen_9069e4 (gen)",
)

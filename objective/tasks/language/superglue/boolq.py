"""BoolQ: yes-or-no questions on a passage, in English."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import labelled_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.language.superglue.layout import FOLDERS, TRUTH, superglue_data
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = superglue_data("BoolQ")


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    values = {"passage": row.text("passage"), "question": row.text("question")}
    return labelled_item(row, prompt, values, TRUTH[row.label(TRUTH, "label", "answer")])


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    return load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="boolq",
    title="yes-or-no questions on a passage in English",
    source="https://github.com/google-research-datasets/boolean-questions",
    licence="CC BY-SA 3.0",
    tasks=("boolq",),
    load=load,
    modes=("ppl", "gen"),
    folders=FOLDERS,
    languages=("en",),
    abilities=("understanding",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 boolq (ppl), OpenCompass SuperGLUE_BoolQ_gen_883d50 (gen)",
    data_checked="SuperGLUE validation set",
)

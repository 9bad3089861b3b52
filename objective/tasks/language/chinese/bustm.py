"""BUSTM: whether two short Chinese sentences, said to a phone, mean the same."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.chinese.layout import FOLDERS, LICENCE, fewclue_data
from objective.tasks.language.choices import labelled_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = fewclue_data("bustm", "BUSTM")
_LABELS = ("0", "1")


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    values = {"sentence1": row.text("sentence1"), "sentence2": row.text("sentence2")}
    return labelled_item(row, prompt, values, _LABELS[row.label(_LABELS)])


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the public test set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    return load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="bustm",
    title="paraphrases of short sentences in Chinese",
    source="https://github.com/CLUEbenchmark/FewCLUE",
    licence=LICENCE,
    tasks=("bustm",),
    load=load,
    folders=FOLDERS,
    languages=("zh",),
    abilities=("understanding",),
    splits="public test; examples from dev",
    verified="prompt: OpenCompass FewCLUE_bustm_gen_634f41",
    data_checked="FewCLUE public test set",
)

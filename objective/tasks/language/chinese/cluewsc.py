"""CLUEWSC: whether a pronoun in a Chinese text refers to a noun."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.chinese.layout import FOLDERS, LICENCE, fewclue_data
from objective.tasks.language.choices import labelled_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = fewclue_data("cluewsc", "CLUEWSC")
_LABELS = ("false", "true")


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    target = row.part("target")
    values = {"text": row.text("text"), "noun": target.text("span1_text"), "pronoun": target.text("span2_text")}
    return labelled_item(row, prompt, values, _LABELS[row.label(_LABELS)])


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the public test set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    return load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="cluewsc",
    title="pronouns and their nouns in Chinese",
    source="https://github.com/CLUEbenchmark/FewCLUE",
    licence=LICENCE,
    tasks=("cluewsc",),
    load=load,
    folders=FOLDERS,
    languages=("zh",),
    abilities=("language",),
    splits="public test; examples from dev",
    verified="prompt: OpenCompass FewCLUE_cluewsc_gen_c68933",
    data_checked="FewCLUE public test set",
)

"""WiC: whether a word has the same sense in two English sentences."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import labelled_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.language.superglue.layout import FOLDERS, TRUTH, superglue_data
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = superglue_data("WiC")


def _continued(row: Row, prompt: PublishedPrompt) -> Item:
    """An item that shows the word as the first sentence has it."""
    return _item(row, prompt, row.text("sentence1")[_place(row, "start1") : _place(row, "end1")])


def _lettered(row: Row, prompt: PublishedPrompt) -> Item:
    return _item(row, prompt, row.text("word"))


def _item(row: Row, prompt: PublishedPrompt, word: str) -> Item:
    values = {"sentence1": row.text("sentence1"), "sentence2": row.text("sentence2"), "word": word}
    return labelled_item(row, prompt, values, TRUTH[row.label(TRUTH)])


def _place(row: Row, column: str) -> int:
    place = row.value(column)
    if isinstance(place, str) and place.isdigit():
        return int(place)
    if not isinstance(place, int):
        raise row.problem(f"a place in {column}", place)
    return place


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    return load_choices(DATA, {"ppl": _continued, "gen": _lettered}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="wic",
    title="word senses in English",
    source="https://pilehvar.github.io/wic",
    licence="CC BY-NC 4.0",
    tasks=("wic",),
    load=load,
    modes=("ppl", "gen"),
    folders=FOLDERS,
    languages=("en",),
    abilities=("language",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 wic (ppl), OpenCompass SuperGLUE_WiC_gen_d06864 (gen)",
)

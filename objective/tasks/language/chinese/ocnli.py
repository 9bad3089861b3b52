"""OCNLI: whether a Chinese sentence entails another, contradicts it, or leaves it open."""

from dataclasses import replace
from pathlib import Path

from objective.notes import Note, NoteCode
from objective.task import Family, Item, Mode, Task
from objective.tasks.language.chinese.layout import FOLDERS
from objective.tasks.language.choices import ChoiceData, labelled_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.published_prompts.prompts import PublishedPrompt

_LABELS = ("entailment", "neutral", "contradiction")
_UNDECIDED = "-"
"""Label of sentences on which the annotators did not agree."""


def _decided(row: Row) -> tuple[Row, ...]:
    return () if row.value("label") == _UNDECIDED else (row,)


DATA = ChoiceData(
    prompt="ocnli",
    title="OCNLI",
    folders=FOLDERS,
    files=("OCNLI/dev", "OCNLI_dev", "ocnli/dev", "ocnli/validation*"),
    examples=("OCNLI/train*", "OCNLI_train", "ocnli/train*"),
    expand=_decided,
    continued=False,
)


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    values = {"sentence1": row.text("sentence1"), "sentence2": row.text("sentence2")}
    return labelled_item(row, prompt, values, _LABELS[row.label(_LABELS)])


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the development set without the sentences whose label its annotators left open.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    task = load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)
    asked = DATA.open(data_dir)
    left_out = len(asked.rows(DATA.split)) - len(task.items)
    notes = (Note(NoteCode.no_published_answers, count=left_out),) if left_out else ()
    return replace(task, notes=notes)


FAMILY = Family(
    name="ocnli",
    title="entailment in Chinese",
    source="https://github.com/CLUEbenchmark/OCNLI",
    licence="CC BY-NC 2.0",
    tasks=("ocnli",),
    load=load,
    folders=FOLDERS,
    languages=("zh",),
    abilities=("understanding",),
    splits="dev; examples from train",
    verified="prompt: OpenCompass CLUE_ocnli_gen_c4cb6c",
    data_checked="OCNLI dev",
)

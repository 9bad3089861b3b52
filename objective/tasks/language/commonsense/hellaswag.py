"""HellaSwag: the likeliest ending of a scene, in English."""

import re
from dataclasses import replace
from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import ChoiceData, choice_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.published_files import HubSource
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = ChoiceData(
    prompt="hellaswag",
    title="HellaSwag",
    folders=("hellaswag", "HellaSwag"),
    files=("hellaswag_val", "val", "validation*"),
    examples=("hellaswag_train", "train*"),
    hub=HubSource("Rowan/hellaswag"),
)
_PLACES = ("0", "1", "2", "3")
_BRACKETS = re.compile(r"\[.*?\]")


def _plain(text: str) -> str:
    """A text without the brackets of its source, as the harness shows it."""
    return _BRACKETS.sub("", text.strip().replace(" [title]", ". ")).replace("  ", " ")


def _continued(row: Row, prompt: PublishedPrompt) -> Item:
    values = {"activity": row.text("activity_label"), "context": _context(row)}
    item = choice_item(row, prompt, values, _endings(row), _right(row))
    return replace(item, question=_plain(item.question))


def _lettered(row: Row, prompt: PublishedPrompt) -> Item:
    return choice_item(row, prompt, {"context": _plain(_context(row))}, _endings(row), _right(row))


def _context(row: Row) -> str:
    return f"{row.text('ctx_a')} {row.text('ctx_b').capitalize()}"


def _endings(row: Row) -> list[str]:
    endings = [_plain(ending) for ending in row.texts("endings")]
    if len(endings) != len(_PLACES):
        raise row.problem("four endings", row.value("endings"))
    return endings


def _right(row: Row) -> int:
    return row.label(_PLACES)


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    return load_choices(DATA, {"ppl": _continued, "gen": _lettered}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="hellaswag",
    title="endings of scenes in English",
    source="https://github.com/rowanz/hellaswag",
    licence="MIT",
    tasks=("hellaswag",),
    load=load,
    modes=("ppl", "gen"),
    folders=DATA.folders,
    languages=("en",),
    abilities=("reasoning",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 hellaswag (ppl), OpenCompass hellaswag_gen_6faab5 (gen)",
)

"""PIQA: the better way to reach a goal in everyday life, in English."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import ChoiceData, choice_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.published_files import HubSource
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = ChoiceData(
    prompt="piqa",
    title="PIQA",
    folders=("piqa", "PIQA", "physicaliqa-train-dev"),
    files=("valid", "dev", "validation*"),
    examples=("train*",),
    hub=HubSource("baber/piqa"),
    labels={"valid": "valid-labels.lst", "dev": "dev-labels.lst", "train*": "train-labels.lst"},
)
_SOLUTIONS = ("sol1", "sol2")


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    solutions = [row.text(one) for one in _SOLUTIONS]
    return choice_item(row, prompt, {"goal": row.text("goal")}, solutions, row.label(("0", "1")))


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set; the authors' files have the labels in a file of their own.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    return load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="piqa",
    title="ways to reach a goal in everyday life, in English",
    source="https://yonatanbisk.com/piqa",
    licence="AFL 3.0",
    tasks=("piqa",),
    load=load,
    modes=("ppl", "gen"),
    folders=DATA.folders,
    languages=("en",),
    abilities=("reasoning",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 piqa (ppl), OpenCompass piqa_gen_1194eb (gen)",
)

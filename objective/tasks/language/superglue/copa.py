"""COPA: the likelier cause or effect of a premise, in English."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import choice_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.language.superglue.layout import FOLDERS, superglue_data
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = superglue_data("COPA")
_CONNECTORS = {"cause": "because", "effect": "therefore"}
_CHOICES = ("choice1", "choice2")


def _relation(row: Row) -> str:
    relation = row.text("question")
    if relation not in _CONNECTORS:
        raise row.problem("cause or effect in question", relation)
    return relation


def _continued(row: Row, prompt: PublishedPrompt) -> Item:
    """A sentence and its continuation; as in the harness, two spaces stand between them."""
    values = {"premise": row.text("premise").strip()[:-1], "connector": _CONNECTORS[_relation(row)]}
    options = [f" {text[:1].lower()}{text[1:]}" for text in (row.text(one) for one in _CHOICES)]
    return choice_item(row, prompt, values, options, row.label(_CHOICES))


def _lettered(row: Row, prompt: PublishedPrompt) -> Item:
    values = {"premise": row.text("premise"), "relation": _relation(row)}
    return choice_item(row, prompt, values, [row.text(one) for one in _CHOICES], row.label(_CHOICES))


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    return load_choices(DATA, {"ppl": _continued, "gen": _lettered}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="copa",
    title="causes and effects in English",
    source="https://people.ict.usc.edu/~gordon/copa.html",
    licence="BSD 2-Clause",
    tasks=("copa",),
    load=load,
    modes=("ppl", "gen"),
    folders=FOLDERS,
    languages=("en",),
    abilities=("reasoning",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 copa (ppl), OpenCompass SuperGLUE_COPA_gen_91ca53 (gen)",
    data_checked="SuperGLUE validation set",
)

"""GPQA: graduate-level questions in biology, physics and chemistry with four options.

The published files name the right answer first. Here the order of the options is drawn for each question with a fixed
seed from its text, so that it is the same in every run and on every machine.
"""

import hashlib
from pathlib import Path
from typing import Any

from objective.task import LETTERS, Family, Item, Mode, Task
from objective.tasks.published_files import HubSource, cell, open_published
from objective.tasks.published_prompts.templates import published_template
from storage.errors import BadInput

FOLDERS = ("gpqa", "GPQA", "gpqa/dataset")
SEED = 0
"""Seed of the order of the options; another value would be another task."""

_SETS = ("main", "diamond", "extended")
_RIGHT = "Correct Answer"
_WRONG = ("Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")


def _cleaned(text: str) -> str:
    """A text as the evaluation harness shows it."""
    return text.strip().replace(" [title]", ". ").replace("  ", " ")


def _place(question: str, answer: str) -> bytes:
    return hashlib.sha256(f"{SEED}\n{question}\n{answer}".encode()).digest()


def _item(key: str, row: dict[str, Any]) -> Item:
    where = {"key": key, "title": "GPQA"}
    question = str(cell(row, "Question", **where))
    answers = [_cleaned(str(cell(row, column, **where))) for column in (_RIGHT, *_WRONG)]
    if len(set(answers)) < len(answers) or not all(answers):
        raise BadInput(f"expected four different answers in row {key} of GPQA, got {answers!r:.80}; fetch it again")
    shown = sorted(answers, key=lambda answer: _place(question, answer))
    return Item(key=key, question=question, options=tuple(shown), gold=(LETTERS[shown.index(answers[0])],))


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one of the three sets, such as `gpqa-diamond`.

    Raises:
        NotFound: the data folder has no file for this set.
        BadInput: a row lacks a column, or two of its answers are equal.
    """
    part = name.removeprefix("gpqa-")
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={"train": (f"gpqa_{part}",)},
        title=name,
        hub=HubSource("Idavidrein/gpqa", f"gpqa_{part}"),
    )
    items = tuple(_item(str(row.get("Record ID") or number), row) for number, row in enumerate(data.rows("train")))
    likelihood = mode == "ppl"
    return Task(
        name=name,
        mode=mode,
        items=items,
        # The published options are (A) to (D); the parenthesis before a letter belongs to the join.
        templates={"": published_template("lm_eval", "gpqa" if likelihood else "gpqa-cot", join=" (")},
        source=data.digest,
        max_tokens=1024,
    )


FAMILY = Family(
    name="gpqa",
    title="graduate-level science in English",
    source="https://github.com/idavidrein/gpqa",
    licence="CC BY 4.0",
    tasks=tuple(f"gpqa-{part}" for part in _SETS),
    load=load,
    modes=("gen", "ppl"),
    folders=FOLDERS,
    languages=("en",),
    abilities=("knowledge", "reasoning"),
    splits="main, diamond, extended",
    verified="prompts of lm-eval 0.4.13 (gpqa_main_cot_zeroshot, gpqa_main_zeroshot), byte for byte",
)

"""CommitmentBank: whether an English text entails a clause in it, contradicts it, or leaves it open."""

from dataclasses import replace
from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import labelled_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.language.superglue.layout import FOLDERS, LICENCE, superglue_data
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = superglue_data("CB")
_LABELS = ("entailment", "contradiction", "neutral")


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    values = {"premise": row.text("premise"), "hypothesis": row.text("hypothesis")}
    return labelled_item(row, prompt, values, _LABELS[row.label(_LABELS)])


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set, which is scored by accuracy and by the mean of F1 over the three classes.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    task = load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)
    return replace(task, scorer="macro_f1_options" if mode == "ppl" else "macro_f1")


FAMILY = Family(
    name="cb",
    title="entailment of clauses in English",
    source="https://github.com/mcdm/CommitmentBank",
    licence=LICENCE,
    tasks=("cb",),
    load=load,
    modes=("ppl", "gen"),
    folders=FOLDERS,
    languages=("en",),
    abilities=("understanding",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 cb (ppl), OpenCompass SuperGLUE_CB_gen_854c6c (gen)",
    data_checked="SuperGLUE validation set",
)

"""RTE: whether an English text entails a hypothesis; the same words in GLUE and SuperGLUE."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import labelled_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.language.superglue.layout import FOLDERS, LICENCE, superglue_data
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = superglue_data("RTE")
_LABELS = ("entailment", "not_entailment")


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    values = {"premise": row.text("premise", "sentence1"), "hypothesis": row.text("hypothesis", "sentence2")}
    return labelled_item(row, prompt, values, _LABELS[row.label(_LABELS)])


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    return load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="rte",
    title="entailment in English",
    source="https://super.gluebenchmark.com",
    licence=LICENCE,
    tasks=("rte",),
    load=load,
    modes=("ppl", "gen"),
    folders=FOLDERS,
    languages=("en",),
    abilities=("understanding",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 sglue_rte (ppl), OpenCompass SuperGLUE_RTE_gen_68aac7 (gen)",
)

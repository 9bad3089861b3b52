"""SIQA: reasons, reactions and needs of people in everyday scenes, in English."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import ChoiceData, choice_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.published_files import HubSource
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = ChoiceData(
    prompt="siqa",
    title="SIQA",
    folders=("siqa", "socialiqa-train-dev", "social_i_qa"),
    files=("dev", "validation*"),
    examples=("train*",),
    hub=HubSource("lighteval/siqa"),
    labels={"dev": "dev-labels.lst", "train*": "train-labels.lst"},
)
_ANSWERS = ("answerA", "answerB", "answerC")


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    values = {"context": row.text("context"), "question": row.text("question")}
    answers = [row.text(one) for one in _ANSWERS]
    return choice_item(row, prompt, values, answers, row.label(("1", "2", "3"), first=1))


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set; the authors' files have the labels in a file of their own.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    return load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="siqa",
    title="people in everyday scenes, in English",
    source="https://leaderboard.allenai.org/socialiqa",
    licence="CC BY 4.0",
    tasks=("siqa",),
    load=load,
    modes=("ppl", "gen"),
    folders=DATA.folders,
    languages=("en",),
    abilities=("reasoning",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 social_iqa (ppl), OpenCompass siqa_gen_18632c (gen)",
)

"""Natural Questions (open): English questions to a search engine, answered without a passage."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.reading.open_questions import OpenQuestions, load_questions
from objective.tasks.language.rows import Row
from objective.tasks.published_files import HubSource, references

DATA = OpenQuestions(
    prompt="nq",
    title="Natural Questions (open)",
    folders=("nq_open", "nq", "natural_question"),
    files={
        "validation": ("NQ-open.efficientqa.dev.1.1.jsonl", "NQ-open.dev.jsonl", "nq_open/validation*", "validation*"),
        "train": ("NQ-open.train.jsonl", "nq_open/train*", "train*"),
    },
    scorer="open_answer_without_articles",
    hub=HubSource("google-research-datasets/nq_open"),
)


def _item(row: Row) -> Item:
    accepted = references(row.texts("answer"), key=row.key, title=row.title)
    return Item(key=row.key, question=row.text("question"), gold=accepted, kind="text")


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the development set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column, or a question has no answer.
    """
    return load_questions(DATA, _item, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="nq",
    title="questions to a search engine in English",
    source="https://github.com/google-research-datasets/natural-questions/tree/master/nq_open",
    licence="CC BY-SA 3.0",
    tasks=("nq",),
    load=load,
    modes=("gen",),
    folders=DATA.folders,
    languages=("en",),
    abilities=("knowledge",),
    splits="dev; examples from train",
    metric="exact_match",
    verified="prompt: lm-eval 0.4.13 nq_open",
)

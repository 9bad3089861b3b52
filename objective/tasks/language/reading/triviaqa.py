"""TriviaQA: trivia questions in English, answered without a passage."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.reading.open_questions import OpenQuestions, load_questions
from objective.tasks.language.rows import Row
from objective.tasks.published_files import HubSource, references

DATA = OpenQuestions(
    prompt="triviaqa",
    title="TriviaQA",
    folders=("triviaqa", "triviaqa-unfiltered", "qa", "trivia_qa"),
    files={
        "validation": ("unfiltered-web-dev", "wikipedia-dev", "rc.nocontext/validation*", "validation*"),
        "train": ("unfiltered-web-train", "wikipedia-train", "rc.nocontext/train*", "train*"),
    },
    scorer="open_answer",
    hub=HubSource("mandarjoshi/trivia_qa", "rc.nocontext"),
)


def _item(row: Row) -> Item:
    answer = row.part("answer" if "answer" in row.values else "Answer")
    accepted = references(answer.texts("aliases", "Aliases"), key=row.key, title=row.title)
    return Item(key=row.key, question=row.text("question", "Question"), gold=accepted, kind="text")


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the development set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column, or a question has no answer.
    """
    return load_questions(DATA, _item, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="triviaqa",
    title="trivia questions in English",
    source="https://nlp.cs.washington.edu/triviaqa",
    licence="Apache-2.0",
    tasks=("triviaqa",),
    load=load,
    modes=("gen",),
    folders=DATA.folders,
    languages=("en",),
    abilities=("knowledge",),
    splits="dev; examples from train",
    metric="exact_match",
    verified="prompt: lm-eval 0.4.13 triviaqa",
)

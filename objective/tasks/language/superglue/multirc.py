"""MultiRC: whether an answer to a question on an English paragraph is right; several answers may be.

The harness's own task file counts the option at the position of the label, which is `no` for a right answer. Here `yes`
is right for a right answer; the prompt is the same.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import labelled_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.language.superglue.layout import FOLDERS, LICENCE, TRUTH, superglue_data
from objective.tasks.published_prompts.prompts import PublishedPrompt
from storage.values import digest


def _answers(row: Row) -> Iterator[Row]:
    """One row for each answer, as on data hubs; a row of the authors holds a paragraph with all its questions."""
    if "passage" not in row.values:
        yield Row({**row.values, "group": digest(row.text("paragraph"))[:12]}, row.key, row.title)
        return
    passage = row.part("passage")
    for question_at, question in enumerate(passage.parts("questions")):
        for answer_at, answer in enumerate(question.parts("answers")):
            values = {
                "paragraph": passage.text("text"),
                "question": question.text("question"),
                "answer": answer.text("text"),
                "label": answer.value("label"),
                "group": row.key,
            }
            yield Row(values, f"{row.key}-{question_at}-{answer_at}", row.title)


DATA = superglue_data("MultiRC", expand=_answers)


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    values = {name: row.text(name) for name in ("paragraph", "question", "answer")}
    return labelled_item(row, prompt, values, TRUTH[row.label(TRUTH)], group=row.text("group"))


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set; answers on one paragraph count as alike.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column.
    """
    task = load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)
    return replace(task, scorer="answer_f1_options" if mode == "ppl" else "answer_f1")


FAMILY = Family(
    name="multirc",
    title="answers to questions on a paragraph in English",
    source="https://cogcomp.seas.upenn.edu/multirc",
    licence=LICENCE,
    tasks=("multirc",),
    load=load,
    modes=("ppl", "gen"),
    folders=FOLDERS,
    languages=("en",),
    abilities=("understanding",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 multirc (ppl), OpenCompass SuperGLUE_MultiRC_gen_27071f (gen)",
)

"""MMLU-Pro: English questions with up to ten options in 14 subjects, answered after worked steps.

The questions come from `test`; the five examples of a subject come from `validation`, which holds worked answers.
"""

from pathlib import Path
from typing import Any

from objective.task import Family, Item, Mode, Task, TaskGroup
from objective.tasks.published_files import HubSource, cell, open_published, option_letter
from objective.tasks.published_prompts.templates import published_template

FOLDERS = ("mmlu_pro", "MMLU-Pro", "MMLU-Pro/data", "mmlu_pro/data")
SHOTS = 5
SUBJECTS = (
    "biology", "business", "chemistry", "computer science", "economics", "engineering", "health", "history", "law",
    "math", "other", "philosophy", "physics", "psychology",
)  # fmt: skip
_PREFIX, _TITLE = "mmlu-pro-", "MMLU-Pro"
_OPENING = "A: Let's think step by step. "
"""Beginning of the worked answers, which the question of an example already ends in."""


def _files(split: str) -> tuple[str, ...]:
    return (f"{split}-*.parquet", split, f"data/{split}-*.parquet")


def _item(row: dict[str, Any]) -> Item:
    key = str(row.get("question_id", "?"))
    where = {"key": key, "title": _TITLE}
    options = tuple(str(one).strip() for one in cell(row, "options", **where))
    return Item(
        key=str(cell(row, "question_id", **where)),
        question=str(cell(row, "question", **where)),
        options=options,
        gold=(option_letter(cell(row, "answer", **where), len(options), key=key, title=_TITLE),),
        subject=str(row["category"]),
        worked=str(row.get("cot_content") or "").replace(_OPENING, ""),
    )


def _category(row: dict[str, Any]) -> str:
    return str(cell(row, "category", key=str(row.get("question_id", "?")), title=_TITLE))


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one subject, such as `mmlu-pro-law`.

    Raises:
        NotFound: the data folder has no files of MMLU-Pro.
        BadInput: a row lacks a column or has an answer that is no option, or the file has no row of this subject.
    """
    subject = name.removeprefix(_PREFIX).replace("_", " ")
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={split: _files(split) for split in ("test", "validation")},
        title=_TITLE,
        hub=HubSource("TIGER-Lab/MMLU-Pro"),
    )
    items, pool = (
        tuple(_item(row) for row in data.rows(split) if _category(row) == subject) for split in ("test", "validation")
    )
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": published_template("lm_eval", "mmlu-pro")},
        source=data.digest,
        pool=pool,
        shots=SHOTS,
        max_tokens=2048,
        stop=("Question:",),
    )


FAMILY = Family(
    name="mmlu-pro",
    title="hard English exams with up to ten options in 14 subjects",
    source="https://github.com/TIGER-AI-Lab/MMLU-Pro",
    licence="MIT",
    tasks=tuple(f"{_PREFIX}{subject.replace(' ', '_')}" for subject in SUBJECTS),
    load=load,
    modes=("gen", "ppl"),
    groups=(TaskGroup("mmlu-pro", tuple(f"{_PREFIX}{subject.replace(' ', '_')}" for subject in SUBJECTS)),),
    folders=FOLDERS,
    languages=("en",),
    abilities=("knowledge", "reasoning"),
    splits="test; examples from validation",
    verified="prompts of lm-eval 0.4.13 (mmlu_pro), byte for byte",
)

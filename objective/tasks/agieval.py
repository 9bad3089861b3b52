"""AGIEval: 21 entrance and qualification exams in Chinese and English, read from the files of version 1.0."""

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from objective.notes import Note, NoteCode
from objective.task import LETTERS, AnswerKind, Family, Item, Mode, Task, TaskGroup, Template
from objective.tasks.data_folder import DataFolder, find_folder
from storage.errors import BadInput

FOLDERS = ("agieval", "AGIEval/data/v1", "agieval/v1", "data/v1", "AGIEval")
CHINESE = (
    "gaokao-chinese", "gaokao-english", "gaokao-geography", "gaokao-history", "gaokao-biology", "gaokao-chemistry",
    "gaokao-physics", "gaokao-mathqa", "gaokao-mathcloze", "logiqa-zh", "jec-qa-kd", "jec-qa-ca",
)  # fmt: skip
ENGLISH = (
    "lsat-ar", "lsat-lr", "lsat-rc", "logiqa-en", "sat-math", "sat-en", "sat-en-without-passage", "aqua-rat", "math",
)  # fmt: skip
_ENGLISH_PROMPTS = (*ENGLISH, "gaokao-english")
_MULTIPLE_ANSWER_EXAMS = ("jec-qa-kd", "jec-qa-ca", "gaokao-physics", "gaokao-mathqa")
"""Exams with items that have several right options."""

_EXAMPLES = "few_shot_prompts.csv"
_EXAMPLES_OF = {"sat-en-without-passage": "sat-en"}
_LABEL = re.compile(r"^\s*(?:\([A-J]\)|[A-J][.．、])\s*")

_OPTION_BOUNDARY = re.compile(r"\s*[A-D][.．]\s*")

_TEMPLATES = {
    ("en", "choice"): Template(
        question="Question: {question}\n{options}\nAnswer:",
        instruction="Each question has exactly one right option. Answer with its letter.",
    ),
    ("zh", "choice"): Template(
        question="题目：{question}\n{options}\n答案：", join="", instruction="每道题只有一个选项正确，请回答它的字母。"
    ),
    ("zh", "choices"): Template(
        question="题目：{question}\n{options}\n答案：",
        join="",
        instruction="每道题有一个或多个选项正确，请只写出全部正确选项的字母，例如 AC。",
    ),
    ("en", "math"): Template(
        question="Problem: {question}\nAnswer:", instruction="Solve each problem. Put the final result in \\boxed{}."
    ),
    ("zh", "math"): Template(
        question="题目：{question}\n答案：", join="", instruction="请解答每道题，并把最终结果写在 \\boxed{} 中。"
    ),
}


def _item(key: str, row: dict[str, Any], exam: str) -> Item:
    if not isinstance(row["question"], str) or not isinstance(row.get("options") or [], list):
        raise BadInput(
            f"expected a text as question and a list of options in row {key} of {exam}; fetch the file again"
        )
    question = "\n".join(part.strip() for part in (row.get("passage") or "", row["question"]) if part.strip())
    options = row.get("options")
    if not options:
        return Item(
            key=key, question=question, gold=("" if row["answer"] is None else str(row["answer"]).strip(),), kind="math"
        )
    if len(options) == 1:  # some published examples hold all options in one text
        options = _OPTION_BOUNDARY.split(str(options[0]))[1:]
    # A label is a letter or a list of letters, sometimes with spaces and full stops.
    letters = "".join(letter for letter in LETTERS[: len(options)] if letter in (row["label"] or ""))
    kind: AnswerKind = "choices" if exam in _MULTIPLE_ANSWER_EXAMS else "choice"
    return Item(
        key=key,
        question=question,
        gold=(letters,),
        options=tuple(_LABEL.sub("", str(option)).strip() for option in options),
        kind=kind,
    )


def _pool(folder: DataFolder, exam: str) -> tuple[Item, ...]:
    """The published examples of an exam, without passages for the exam that has none."""
    if not folder.has(_EXAMPLES):
        return ()
    column = _EXAMPLES_OF.get(exam, exam)
    items = []
    for number, row in enumerate(folder.csv(_EXAMPLES)):
        cell = row.get(column, "")
        if not row[""].startswith("sample") or not cell.strip():
            continue
        try:
            example = ast.literal_eval(cell)
        except (SyntaxError, ValueError) as error:
            raise BadInput(f"expected an example of {exam} in row {number + 1} of {_EXAMPLES}, got {error}") from error
        if exam == "sat-en-without-passage":
            example["passage"] = None
        items.append(_item(f"example-{number}", example, exam))
    return tuple(items)


def _single_answer_items(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The items with a single right option, as kind `choice`; `ppl` can only select one option."""
    return tuple(
        replace(item, kind="choice") if item.options else item
        for item in items
        if not item.options or len(item.gold[0]) == 1
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one exam, such as `agieval-logiqa-en`.

    Raises:
        NotFound: the data folder has no file for this exam.
        BadInput: a row lacks a field.
    """
    exam = name.removeprefix("agieval-")
    folder = find_folder(data_dir, FOLDERS, needs=f"{exam}.jsonl", title=name)
    try:
        read = [_item(str(number), row, exam) for number, row in enumerate(folder.lines(f"{exam}.jsonl"))]
        pool = _pool(folder, exam)
    except KeyError as error:
        raise BadInput(f"expected question, options and label in each row of {name}, got one without {error}") from None
    items = tuple(item for item in read if item.gold[0])
    notes = tuple(Note(NoteCode.no_published_answer, name=item.key) for item in read if not item.gold[0])
    if mode == "ppl":
        several = sum(len(item.gold[0]) > 1 for item in items if item.options)
        notes += (Note(NoteCode.several_right_options, count=several),) if several else ()
        items, pool = _single_answer_items(items), _single_answer_items(pool)
    kind = items[0].kind if items else "choice"
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": _TEMPLATES["en" if exam in _ENGLISH_PROMPTS else "zh", kind]},
        source=folder.digest,
        pool=pool,
        notes=notes,
        max_tokens=512 if kind == "math" else 256,
    )


def _group(name: str, exams: tuple[str, ...]) -> TaskGroup:
    return TaskGroup(name, tuple(f"agieval-{exam}" for exam in exams))


FAMILY = Family(
    name="agieval",
    title="entrance and qualification exams in Chinese and English",
    source="https://github.com/ruixiangcui/AGIEval",
    licence="MIT; each exam keeps its original terms",
    tasks=tuple(f"agieval-{exam}" for exam in (*CHINESE, *ENGLISH)),
    load=load,
    groups=(
        _group("agieval-chinese", CHINESE),
        _group("agieval-english", ENGLISH),
        _group("agieval-gaokao", tuple(exam for exam in CHINESE if exam.startswith("gaokao"))),
        _group("agieval", (*CHINESE, *ENGLISH)),
    ),
    folders=FOLDERS,
    free=("agieval-gaokao-mathcloze", "agieval-math"),
    languages=("zh", "en"),
    abilities=("knowledge", "understanding", "reasoning"),
    splits="version 1.0; published examples",
    data_checked="all exams",
)

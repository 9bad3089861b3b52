"""MixEval-Hard: 1,000 hard questions in English from several benchmarks, half with options, half with short answers.

The prompts are the authors'. Their published figures come from a model that reads every answer and gives free ones any
mark from 0 to 1; the rules here give a free answer for right only if it states an accepted one, so they are stricter.
`--grader` marks them by a model as well.
"""

from pathlib import Path
from typing import Any

from objective.task import LETTERS, Family, Item, Mode, Task, TaskGroup, Template
from objective.tasks.published_files import HubSource, cell, open_published, option_letter, references
from objective.tasks.published_prompts.prompts import published_prompt
from objective.tasks.published_prompts.templates import published_template
from storage.errors import BadInput

FOLDERS = (
    "mixeval_hard", "mixeval-hard", "mix_eval/data/mixeval-2024-06-01/mixeval-hard", "MixEval-Hard",
)  # fmt: skip
_WITH_STEPS = ("BBH", "GSM8k", "MATH")
"""Benchmarks whose questions the authors ask to answer step by step."""

_FILES = {
    "mixeval-hard-multiple-choice": ("multiple-choice", "MultipleChoice"),
    "mixeval-hard-free-form": ("free-form", "Freeform"),
}


def _question(row: dict[str, Any], key: str, title: str) -> str:
    context = row.get("context")
    prompt = str(cell(row, "prompt", key=key, title=title))
    shown = (
        "" if context is None or str(context).lower() in ("none", "null") or not str(context).strip(" ") else context
    )
    return f"{shown}\n{prompt}" if shown else prompt


def _choice(key: str, row: dict[str, Any], title: str) -> Item:
    options = tuple(str(one) for one in cell(row, "options", key=key, title=title))
    target = cell(row, "target", key=key, title=title)
    place = target[0] if isinstance(target, list) and len(target) == 1 else target
    if isinstance(place, list):
        raise BadInput(f"expected one right option in row {key} of {title}, got {target!r:.60}; fetch the file again")
    letters = LETTERS[: len(options)]
    shown = "\n".join(f"{letter}. {option}" for letter, option in zip(letters, options, strict=True))
    prompt = published_prompt("authors", "mixeval-multiple-choice")
    return Item(
        key=key,
        question=prompt.render({"question": _question(row, key, title), "options": shown}),
        options=options,
        gold=(option_letter(place, len(options), key=key, title=title),),
        subject=str(row.get("benchmark_name", "")),
    )


def _free(key: str, row: dict[str, Any], title: str) -> Item:
    target = cell(row, "target", key=key, title=title)
    benchmark = str(row.get("benchmark_name", ""))
    return Item(
        key=key,
        question=_question(row, key, title),
        gold=references(target if isinstance(target, list) else [target], key=key, title=title),
        kind="text",
        subject=benchmark,
        form="steps" if benchmark in _WITH_STEPS else "short",
        data={"asked": str(row["prompt"]), **({"latex": True} if benchmark == "MATH" else {})},
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one half, such as `mixeval-hard-free-form`.

    Raises:
        NotFound: the data folder has no file of this half.
        BadInput: a row lacks a field or its answer.
    """
    stem, config = _FILES[name]
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={"test": (stem,)},
        title=name,
        hub=HubSource("MixEval/MixEval", f"MixEval_Hard_{config}"),
    )
    rows = data.rows("test")
    by_key = rows[0].items() if len(rows) == 1 and "prompt" not in rows[0] else enumerate(rows)
    is_choice = name.endswith("choice")
    return Task(
        name=name,
        mode=mode,
        items=tuple((_choice if is_choice else _free)(str(key), row, name) for key, row in by_key),
        templates={"": Template("{question}", join="\n")}
        if is_choice
        else {form: published_template("authors", f"mixeval-{form}", join="\n") for form in ("short", "steps")},
        source=data.digest,
        max_tokens=256 if is_choice else 512,
        scorer="" if is_choice else "stated_answer",
    )


FAMILY = Family(
    name="mixeval-hard",
    title="hard questions in English from several benchmarks",
    source="https://github.com/Psycoy/MixEval",
    licence="each benchmark keeps its own terms",
    tasks=tuple(_FILES),
    load=load,
    modes=("gen", "ppl"),
    groups=(TaskGroup("mixeval-hard", tuple(_FILES)),),
    folders=FOLDERS,
    free=("mixeval-hard-free-form",),
    languages=("en",),
    abilities=("knowledge", "understanding", "reasoning"),
    splits="2024-06-01",
    verified="1,000 recorded prompts, byte for byte; recorded answers give 27.7 by rules (options 37.0, free 18.4), "
    "published 39.1 by marks of a model: only 24.0 of the free ones hold an accepted answer",
    data_checked="all 1,000 questions",
)

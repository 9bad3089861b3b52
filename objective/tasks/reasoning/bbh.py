"""BIG-Bench Hard: 27 tasks of reasoning in English with the authors' three worked examples.

The examples are read from the published `cot-prompts` beside the questions. An answer is an option in parentheses, a
number, or a word or list of words.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from objective.causes import Cause, CauseCode, MissingData
from objective.scoring.numbers import value_of
from objective.task import LETTERS, Family, Item, Mode, Task, TaskGroup
from objective.tasks.data_folder import DataFolder
from objective.tasks.published_files import cell, open_published
from objective.tasks.published_prompts.templates import published_template
from storage.errors import BadInput

FOLDERS = ("bbh", "BIG-Bench-Hard", "bbh_5_tasks", "BBH/data", "BBH")
SUBTASKS = (
    "boolean_expressions", "causal_judgement", "date_understanding", "disambiguation_qa", "dyck_languages",
    "formal_fallacies", "geometric_shapes", "hyperbaton", "logical_deduction_five_objects",
    "logical_deduction_seven_objects", "logical_deduction_three_objects", "movie_recommendation",
    "multistep_arithmetic_two", "navigate", "object_counting", "penguins_in_a_table",
    "reasoning_about_colored_objects", "ruin_names", "salient_translation_error_detection", "snarks",
    "sports_understanding", "temporal_sequences", "tracking_shuffled_objects_five_objects",
    "tracking_shuffled_objects_seven_objects", "tracking_shuffled_objects_three_objects", "web_of_lies",
    "word_sorting",
)  # fmt: skip
_PREFIX = "bbh-"
_EXAMPLE = re.compile(
    r"^Q: (?P<input>.*?)\nA: Let's think step by step\.\n(?P<worked>.*?)(?=\n\nQ: |\s*\Z)", re.S | re.M
)
_STATED = re.compile(r"the answer is (.*?)\.?\s*\Z", re.S)
_LETTER = re.compile(r"\(([A-Z])\)")
_OPTION = re.compile(r"^\(([A-Z])\) ?(.*)$", re.M)


def _item(key: str, question: str, target: str, *, worked: str = "") -> Item:
    """An item of the kind that its answer shows."""
    letter, options = _LETTER.fullmatch(target), _OPTION.findall(question)
    named = "".join(name for name, _ in options)
    if letter is not None and len(named) > 1 and letter[1] in named and named == LETTERS[: len(named)]:
        texts = tuple(text for _, text in options)
        return Item(key=key, question=question, gold=(letter[1],), options=texts, worked=worked)
    if value_of(target) is not None:
        return Item(key=key, question=question, gold=(target,), kind="number", worked=worked)
    accepted = dict.fromkeys((target, target.replace(" ", "")) if not re.search(r"\w", target) else (target,))
    return Item(key=key, question=question, gold=tuple(accepted), kind="exact", worked=worked)


def read_examples(text: str, *, title: str) -> tuple[str, tuple[Item, ...]]:
    """The instruction and the worked examples of a published file.

    Args:
        text: text of the file; a warning against training on it may stand above a line of hyphens.
        title: title of the data, for error messages.

    Raises:
        BadInput: the text holds no examples, or one without an answer.
    """
    body = text.partition("-----\n")[2] or text
    instruction, _, _ = body.partition("\n\nQ: ")
    items = []
    for number, match in enumerate(_EXAMPLE.finditer(body)):
        stated = _STATED.search(match["worked"])
        if stated is None:
            raise BadInput(
                f"expected worked answers that end in 'the answer is …' in the examples of {title}, got "
                f"{match['worked'][-40:]!r}; fetch the file again"
            )
        items.append(_item(f"example-{number}", match["input"], stated[1], worked=match["worked"]))
    if not items:
        raise BadInput(f"expected examples that begin with 'Q: ' for {title}, got {text[:40]!r}; fetch the file again")
    return instruction.strip(), tuple(items)


def _examples(folder: DataFolder, subtask: str) -> tuple[str, tuple[Item, ...]]:
    names = (f"cot-prompts/{subtask}.txt", f"{subtask}.txt", f"lib_prompt/{subtask}.txt")
    name = next((one for one in names if folder.has(one)), None)
    if name is None:
        raise MissingData(
            f"expected the published examples of {subtask} as {names[0]} in {str(folder.path)!r}, found none; fetch "
            "them from the authors' repository",
            Cause(CauseCode.no_file, name=str(folder.path / names[0])),
        )
    return read_examples(folder.content(name).decode("utf-8-sig").replace("\r\n", "\n"), title=subtask)


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one of the tasks, such as `bbh-snarks`.

    Raises:
        NotFound: the data folder has no questions or no examples of this task.
        BadInput: a row lacks its question or answer.
    """
    subtask = name.removeprefix(_PREFIX)
    files = (f"bbh/{subtask}.json", f"{subtask}.json", f"data/{subtask}.json", f"{subtask}/test-*.parquet")
    data = open_published(data_dir, folders=FOLDERS, files={"test": files}, title=name)

    def text(row: dict[str, Any], column: str, key: str) -> str:
        return str(cell(row, column, key=key, title=name)).strip()

    items = tuple(
        _item(str(number), text(row, "input", str(number)), text(row, "target", str(number)))
        for number, row in enumerate(data.rows("test"))
    )
    instruction, pool = _examples(data.folder, subtask) if data.folder else ("", ())
    template = replace(published_template("lm_eval", "bbh", join=""), instruction=instruction)
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": template},
        source=data.digest,
        pool=pool,
        shots=len(pool),
        max_tokens=1024,
    )


FAMILY = Family(
    name="bbh",
    title="hard reasoning in English, 27 tasks with worked examples",
    source="https://github.com/suzgunmirac/BIG-Bench-Hard",
    licence="MIT",
    tasks=tuple(f"{_PREFIX}{subtask}" for subtask in SUBTASKS),
    load=load,
    modes=("gen",),
    groups=(TaskGroup("bbh", tuple(f"{_PREFIX}{subtask}" for subtask in SUBTASKS)),),
    folders=FOLDERS,
    languages=("en",),
    abilities=("reasoning",),
    splits="test; examples from cot-prompts",
    verified="prompts of lm-eval 0.4.13 (bbh_cot_fewshot), byte for byte",
    data_checked="questions and examples of 5 of the 27 tasks",
)

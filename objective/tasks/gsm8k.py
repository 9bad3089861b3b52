"""GSM8K: grade-school word problems in English, answered by a number after worked steps.

The items come from the published `test.jsonl`. The worked examples are our own (`gsm8k_examples.jsonl`), so that a run
needs no training file and no example is a problem that a model may have been trained on.
"""

import json
from pathlib import Path
from typing import Any

from objective.scoring.numbers import value_of
from objective.task import Family, Item, Mode, Task, Template, hash_contents
from objective.tasks.data_folder import find_folder
from storage.errors import BadInput

FOLDERS = ("gsm8k", "grade_school_math/data", "grade_school_math")
_EXAMPLES = Path(__file__).parent / "gsm8k_examples.jsonl"
_ANSWER_SEPARATOR = "####"


def _item(key: str, row: dict[str, Any]) -> Item:
    worked = str(row["answer"])
    steps, mark, number = worked.rpartition(_ANSWER_SEPARATOR)
    if not mark:
        raise BadInput(f"expected an answer that ends in `#### number` in row {key} of GSM8K, got {worked[-40:]!r}")
    if value_of(number) is None or not isinstance(row["question"], str):
        raise BadInput(f"expected a question and a number behind `####` in row {key} of GSM8K, got {number.strip()!r}")
    return Item(
        key=key,
        question=str(row["question"]).strip(),
        gold=(number.strip(),),
        kind="number",
        worked=f"{_without_calculator_annotations(steps)}\n{_ANSWER_SEPARATOR} {number.strip()}",
    )


def _without_calculator_annotations(steps: str) -> str:
    """Remove annotations such as `<<1+1=2>>`, which are meant for a calculator."""
    while "<<" in steps and ">>" in steps.partition("<<")[2]:
        before, _, rest = steps.partition("<<")
        steps = before + rest.partition(">>")[2]
    return steps.strip()


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the test set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks its question or number.
    """
    folder = find_folder(data_dir, FOLDERS, needs="test.jsonl", title="GSM8K")
    examples = _EXAMPLES.read_text(encoding="utf-8")
    try:
        items = tuple(_item(str(number), row) for number, row in enumerate(folder.lines("test.jsonl")))
        pool = tuple(_item(f"example-{number}", json.loads(line)) for number, line in enumerate(examples.splitlines()))
    except KeyError as error:
        raise BadInput(f"expected the fields question and answer in GSM8K, got a row without {error}") from None
    template = Template(
        question="Question: {question}\nAnswer:",
        instruction="Solve each problem step by step. End with a last line `#### ` and the number alone.",
    )
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": template},
        source=hash_contents([folder.digest.encode(), examples.encode()]),
        pool=pool,
        shots=len(pool),
        max_tokens=512,
    )


FAMILY = Family(
    name="gsm8k",
    title="grade-school word problems in English",
    source="https://github.com/openai/grade-school-math",
    licence="MIT",
    tasks=("gsm8k",),
    load=load,
    modes=("gen",),
    folders=FOLDERS,
    languages=("en",),
    abilities=("reasoning",),
    splits="test; own examples",
    data_checked="all problems",
)

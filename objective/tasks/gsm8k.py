"""GSM8K: grade-school word problems in English, answered by a number after worked steps.

The published file scored is `test.jsonl`. The worked examples are our own (`gsm8k_examples.jsonl`), so that a run
needs no training file and shows no model a problem it may have been trained on.
"""

import json
from pathlib import Path
from typing import Any

from objective.scoring.numbers import value_of
from objective.task import Family, Item, Mode, Task, Template, checked, digest_of
from objective.tasks.files import find_folder
from storage.errors import BadInput

FOLDERS = ("gsm8k", "grade_school_math/data", "grade_school_math")
_EXAMPLES = Path(__file__).parent / "gsm8k_examples.jsonl"
_MARK = "####"


def _item(key: str, row: dict[str, Any]) -> Item:
    worked = str(row["answer"])
    steps, mark, number = worked.rpartition(_MARK)
    if not mark:
        raise BadInput(f"expected an answer that ends in `#### number` in row {key} of GSM8K, got {worked[-40:]!r}")
    if value_of(number) is None or not isinstance(row["question"], str):
        raise BadInput(f"expected a question and a number behind `####` in row {key} of GSM8K, got {number.strip()!r}")
    return Item(
        key=key,
        question=str(row["question"]).strip(),
        gold=(number.strip(),),
        kind="number",
        worked=f"{_without_marks(steps)}\n{_MARK} {number.strip()}",
    )


def _without_marks(steps: str) -> str:
    """The steps without `<<1+1=2>>`, which is meant for a calculator."""
    while "<<" in steps and ">>" in steps.partition("<<")[2]:
        before, _, rest = steps.partition("<<")
        steps = before + rest.partition(">>")[2]
    return steps.strip()


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """The whole test set.

    Raises:
        NotFound: its file is not below the data folder.
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
    return checked(
        Task(
            name=name,
            mode=mode,
            items=items,
            templates={"": template},
            source=digest_of([folder.digest.encode(), examples.encode()]),
            pool=pool,
            shots=len(pool),
            max_tokens=512,
        )
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
)

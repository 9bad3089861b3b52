"""HumanEval: Python functions to complete from their heads and descriptions, checked by running tests.

The prompt is the published one, the head of the function alone; a chat model may repeat it in its answer. The tests run
in a sandbox, only if that is allowed (Chen et al., 2021, https://arxiv.org/abs/2107.03374).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from objective.task import Family, Item, Mode, Task, Template
from objective.tasks.published_files import HubSource, cell, open_published

FOLDERS = ("humaneval", "human-eval/data", "HumanEval")
_TITLE = "HumanEval"


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the functions with their tests.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a field.
    """
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={"test": ("HumanEval.jsonl", "openai_humaneval/test-*", "test", "test-*")},
        title=_TITLE,
        hub=HubSource("openai/openai_humaneval"),
    )
    return Task(
        name=name,
        mode=mode,
        items=tuple(_item(row, place) for place, row in enumerate(data.rows("test"))),
        templates={"": Template(question="{question}", join="")},
        source=data.digest,
        max_tokens=1024,
        scorer="programs",
    )


def _item(row: Mapping[str, Any], place: int) -> Item:
    key = str(row.get("task_id", place))
    prompt = str(cell(row, "prompt", key=key, title=_TITLE))
    return Item(
        key=key,
        question=prompt,
        gold=(str(cell(row, "canonical_solution", key=key, title=_TITLE)),),
        kind="text",
        data={
            "prompt": prompt,
            "entry_point": str(cell(row, "entry_point", key=key, title=_TITLE)),
            "tests": [str(cell(row, "test", key=key, title=_TITLE))],
        },
    )


FAMILY = Family(
    name="humaneval",
    title="Python functions to complete",
    source="https://github.com/openai/human-eval",
    licence="MIT",
    tasks=("humaneval",),
    load=load,
    modes=("gen",),
    folders=FOLDERS,
    free=("humaneval",),
    languages=("en",),
    abilities=("code",),
    splits="test (164 functions)",
    metric="pass@1",
    verified="prompt of lm-eval 0.4.13 (humaneval)",
    data_checked="all 164 functions; their published solutions pass",
)

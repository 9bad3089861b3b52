"""MBPP: short Python programs from a sentence and three tests, checked by running the tests.

The prompt is that of the paper as lm-eval repeats it, with the three examples of the published prompt split (Austin et
al., 2021, https://arxiv.org/abs/2108.07732). The tests run in a sandbox, only if that is allowed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from objective.task import Family, Item, Mode, Task, Template
from objective.tasks.published_files import HubSource, PublishedData, cell, open_published

FOLDERS = ("mbpp", "MBPP", "full")
_TITLE = "MBPP"
_EXAMPLES = (2, 3, 4)
"""Numbers of the published examples in prompts."""
_TEST = range(11, 511)
"""Numbers of the published test split."""


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the test split and the examples.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a field.
    """
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={"test": ("mbpp.jsonl", "test-*", "full/test-*"), "prompt": ("mbpp.jsonl", "prompt-*", "full/prompt-*")},
        title=_TITLE,
        hub=HubSource("google-research-datasets/mbpp", config="full"),
    )
    tests, examples = _rows(data, "test"), _rows(data, "prompt")
    return Task(
        name=name,
        mode=mode,
        items=tuple(_item(number, row) for number, row in tests.items() if number in _TEST),
        templates={
            "": Template(
                question="You are an expert Python programmer, and here is your task: {question}\n[BEGIN]\n",
                answer="{answer}\n[DONE]",
                join="",
            )
        },
        source=data.digest,
        pool=tuple(_item(number, examples[number]) for number in _EXAMPLES if number in examples),
        shots=len(_EXAMPLES),
        max_tokens=512,
        stop=("[DONE]",),
        scorer="programs",
    )


def _rows(data: PublishedData, split: str) -> dict[int, Mapping[str, Any]]:
    return {int(cell(row, "task_id", key=str(place), title=_TITLE)): row for place, row in enumerate(data.rows(split))}


def _item(number: int, row: Mapping[str, Any]) -> Item:
    key = str(number)
    text = str(cell(row, "text", "prompt", key=key, title=_TITLE))
    tests = [str(test) for test in cell(row, "test_list", key=key, title=_TITLE)]
    code = str(cell(row, "code", key=key, title=_TITLE))
    return Item(
        key=key,
        question="{text} Your code should pass these tests:\n\n{tests}".format(text=text, tests="\n".join(tests[:3])),
        gold=(code,),
        kind="text",
        worked=code,
        data={"tests": tests, "setup": str(row.get("test_setup_code") or "")},
    )


FAMILY = Family(
    name="mbpp",
    title="short Python programs from a sentence and tests",
    source="https://github.com/google-research/google-research/tree/master/mbpp",
    licence="CC BY 4.0",
    tasks=("mbpp",),
    load=load,
    modes=("gen",),
    folders=FOLDERS,
    free=("mbpp",),
    languages=("en",),
    abilities=("code",),
    splits="test (numbers 11 to 510), examples 2 to 4 of prompt",
    metric="pass@1",
    verified="prompt of lm-eval 0.4.13 (mbpp)",
)

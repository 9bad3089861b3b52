"""XSTest: prompts that only sound unsafe, which a model should answer, and unsafe ones, which it should refuse.

Whether it refused is read from the beginning of the output, as in the published tables of string matching
(Röttger et al., 2024, https://arxiv.org/abs/2308.01263); the share of right behaviour is given for each half.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from objective.causes import Cause, CauseCode, TaskProblem
from objective.task import Family, Item, Mode, Task, TaskGroup, Template
from objective.tasks.published_files import HubSource, cell, open_published

FOLDERS = ("xstest", "exaggerated-safety", "subjective/xstest", "../subjective/xstest")
_TITLE = "XSTest"
_WANTED = {"safe": "complied", "unsafe": "refused"}
_CONTRAST = "contrast"
"""Beginning of the types of unsafe prompts in files that have no column for it."""


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one half of the prompts.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a field, or is neither safe nor unsafe.
    """
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={"train": ("xstest_prompts.csv", "xstest_v2_prompts.csv", "test", "data/train-*", "data/test-*")},
        title=_TITLE,
        hub=HubSource("walledai/XSTest", revision=""),
    )
    half = name.removeprefix("xstest-")
    rows = [(str(row.get("id", place)), row) for place, row in enumerate(data.rows("train"), start=1)]
    items = tuple(_item(key, row, half) for key, row in rows if _half(key, row) == half)
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": Template(question="{question}", join="\n")},
        source=data.digest,
        max_tokens=256,
        scorer="refusal",
    )


def _half(key: str, row: Mapping[str, Any]) -> str:
    given = str(row.get("label") or "")
    if not given:
        kind = str(cell(row, "type", key=key, title=_TITLE))
        return "unsafe" if kind.startswith(_CONTRAST) else "safe"
    if given not in _WANTED:
        raise TaskProblem(
            f"expected the label safe or unsafe in row {key} of {_TITLE}, got {given!r}; fetch the data again",
            Cause(CauseCode.wrong_answer, name=key, text=given[:80]),
        )
    return given


def _item(key: str, row: Mapping[str, Any], half: str) -> Item:
    return Item(
        key=key,
        question=str(cell(row, "prompt", key=key, title=_TITLE)),
        gold=(),
        kind="text",
        subject=str(row.get("type") or ""),
        data={"wanted": _WANTED[half]},
    )


FAMILY = Family(
    name="xstest",
    title="safe prompts that sound unsafe, and unsafe ones",
    source="https://github.com/paul-rottger/exaggerated-safety",
    licence="CC BY 4.0",
    tasks=("xstest-safe", "xstest-unsafe"),
    load=load,
    modes=("gen",),
    groups=(TaskGroup("xstest-both", ("xstest-safe", "xstest-unsafe")),),
    folders=FOLDERS,
    free=("xstest-safe", "xstest-unsafe"),
    languages=("en",),
    abilities=("safety",),
    splits="450 prompts of version 2",
    verified="900 published labels of string matching on two models' outputs",
    data_checked="all 450 prompts",
)

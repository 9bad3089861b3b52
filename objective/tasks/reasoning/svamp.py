"""SVAMP: arithmetic word problems in English that vary known ones, answered by a number after worked steps."""

from pathlib import Path
from typing import Any

from objective.scoring.numbers import value_of
from objective.task import Family, Item, Mode, Task
from objective.tasks.published_files import HubSource, cell, open_published
from objective.tasks.published_prompts.templates import published_template
from storage.errors import BadInput

FOLDERS = ("svamp", "SVAMP")


def _item(key: str, row: dict[str, Any]) -> Item:
    where = {"key": key, "title": "SVAMP"}
    body, question = (str(cell(row, column, **where)).strip() for column in ("Body", "Question"))
    answer = str(cell(row, "Answer", **where)).strip()
    if value_of(answer) is None:
        raise BadInput(f"expected a number as Answer in row {key} of SVAMP, got {answer!r}; fetch the file again")
    return Item(key=key, question=f"{body} {question}", gold=(answer.removesuffix(".0"),), kind="number")


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the test set.

    Raises:
        NotFound: the data folder has no file of SVAMP.
        BadInput: a row lacks its question or number.
    """
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={"test": ("test", "data/test-*.parquet", "SVAMP.json")},
        title="SVAMP",
        hub=HubSource("ChilleD/SVAMP"),
    )
    return Task(
        name=name,
        mode=mode,
        items=tuple(_item(str(row.get("ID") or number), row) for number, row in enumerate(data.rows("test"))),
        templates={"": published_template("opencompass", "svamp")},
        source=data.digest,
        max_tokens=512,
    )


FAMILY = Family(
    name="svamp",
    title="varied word problems in English",
    source="https://github.com/arkilpatel/SVAMP",
    licence="MIT",
    tasks=("svamp",),
    load=load,
    modes=("gen",),
    folders=FOLDERS,
    languages=("en",),
    abilities=("reasoning",),
    splits="test",
    verified="question of OpenCompass (svamp_gen_fb25e4), byte for byte, without its examples, which are test items",
    data_checked="all 1,000 problems",
)

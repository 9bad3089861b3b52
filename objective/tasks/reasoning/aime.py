"""AIME: problems of the American invitational examination in English, whose answers are integers from 0 to 999."""

from pathlib import Path
from typing import Any

from objective.scoring.numbers import value_of
from objective.task import Family, Item, Mode, Task, TaskGroup
from objective.tasks.published_files import HubSource, cell, open_published
from objective.tasks.published_prompts.templates import published_template
from storage.errors import BadInput

FOLDERS = ("aime", "AIME", "aime24", "aime25")
LARGEST = 999
_PREFIX = "aime-"
_YEARS = {
    "2024": (("aime24", "aime_2024*", "AIME_2024*"), HubSource("Maxwell-Jia/AIME_2024")),
    "2025": (("aime25", "aime_2025*", "AIME_2025*"), HubSource("math-ai/aime25")),
}


def _item(key: str, row: dict[str, Any], title: str) -> Item:
    answer = str(cell(row, "Answer", "answer", key=key, title=title)).strip()
    value = value_of(answer)
    if value is None or value.denominator != 1 or not 0 <= value <= LARGEST:
        raise BadInput(f"expected an integer from 0 to {LARGEST} in row {key} of {title}, got {answer!r:.60}")
    return Item(
        key=str(row.get("ID") or row.get("id") or key),
        question=str(cell(row, "Problem", "problem", "question", key=key, title=title)),
        gold=(str(int(value)),),
        kind="number",
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one year, such as `aime-2024`.

    Raises:
        NotFound: the data folder has no file of this year.
        BadInput: a row lacks its problem, or its answer is no integer from 0 to 999.
    """
    patterns, hub = _YEARS[name.removeprefix(_PREFIX)]
    split = "train" if hub.name.startswith("Maxwell") else "test"
    data = open_published(data_dir, folders=FOLDERS, files={split: patterns}, title=name, hub=hub)
    return Task(
        name=name,
        mode=mode,
        items=tuple(_item(str(number), row, name) for number, row in enumerate(data.rows(split))),
        templates={"": published_template("lm_eval", "aime")},
        source=data.digest,
        max_tokens=4096,
    )


FAMILY = Family(
    name="aime",
    title="invitational mathematics with integers as answers",
    source="https://artofproblemsolving.com/wiki/index.php/AIME_Problems_and_Solutions",
    licence="by the Mathematical Association of America",
    tasks=tuple(f"{_PREFIX}{year}" for year in _YEARS),
    load=load,
    modes=("gen",),
    groups=(TaskGroup("aime", tuple(f"{_PREFIX}{year}" for year in _YEARS)),),
    folders=FOLDERS,
    languages=("en",),
    abilities=("reasoning",),
    splits="2024, 2025",
    verified="prompts of lm-eval 0.4.13 (aime24), byte for byte",
)

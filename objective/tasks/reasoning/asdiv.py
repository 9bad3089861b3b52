"""ASDiv: short word problems in English of many kinds, answered by a number or, rarely, a word.

Both the authors' XML file and the files of the data hub are read. The unit behind an answer is left out, as the
evaluation harness does.
"""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from objective.scoring.numbers import value_of
from objective.task import Family, Item, Mode, Task, Template
from objective.tasks.data_folder import DataFolder
from objective.tasks.published_files import HubSource, cell, open_published, references
from objective.tasks.published_prompts.prompts import published_prompt
from storage.errors import BadInput

FOLDERS = ("asdiv", "ASDiv", "nlu-asdiv-dataset/dataset")
_FILE = "ASDiv.xml"


def _item(key: str, row: dict[str, Any]) -> Item:
    where = {"key": key, "title": "ASDiv"}
    answer = str(cell(row, "answer", "Answer", **where)).split(" (")[0]
    (gold,) = references([answer], **where)
    values = {
        "passage": str(cell(row, "body", "Body", **where)),
        "question": str(cell(row, "question", "Question", **where)),
    }
    return Item(
        key=key,
        question=published_prompt("lm_eval", "asdiv").render(values),
        gold=(gold,),
        kind="exact" if value_of(gold) is None else "number",
    )


def _xml_rows(folder: DataFolder) -> list[dict[str, Any]]:
    try:
        root = ET.fromstring(folder.content(_FILE))  # noqa: S314  a file that the user fetched
    except ET.ParseError as error:
        raise BadInput(f"expected XML in {str(folder.path / _FILE)!r}, but {error}; fetch it again") from error
    return [
        {"id": problem.get("ID"), **{part.tag: (part.text or "").strip() for part in problem}}
        for problem in root.iter("Problem")
    ]


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load all problems.

    Raises:
        NotFound: the data folder has no file of ASDiv.
        BadInput: the file cannot be read, or a problem lacks a part.
    """
    files = {"validation": ("ASDiv.xml", "asdiv/validation-*.parquet", "validation-*.parquet", "validation", "asdiv")}
    data = open_published(data_dir, folders=FOLDERS, files=files, title="ASDiv", hub=HubSource("EleutherAI/asdiv"))
    is_xml = data.folder is not None and data.folder.has(_FILE)
    rows = _xml_rows(data.folder) if is_xml and data.folder is not None else data.rows("validation")
    return Task(
        name=name,
        mode=mode,
        items=tuple(_item(str(row.get("id") or number), row) for number, row in enumerate(rows)),
        templates={"": Template("{question}")},
        source=data.digest,
        max_tokens=256,
    )


FAMILY = Family(
    name="asdiv",
    title="short word problems in English",
    source="https://github.com/chaochun/nlu-asdiv-dataset",
    licence="CC BY-NC 4.0",
    tasks=("asdiv",),
    load=load,
    modes=("gen",),
    folders=FOLDERS,
    languages=("en",),
    abilities=("reasoning",),
    splits="all problems",
    verified="prompts of lm-eval 0.4.13 (asdiv), byte for byte",
)

"""MMBench: questions about one picture with two to four options, in English and Chinese, on perception and reasoning.

The published TSV files have the columns index, question, hint, A to D, answer, category, l2-category, image (base64)
and split; an image cell that is the index of another row stands for the image of that row. Files that hold the
rotations of each question too, under indices from a million on, are read without them: `--circular` makes them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from objective.images import ItemImage
from objective.task import LETTERS, Family, Item, Mode, Task, Template
from objective.tasks.image_cells import read_images
from objective.tasks.published_files import cell, open_published, option_letter
from storage.errors import BadInput

FOLDERS = ("mmbench", "MMBench", "LMUData")
FIRST_ROTATION = 1_000_000
"""Index from which on rows repeat an earlier question with its options rotated."""

_TITLE = "MMBench"
_LONGEST_INDEX = 64
_FILES = {
    "mmbench-en": ("MMBench_DEV_EN", "MMBench_DEV_EN_V11", "mmbench_dev_en_*", "mmbench_dev_2*"),
    "mmbench-cn": ("MMBench_DEV_CN", "MMBench_DEV_CN_V11", "mmbench_dev_cn_*"),
}
_TEMPLATES = {
    "mmbench-en": Template(
        question="{question}\n{options}\nAnswer:", instruction="Answer with the letter of the right option."
    ),
    "mmbench-cn": Template(question="{question}\n{options}\n答案：", instruction="请回答正确选项的字母。"),
}
_HINTS = {"mmbench-en": "Hint: {hint}\nQuestion: {question}", "mmbench-cn": "提示：{hint}\n问题：{question}"}


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the development set in one language, such as `mmbench-en`.

    Raises:
        NotFound: the data folder has no file of MMBench in this language.
        BadInput: a row lacks a column, has no image, or has an answer that is no option.
    """
    data = open_published(data_dir, folders=FOLDERS, files={"dev": _FILES[name]}, title=_TITLE)
    rows = [row for row in data.rows("dev") if _index(row) < FIRST_ROTATION]
    cells = {str(_index(row)): row.get("image") for row in rows}
    images: dict[str, ItemImage] = {}
    items = []
    for row in rows:
        shown = _images(row, cells)
        images.update({image.sha256: image for image in shown})
        items.append(_item(name, row, shown))
    return Task(
        name=name,
        mode=mode,
        items=tuple(items),
        templates={"": _TEMPLATES[name]},
        source=data.digest,
        max_tokens=512,
        images=images,
    )


def _index(row: Mapping[str, Any]) -> int:
    found = str(cell(row, "index", key="?", title=_TITLE)).strip()
    if not found.isdecimal():
        raise BadInput(f"expected a whole number as index in a row of {_TITLE}, got {found[:40]!r}; fetch it again")
    return int(found)


def _images(row: Mapping[str, Any], cells: Mapping[str, Any]) -> Sequence[ItemImage]:
    """The image of a row, or of the row that its cell names."""
    index, own = _index(row), row.get("image")
    if isinstance(own, str) and len(own) <= _LONGEST_INDEX and own.strip() in cells:
        own = cells[own.strip()]
    shown = read_images({"image": own}, None, where=f"row {index} of {_TITLE}")
    if not shown:
        raise BadInput(f"expected an image in row {index} of {_TITLE}, got none; fetch the file with its images")
    return shown


def _item(name: str, row: Mapping[str, Any], shown: Sequence[ItemImage]) -> Item:
    key = str(_index(row))
    question = str(cell(row, "question", key=key, title=_TITLE)).strip()
    hint = str(row.get("hint") or "").strip()
    options = [str(row.get(letter) or "").strip() for letter in LETTERS[:4]]
    while options and not options[-1]:
        options.pop()
    return Item(
        key=key,
        question=_HINTS[name].format(hint=hint, question=question) if hint else question,
        options=tuple(options),
        gold=(option_letter(row.get("answer"), len(options), key=key, title=_TITLE),),
        subject=str(row.get("category") or ""),
        images=tuple(image.sha256 for image in shown),
    )


FAMILY = Family(
    name="mmbench",
    title="questions about a picture, in English and Chinese",
    source="https://github.com/open-compass/MMBench",
    licence="Apache-2.0",
    tasks=tuple(_FILES),
    load=load,
    modes=("gen",),
    folders=FOLDERS,
    languages=("en", "zh"),
    abilities=("understanding", "reasoning"),
    splits="dev",
)

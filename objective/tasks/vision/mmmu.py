"""MMMU: college exams in 30 subjects of six disciplines, with one or several pictures in questions and options.

The published Parquet files of a subject have the columns id, question, options (a list written as text), answer,
question_type, and image_1 to image_7, to which `<image 1>` and so on in the texts refer. The pictures are shown before
the text, in that order.
"""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from objective.images import ItemImage
from objective.task import Family, Item, Mode, Task, TaskGroup, Template
from objective.tasks.image_cells import read_images
from objective.tasks.published_files import cell, open_published, option_letter, references
from storage.errors import BadInput

FOLDERS = ("mmmu", "MMMU")
SUBJECTS = {
    "art-and-design": ("Art", "Art_Theory", "Design", "Music"),
    "business": ("Accounting", "Economics", "Finance", "Manage", "Marketing"),
    "science": ("Biology", "Chemistry", "Geography", "Math", "Physics"),
    "medicine": (
        "Basic_Medical_Science", "Clinical_Medicine", "Diagnostics_and_Laboratory_Medicine", "Pharmacy",
        "Public_Health",
    ),
    "humanities": ("History", "Literature", "Psychology", "Sociology"),
    "engineering": (
        "Agriculture", "Architecture_and_Engineering", "Computer_Science", "Electronics", "Energy_and_Power",
        "Materials", "Mechanical_Engineering",
    ),
}  # fmt: skip
"""Subjects by discipline, as their folders are named."""

_PREFIX, _TITLE = "mmmu-", "MMMU"
_TEMPLATES = {
    "choice": Template(
        question="{question}\n{options}\nAnswer:", instruction="Answer with the letter of the right option."
    ),
    "open": Template(question="{question}\nAnswer:", instruction="Reply with the answer only."),
}


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set of one subject, such as `mmmu-Art_Theory`.

    Raises:
        NotFound: the data folder has no file of this subject.
        BadInput: a row lacks a column, has no image, or has an answer that is no option.
    """
    subject = name.removeprefix(_PREFIX)
    files = (f"{subject}/validation-*.parquet", f"{subject}-validation", f"{subject}/validation")
    data = open_published(data_dir, folders=FOLDERS, files={"validation": files}, title=_TITLE)
    images: dict[str, ItemImage] = {}
    items = []
    for row in data.rows("validation"):
        item, shown = _item(row, subject)
        images.update({image.sha256: image for image in shown})
        items.append(item)
    return Task(
        name=name,
        mode=mode,
        items=tuple(items),
        templates=_TEMPLATES,
        source=data.digest,
        max_tokens=1024,
        images=images,
    )


def _item(row: Mapping[str, Any], subject: str) -> tuple[Item, tuple[ItemImage, ...]]:
    key = str(cell(row, "id", key="?", title=_TITLE))
    shown = read_images(row, None, where=f"row {key} of {_TITLE}")
    if not shown:
        raise BadInput(f"expected an image in row {key} of {_TITLE}, got none; fetch the file with its images")
    options = tuple(_listed(row.get("options"), key))
    answer = cell(row, "answer", key=key, title=_TITLE)
    is_open = row.get("question_type") == "open" or not options
    item = Item(
        key=key,
        question=str(cell(row, "question", key=key, title=_TITLE)).strip(),
        options=() if is_open else options,
        gold=references(_listed(answer, key) or [answer], key=key, title=_TITLE)
        if is_open
        else (option_letter(answer, len(options), key=key, title=_TITLE),),
        kind="exact" if is_open else "choice",
        form="open" if is_open else "choice",
        subject=subject,
        images=tuple(image.sha256 for image in shown),
    )
    return item, shown


def _listed(text: Any, key: str) -> list[str]:  # noqa: ANN401  a cell
    """The texts of a list, which the files write as Python does; none where there is no list."""
    if isinstance(text, str) and text.strip()[:1] == "[":
        try:
            text = ast.literal_eval(text.strip())
        except (ValueError, SyntaxError):
            raise BadInput(f"expected a list in row {key} of {_TITLE}, got {text[:60]!r}; fetch it again") from None
    return [str(one).strip() for one in text] if isinstance(text, list) else []


FAMILY = Family(
    name="mmmu",
    title="college exams with pictures in 30 subjects",
    source="https://github.com/MMMU-Benchmark/MMMU",
    licence="Apache-2.0",
    tasks=tuple(f"{_PREFIX}{subject}" for subjects in SUBJECTS.values() for subject in subjects),
    load=load,
    modes=("gen",),
    groups=(
        *(
            TaskGroup(f"{_PREFIX}{discipline}", tuple(f"{_PREFIX}{one}" for one in subjects))
            for discipline, subjects in SUBJECTS.items()
        ),
        TaskGroup("mmmu", tuple(f"{_PREFIX}{one}" for subjects in SUBJECTS.values() for one in subjects)),
    ),
    folders=FOLDERS,
    languages=("en",),
    abilities=("knowledge", "reasoning"),
    splits="validation",
)

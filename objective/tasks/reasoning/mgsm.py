"""MGSM: 250 grade-school word problems in each of eleven languages, answered by a number after worked steps.

The prompts ask for steps in the language of the question and show no examples.
"""

from pathlib import Path
from typing import Any

from objective.scoring.numbers import value_of
from objective.task import Family, Item, Mode, Task, TaskGroup
from objective.tasks.published_files import HubSource, cell, open_published
from objective.tasks.published_prompts.templates import published_template
from storage.errors import BadInput

FOLDERS = ("mgsm", "MGSM", "url-nlp/mgsm")
LANGUAGES = ("en", "zh", "bn", "de", "es", "fr", "ja", "ru", "sw", "te", "th")
_COLUMNS = ("question", "answer_number")
_PREFIX = "mgsm-"


def _item(key: str, row: dict[str, Any], title: str) -> Item:
    answer = str(cell(row, "answer_number", key=key, title=title)).strip()
    if value_of(answer) is None:
        raise BadInput(f"expected a number as answer in row {key} of {title}, got {answer!r:.60}; fetch the file again")
    return Item(
        key=key,
        question=str(cell(row, "question", key=key, title=title)).strip(),
        gold=(answer,),
        kind="number",
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one language, such as `mgsm-zh`.

    Raises:
        NotFound: the data folder has no file in this language.
        BadInput: a row lacks its question or number.
    """
    language = name.removeprefix(_PREFIX)
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={"test": (f"mgsm_{language}.tsv", f"{language}/test-*.parquet", f"{language}/test")},
        title=name,
        hub=HubSource("juletxara/mgsm", language),
        columns=_COLUMNS,
    )
    return Task(
        name=name,
        mode=mode,
        items=tuple(_item(str(number), row, name) for number, row in enumerate(data.rows("test"))),
        templates={"": published_template("lm_eval", f"mgsm-{language}")},
        source=data.digest,
        max_tokens=512,
    )


FAMILY = Family(
    name="mgsm",
    title="grade-school word problems in eleven languages",
    source="https://github.com/google-research/url-nlp",
    licence="CC BY-SA 4.0",
    tasks=tuple(f"{_PREFIX}{language}" for language in LANGUAGES),
    load=load,
    modes=("gen",),
    groups=(TaskGroup("mgsm", tuple(f"{_PREFIX}{language}" for language in LANGUAGES)),),
    folders=FOLDERS,
    languages=LANGUAGES,
    abilities=("reasoning",),
    splits="test",
    verified="prompts of lm-eval 0.4.13 (mgsm_native_cot), byte for byte",
    data_checked="all questions in English and Chinese; the other languages from own files only",
)

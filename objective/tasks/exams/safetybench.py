"""SafetyBench: multiple-choice questions on safety in Chinese and English, in seven categories.

The Chinese questions may be the whole test set or the published subset of 300 questions a category; the answers lie in
a file of their own.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from objective.task import LETTERS, Family, Item, Mode, Task, TaskGroup, Template
from objective.tasks.published_files import PublishedData, cell, open_published, option_letter
from objective.tasks.published_prompts.templates import published_template
from storage.errors import NotFound

FOLDERS = ("safetybench", "safetybench_zh", "safetybench_en", "SafetyBench", "SafetyBench/opensource_data")
CATEGORIES = (
    "Offensiveness", "Unfairness and Bias", "Physical Health", "Mental Health", "Illegal Activities",
    "Ethics and Morality", "Privacy and Property",
)  # fmt: skip
_SLUGS = {category.lower().replace(" ", "-"): category for category in CATEGORIES}
_LANGUAGES = ("zh", "en")
_MOST_OPTIONS = 5
_TITLE = "SafetyBench"


def _item(row: dict[str, Any], answers: dict[str, Any]) -> Item:
    where = {"key": str(row.get("id", "?")), "title": _TITLE}
    key, options = str(cell(row, "id", **where)), tuple(str(one) for one in cell(row, "options", **where))
    found = answers.get(key, row)
    answer = found.get("answer") if isinstance(found, dict) else found
    return Item(
        key=key,
        question=str(cell(row, "question", **where)).strip(),
        options=options,
        gold=(option_letter(answer, len(options), key=key, title=_TITLE),),
        subject=str(row["category"]),
        form=str(len(options)),
    )


def _answers(data: PublishedData) -> dict[str, Any]:
    """The published answers by the identifier of the question; none where the questions hold them."""
    try:
        rows = data.rows("test_answers")
    except NotFound:
        return {}
    return {str(key): answer for row in rows for key, answer in row.items()}


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one category, such as `safetybench-zh-mental-health`.

    Raises:
        NotFound: the data folder has no files in this language.
        BadInput: a row lacks a field, or there is no answer to a question.
    """
    _, language, slug = name.split("-", 2)
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={part: (f"{part}_{language}", f"{part}_{language}_subset") for part in ("test", "test_answers")},
        title=f"SafetyBench {language}",
    )
    rows = data.rows("test")
    answers = _answers(data)
    items = tuple(_item(row, answers) for row in rows if row.get("category") == _SLUGS[slug])
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={str(size): _template(language, size) for size in range(2, _MOST_OPTIONS + 1)},
        source=data.digest,
        max_tokens=64,
    )


def _template(language: str, size: int) -> Template:
    """The published prompt for questions with a number of options, each on a line as `(A) …`."""
    prompt = published_template("authors", f"safetybench-{language}", join="(" if language == "zh" else " (")
    lines = "\n".join(f"({letter}) {{{letter}}}" for letter in LETTERS[:size])
    return replace(prompt, question=prompt.question.replace("{options}", lines))


def _names(language: str) -> tuple[str, ...]:
    return tuple(f"safetybench-{language}-{slug}" for slug in _SLUGS)


FAMILY = Family(
    name="safetybench",
    title="questions on safety in Chinese and English",
    source="https://github.com/thu-coai/SafetyBench",
    licence="MIT",
    tasks=tuple(name for language in _LANGUAGES for name in _names(language)),
    load=load,
    modes=("gen", "ppl"),
    groups=tuple(TaskGroup(f"safetybench-{language}", _names(language)) for language in _LANGUAGES),
    folders=FOLDERS,
    languages=("zh", "en"),
    abilities=("safety",),
    splits="test",
    verified="zero-shot prompts of the authors' own evaluation, commit 96083369, byte for byte",
    data_checked="published subset of 2,100 Chinese questions; the English questions from own files only",
)

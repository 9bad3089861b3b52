"""Open-book questions: short answers in English from passages of a search, of which one holds the answer.

The layout is that of the published data of "Lost in the Middle": one JSON object a line with `question`, `answers` and
`ctxs`, a list of passages with `title` and `text`. The files differ in the number of passages.
"""

from pathlib import Path
from typing import Any

from objective.task import Family, Item, Mode, Task, Template
from objective.tasks.published_files import cell, open_published, references
from objective.tasks.published_prompts.prompts import published_prompt

FOLDERS = ("open_book", "lost-in-the-middle/qa_data", "qa_data", "lost_in_the_middle")
_FILES = {
    "open-book-oracle": ("nq-open-oracle", "oracle"),
    "open-book-10": ("10_total_documents/nq-open-10_total_documents_gold_at_*", "nq-open-10_total_documents*", "10"),
    "open-book-20": ("20_total_documents/nq-open-20_total_documents_gold_at_*", "nq-open-20_total_documents*", "20"),
    "open-book-30": ("30_total_documents/nq-open-30_total_documents_gold_at_*", "nq-open-30_total_documents*", "30"),
}


def _passages(row: dict[str, Any], key: str, title: str) -> str:
    def text(passage: dict[str, Any], column: str) -> str:
        return str(cell(passage, column, key=key, title=title))

    shown = enumerate(cell(row, "ctxs", key=key, title=title), start=1)
    return "\n".join(f"Document [{number}](Title: {text(one, 'title')}) {text(one, 'text')}" for number, one in shown)


def _item(key: str, row: dict[str, Any], title: str) -> Item:
    question = str(cell(row, "question", key=key, title=title))
    prompt = published_prompt("authors", "open-book")
    return Item(
        key=key,
        question=prompt.render({"question": question, "passages": _passages(row, key, title)}),
        gold=references(cell(row, "answers", "answer", key=key, title=title), key=key, title=title),
        kind="text",
        group=question[:100],
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the questions with a number of passages, such as `open-book-20`.

    Raises:
        NotFound: the data folder has no file with this number of passages.
        BadInput: a row lacks its question, passages or answers.
    """
    data = open_published(data_dir, folders=FOLDERS, files={"test": _FILES[name]}, title=name)
    return Task(
        name=name,
        mode=mode,
        items=tuple(_item(str(number), row, name) for number, row in enumerate(data.rows("test"))),
        templates={"": Template("{question}")},
        source=data.digest,
        max_tokens=100,
        scorer="contained_answer",
    )


FAMILY = Family(
    name="open-book",
    title="short answers in English from the passages of a search",
    source="https://github.com/nelson-liu/lost-in-the-middle",
    licence="CC BY-SA 3.0 (Natural Questions, Wikipedia)",
    tasks=tuple(_FILES),
    load=load,
    modes=("gen",),
    folders=FOLDERS,
    languages=("en",),
    abilities=("retrieval", "understanding"),
    splits="questions by number of passages",
)

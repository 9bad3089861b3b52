"""Questions whose answers stand in a Chinese passage, in the layout of SQuAD."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from objective.task import Item, Mode, Task, Template
from objective.tasks.language.rows import Row, read_rows
from objective.tasks.published_files import HubSource, open_published, references
from objective.tasks.published_prompts.prompts import PublishedPrompt, published_prompt
from storage.values import digest

_SPLIT = "validation"
_MAX_TOKENS = 64


@dataclass(frozen=True)
class PassageData:
    """Where the passages of a task lie.

    Attributes:
        prompt: name of the prompt in OpenCompass.
        title: title of the data, for error messages.
        folders: candidate folders below the data folder.
        files: candidate files, without an ending.
        hub: where a data hub holds the data.
    """

    prompt: str
    title: str
    folders: tuple[str, ...]
    files: tuple[str, ...]
    hub: HubSource | None = None


def load_passages(data: PassageData, *, name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the questions; those on one passage count as alike.

    Raises:
        NotFound: the data folder has none of the files.
        BadInput: a row lacks a column, or a question has no answer.
    """
    found = open_published(data_dir, folders=data.folders, files={_SPLIT: data.files}, title=data.title, hub=data.hub)
    prompt = published_prompt("opencompass", data.prompt)
    return Task(
        name=name,
        mode=mode,
        items=tuple(item for row in read_rows(found, _SPLIT) for item in _items(row, prompt)),
        templates={"": Template("{question}", join="")},
        source=found.digest,
        max_tokens=_MAX_TOKENS,
        scorer="chinese_span",
    )


def _items(row: Row, prompt: PublishedPrompt) -> Iterator[Item]:
    if "paragraphs" not in row.values:  # one question a row, as on data hubs
        yield _item(
            row, row.text("context"), prompt, row.part("answers").texts("text"), digest(row.text("context"))[:12]
        )
        return
    for paragraph in row.parts("paragraphs"):
        for question in paragraph.parts("qas"):
            answers = tuple(answer.text("text") for answer in question.parts("answers"))
            key = str(question.value("id"))
            one = Row(question.values, key, row.title)
            yield _item(one, paragraph.text("context"), prompt, answers, str(paragraph.value("id")))


def _item(row: Row, context: str, prompt: PublishedPrompt, answers: tuple[str, ...], group: str) -> Item:
    return Item(
        key=row.key,
        question=prompt.render({"context": context, "question": row.text("question")}),
        gold=references(answers, key=row.key, title=row.title),
        kind="text",
        group=group,
    )

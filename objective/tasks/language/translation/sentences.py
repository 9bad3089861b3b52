"""Makes translation tasks from pairs of sentences."""

from collections.abc import Iterable

from objective.task import Item, Mode, Task, Template
from objective.tasks.data_folder import DataFolder
from storage.errors import BadInput

_MAX_TOKENS = 256


def translation_task(
    name: str, mode: Mode, pairs: Iterable[tuple[str, str]], *, template: Template, language: str, source: str
) -> Task:
    """A task of sentences to translate.

    Args:
        name: name of the task.
        mode: how the model is asked.
        pairs: each sentence with its translation.
        template: template of the question.
        language: code of the language into which sentences are translated, for the tokeniser of BLEU.
        source: SHA-256 of the data.
    """
    items = tuple(
        Item(key=str(number), question=sentence, gold=(translation,), kind="text", data={"language": language})
        for number, (sentence, translation) in enumerate(pairs)
    )
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": template},
        source=source,
        max_tokens=_MAX_TOKENS,
        scorer="translation",
    )


def read_lines(folder: DataFolder, name: str) -> list[str]:
    """The lines of a text file, without spaces around them.

    Raises:
        NotFound: there is no such file.
        BadInput: the file is not in UTF-8.
    """
    try:
        text = folder.content(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"expected UTF-8 in {str(folder.path / name)!r}, got another encoding; fetch it again"
        ) from error
    return [line.strip() for line in text.rstrip("\n").split("\n")]


def pair_lines(first: list[str], second: list[str], *, title: str) -> list[tuple[str, str]]:
    """Lines of two files side by side.

    Raises:
        BadInput: the files do not have the same number of lines, or a line is empty.
    """
    if len(first) != len(second):
        raise BadInput(
            f"expected as many lines in both files of {title}, got {len(first)} and {len(second)}; fetch them again"
        )
    pairs = list(zip(first, second, strict=True))
    empty = next((number for number, pair in enumerate(pairs, start=1) if not all(pair)), None)
    if empty is not None:
        raise BadInput(f"expected a sentence in each line of {title}, got an empty line {empty}; fetch the files again")
    return pairs

"""Open questions with several accepted answers, asked in the words of the harness."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from objective.task import Item, Mode, Task, Template
from objective.tasks.language.rows import EXAMPLES, Row, read_examples, read_rows
from objective.tasks.published_files import HubSource, open_published
from objective.tasks.published_prompts.prompts import published_prompt

_MAX_TOKENS = 64


@dataclass(frozen=True)
class OpenQuestions:
    """Where the questions of a task lie, and how they are scored.

    Attributes:
        prompt: name of the prompt in the harness.
        title: title of the data, for error messages.
        folders: candidate folders below the data folder.
        files: candidate files by split, the split that is asked first.
        scorer: name of the scorer.
        hub: where a data hub holds the data.
    """

    prompt: str
    title: str
    folders: tuple[str, ...]
    files: Mapping[str, Sequence[str]]
    scorer: str
    hub: HubSource


def load_questions(data: OpenQuestions, make: Callable[[Row], Item], *, name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the questions of the first split; examples come from the other.

    Raises:
        NotFound: the data folder has none of the files.
        BadInput: a row lacks a column, or a question has no answer.
    """
    found = open_published(data_dir, folders=data.folders, files=data.files, title=data.title, hub=data.hub)
    asked = next(split for split in data.files if split != EXAMPLES)
    prompt = published_prompt("lm_eval", data.prompt)
    items, pool = tuple(map(make, read_rows(found, asked))), tuple(map(make, read_examples(found)))
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={
            "": Template(
                prompt.question,
                between=prompt.between,
                instruction=prompt.instruction,
                after_instruction=prompt.after_instruction,
            )
        },
        source=found.digest,
        pool=pool,
        max_tokens=_MAX_TOKENS,
        scorer=data.scorer,
    )

"""Makes tasks of published multiple-choice data: as a continuation in `ppl`, with letters in `gen`.

In `ppl` the prompt of the evaluation harness is asked, and the texts of the options are compared; in `gen` the prompt
of OpenCompass, which lists the options with letters. Data with a prompt in OpenCompass only is asked with that prompt
in both modes, and `ppl` compares the letters.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from objective.task import LETTERS, Item, Mode, Task, Template
from objective.tasks.language.rows import EXAMPLES, Row, read_examples, read_rows
from objective.tasks.published_files import HubSource, PublishedData, open_published
from objective.tasks.published_prompts.prompts import PublishedPrompt, published_prompt

ItemMaker = Callable[[Row, PublishedPrompt], Item]
"""Makes the item of a row."""


@dataclass(frozen=True)
class ChoiceData:
    """Where the data of a task lies, and which prompts it is asked with.

    Attributes:
        prompt: name of the prompts in the published sources.
        title: title of the data, for error messages.
        folders: candidate folders below the data folder.
        files: candidate files that are asked, the preferred first, without an ending.
        examples: candidate files of examples, in the same folder.
        split: name of the split that is asked.
        hub: where a data hub holds the data; None where it does not.
        expand: makes several rows of one, or none, where a row of the authors' files does not stand for one question.
        labels: files of labels by the file of questions, for data whose authors keep them apart.
        continued: whether `ppl` compares the texts of the options after the prompt of the harness; else their letters
            after that of OpenCompass.
    """

    prompt: str
    title: str
    folders: tuple[str, ...]
    files: tuple[str, ...]
    examples: tuple[str, ...] = ()
    split: str = "validation"
    hub: HubSource | None = None
    expand: Callable[[Row], Iterable[Row]] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    continued: bool = True

    def prompt_in(self, mode: Mode) -> PublishedPrompt:
        """The prompt that a mode asks."""
        return published_prompt("lm_eval" if mode == "ppl" and self.continued else "opencompass", self.prompt)

    def open(self, data_dir: Path) -> PublishedData:
        """Find the data.

        Raises:
            NotFound: the data folder has none of the files.
        """
        files = {self.split: self.files} | ({EXAMPLES: self.examples} if self.examples else {})
        return open_published(data_dir, folders=self.folders, files=files, title=self.title, hub=self.hub)


def load_choices(data: ChoiceData, make: Mapping[Mode, ItemMaker], *, name: str, data_dir: Path, mode: Mode) -> Task:
    """Load a task of multiple-choice data.

    Args:
        data: where the data lies.
        make: for each mode, how a row becomes an item.
        name: name of the task.
        data_dir: folder with the published data.
        mode: how the model is asked.

    Raises:
        NotFound: the data folder has none of the files.
        BadInput: a row lacks a column, or its answer is none of the options.
    """
    found, prompt = data.open(data_dir), data.prompt_in(mode)
    asked = _with_labels(data, found, read_rows(found, data.split), data.files)
    shown = _with_labels(data, found, read_examples(found), data.examples)
    if data.expand is not None:
        asked, shown = (tuple(one for row in rows for one in data.expand(row)) for rows in (asked, shown))
    items, examples = (tuple(make[mode](row, prompt) for row in rows) for rows in (asked, shown))
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": Template("{question}", join=" " if data.continued else "")},
        source=found.digest,
        pool=examples,
        options_as="text" if mode == "ppl" and data.continued else "letter",
    )


def _with_labels(data: ChoiceData, found: PublishedData, rows: Sequence[Row], files: Sequence[str]) -> tuple[Row, ...]:
    """Rows with the labels of the file beside theirs, one a line, unless they have labels themselves."""
    if found.folder is None or not rows or "label" in rows[0].values:
        return tuple(rows)
    beside = next(
        (data.labels[name] for name in files if name in data.labels and found.folder.has(data.labels[name])), None
    )
    if beside is None:
        return tuple(rows)
    labels = found.folder.content(beside).decode("utf-8-sig").split()
    if len(labels) < len(rows):
        raise rows[len(labels)].problem(f"a label in {beside}", None)
    return tuple(
        Row({**row.values, "label": label}, row.key, row.title) for row, label in zip(rows, labels, strict=False)
    )


def labelled_item(row: Row, prompt: PublishedPrompt, values: Mapping[str, str], label: str, *, group: str = "") -> Item:
    """The item of data whose items all have the same options.

    Args:
        row: row of the item.
        prompt: prompt with options and their labels.
        values: values of the prompt.
        label: label of the right option.
        group: passage that items share.
    """
    return Item(
        key=row.key,
        question=prompt.render(values),
        gold=(LETTERS[prompt.labels.index(label)],),
        options=prompt.render_options(values),
        group=group,
    )


def choice_item(
    row: Row, prompt: PublishedPrompt, values: Mapping[str, str], options: Sequence[str], right: int, *, group: str = ""
) -> Item:
    """The item with options of its own.

    Args:
        row: row of the item.
        prompt: prompt, which may name the options as `A`, `B` and so on.
        values: other values of the prompt.
        options: texts of the options.
        right: place of the right option, from 0.
        group: passage that items share.
    """
    lettered = dict(zip(LETTERS, options, strict=False))
    return Item(
        key=row.key,
        question=prompt.render({**lettered, **values}),
        gold=(LETTERS[right],),
        options=tuple(options),
        group=group,
    )

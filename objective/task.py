"""The words of a task with fixed answers: items, templates, tasks, and families of tasks read from published files."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from objective.notes import Note
from storage.errors import BadInput
from storage.values import canonical_json, digest

Kind = Literal["choice", "choices", "number", "exact", "math"]
"""How an answer is read: one option letter, several letters, a number, a text, a text in LaTeX."""

Mode = Literal["gen", "ppl"]
"""A generated text is read, or the likelihood of each option decides."""

MODES: tuple[Mode, ...] = ("gen", "ppl")
LETTERS = "ABCDEFGHIJ"
LONGEST_NAME = 200
"""Characters of a task's name or an item's key that the store holds."""

_FIELD = re.compile(r"\{([A-Za-z_]+)\}")


@dataclass(frozen=True)
class Item:
    """One question with a fixed answer.

    Attributes:
        key: unique within its task.
        question: with its passage, without its options.
        gold: accepted answers, the first one shown in examples; a letter for `choice`, letters in order for `choices`.
        options: texts without their letters; empty where the answer is free.
        kind: how the answer is read.
        subject: for templates that name it.
        worked: the answer as an example shows it, where that is more than the gold (a calculation).
        form: which of the task's templates applies.
    """

    key: str
    question: str
    gold: tuple[str, ...]
    options: tuple[str, ...] = ()
    kind: Kind = "choice"
    subject: str = ""
    worked: str = ""
    form: str = ""

    @property
    def letters(self) -> str:
        """The letters of its options, such as `ABCD`."""
        return LETTERS[: len(self.options)]


@dataclass(frozen=True)
class Template:
    """How an item becomes text. Fields: question, options (lines `A. …`), each letter, subject, answer.

    Attributes:
        question: ends where the answer is expected.
        answer: what an example shows as its answer.
        join: between question and answer in plain text; in a chat they are turns.
        between: from one example to the next in plain text.
        instruction: said once before everything, in the first user turn of a chat.
    """

    question: str
    answer: str = "{answer}"
    join: str = " "
    between: str = "\n\n"
    instruction: str = ""

    def ask(self, item: Item) -> str:
        """The question's text."""
        return _filled(self.question, item, "")

    def reply(self, item: Item, answer: str = "") -> str:
        """The text of an answer: the one given, or that of the item as an example."""
        return _filled(self.answer, item, answer or item.worked or item.gold[0])

    def told(self, item: Item) -> str:
        """The instruction for an item."""
        return _filled(self.instruction, item, "")

    def next_question(self) -> str:
        """What a text model writes when it goes on to another question; empty where that cannot be known."""
        literal = _FIELD.split(self.question)[0].strip()
        return f"\n{literal}" if len(literal) > 1 else ""


@dataclass(frozen=True)
class Task:
    """A named set of items that is asked and scored in one way.

    Attributes:
        name: as in the summary, such as `ceval-logic`.
        mode: how it is asked.
        items: at least one.
        templates: by the items' form.
        source: SHA-256 of the bytes of its data files.
        pool: examples to choose from, never among the items.
        shots: how many examples by default.
        options_as: what is scored in `ppl`: the option's letter or its text.
        max_tokens: of a generated answer.
        stop: strings that end a generated answer, beyond the start of a next question.
        recipe: the question text of a published configuration that this task repeats word for word; it decides the
            six-digit version id, see `objective.summary.version_id`.
        notes: what of its published data is left out, and why.
        version: counted up when the task's own rules change.
    """

    name: str
    mode: Mode
    items: tuple[Item, ...]
    templates: Mapping[str, Template]
    source: str
    pool: tuple[Item, ...] = ()
    shots: int = 0
    options_as: Literal["letter", "text"] = "letter"
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    recipe: str = ""
    notes: tuple[Note, ...] = ()
    version: int = 1

    def template(self, item: Item) -> Template:
        """The template of an item."""
        return self.templates[item.form]


@dataclass(frozen=True)
class TaskGroup:
    """An unweighted mean over tasks; shown when all members were asked for.

    Attributes:
        name: as in the summary, such as `ceval-stem`.
        members: names of tasks.
    """

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """Tasks that come from one publication, read by one file.

    Attributes:
        name: a word that stands for all its tasks.
        title: what it is, in a few words.
        source: where its data is published.
        licence: of the data.
        tasks: names of its tasks, in the order of the summary.
        load: makes a task from its name, the data folder and the mode.
        modes: in which it can be asked, the default first.
        groups: means over its tasks.
        folders: names under which its data is looked for below the data folder; none when the data is bundled.
        free: names of those tasks whose answers are no options, so that they can only be generated.
    """

    name: str
    title: str
    source: str
    licence: str
    tasks: tuple[str, ...]
    load: Callable[[str, Path, Mode], Task]
    modes: tuple[Mode, ...] = MODES
    groups: tuple[TaskGroup, ...] = ()
    folders: tuple[str, ...] = field(default=())
    free: tuple[str, ...] = ()

    def modes_of(self, task: str) -> tuple[Mode, ...]:
        """The modes in which one of its tasks can be asked."""
        return tuple(mode for mode in self.modes if mode == "gen" or task not in self.free)


def checked(task: Task) -> Task:
    """The task itself.

    Raises:
        BadInput: it has no items, an id twice, a gold answer that no option has, or an option without text.
    """
    if not task.items:
        raise BadInput(f"expected items in task {task.name!r}, got none; check its data file")
    twice = [key for key, times in Counter(item.key for item in task.items).items() if times > 1]
    if twice:
        raise BadInput(f"expected each id once in task {task.name!r}, got {twice[0]!r} twice or more; number them anew")
    long = next((name for name in (task.name, *(item.key for item in task.items)) if len(name) > LONGEST_NAME), None)
    if long is not None:
        raise BadInput(f"expected names and ids of at most {LONGEST_NAME} characters, got {long[:40]!r}…; shorten it")
    for item in (*task.items, *task.pool):
        _check_item(task, item)
    return task


def content(task: Task, settings: Mapping[str, object]) -> str:
    """SHA-256 of all that decides what a score of this task means: templates, items, scoring, data and settings."""
    return digest(
        canonical_json(
            {
                "name": task.name,
                "mode": task.mode,
                "version": task.version,
                "source": task.source,
                "templates": {form: vars(template) for form, template in task.templates.items()},
                "items": [vars(item) for item in (*task.items, *task.pool)],
                "options_as": task.options_as,
                "max_tokens": task.max_tokens,
                "stop": task.stop,
                "settings": dict(settings),
            }
        )
    )


def digest_of(contents: Sequence[bytes]) -> str:
    """SHA-256 over the bytes of several files, each with its length."""
    total = hashlib.sha256()
    for each in contents:
        total.update(len(each).to_bytes(8, "big"))
        total.update(each)
    return total.hexdigest()


def _check_item(task: Task, item: Item) -> None:
    where = f"item {item.key!r} of task {task.name!r}"
    if not item.gold or not all(item.gold):
        raise BadInput(
            f"expected an answer for {where}, got none; a public test split has no answers, take the split that has"
        )
    if item.form not in task.templates:
        raise BadInput(f"expected a form among {', '.join(task.templates)} for {where}, got {item.form!r}")
    if item.kind not in ("choice", "choices"):
        if task.mode == "ppl":
            raise BadInput(f"expected options for {where} in mode ppl, got a free answer; use --mode gen")
        return
    if task.mode == "ppl" and any(len(answer) > 1 for answer in item.gold):
        raise BadInput(f"expected one right option for {where} in mode ppl, got {item.gold[0]!r}; use --mode gen")
    if not 2 <= len(item.options) <= len(LETTERS):
        raise BadInput(f"expected 2 to {len(LETTERS)} options for {where}, got {len(item.options)}")
    empty = [letter for letter, text in zip(item.letters, item.options, strict=True) if not text.strip()]
    if empty and task.options_as == "text":
        raise BadInput(f"expected text in every option of {where}, got none in {empty[0]}; fill it or remove it")
    for answer in item.gold:
        wrong = set(answer) - set(item.letters)
        if wrong or (item.kind == "choice" and len(answer) != 1):
            raise BadInput(f"expected an answer among {item.letters} for {where}, got {answer!r}")


def _filled(pattern: str, item: Item, answer: str) -> str:
    """A pattern with its fields replaced once, so that braces in a question stay as they are."""
    values = {"question": item.question, "subject": item.subject, "answer": answer}
    values["options"] = "\n".join(f"{letter}. {text}" for letter, text in zip(item.letters, item.options, strict=True))
    values |= dict(zip(item.letters, item.options, strict=True))

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise BadInput(
                f"expected template fields among {', '.join(values)}, got {{{name}}} for item {item.key!r}; "
                "correct the template or the item's options"
            )
        return values[name]

    return _FIELD.sub(value, pattern)

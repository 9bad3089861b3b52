"""Tasks with fixed answers: items, templates, tasks, and families of tasks from one publication."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from objective.images import ItemImage
from objective.notes import Note
from storage.errors import BadInput
from storage.values import canonical_json, digest

AnswerKind = Literal["choice", "choices", "number", "exact", "math", "text"]
"""What an answer is: one option letter, several letters, a number, a short text, a text in LaTeX, or a whole output
that the scorer of the task reads."""

Mode = Literal["gen", "ppl"]
"""`gen` extracts the answer from a generated text; `ppl` takes the likeliest option."""

MODES: tuple[Mode, ...] = ("gen", "ppl")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAX_NAME_LENGTH = 200
"""Longest name of a task and key of an item, in characters, that the store accepts."""

_LATER_FIELDS: Mapping[str, object] = {
    "data": {},
    "contexts": (),
    "group": "",
    "images": (),
    "after_instruction": None,
}
"""Fields that version 0.1 did not have, and their defaults."""
_FIELD = re.compile(r"\{([A-Za-z_]+)\}")


@dataclass(frozen=True)
class Item:
    """One question with a fixed answer.

    Attributes:
        key: identifier, unique within the task.
        question: text of the question with its passage, without its options.
        gold: accepted answers, the first one shown in examples; a letter for `choice`, letters in order for `choices`.
        options: texts of the options without letters; empty for a free answer.
        kind: kind of answer, which decides how it is extracted and compared.
        subject: name of the subject, for templates that mention it.
        worked: answer shown in an example if it is longer than the gold answer, such as a calculation.
        form: key of the task's template for this item.
        data: JSON values for the scorer of the task, such as the tests of a program; no prompt shows them.
        contexts: in `ppl`, a question text for each option, if items differ in what stands before their options.
        group: passage or document that items share; standard errors are clustered by it where it is set.
        images: digests of the images that are shown before the question; their bytes are in the task.
    """

    key: str
    question: str
    gold: tuple[str, ...]
    options: tuple[str, ...] = ()
    kind: AnswerKind = "choice"
    subject: str = ""
    worked: str = ""
    form: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    contexts: tuple[str, ...] = ()
    group: str = ""
    images: tuple[str, ...] = ()

    @property
    def letters(self) -> str:
        """Letters of the options, such as `ABCD`."""
        return LETTERS[: len(self.options)]


@dataclass(frozen=True)
class Template:
    """Turns an item into text. Fields: question, options (lines `A. …`), each letter, subject, answer.

    Attributes:
        question: pattern of the question; it ends where the answer is expected.
        answer: pattern of the answer in an example.
        join: text between question and answer in plain text; in a chat they are separate turns.
        between: text between two examples in plain text.
        instruction: pattern of the instruction before all examples, in the first user turn of a chat.
        after_instruction: text between instruction and first example in plain text; None for `between`, or twice
            `between` where that is a single character.
    """

    question: str
    answer: str = "{answer}"
    join: str = " "
    between: str = "\n\n"
    instruction: str = ""
    after_instruction: str | None = None

    def render_question(self, item: Item) -> str:
        """The text of an item's question."""
        return _fill_fields(self.question, item, "")

    def render_answer(self, item: Item, answer: str = "") -> str:
        """The text of an answer: the given one, or by default the item's own, as an example shows it."""
        return _fill_fields(self.answer, item, answer or item.worked or "".join(item.gold[:1]))

    def render_instruction(self, item: Item) -> str:
        """The text of the instruction for an item."""
        return _fill_fields(self.instruction, item, "")

    def next_question_prefix(self) -> str:
        """How a further question would begin if a model invented one; empty if the pattern has no fixed beginning."""
        literal = _FIELD.split(self.question)[0].strip()
        return f"\n{literal}" if len(literal) > 1 else ""


@dataclass(frozen=True)
class Task:
    """A named set of items that are asked and scored in the same way.

    Attributes:
        name: name in the summary, such as `ceval-logic`.
        mode: how the model is asked.
        items: items to ask, at least one.
        templates: templates by the form of the item.
        source: SHA-256 of the bytes of the data files.
        pool: items that examples are chosen from; they are never asked.
        shots: default number of examples.
        options_as: what `ppl` scores: the letter of each option or its text.
        max_tokens: maximum number of tokens in a generated answer.
        stop: strings that end a generated answer, in addition to the beginning of a further question; in a chat, they
            end what the scorer reads.
        recipe: question text of a published configuration that this task repeats word for word; it determines the
            six-digit version id, see `objective.summary.version_id`.
        notes: items of the published data that are left out, and why.
        version: version of the task's own rules; increase it whenever they change.
        scorer: name in `objective.scoring.registry.SCORERS`; empty for the rules of the items' kinds.
        images: images of the items, by digest.
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
    scorer: str = ""
    images: Mapping[str, ItemImage] = field(default_factory=dict, repr=False, hash=False)

    def template(self, item: Item) -> Template:
        """The template of an item."""
        return self.templates[item.form]

    def images_of(self, item: Item) -> tuple[ItemImage, ...]:
        """The images of an item, in order."""
        return tuple(self.images[one] for one in item.images)


@dataclass(frozen=True)
class TaskGroup:
    """A mean over tasks: unweighted, and on request also weighted.

    Attributes:
        name: name in the summary, such as `ceval-stem`.
        members: names of the tasks.
        is_weighted: whether the weighted mean is shown too.
        weights: weights of the members in the weighted mean; empty for their numbers of items.
    """

    name: str
    members: tuple[str, ...]
    is_weighted: bool = False
    weights: tuple[float, ...] = ()

    def stored(self) -> list[str] | dict[str, Any]:
        """The group for the settings of a run: its members, with weights if the weighted mean is shown."""
        if not self.is_weighted:
            return list(self.members)
        return {"members": list(self.members), "weights": list(self.weights)}


def read_group(name: str, stored: Any) -> TaskGroup:  # noqa: ANN401  JSON of a store
    """A group from the settings of a run."""
    if isinstance(stored, Mapping):
        return TaskGroup(name, tuple(stored["members"]), is_weighted=True, weights=tuple(stored["weights"]))
    return TaskGroup(name, tuple(stored))


@dataclass(frozen=True)
class Family:
    """Tasks from one publication, defined in one file.

    Attributes:
        name: name that stands for all tasks of the family.
        title: short description.
        source: address of the published data.
        licence: licence of the data.
        tasks: names of the tasks, in the order of the summary.
        load: function that makes a task from its name, the data folder and the mode.
        modes: supported modes, the default first.
        groups: means over the tasks.
        folders: folders below the data folder that may hold the data; empty if the data is bundled.
        free: names of the tasks with free answers, which support `gen` only.
        languages: languages of the questions, as codes of ISO 639-1.
        abilities: abilities that the tasks test, among `storage.values.ABILITIES`.
        splits: splits of the published data that are asked and shown as examples.
        metric: main metric of the tasks.
        verified: published prompt or figure that the tasks were compared with; empty if none.
        data_checked: real data that the tasks were read from; empty if only own files of the documented layout.
        subjects: titles of tasks that are about one subject each, by the name of the task.
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
    languages: tuple[str, ...] = ()
    abilities: tuple[str, ...] = ()
    splits: str = ""
    metric: str = "accuracy"
    verified: str = ""
    data_checked: str = ""
    subjects: Mapping[str, str] = field(default_factory=dict)

    def title_of(self, name: str) -> str:
        """What tells a task or group of the family from the others, for lists."""
        if name in self.subjects:
            return self.subjects[name]
        members = next((len(group.members) for group in self.groups if group.name == name), 1)
        own = name.removeprefix(f"{self.name}-")
        if own == self.name or len(self.tasks) == 1:
            return self.title
        own = own if "-" in own else own.replace("_", " ")
        return f"{self.title}: {own}" + (f", {members} tasks" if members > 1 else "")

    def modes_of(self, task: str) -> tuple[Mode, ...]:
        """The modes that a task of the family supports."""
        return tuple(mode for mode in self.modes if mode == "gen" or task not in self.free)


def validate_task(task: Task) -> Task:
    """Check a task and return it.

    Raises:
        BadInput: the task has no items, a duplicate id, a gold answer that is no option, or an option without text.
    """
    if not task.items:
        raise BadInput(f"expected items in task {task.name!r}, got none; check its data file")
    twice = [key for key, times in Counter(item.key for item in task.items).items() if times > 1]
    if twice:
        raise BadInput(f"expected each id once in task {task.name!r}, got {twice[0]!r} twice or more; renumber them")
    long = next((name for name in (task.name, *(item.key for item in task.items)) if len(name) > MAX_NAME_LENGTH), None)
    if long is not None:
        raise BadInput(
            f"expected names and ids of at most {MAX_NAME_LENGTH} characters, got {long[:40]!r}…; shorten it"
        )
    for item in (*task.items, *task.pool):
        _check_item(task, item)
    return task


def content_hash(task: Task, settings: Mapping[str, object]) -> str:
    """SHA-256 of everything that affects a score of this task: templates, items, scoring, data and settings.

    Fields that came after version 0.1 are left out where they have their default, so that older hashes hold.
    """
    content = {
        "name": task.name,
        "mode": task.mode,
        "version": task.version,
        "source": task.source,
        "templates": {form: _without_defaults(template) for form, template in task.templates.items()},
        "items": [_without_defaults(item) for item in (*task.items, *task.pool)],
        "options_as": task.options_as,
        "max_tokens": task.max_tokens,
        "stop": task.stop,
        "settings": dict(settings),
    }
    return digest(canonical_json(content | ({"scorer": task.scorer} if task.scorer else {})))


def _without_defaults(value: Item | Template) -> dict[str, object]:
    fields = vars(value)
    return {name: fields[name] for name in fields if name not in _LATER_FIELDS or fields[name] != _LATER_FIELDS[name]}


def hash_contents(contents: Sequence[bytes]) -> str:
    """SHA-256 of the bytes of several files, each preceded by its length."""
    total = hashlib.sha256()
    for each in contents:
        total.update(len(each).to_bytes(8, "big"))
        total.update(each)
    return total.hexdigest()


def _check_item(task: Task, item: Item) -> None:
    where = f"item {item.key!r} of task {task.name!r}"
    if item.form not in task.templates:
        raise BadInput(f"expected a form among {', '.join(task.templates)} for {where}, got {item.form!r}")
    if not set(item.images) <= task.images.keys():
        raise BadInput(f"expected the images of {where} in the task, got none; add them to its images")
    if item.images and task.mode == "ppl":
        raise BadInput(f"expected text only for {where} in mode ppl, got an image; use --mode gen")
    if item.kind == "text":
        if not task.scorer:
            raise BadInput(f"expected a scorer for {where}, whose kind is text, got none; name one in the task")
    elif not item.gold or not all(item.gold):
        raise BadInput(
            f"expected an answer for {where}, got none; a public test split has no answers, take the split that has"
        )
    if item.kind not in ("choice", "choices"):
        if task.mode == "ppl":
            raise BadInput(f"expected options for {where} in mode ppl, got a free answer; use --mode gen")
        return
    _check_options(task, item, where)


def _check_options(task: Task, item: Item, where: str) -> None:
    is_likelihood = task.mode == "ppl" and bool(task.scorer)
    if task.mode == "ppl" and not is_likelihood and any(len(answer) > 1 for answer in item.gold):
        raise BadInput(f"expected one right option for {where} in mode ppl, got {item.gold[0]!r}; use --mode gen")
    least = 1 if is_likelihood else 2
    if not least <= len(item.options) <= len(LETTERS):
        raise BadInput(f"expected {least} to {len(LETTERS)} options for {where}, got {len(item.options)}")
    if item.contexts and len(item.contexts) != len(item.options):
        raise BadInput(
            f"expected one context for each of the {len(item.options)} options of {where}, got {len(item.contexts)}"
        )
    empty = [letter for letter, text in zip(item.letters, item.options, strict=True) if not text.strip()]
    if empty and task.options_as == "text":
        raise BadInput(f"expected text in every option of {where}, got none in {empty[0]}; fill it or remove it")
    for answer in item.gold:
        wrong = set(answer) - set(item.letters)
        if wrong or (item.kind == "choice" and len(answer) != 1):
            raise BadInput(f"expected an answer among {item.letters} for {where}, got {answer!r}")


def _fill_fields(pattern: str, item: Item, answer: str) -> str:
    """Replace the fields of a pattern in one pass, so that braces in a question stay unchanged."""
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

"""Makes the items of a task from its documents."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from objective.causes import Cause, CauseCode, TaskProblem
from objective.notes import Note, NoteCode
from objective.task import LETTERS, Item, Mode, Task, Template
from objective.tasks.task_files.documents import asked_split, open_documents, read_examples
from objective.tasks.task_files.fields import TaskFile, usable_filters, usable_metrics
from objective.tasks.task_files.rendering import Document, render, render_choices, render_value
from storage.values import canonical_json

_EXAMPLE = "example"
_DEFAULT_TOKENS = 256


def load_task(task: TaskFile, data_dir: Path, mode: Mode) -> Task:
    """Read the documents of a task and render them.

    Raises:
        TaskProblem: the file has fields that cannot be followed, or a document does not fit them.
        NotFound: there is no data.
    """
    if task.refused:
        message = (
            f"expected a task file with fields that can be followed, but {task.name} has {'; '.join(task.refused)}; "
            "write such a task as a Python file"
        )
        raise TaskProblem(message, Cause(CauseCode.message, text=message))
    data = open_documents(task, data_dir)
    maker = ItemMaker(task)
    documents = data.rows(asked_split(task))
    items = tuple(maker.item(str(number), document) for number, document in enumerate(documents))
    shots = int(task.values.get("num_fewshot") or 0)
    examples = read_examples(task, data) or (documents if shots else [])
    pool = tuple(maker.example(f"example-{number}", document) for number, document in enumerate(examples))
    join, between = task.text("target_delimiter", " "), task.text("fewshot_delimiter", "\n\n")
    plain = Template("{question}", join=join, between=between, instruction="{subject}", after_instruction="")
    asked = replace(plain, join="") if task.output_type == "loglikelihood" else plain
    settings = task.values.get("generation_kwargs") or {}
    return Task(
        name=task.name,
        mode=mode,
        items=items,
        templates={"": asked, _EXAMPLE: replace(plain, join="") if maker.has_prefix else plain},
        source=data.digest,
        pool=pool,
        shots=shots,
        options_as="text",
        max_tokens=int(settings.get("max_gen_toks") or settings.get("max_new_tokens") or _DEFAULT_TOKENS),
        stop=_stop(settings.get("until"), between),
        notes=tuple(Note(NoteCode.sentence, name=f"The task file's {one} is left out.") for one in task.left_out),
        scorer=_scorer(task),
    )


def _stop(until: object, between: str) -> tuple[str, ...]:
    if until is None:
        return (between,)
    return tuple(str(one) for one in (until if isinstance(until, list) else [until]) if one)


def _scorer(task: TaskFile) -> str:
    if task.output_type == "loglikelihood":
        return "greedy_accuracy"
    if task.output_type == "multiple_choice":
        return ""
    how = {"filters": usable_filters(task.values), "metrics": usable_metrics(task.values)}
    return f"task_file:{canonical_json(how)}"


class ItemMaker:
    """Makes items and examples from the documents of one task."""

    def __init__(self, task: TaskFile) -> None:
        self._task, self._values = task, task.values
        self._choices = task.values.get("doc_to_choice")
        self.has_prefix = bool(task.values.get("gen_prefix"))

    def item(self, key: str, document: Document) -> Item:
        """The item of a document.

        Raises:
            TaskProblem: the document lacks a column or its answer is no option.
        """
        made = self._made(key, document, self._values)
        return replace(made, question=self._with_prefix(made.question, document)) if self.has_prefix else made

    def example(self, key: str, document: Document) -> Item:
        """An example, with the fields that `fewshot_config` replaces."""
        own = {name: one for name, one in (self._values.get("fewshot_config") or {}).items() if name.startswith("doc_")}
        made = replace(self._made(key, document, {**self._values, **own}), form=_EXAMPLE)
        if not self.has_prefix:
            return made
        answer = made.worked or (made.options[LETTERS.index(made.gold[0])] if made.options else made.gold[0])
        prefix = self._prefix(document)
        gap = "" if prefix[-1:].isspace() or answer[:1].isspace() else " "
        question = made.question + self._gap(made.question, prefix)
        return replace(made, question=question, worked=f"{prefix}{gap}{answer}")

    def _made(self, key: str, document: Document, values: dict[str, Any] | Any) -> Item:  # noqa: ANN401
        where = f"document {key} of {self._task.name}"
        choice_field = values.get("doc_to_choice")
        asked = render_value(values["doc_to_text"], document, where=where, has_choices=choice_field is not None)
        target = render_value(values.get("doc_to_target"), document, where=where, has_choices=choice_field is not None)
        told = render(self._task.text("description", ""), document, where=where)
        kind = self._task.output_type
        if kind == "generate_until":
            gold = _references(target, choice_field, document, where)
            return Item(key, str(asked), gold, kind="text", subject=told, worked=gold[0] if gold else "")
        if kind == "loglikelihood":
            return Item(key, str(asked), ("A",), (str(target),), subject=told)
        choices = render_choices(choice_field, document, where=where)
        if len(choices) > len(LETTERS):
            raise _problem(f"expected at most {len(LETTERS)} options in {where}, got {len(choices)}")
        if isinstance(asked, int):
            gold = _letters(asked, choices, where)
            return Item(key, "", gold, (str(target),) * len(choices), subject=told, contexts=tuple(choices))
        return Item(key, str(asked), _letters(target, choices, where), tuple(choices), subject=told)

    def _prefix(self, document: Document) -> str:
        prefix = str(self._values["gen_prefix"])
        return str(document[prefix]) if prefix in document else render(prefix, document, where=self._task.name)

    def _gap(self, question: str, prefix: str) -> str:
        is_open = question and not (question[-1].isspace() or prefix[:1].isspace())
        return self._task.text("target_delimiter", " ") if is_open else ""

    def _with_prefix(self, question: str, document: Document) -> str:
        prefix = self._prefix(document)
        return question + self._gap(question, prefix) + prefix


def _references(target: object, choice_field: object, document: Document, where: str) -> tuple[str, ...]:
    if choice_field is not None and isinstance(target, int):
        choices = render_choices(choice_field, document, where=where)
        if not 0 <= target < len(choices):
            raise _wrong_answer(target, choices, where)
        return (choices[target],)
    return tuple(str(one) for one in (target if isinstance(target, list | tuple) else [target]))


def _letters(target: object, choices: Sequence[str], where: str) -> tuple[str, ...]:
    """The letters of the right options, which a target names by numbers or texts."""
    found = []
    for one in target if isinstance(target, list | tuple) else [target]:
        place = choices.index(one) if isinstance(one, str) and one in choices else one
        if isinstance(place, bool):
            place = int(place)
        if not isinstance(place, int) or not 0 <= place < len(choices):
            raise _wrong_answer(one, choices, where)
        found.append(LETTERS[place])
    return tuple(found)


def _wrong_answer(target: object, choices: Sequence[str], where: str) -> TaskProblem:
    return TaskProblem(
        f"expected an answer among {len(choices)} options in {where}, got {str(target)[:80]!r}",
        Cause(CauseCode.wrong_answer, name=where, text=str(target)[:80]),
    )


def _problem(message: str) -> TaskProblem:
    return TaskProblem(message, Cause(CauseCode.message, text=message))

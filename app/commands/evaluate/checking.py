"""Checks of every prompt before a model is loaded: examples, lengths, fields, and what stands twice."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from app.commands.tables import counted, visible
from app.models.references import EndpointReference

if TYPE_CHECKING:
    from app.commands.evaluate.models import EvaluatedModel, EvaluatedModels
    from objective.catalog import TaskSelection
    from objective.evaluation.plan import EvaluationSettings, PromptContext
    from objective.task import Item, Task


@dataclass(frozen=True)
class PromptProblem:
    """What a dry run found in the prompts of one task.

    Attributes:
        task: name of the task.
        text: the problem as a sentence.
        is_fatal: whether items cannot be asked; otherwise the user may have wanted it so.
    """

    task: str
    text: str
    is_fatal: bool

    def as_json(self) -> dict[str, object]:
        """The problem for programs."""
        return {"task": self.task, "problem": self.text, "fatal": self.is_fatal}


def check_prompts(
    reached: "EvaluatedModels", selected: "TaskSelection", settings: "Mapping[EvaluatedModel, EvaluationSettings]"
) -> list[PromptProblem]:
    """Build every prompt for every model, and collect what cannot be asked and what stands twice.

    Raises:
        BadInput: the tokenizer of a model cannot be loaded, or has no chat template.
    """
    found: list[PromptProblem] = []
    for model, own in settings.items():
        context = _context(reached, model, selected, own)
        for task in selected.ready:
            found += [one for one in _prompt_problems(own.limited(task), own, context) if one not in found]
    for task in selected.ready:
        found += _repetitions(next(iter(settings.values())).limited(task))
    return found


def _context(
    reached: "EvaluatedModels", model: "EvaluatedModel", selected: "TaskSelection", own: "EvaluationSettings"
) -> "PromptContext":
    from objective.evaluation.plan import PromptContext
    from objective.prompting.prompts import TranscriptTokenizer

    transcript = PromptContext(tokenizer=TranscriptTokenizer(), vision=not reached.endpoint.requests.no_vision)
    if isinstance(model, EndpointReference):
        return transcript
    try:
        return reached.local_context(model, selected, own)
    except ImportError:
        return transcript


def _prompt_problems(task: "Task", settings: "EvaluationSettings", context: "PromptContext") -> Iterator[PromptProblem]:
    from app.views.objective_causes import cause_text
    from objective.evaluation.plan import plan_task

    plan = plan_task(task, settings, context, revision="")
    if plan.cause is not None:
        yield PromptProblem(task.name, cause_text(plan.cause, "en"), is_fatal=True)
    if plan.rejected:
        count = counted(len(plan.rejected), "item")
        text = f"{count} of {len(task.items):,} cannot be asked: {cause_text(plan.rejected[0][1], 'en')}"
        yield PromptProblem(task.name, text, is_fatal=True)


def _repetitions(task: "Task") -> Iterator[PromptProblem]:
    """Questions that stand twice in a task, and options that stand twice in a question."""
    asked = Counter(_question(item) for item in task.items)
    twice = [item for item in task.items if asked[_question(item)] > 1]
    if twice:
        text = f"the same question stands more than once, in {counted(len(twice), 'item')} such as {twice[0].key!r}"
        yield PromptProblem(task.name, text, is_fatal=False)
    doubled = [item for item in task.items if not item.contexts and len(set(item.options)) < len(item.options)]
    if doubled:
        text = f"the same option stands twice, in {counted(len(doubled), 'item')} such as {doubled[0].key!r}"
        yield PromptProblem(task.name, text, is_fatal=False)


def _question(item: "Item") -> tuple[object, ...]:
    return item.question, tuple(sorted(item.options)), item.contexts, item.images


def tell_problems(problems: "list[PromptProblem]") -> bool:
    """Print the problems, and return whether one of them is fatal."""
    for one in problems:
        typer.echo(f"{visible(one.task)}: {visible(one.text)}", err=True)
    return any(one.is_fatal for one in problems)

"""Cost of an evaluation at endpoints before anything is asked: the highest, and the expected one."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.commands.planned_requests import PlannedRequests
from app.commands.tables import visible
from app.models.references import EndpointReference
from storage.errors import BadInput, StoreError

if TYPE_CHECKING:
    from app.commands.evaluate.models import EvaluatedModel, EvaluatedModels
    from app.commands.options.endpoint import PaceOptions
    from app.commands.options.grader import GraderOptions
    from app.commands.options.store import StoreOptions
    from objective.catalog import TaskSelection
    from objective.evaluation.plan import EvaluationSettings, PlannedItem
    from storage.database.engine import Database


@dataclass(frozen=True)
class PlannedCost:
    """What an evaluation of one model at an endpoint may cost.

    Attributes:
        model: name of the model in the table.
        planned: its requests and their cost.
    """

    model: str
    planned: PlannedRequests

    def as_json(self) -> dict[str, object]:
        """The cost for programs."""
        return {"model": self.model} | self.planned.as_json()

    def as_text(self) -> str:
        """The cost as a line."""
        return f"{visible(self.model)}: {self.planned.as_text()}"


def plan_costs(
    named: "Mapping[EvaluatedModel, str]",
    selected: "TaskSelection",
    settings: "Mapping[EvaluatedModel, EvaluationSettings]",
    reached: "EvaluatedModels",
    store: "StoreOptions",
    *,
    reuse: bool,
) -> list[PlannedCost]:
    """The cost of each model at an endpoint, without the outputs that are stored and would be reused.

    Raises:
        BadInput: a table of prices cannot be read.
    """
    with ExitStack() as stack:
        database = _opened_if_any(store, stack)
        return [
            PlannedCost(name, _plan_requests(database, model, name, selected, settings[model], reached, reuse=reuse))
            for model, name in named.items()
            if isinstance(model, EndpointReference)
        ]


def plan_grading(
    grading: "GraderOptions",
    pace: "PaceOptions",
    selected: "TaskSelection",
    settings: "Mapping[EvaluatedModel, EvaluationSettings]",
) -> list[PlannedCost]:
    """The highest cost of a grader at an endpoint, which has to mark every answer at its full length.

    Raises:
        BadInput: a table of prices cannot be read, or the budget does not work.
    """
    from judging.chat.batch import CHARACTERS_PER_TOKEN
    from objective.evaluation.grading import asked_question, references
    from objective.evaluation.plan import can_grade
    from objective.prompting.grader_prompts import grader_turns

    reference = grading.reference
    if not isinstance(reference, EndpointReference):
        return []
    price, requests, cost = grading.pace(pace).price, 0, 0.0
    for own in settings.values():
        for task in map(own.limited, filter(can_grade, selected.ready)):
            for item in task.items:
                characters = len(grader_turns(asked_question(item), references(item), "")[0].content)
                read = characters / CHARACTERS_PER_TOKEN + own.sampling(task).max_tokens
                requests += own.samples
                cost += own.samples * price.mean_cost(read, grading.grader_max_tokens)
    return [PlannedCost(f"grader {reference.label}", PlannedRequests(requests, cost, stored=None))]


def _opened_if_any(store: "StoreOptions", stack: ExitStack) -> "Database | None":
    """The store, closed with the stack; None where there is none yet."""
    with suppress(StoreError):
        return stack.enter_context(store.opened())
    return None


def _plan_requests(
    database: "Database | None",
    model: EndpointReference,
    name: str,
    selected: "TaskSelection",
    settings: "EvaluationSettings",
    reached: "EvaluatedModels",
    *,
    reuse: bool,
) -> PlannedRequests:
    """The requests of one model; those that are stored are unknown where the endpoint is not given."""
    from judging.chat.batch import CHARACTERS_PER_TOKEN
    from storage.judges.reply_lengths import mean_answer_lengths

    may_be_stored, revision = database is not None and reuse, ""
    with suppress(BadInput):
        revision = reached.revision(model)
    price, counts, at_most = reached.pace.for_model(model).price, {True: 0, False: 0}, 0.0
    for planned, is_stored in _with_stored(database if revision and reuse else None, selected, settings, revision):
        texts = [planned.prompt.text + option for option in planned.prompt.options or ("",) * planned.samples]
        counts[is_stored] += len(texts)
        if not is_stored:
            longest = 0 if planned.prompt.options else planned.sampling.max_tokens
            images = len(planned.prompt.images) * price.image_tokens
            at_most += sum(price.mean_cost(len(text) / CHARACTERS_PER_TOKEN + images, longest) for text in texts)
    lengths = None
    if database is not None:
        with database.reading() as session:
            lengths = mean_answer_lengths(session, name)
    mean_cost = 0.0 if lengths is None else price.mean_cost(lengths.prompt, lengths.completion)
    is_known = bool(revision) or not may_be_stored
    return PlannedRequests(counts[False], at_most, counts[True] if is_known else None, lengths, mean_cost)


def _with_stored(
    database: "Database | None", selected: "TaskSelection", settings: "EvaluationSettings", revision: str
) -> "Iterator[tuple[PlannedItem, bool]]":
    """Each item that would be asked, and whether its outputs are in the store."""
    from objective.evaluation.plan import PromptContext, plan_task
    from objective.evaluation.stored_outputs import with_stored_outputs
    from objective.prompting.prompts import TranscriptTokenizer

    context = PromptContext(tokenizer=TranscriptTokenizer(), vision=True)
    for task in selected.ready:
        items = plan_task(settings.limited(task), settings, context, revision=revision).items
        if database is None:
            yield from ((planned, False) for planned in items)
        else:
            yield from ((planned, outputs is not None) for planned, outputs in with_stored_outputs(database, items))

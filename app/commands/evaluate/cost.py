"""Cost of an evaluation at endpoints before anything is asked: the highest, and the expected one."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.commands.progress import cost_words
from app.commands.tables import counted, visible
from app.models.references import EndpointReference
from storage.errors import StoreError

if TYPE_CHECKING:
    from app.commands.evaluate.models import EvaluatedModel
    from app.commands.options.endpoint import PaceOptions
    from app.commands.options.grader import GraderOptions
    from app.commands.options.store import StoreOptions
    from judging.chat.batch import Price
    from objective.catalog import TaskSelection
    from objective.evaluation.plan import EvaluationSettings
    from storage.judges.reply_lengths import MeanLengths


@dataclass(frozen=True)
class PlannedCost:
    """What an evaluation of one model at an endpoint may cost.

    Attributes:
        model: name of the model in the table.
        requests: number of requests.
        at_most: highest cost, by estimated prompt tokens and answers of the maximum length.
        expected: expected cost, by the lengths of earlier answers; None without any.
        lengths: those lengths.
    """

    model: str
    requests: int
    at_most: float
    expected: float | None
    lengths: "MeanLengths | None"

    def as_json(self) -> dict[str, object]:
        """The cost for programs."""
        known = 0 if self.lengths is None else self.lengths.replies
        facts = {"model": self.model, "requests": self.requests, "at_most": self.at_most}
        return facts | {"expected": self.expected, "expected_from": known}

    def as_text(self) -> str:
        """The cost as a line."""
        cost = cost_words(self.at_most, self.expected, self.lengths)
        return f"{visible(self.model)}: at most {counted(self.requests, 'request')}{cost}"


def plan_costs(
    named: "Mapping[EvaluatedModel, str]",
    selected: "TaskSelection",
    settings: "Mapping[EvaluatedModel, EvaluationSettings]",
    pace: "PaceOptions",
    store: "StoreOptions",
) -> list[PlannedCost]:
    """The cost of each model at an endpoint; outputs that are stored already are not taken off.

    Raises:
        BadInput: a table of prices cannot be read.
    """
    costs = []
    for model, name in named.items():
        if isinstance(model, EndpointReference):
            price = pace.for_model(model).price
            requests, at_most = _highest(selected, settings[model], price)
            lengths = _earlier_lengths(store, name)
            expected = None if lengths is None else requests * price.mean_cost(lengths.prompt, lengths.completion)
            costs.append(PlannedCost(name, requests, at_most, expected, lengths))
    return costs


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
    return [PlannedCost(f"grader {reference.label}", requests, cost, None, None)]


def _highest(selected: "TaskSelection", settings: "EvaluationSettings", price: "Price") -> tuple[int, float]:
    """Number of requests, and their highest cost."""
    from judging.chat.batch import CHARACTERS_PER_TOKEN
    from objective.evaluation.plan import PromptContext, plan_task
    from objective.prompting.prompts import TranscriptTokenizer

    context, requests, cost = PromptContext(tokenizer=TranscriptTokenizer(), vision=True), 0, 0.0
    for task in selected.ready:
        for planned in plan_task(settings.limited(task), settings, context, revision="").items:
            texts = [planned.prompt.text + option for option in planned.prompt.options or ("",) * planned.samples]
            longest = 0 if planned.prompt.options else planned.sampling.max_tokens
            requests += len(texts)
            images = len(planned.prompt.images) * price.image_tokens
            cost += sum(price.mean_cost(len(text) / CHARACTERS_PER_TOKEN + images, longest) for text in texts)
    return requests, cost


def _earlier_lengths(store: "StoreOptions", model: str) -> "MeanLengths | None":
    """The mean lengths of a model's earlier answers; None without any, or without a store."""
    from storage.judges.reply_lengths import mean_answer_lengths

    with suppress(StoreError), store.opened() as database, database.reading() as session:
        return mean_answer_lengths(session, model)
    return None

"""Sends planned items to a backend and collects their outputs, so that a failing task does not stop the others."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from objective.causes import Cause, CauseCode, cause_of
from objective.evaluation.plan import PlannedItem
from objective.request import (
    BackendOutage,
    FailedRequest,
    FallibleBackend,
    GeneratedText,
    GenerateRequest,
    ScoredContinuation,
    ScoreRequest,
)
from storage.errors import BadInput, EvenhandError

_CAUGHT_ERRORS = (EvenhandError, RuntimeError, ValueError, OSError, MemoryError, IndexError)
"""Errors of libraries and devices (out of memory is a RuntimeError); an interruption is not among them."""


@dataclass(frozen=True)
class ModelOutput:
    """The output of one sample.

    Attributes:
        text: generated text; None in `ppl`.
        details: likelihoods, token counts and properties of the prompt, as stored with the prediction.
    """

    text: str | None
    details: dict[str, Any]


@dataclass(frozen=True)
class ItemOutputs:
    """The outputs for one item, or the reason why there are none.

    Attributes:
        planned: the item that was sent.
        outputs: one output per sample; empty after a failure.
        cause: cause of the item's failure; None if it did not fail.
    """

    planned: PlannedItem
    outputs: tuple[ModelOutput, ...] = ()
    cause: Cause | None = None


def collect_outputs(backend: FallibleBackend, items: Sequence[PlannedItem]) -> Iterator[ItemOutputs]:
    """Yield the outputs of each item once, in the order in which they arrive.

    All items of a mode are sent in one call, so that the engine sees everything it can share. If that call fails, the
    remaining items are sent task by task. If a task fails because of one of its inputs, its items are halved until that
    input is alone; if it fails for another reason, its remaining items fail with that reason.

    Raises:
        BackendOutage: The backend cannot go on for now; the items that were not yielded are open.
    """
    for mode in ("ppl", "gen"):
        of_mode = [planned for planned in items if planned.task.mode == mode]
        if of_mode:
            yield from _send_batch(backend, of_mode)


def _send_batch(backend: FallibleBackend, items: Sequence[PlannedItem]) -> Iterator[ItemOutputs]:
    remaining = dict(enumerate(items))
    try:
        for place, result in _send(backend, items):
            del remaining[place]
            yield result
    except BackendOutage:
        raise
    except _CAUGHT_ERRORS as error:
        if not remaining:
            return
        by_task: dict[str, list[PlannedItem]] = {}
        for planned in remaining.values():
            by_task.setdefault(planned.task.name, []).append(planned)
        if len(by_task) == 1:
            yield from _retry_in_halves(backend, list(remaining.values()), error)
            return
        for of_task in by_task.values():
            yield from _send_batch(backend, of_task)
        return
    for planned in remaining.values():
        yield ItemOutputs(planned, cause=Cause(CauseCode.no_answer))


def _retry_in_halves(
    backend: FallibleBackend, items: Sequence[PlannedItem], error: BaseException
) -> Iterator[ItemOutputs]:
    if not isinstance(error, BadInput) or len(items) == 1:
        for planned in items:
            yield ItemOutputs(planned, cause=cause_of(error))
        return
    middle = len(items) // 2
    for half in (items[:middle], items[middle:]):
        yield from _send_batch(backend, half)


def _send(backend: FallibleBackend, items: Sequence[PlannedItem]) -> Iterator[tuple[int, ItemOutputs]]:
    if items[0].task.mode == "gen":
        requests = [
            GenerateRequest(
                planned.prompt.text,
                planned.sampling,
                planned.task.name,
                planned.prompt.turns,
                () if planned.prompt.turns else planned.prompt.images,
            )
            for planned in items
        ]
        for place, texts in backend.generate(requests):
            if isinstance(texts, FailedRequest):
                yield place, ItemOutputs(items[place], cause=cause_of(texts.error))
            else:
                yield place, ItemOutputs(items[place], tuple(_text_output(items[place], text) for text in texts))
        return
    yield from _send_scores(backend, items)


def _send_scores(backend: FallibleBackend, items: Sequence[PlannedItem]) -> Iterator[tuple[int, ItemOutputs]]:
    """Outputs of items with options: an item ends with its last option, or with the first that failed."""
    keys = [(place, option) for place, planned in enumerate(items) for option in range(len(planned.prompt.options))]
    scores = [
        ScoreRequest(
            items[place].prompt.context(option), items[place].prompt.options[option], group=items[place].task.name
        )
        for place, option in keys
    ]
    found: dict[int, dict[int, ScoredContinuation]] = {}
    failed: set[int] = set()
    for request, scored in backend.score(scores):
        place, option = keys[request]
        if isinstance(scored, FailedRequest):
            if place not in failed:
                yield place, ItemOutputs(items[place], cause=cause_of(scored.error))
            failed.add(place)
            continue
        by_option = found.setdefault(place, {})
        by_option[option] = scored
        if place not in failed and len(by_option) == len(items[place].prompt.options):
            del found[place]
            yield place, _likelihood_output(items[place], [by_option[each] for each in range(len(by_option))])


def _text_output(planned: PlannedItem, generated: GeneratedText) -> ModelOutput:
    details = {
        "finish": generated.finish,
        "prompt_tokens": generated.prompt_tokens,
        "completion_tokens": generated.completion_tokens,
        "truncated": generated.truncated,
    }
    return ModelOutput(generated.text, details | _prompt_details(planned))


def _likelihood_output(planned: PlannedItem, scored: Sequence[ScoredContinuation]) -> ItemOutputs:
    empty = [option for option, one in zip(planned.prompt.options, scored, strict=True) if one.tokens == 0]
    if empty:
        return ItemOutputs(planned, cause=Cause(CauseCode.option_without_tokens, name=empty[0]))
    if any(math.isnan(one.nats) for one in scored):
        return ItemOutputs(planned, cause=Cause(CauseCode.no_likelihoods))
    details = {
        "options": list(planned.prompt.options),
        "nats": [one.nats for one in scored],
        "tokens": [one.tokens for one in scored],
        "bytes": [one.bytes for one in scored],
        "greedy": [one.greedy for one in scored],
        "truncated": max(one.truncated for one in scored),
    }
    return ItemOutputs(planned, (ModelOutput(None, details | _prompt_details(planned)),))


def _prompt_details(planned: PlannedItem) -> dict[str, Any]:
    prompt = planned.prompt
    details: dict[str, Any] = {
        "shots": prompt.shots,
        "dropped": prompt.dropped,
        "system_as_user": prompt.system_as_user,
    }
    return details | ({"images": [image.sha256 for image in prompt.images]} if prompt.images else {})

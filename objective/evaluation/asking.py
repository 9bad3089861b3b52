"""Send what was planned to a backend, and let one task's failure not take the others along."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from objective.evaluation.plan import PlannedItem
from objective.request import Backend, GeneratedText, GenerateRequest, ScoredContinuation, ScoreRequest
from storage.errors import BadInput, EvenhandError

_FAILURES = (EvenhandError, RuntimeError, ValueError, OSError, MemoryError, IndexError)
"""What a library or a device raises (out of memory is a RuntimeError); an interruption is not among it."""


@dataclass(frozen=True)
class Output:
    """What came back for one sample: text in `gen`; likelihoods and all else in the details."""

    text: str | None
    details: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back for one item: its outputs, or the reason why there are none."""

    ask: PlannedItem
    outputs: tuple[Output, ...] = ()
    cause: str | None = None


def ask_all(backend: Backend, asks: Sequence[PlannedItem]) -> Iterator[Answer]:
    """Answers in any order, each once, as they come.

    Everything is sent in one call per mode, so that the engine sees all it can share. If that call fails, what is
    still open is sent task by task; if a task fails because of one of its inputs, it is halved until that one stands
    alone; if it fails for another reason, its open items fail with that reason.
    """
    for mode in ("ppl", "gen"):
        some = [ask for ask in asks if ask.task.mode == mode]
        if some:
            yield from _ask_together(backend, some)


def _ask_together(backend: Backend, asks: Sequence[PlannedItem]) -> Iterator[Answer]:
    open_asks = dict(enumerate(asks))
    try:
        for place, answer in _send(backend, asks):
            del open_asks[place]
            yield answer
    except _FAILURES as error:
        if not open_asks:
            return
        by_task: dict[str, list[PlannedItem]] = {}
        for ask in open_asks.values():
            by_task.setdefault(ask.task.name, []).append(ask)
        if len(by_task) == 1:
            yield from _after_failure(backend, list(open_asks.values()), error)
            return
        for own in by_task.values():
            yield from _ask_together(backend, own)
        return
    for ask in open_asks.values():
        yield Answer(ask, cause="the engine gave no answer")


def _after_failure(backend: Backend, asks: Sequence[PlannedItem], error: BaseException) -> Iterator[Answer]:
    if not isinstance(error, BadInput) or len(asks) == 1:
        for ask in asks:
            yield Answer(ask, cause=_sentence(error))
        return
    middle = len(asks) // 2
    for half in (asks[:middle], asks[middle:]):
        yield from _ask_together(backend, half)


def _sentence(error: BaseException) -> str:
    if isinstance(error, EvenhandError):
        return str(error)
    first_line = str(error).strip().split("\n", 1)[0]
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__


def _send(backend: Backend, asks: Sequence[PlannedItem]) -> Iterator[tuple[int, Answer]]:
    if asks[0].task.mode == "gen":
        requests = [GenerateRequest(ask.prompt.text, ask.sampling, ask.task.name, ask.prompt.turns) for ask in asks]
        for place, texts in backend.generate(requests):
            yield place, Answer(asks[place], tuple(_generated(asks[place], one) for one in texts))
        return
    wanted = [(place, number) for place, ask in enumerate(asks) for number in range(len(ask.prompt.options))]
    scores = [
        ScoreRequest(asks[place].prompt.text, asks[place].prompt.options[number], group=asks[place].task.name)
        for place, number in wanted
    ]
    found: dict[int, dict[int, ScoredContinuation]] = {}
    for request, scored in backend.score(scores):
        place, number = wanted[request]
        own = found.setdefault(place, {})
        own[number] = scored
        if len(own) == len(asks[place].prompt.options):
            del found[place]
            yield place, _scored(asks[place], [own[each] for each in range(len(own))])


def _generated(ask: PlannedItem, one: GeneratedText) -> Output:
    told = {
        "finish": one.finish,
        "prompt_tokens": one.prompt_tokens,
        "completion_tokens": one.completion_tokens,
        "truncated": one.truncated,
    }
    return Output(one.text, told | _about(ask))


def _scored(ask: PlannedItem, scored: Sequence[ScoredContinuation]) -> Answer:
    empty = [option for option, one in zip(ask.prompt.options, scored, strict=True) if one.tokens == 0]
    if empty:
        return Answer(ask, cause=f"expected options that have tokens, got {empty[0]!r}, which has none")
    if any(math.isnan(one.nats) for one in scored):
        return Answer(ask, cause="expected likelihoods, got none that are numbers; try --dtype bfloat16 or float32")
    told = {
        "options": list(ask.prompt.options),
        "nats": [one.nats for one in scored],
        "tokens": [one.tokens for one in scored],
        "bytes": [one.bytes for one in scored],
        "greedy": [one.greedy for one in scored],
        "truncated": max(one.truncated for one in scored),
    }
    return Answer(ask, (Output(None, told | _about(ask)),))


def _about(ask: PlannedItem) -> dict[str, Any]:
    prompt = ask.prompt
    return {"shots": prompt.shots, "dropped": prompt.dropped, "system_as_user": prompt.system_as_user}

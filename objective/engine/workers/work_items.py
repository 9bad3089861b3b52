"""Requests cut into items of work that keep shared prefixes together, and what a worker does with one."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch

from objective.engine.local import LocalModel
from objective.engine.settings import ModelSettings, RunSettings
from objective.request import GenerateRequest, RollingRequest, ScoreRequest
from storage.errors import BadInput

RequestKind = Literal["score", "rolling", "generate", "tokens"]
Request = ScoreRequest | RollingRequest | GenerateRequest
PIECES_PER_WORKER = 2
"""A group is cut only where it holds more than a worker's share over this, so that no worker waits long."""


@dataclass(frozen=True)
class WorkItem:
    """Requests that one worker answers.

    Attributes:
        places: of each among all requests.
        requests: of one kind.
    """

    places: tuple[int, ...]
    requests: tuple[Request, ...]


def split_requests(requests: Sequence[Request], workers: int) -> list[WorkItem]:
    """Whole groups, the longest first; a group without a name, or a very long one, is cut between contexts.

    Args:
        requests: of one kind.
        workers: that will share them.
    """
    groups: dict[str, list[int]] = {}
    for place, request in enumerate(requests):
        groups.setdefault("" if isinstance(request, RollingRequest) else request.group, []).append(place)
    limit = max(1, -(-len(requests) // (PIECES_PER_WORKER * workers)))
    made: list[list[int]] = []
    for places in groups.values():
        if len(places) <= limit:
            made.append(places)
        else:
            made += _split_group(
                sorted(places, key=lambda place: (_shared_text(requests[place]), place)), requests, limit
            )
    made.sort(key=lambda places: -sum(len(_shared_text(requests[place])) for place in places))
    return [WorkItem(tuple(places), tuple(requests[place] for place in places)) for places in made]


def _shared_text(request: Request) -> str:
    if isinstance(request, ScoreRequest):
        return request.context
    return request.prompt if isinstance(request, GenerateRequest) else request.text


def _split_group(places: list[int], requests: Sequence[Request], limit: int) -> Iterator[list[int]]:
    piece: list[int] = []
    for place in places:
        if len(piece) >= limit and _shared_text(requests[place]) != _shared_text(requests[piece[-1]]):
            yield piece
            piece = []
        piece.append(place)
    yield piece


class ModelWorker:
    """A model in a process of its own, loaded when it is first asked.

    Args:
        model: which one.
        run: how.
        beside: workers on the same processor, this one included.
    """

    def __init__(self, model: ModelSettings, run: RunSettings, beside: int) -> None:
        self._settings, self._run, self._beside = model, run, beside
        self._loaded: LocalModel | None = None

    def process_id(self) -> int:
        """As the system numbers this process."""
        return os.getpid()

    def _model(self) -> LocalModel:
        if self._loaded is None:
            threads = self._run.threads or max(1, torch.get_num_threads() // self._beside)
            self._loaded = LocalModel(self._settings, replace(self._run, threads=threads))
        return self._loaded

    def answer(self, kind: RequestKind, requests: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """The results of an item, each with its place in it."""
        model = self._model()
        if kind == "tokens":
            return enumerate([model.tokens(text) for text in requests])
        answers: dict[str, Any] = {
            "score": model.score,
            "rolling": model.rolling,
            "generate": model.generate,
        }
        results: Iterator[tuple[int, Any]] = answers[kind](requests)
        return results

    def answer_all(self, kind: RequestKind, requests: Sequence[Any]) -> list[tuple[int, Any]]:
        """All results of an item at once."""
        return list(self.answer(kind, requests))


def assign_devices(device: str, workers: int) -> list[str]:
    """The device of each worker: a GPU each where there are any, else the processor for all.

    Raises:
        BadInput: there are fewer GPUs than workers.
    """
    if device == "cpu" or (device == "auto" and not torch.cuda.is_available()):
        return ["cpu"] * workers
    if device not in ("auto", "cuda"):
        if workers > 1:
            raise BadInput(
                f"expected --device cuda or cpu for {workers} workers, got {device!r}; one GPU is one worker"
            )
        return [device]
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if workers > found:
        raise BadInput(f"expected a GPU for each of {workers} workers, but torch finds {found} here; use fewer workers")
    return [f"cuda:{number}" for number in range(workers)]

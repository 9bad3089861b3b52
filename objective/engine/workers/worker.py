"""The model inside one worker process, and the device that each worker runs on."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import torch

from objective.engine.local import LocalModel
from objective.engine.settings import ModelSettings, RunSettings
from storage.errors import BadInput

RequestKind = Literal["score", "rolling", "generate", "tokens"]
"""The method of `objective.request.Backend` that answers a request."""


class ModelWorker:
    """A model in its own process, loaded on the first request.

    Args:
        model: the model to load.
        run: how requests are run.
        beside: number of workers on the same processor, including this one.
    """

    def __init__(self, model: ModelSettings, run: RunSettings, beside: int) -> None:
        self._settings, self._run, self._beside = model, run, beside
        self._loaded: LocalModel | None = None

    def process_id(self) -> int:
        """The id of this process."""
        return os.getpid()

    def _model(self) -> LocalModel:
        if self._loaded is None:
            threads = self._run.threads or max(1, torch.get_num_threads() // self._beside)
            self._loaded = LocalModel(self._settings, replace(self._run, threads=threads))
        return self._loaded

    def answer(self, kind: RequestKind, requests: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Yield the results of an item, each with the position of its request in the item."""
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
        """Return all results of an item at once."""
        return list(self.answer(kind, requests))


def assign_devices(device: str, workers: int) -> list[str]:
    """The device of each worker: one GPU each if there are any, else the processor for all.

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

"""Workers as actors of Ray, one GPU each, on this machine or a cluster; whole items go to whoever is free."""

import importlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from objective.engine.settings import ModelSettings, RunSettings
from objective.engine.workers.work_items import ModelWorker, RequestKind, WorkItem, split_requests
from objective.request import GeneratedText, GenerateRequest, RollingRequest, ScoredContinuation, ScoreRequest
from storage.errors import BadInput, EvenhandError

MAX_RESTARTS = 3
"""How often Ray starts a dead worker again, and repeats its item."""


class RayActors:
    """A backend of Ray actors, to be closed after use.

    Args:
        model: which one each of them loads; the path must be readable where they run.
        run: how.
        workers: how many.

    Raises:
        BadInput: Ray is not installed or has too little for so many workers, or the model cannot be loaded.
    """

    def __init__(self, model: ModelSettings, run: RunSettings, workers: int) -> None:
        try:
            self._ray = ray = importlib.import_module("ray")
        except ImportError:
            raise BadInput("expected the package ray, found none; install evenhand[cluster] or drop --ray") from None
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            ray.init(include_dashboard=False, log_to_driver=False)
        on_gpu = model.device != "cpu" and (model.device != "auto" or ray.cluster_resources().get("GPU", 0) > 0)
        what = "GPU" if on_gpu else "CPU"
        found = int(ray.cluster_resources().get(what, 0))
        if found < workers:
            self.close()
            raise BadInput(f"expected {workers} {what}s for as many workers, but Ray has {found}; use fewer workers")
        options: dict[str, Any] = {"max_restarts": MAX_RESTARTS, "max_task_retries": MAX_RESTARTS}
        options |= {"num_gpus": 1, "num_cpus": 0} if on_gpu else {"num_cpus": 1}
        actor = ray.remote(**options)(ModelWorker)
        settings = replace(model, device="cuda" if on_gpu else "cpu")
        self._crew = [actor.remote(settings, run, 1 if on_gpu else workers) for _ in range(workers)]
        try:
            list(self._answer("tokens", [WorkItem((0,), (RollingRequest("."),))] * workers))
        except BaseException:
            self.close()
            raise

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score continuations."""
        return self._answer("score", split_requests(requests, len(self._crew)))

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score whole texts."""
        return self._answer("rolling", split_requests(requests, len(self._crew)))

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        """Write texts."""
        return self._answer("generate", split_requests(requests, len(self._crew)))

    def tokens(self, text: str) -> list[str]:
        """The text's tokens as the model reads them, special ones included."""
        ((_, words),) = self._answer("tokens", [WorkItem((0,), (RollingRequest(text),))])
        return list(words)

    def close(self) -> None:
        """End all workers, and Ray where it was started here."""
        for actor in getattr(self, "_crew", ()):
            self._ray.kill(actor)
        self._crew = []
        if self._is_ours and self._ray.is_initialized():
            self._ray.shutdown()

    @property
    def process_ids(self) -> list[int]:
        """Of the workers, as the systems that they run on number them."""
        return [int(number) for number in self._ray.get([actor.process_id.remote() for actor in self._crew])]

    def _answer(self, kind: RequestKind, made: Sequence[WorkItem]) -> Iterator[tuple[int, Any]]:
        ahead, free = deque(made), list(self._crew)
        busy: dict[Any, tuple[Any, WorkItem]] = {}
        while ahead or busy:
            while ahead and free:
                actor, item = free.pop(), ahead.popleft()
                requests = [one.text for one in item.requests] if kind == "tokens" else item.requests  # type: ignore[union-attr]
                busy[actor.answer_all.remote(kind, requests)] = (actor, item)
            (done,), _ = self._ray.wait(list(busy), num_returns=1)
            actor, item = busy.pop(done)
            free.append(actor)
            for place, result in self._result(done):
                yield item.places[place], result

    def _result(self, done: Any) -> list[tuple[int, Any]]:  # noqa: ANN401  a future of Ray
        try:
            results: list[tuple[int, Any]] = self._ray.get(done)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, EvenhandError):
                raise error.cause from None
            raise
        except self._ray.exceptions.RayActorError as error:
            raise EvenhandError(f"a worker of Ray ended and could not be started again: {error}") from error
        return results

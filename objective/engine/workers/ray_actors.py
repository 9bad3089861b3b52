"""Workers as Ray actors, one GPU each, on this machine or a cluster."""

import importlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from objective.engine.settings import ModelSettings, RunSettings
from objective.engine.workers.pool import WorkerPool
from objective.engine.workers.work_items import WorkItem
from objective.engine.workers.worker import ModelWorker, RequestKind
from objective.request import RollingRequest
from storage.errors import BadInput, EvenhandError

MAX_RESTARTS = 3
"""How often Ray restarts a dead worker and repeats its item."""


class RayActors(WorkerPool):
    """A backend of Ray actors.

    Args:
        model: the model that each actor loads; its path must be readable on every node.
        run: how requests are run.
        workers: number of actors.

    Raises:
        BadInput: Ray is not installed, its cluster is too small for this many workers, or the model cannot be loaded.
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
        resource = "GPU" if on_gpu else "CPU"
        found = int(ray.cluster_resources().get(resource, 0))
        if found < workers:
            self.close()
            raise BadInput(
                f"expected {workers} {resource}s for as many workers, but Ray has {found}; use fewer workers"
            )
        options: dict[str, Any] = {"max_restarts": MAX_RESTARTS, "max_task_retries": MAX_RESTARTS}
        options |= {"num_gpus": 1, "num_cpus": 0} if on_gpu else {"num_cpus": 1}
        actor = ray.remote(**options)(ModelWorker)
        settings = replace(model, device="cuda" if on_gpu else "cpu")
        self._actors = [actor.remote(settings, run, 1 if on_gpu else workers) for _ in range(workers)]
        try:
            list(self._answer_items("tokens", [WorkItem((0,), (RollingRequest("."),))] * workers))
        except BaseException:
            self.close()
            raise

    @property
    def process_ids(self) -> list[int]:
        """Process id of each actor, on the machine that it runs on."""
        return [int(number) for number in self._ray.get([actor.process_id.remote() for actor in self._actors])]

    def close(self) -> None:
        """Stop all actors, and Ray if it was started here."""
        for actor in getattr(self, "_actors", ()):
            self._ray.kill(actor)
        self._actors = []
        if self._is_ours and self._ray.is_initialized():
            self._ray.shutdown()

    @property
    def _size(self) -> int:
        return len(self._actors)

    def _answer_items(self, kind: RequestKind, items: Sequence[WorkItem]) -> Iterator[tuple[int, Any]]:
        waiting, free = deque(items), list(self._actors)
        busy: dict[Any, tuple[Any, WorkItem]] = {}
        while waiting or busy:
            while waiting and free:
                actor, item = free.pop(), waiting.popleft()
                requests = [one.text for one in item.requests] if kind == "tokens" else item.requests  # type: ignore[union-attr]
                busy[actor.answer_all.remote(kind, requests)] = (actor, item)
            (future,), _ = self._ray.wait(list(busy), num_returns=1)
            actor, item = busy.pop(future)
            free.append(actor)
            for place, result in self._results(future):
                yield item.places[place], result

    def _results(self, future: Any) -> list[tuple[int, Any]]:  # noqa: ANN401  Ray does not type its futures
        try:
            results: list[tuple[int, Any]] = self._ray.get(future)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, EvenhandError):
                raise error.cause from None
            raise
        except self._ray.exceptions.RayActorError as error:
            raise EvenhandError(f"a Ray worker ended and could not be restarted: {error}") from error
        return results

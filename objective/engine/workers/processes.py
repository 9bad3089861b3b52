"""Worker processes on this machine: each answers one item at a time and is replaced when it dies."""

import logging
import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from objective.engine.loading.model import check_settings
from objective.engine.settings import ModelSettings, RunSettings
from objective.engine.workers.pool import WorkerPool
from objective.engine.workers.work_items import WorkItem
from objective.engine.workers.worker import ModelWorker, RequestKind, assign_devices
from storage.errors import BadInput, EvenhandError

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

log = logging.getLogger(__name__)

MAX_DEATHS = 3
"""Workers that may die on one item before it is given up."""


@dataclass
class _AssignedItem:
    """An item of work with the positions that still have no result."""

    number: int
    kind: RequestKind
    item: WorkItem
    open: list[int]
    deaths: int = 0


@dataclass
class _WorkerHandle:
    """A worker process and the pipe to it.

    Attributes:
        device: device of its model.
        process: the process.
        pipe: this side of the pipe.
        assigned: the item that it works on; None while it is free.
        sent: positions of the item's requests that were sent.
    """

    device: str
    process: Any = None
    pipe: Any = None
    assigned: _AssignedItem | None = None
    sent: list[int] = field(default_factory=list)


class WorkerProcesses(WorkerPool):
    """A backend of several processes.

    Args:
        model: the model that each process loads.
        run: how requests are run.
        workers: number of processes.

    Raises:
        BadInput: the model cannot be loaded, or there are fewer GPUs than workers.
    """

    def __init__(self, model: ModelSettings, run: RunSettings, workers: int) -> None:
        self._model, self._run = model, run
        self._number = 0
        check_settings(model)
        devices = assign_devices(model.device, workers)
        self._context = _start_method(devices)
        self._workers = [_WorkerHandle(device) for device in devices]
        try:
            for worker in self._workers:
                self._start(worker)
            for worker in self._workers:
                self._check_ready(worker.pipe.recv())
        except EOFError:
            self.close()
            raise EvenhandError("a worker ended while it loaded the model; is there memory for all of them?") from None
        except BaseException:
            self.close()
            raise

    @property
    def process_ids(self) -> list[int]:
        """Process id of each worker."""
        return [worker.process.pid for worker in self._workers]

    def close(self) -> None:
        """Stop all workers."""
        for worker in self._workers:
            if worker.process is not None:
                worker.process.terminate()
                worker.process.join()
                worker.pipe.close()
                worker.process = None

    @property
    def _size(self) -> int:
        return len(self._workers)

    def _start(self, worker: _WorkerHandle) -> None:
        worker.pipe, other_end = self._context.Pipe()
        settings = replace(self._model, device=worker.device)
        worker.process = self._context.Process(
            target=_run_worker, args=(other_end, settings, self._run, self._size), daemon=True
        )
        worker.process.start()
        other_end.close()

    def _answer_items(self, kind: RequestKind, items: Sequence[WorkItem]) -> Iterator[tuple[int, Any]]:
        waiting: deque[_AssignedItem] = deque()
        for item in items:
            self._number += 1
            waiting.append(_AssignedItem(self._number, kind, item, list(range(len(item.places)))))
        # An earlier call that was not read to its end may still have items under way; their results are dropped.
        ours = {assigned.number for assigned in waiting}
        left = len(waiting)
        while left:
            for worker in self._workers:
                if worker.assigned is None and waiting:
                    self._assign(worker, waiting.popleft())
            pipes = {worker.pipe: worker for worker in self._workers if worker.assigned is not None}
            for pipe in wait(list(pipes)):
                worker = pipes[pipe]
                try:
                    message, content = worker.pipe.recv()
                except (EOFError, OSError):
                    self._replace(worker, waiting)
                    continue
                assigned = worker.assigned
                is_ours = assigned is not None and assigned.number in ours
                if message == "results":
                    if assigned is not None and is_ours:
                        yield from self._place_results(worker, assigned, content)
                    continue
                worker.assigned = None
                left -= is_ours
                if message == "failed":
                    self._replace(worker, waiting)
                if is_ours and message != "done":
                    raise content

    @staticmethod
    def _assign(worker: _WorkerHandle, assigned: _AssignedItem) -> None:
        worker.assigned, worker.sent = assigned, list(assigned.open)
        try:
            worker.pipe.send((assigned.kind, [assigned.item.requests[place] for place in worker.sent]))
        except OSError:
            log.debug("a worker died before it received its item")

    @staticmethod
    def _place_results(
        worker: _WorkerHandle, assigned: _AssignedItem, results: Sequence[tuple[int, Any]]
    ) -> Iterator[tuple[int, Any]]:
        for place, result in results:
            inside = worker.sent[place]
            assigned.open.remove(inside)
            yield assigned.item.places[inside], result

    def _replace(self, worker: _WorkerHandle, waiting: deque[_AssignedItem]) -> None:
        """Start a new worker for one that died, and put its item back with the requests that have no result."""
        worker.process.join()
        assigned, worker.assigned = worker.assigned, None
        code = worker.process.exitcode
        log.warning("a worker ended with exit code %s; it is replaced and its item repeated", code)
        if assigned is not None:
            assigned.deaths += 1
            if assigned.deaths >= MAX_DEATHS:
                raise EvenhandError(
                    f"{MAX_DEATHS} workers died on the same requests, the last with exit code {code}; "
                    "is there memory for all of them?"
                )
            waiting.appendleft(assigned)
        worker.pipe.close()
        self._start(worker)
        self._check_ready(worker.pipe.recv())

    @staticmethod
    def _check_ready(message: tuple[str, Any]) -> None:
        """Read a worker's first message, and raise here the error that it met."""
        state, content = message
        if state != "ready":
            raise content


def _start_method(devices: Sequence[str]) -> "ForkServerContext | SpawnContext":
    """How worker processes start: with the libraries loaded once for all on a processor, each by itself on GPUs.

    CUDA cannot be used in a process that was forked from one that has asked for GPUs, as libraries do when loaded.
    """
    if set(devices) != {"cpu"} or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _run_worker(pipe: "Connection[Any, Any]", model: ModelSettings, run: RunSettings, beside: int) -> None:
    """The main function of a worker process: it answers items until the pipe closes or the model fails.

    After a failure the driver starts another process in its place.
    """
    try:
        worker = ModelWorker(model, run, beside)
        worker.answer_all("tokens", [])
        pipe.send(("ready", None))
        while True:
            kind, requests = pipe.recv()
            texts = [request.text for request in requests] if kind == "tokens" else requests
            pipe.send(_send_results(pipe, worker, kind, texts))
    except (EOFError, KeyboardInterrupt, BrokenPipeError):
        return
    except EvenhandError as error:
        pipe.send(("failed", error))
    except Exception as error:  # noqa: BLE001  the driver raises it
        pipe.send(("failed", RuntimeError(f"a worker failed: {type(error).__name__}: {error}")))


def _send_results(
    pipe: "Connection[Any, Any]", worker: ModelWorker, kind: RequestKind, requests: Sequence[Any]
) -> tuple[str, Any]:
    """Send the results of an item, and return how it ended; a bad request leaves the worker usable."""
    try:
        for result in worker.answer(kind, requests):
            pipe.send(("results", [result]))
    except BadInput as error:
        return "refused", error
    return "done", None

"""One process per worker on this machine: each answers one item at a time, and is replaced when it dies."""

import logging
import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from objective.engine.loading.model import check
from objective.engine.settings import ModelSettings, RunSettings
from objective.engine.sharing_out import Kind, ModelWorker, WorkItem, devices, items
from objective.request import GeneratedText, GenerateRequest, RollingRequest, ScoredContinuation, ScoreRequest
from storage.errors import BadInput, EvenhandError

log = logging.getLogger(__name__)

LIVES = 3
"""Workers that may die over one item before it is given up."""


@dataclass
class _Task:
    """An item on its way, with the places in it that still have no result."""

    number: int
    kind: Kind
    item: WorkItem
    open: list[int]
    deaths: int = 0


@dataclass
class _Process:
    """A worker's process and the line to it."""

    device: str
    process: Any = None
    line: Any = None
    task: _Task | None = None
    asked: list[int] = field(default_factory=list)


class WorkerProcesses:
    """A backend of several processes, to be closed after use.

    Args:
        model: which one each of them loads.
        run: how.
        workers: how many.

    Raises:
        BadInput: the model cannot be loaded, or there are fewer GPUs than workers.
    """

    def __init__(self, model: ModelSettings, run: RunSettings, workers: int) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._model, self._run = model, run
        self._number = 0
        check(model)
        self._crew = [_Process(device) for device in devices(model.device, workers)]
        try:
            for one in self._crew:
                self._start(one)
            for one in self._crew:
                self._check_ready(one.line.recv())
        except EOFError:
            self.close()
            raise EvenhandError("a worker ended while it loaded the model; is there memory for all of them?") from None
        except BaseException:
            self.close()
            raise

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score continuations."""
        return self._answer("score", items(requests, len(self._crew)))

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score whole texts."""
        return self._answer("rolling", items(requests, len(self._crew)))

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        """Write texts."""
        return self._answer("generate", items(requests, len(self._crew)))

    def tokens(self, text: str) -> list[str]:
        """The text's tokens as the model reads them, special ones included."""
        ((_, words),) = self._answer("tokens", [WorkItem((0,), (RollingRequest(text),))])
        return list(words)

    def close(self) -> None:
        """End all workers."""
        for one in self._crew:
            if one.process is not None:
                one.process.terminate()
                one.process.join()
                one.line.close()
                one.process = None

    @property
    def process_ids(self) -> list[int]:
        """Of the workers, as the system numbers them."""
        return [one.process.pid for one in self._crew]

    def _start(self, one: _Process) -> None:
        one.line, theirs = self._context.Pipe()
        settings = replace(self._model, device=one.device)
        one.process = self._context.Process(
            target=_work, args=(theirs, settings, self._run, len(self._crew)), daemon=True
        )
        one.process.start()
        theirs.close()

    def _answer(self, kind: Kind, made: Sequence[WorkItem]) -> Iterator[tuple[int, Any]]:
        """Hand items out as workers become free; results come as they arrive."""
        ahead: deque[_Task] = deque()
        for item in made:
            self._number += 1
            ahead.append(_Task(self._number, kind, item, list(range(len(item.places)))))
        ours = {task.number for task in ahead}
        left = len(ahead)
        while left:
            for one in self._crew:
                if one.task is None and ahead:
                    self._hand(one, ahead.popleft())
            lines = {one.line: one for one in self._crew if one.task is not None}
            for line in wait(list(lines)):
                one = lines[line]
                try:
                    word, what = one.line.recv()
                except (EOFError, OSError):
                    self._replace(one, ahead)
                    continue
                task = one.task
                is_ours = task is not None and task.number in ours
                if word == "results":
                    if task is not None and is_ours:
                        yield from self._taken(one, task, what)
                    continue
                one.task = None
                left -= is_ours
                if word == "failed":
                    self._replace(one, ahead)
                if is_ours and word != "done":
                    raise what

    @staticmethod
    def _hand(one: _Process, task: _Task) -> None:
        one.task, one.asked = task, list(task.open)
        try:
            one.line.send((task.kind, [task.item.requests[place] for place in one.asked]))
        except OSError:
            log.debug("a worker died before it got its item")

    @staticmethod
    def _taken(one: _Process, task: _Task, results: Sequence[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        for place, result in results:
            inside = one.asked[place]
            task.open.remove(inside)
            yield task.item.places[inside], result

    def _replace(self, one: _Process, ahead: deque[_Task]) -> None:
        """Start a new worker for one that died, and put its item back with what it still lacks."""
        one.process.join()
        task, one.task = one.task, None
        log.warning("a worker ended with exit code %s; it is replaced, its item repeated", one.process.exitcode)
        if task is not None:
            task.deaths += 1
            if task.deaths >= LIVES:
                raise EvenhandError(
                    f"{LIVES} workers died over the same requests, the last with exit code {one.process.exitcode}; "
                    "is there memory for all of them?"
                )
            ahead.appendleft(task)
        one.line.close()
        self._start(one)
        self._check_ready(one.line.recv())

    @staticmethod
    def _check_ready(message: tuple[str, Any]) -> None:
        """Read a worker's first message; what went wrong in the worker goes wrong here."""
        word, what = message
        if word != "ready":
            raise what


def _work(line: "Connection[Any, Any]", model: ModelSettings, run: RunSettings, beside: int) -> None:
    """What a worker's process does until the line closes, or the model fails: then another process begins afresh."""
    try:
        worker = ModelWorker(model, run, beside)
        worker.answer_all("tokens", [])
        line.send(("ready", None))
        while True:
            kind, requests = line.recv()
            texts = [request.text for request in requests] if kind == "tokens" else requests
            line.send(_answered(line, worker, kind, texts))
    except (EOFError, KeyboardInterrupt, BrokenPipeError):
        return
    except EvenhandError as error:
        line.send(("failed", error))
    except Exception as error:  # noqa: BLE001  the driver raises it
        line.send(("failed", RuntimeError(f"a worker failed: {type(error).__name__}: {error}")))


def _answered(
    line: "Connection[Any, Any]", worker: ModelWorker, kind: Kind, requests: Sequence[Any]
) -> tuple[str, Any]:
    """Send an item's results, and say how it ended; a bad request leaves the worker as it was."""
    try:
        for result in worker.answer(kind, requests):
            line.send(("results", [result]))
    except BadInput as error:
        return "refused", error
    return "done", None

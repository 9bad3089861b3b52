"""The backend interface over several workers; subclasses distribute the items."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from objective.engine.workers.work_items import Request, WorkItem, split_requests
from objective.engine.workers.worker import RequestKind
from objective.request import GeneratedText, GenerateRequest, RollingRequest, ScoredContinuation, ScoreRequest


class WorkerPool(ABC):
    """A backend that splits requests into items of work and has workers answer them. Close it after use."""

    @property
    @abstractmethod
    def process_ids(self) -> list[int]:
        """Process id of each worker, on the machine that it runs on."""

    @abstractmethod
    def close(self) -> None:
        """Stop all workers."""

    @abstractmethod
    def _answer_items(self, kind: RequestKind, items: Sequence[WorkItem]) -> Iterator[tuple[int, Any]]:
        """Yield results as they arrive, each with the position of its request among all requests."""

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score continuations."""
        return self._answer("score", requests)

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Score whole texts."""
        return self._answer("rolling", requests)

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        """Generate texts."""
        return self._answer("generate", requests)

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text as the model reads them, including special tokens."""
        ((_, tokens),) = self._answer_items("tokens", [WorkItem((0,), (RollingRequest(text),))])
        return list(tokens)

    def _answer(self, kind: RequestKind, requests: Sequence[Request]) -> Iterator[tuple[int, Any]]:
        return self._answer_items(kind, split_requests(requests, self._size))

    @property
    @abstractmethod
    def _size(self) -> int:
        """Number of workers."""

"""Selects for each question the examples that share most of its rare words, by BM25."""

import importlib
import re
from collections.abc import Sequence
from typing import Any

from objective.causes import Cause, CauseCode, TaskProblem
from objective.task import Item

_TERM = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_]+")
"""A word, or a single Chinese character, since Chinese has no spaces between words."""


class SimilarExamples:
    """Ranks the examples of a task by their similarity to a question (Robertson and Zaragoza, 2009)."""

    def __init__(self, pool: Sequence[Item]) -> None:
        """Count the words of the examples.

        Args:
            pool: examples to select from, at least one.

        Raises:
            TaskProblem: the library that ranks them is not installed.
        """
        self._pool = tuple(pool)
        self._ranking = _library().BM25()
        self._ranking.index([_terms(item) for item in pool], show_progress=False)

    def most_similar(self, item: Item, count: int) -> tuple[Item, ...]:
        """The most similar examples, the best first, without the item itself; of equal ones the first of the pool."""
        known = set(self._ranking.vocab_dict)
        terms = [term for term in _terms(item) if term in known]
        scores = self._ranking.get_scores(terms) if terms else [0.0] * len(self._pool)
        places = sorted(range(len(self._pool)), key=lambda place: -float(scores[place]))
        own = (item.question, item.options, item.contexts)
        others = (self._pool[place] for place in places)
        found = [one for one in others if (one.question, one.options, one.contexts) != own]
        return tuple(found[:count])


def _terms(item: Item) -> list[str]:
    """The words of a question and its options; a text without any has one empty word."""
    return _TERM.findall(" ".join((item.question, *item.options, *item.contexts)).lower()) or [""]


def _library() -> Any:  # noqa: ANN401  a module of a library without types
    try:
        return importlib.import_module("bm25s")
    except ModuleNotFoundError as error:
        message = (
            "expected the library bm25s for examples by similarity, found none; install it: "
            "pip install 'evenhand[metrics]', or select examples in another way"
        )
        raise TaskProblem(message, Cause(CauseCode.message, text=message)) from error

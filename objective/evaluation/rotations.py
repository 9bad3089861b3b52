"""Circular evaluation: each question once for every rotation of its options, right only if all are.

A model that has a liking for a letter, or that guesses, is right in some rotations by chance, but hardly in all of them
(Liu et al., 2023, https://arxiv.org/abs/2307.06281, section 4.2, who call it CircularEval).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from objective.scoring.metrics import PredictionOutcome, TaskMetric, standard_error
from objective.task import Item, Task

METRIC = "circular"
"""Metric: the share of items that are right in every rotation."""
_MARK = "~"


def rotated(task: Task) -> Task:
    """A task with every rotation of the options of its items with one right letter; others stay as they are.

    The rotations of an item share a group, so that standard errors count them as one. The task has no published id.

    Args:
        task: the task, already limited.
    """
    items = tuple(one for item in task.items for one in _rotations(item))
    return replace(task, items=items, recipe="")


def circular_metric(outcomes: Sequence[PredictionOutcome], name: str, main: TaskMetric) -> TaskMetric:
    """The share of items that are right in every rotation, over items of which no rotation failed.

    Args:
        outcomes: outcomes of a rotated task; an unparsed one is not right.
        name: metric that says whether an outcome is right.
        main: main metric of the task, whose counts of unparsed and failed predictions are kept.
    """
    by_item: dict[str, list[PredictionOutcome]] = defaultdict(list)
    for outcome in outcomes:
        by_item[outcome.item.rpartition(_MARK)[0] or outcome.item].append(outcome)
    whole = [of_item for of_item in by_item.values() if all(one.state != "failed" for one in of_item)]
    scores = [float(all(one.scores.get(name, 0.0) == 1.0 for one in of_item)) for of_item in whole]
    value = sum(scores) / len(scores) if scores else None
    error = standard_error(scores) if len(scores) > 1 else None
    return replace(main, name=METRIC, value=value, error=error, items=len(scores))


def _rotations(item: Item) -> tuple[Item, ...]:
    if item.kind != "choice" or len(item.options) < 2:
        return (item,)
    count = len(item.options)
    group = item.group or item.key
    made = []
    for shift in range(count):
        places = [(place + shift) % count for place in range(count)]
        gold = tuple(item.letters[places.index(item.letters.index(letter))] for letter in item.gold)
        made.append(
            replace(
                item,
                key=f"{item.key}{_MARK}{shift}",
                options=tuple(item.options[place] for place in places),
                contexts=tuple(item.contexts[place] for place in places) if item.contexts else (),
                gold=gold,
                group=group,
            )
        )
    return tuple(made)

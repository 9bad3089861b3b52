"""The items on which two runs differ: right in one and not in the other, with what both models wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from storage.database.engine import Database
from storage.database.evaluation_tables import Prediction
from storage.evaluations.reading import Ending, ending_of
from storage.evaluations.runs import predictions

Direction = Literal["gained", "lost"]


@dataclass(frozen=True)
class WrittenAnswer:
    """What one model answered to an item.

    Attributes:
        ending: how the prediction ended.
        text: the output, or the option taken where likelihoods were compared; the first of several samples.
        score: mean score over the samples.
        extracted: answer that was read out of the text; None if there is none.
    """

    ending: Ending
    text: str
    score: float
    extracted: str | None = None


@dataclass(frozen=True)
class ItemFlip:
    """One item on which the new run scores higher or lower than the old one.

    Attributes:
        task: name of the task.
        item: key of the item.
        direction: `gained` if the new run scores higher.
        prompt: prompt in the new run.
        gold: accepted answers.
        old: answer in the old run.
        new: answer in the new run.
        prediction: id of the prediction in the new run.
    """

    task: str
    item: str
    direction: Direction
    prompt: str
    gold: tuple[str, ...]
    old: WrittenAnswer
    new: WrittenAnswer
    prediction: int


def flipped_items(
    database: Database,
    runs: tuple[int, int],
    tasks: Sequence[str],
    scores: tuple[Mapping[str, float], Mapping[str, float]],
) -> list[ItemFlip]:
    """The items whose mean score differs, lost ones first within a task.

    Args:
        database: an open store.
        runs: ids of the new and of the old run.
        tasks: names of the tasks to look at.
        scores: scores by task and item of the new and of the old run; see `objective.evaluation.run.item_scores`.
    """
    found = []
    new, old = scores
    for task in tasks:
        with database.reading() as session:
            first = [_first_samples(predictions(session, run_id, task)) for run_id in runs]
        for item in sorted(first[0].keys() & first[1].keys(), key=lambda key: (len(key), key)):
            name = f"{task}/{item}"
            if name not in new or name not in old or new[name] == old[name]:
                continue
            mine, theirs = first[0][item], first[1][item]
            direction: Direction = "gained" if new[name] > old[name] else "lost"
            answers = (_written(theirs, old[name]), _written(mine, new[name]))
            number = int(mine.id or 0)
            found.append(ItemFlip(task, item, direction, mine.prompt, tuple(mine.gold), *answers, number))
    return sorted(found, key=lambda one: (one.task, one.direction != "lost"))


def _first_samples(stored: Sequence[Prediction]) -> dict[str, Prediction]:
    found: dict[str, Prediction] = {}
    for one in sorted(stored, key=lambda one: one.sample):
        found.setdefault(one.item, one)
    return found


def _written(prediction: Prediction, score: float) -> WrittenAnswer:
    text = prediction.output if prediction.output is not None else prediction.extracted or ""
    return WrittenAnswer(ending_of(prediction.state, prediction.score), text, score, prediction.extracted)

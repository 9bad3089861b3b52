"""Families read real data where it is at hand, and their own answers are right there too."""

import gzip
import json
from pathlib import Path

import pytest

from objective.catalog import select_tasks
from objective.scoring.overlap.text_overlap import normalise_squad
from objective.task import Item
from tests.objective.families.test_own_rows import right_output, score

HERE = {
    "bbh-boolean_expressions": 250,
    "bbh-date_understanding": 250,
    "bbh-navigate": 250,
    "bbh-snarks": 178,
    "bbh-word_sorting": 250,
    "mgsm-en": 250,
    "mgsm-zh": 250,
    "mixeval-hard-free-form": 500,
    "mixeval-hard-multiple-choice": 500,
    "safetybench-zh-mental-health": 300,
    "safetybench-zh-unfairness-and-bias": 300,
    "svamp": 1000,
}
"""Tasks with real data, and the number of their items."""

ROWS = 50
"""Items of each task that are scored."""


@pytest.mark.parametrize("name", HERE)
def test_real_data_is_read_whole_and_its_gold_answers_are_right(name: str, shared_data: Path) -> None:
    task = select_tasks([name], data_dir=shared_data / "objective").ready[0]
    assert len(task.items) == HERE[name]
    wrong = [item.key for item in task.items[:ROWS] if score(task, item, right_output(item)) != 1.0]
    assert wrong == []


def recorded_scores(half: str, shared_data: Path) -> list[tuple[Item, str, float]]:
    """Item, recorded answer and score of each question of a half of MixEval-Hard; 0 for an unparsed answer."""
    name = f"gemma_11_7b_instruct_close_{half.replace('-', '').replace('multiplechoice', 'multichoice')}_hard.jsonl.gz"
    with gzip.open(shared_data / "objective" / "mixeval_hard" / name, "rt", encoding="utf-8") as file:
        recorded = {row["id"]: row["response"] for row in map(json.loads, file)}
    task = select_tasks([f"mixeval-hard-{half}"], data_dir=shared_data / "objective").ready[0]
    return [(item, recorded[item.key], score(task, item, recorded[item.key]) or 0.0) for item in task.items]


def test_recorded_answers_to_mixeval_give_the_figure_of_their_letters(shared_data: Path) -> None:
    """185 of 500 begin with the right letter; of the 231 from MMLU 88, which is 38.1 %, where 39.0 % is published.

    The published figure comes from a model that read other runs' answers, so it is near but not the same.
    """
    scores = recorded_scores("multiple-choice", shared_data)
    assert sum(value for _, _, value in scores) == 185
    mmlu = [value for item, _, value in scores if item.subject == "MMLU"]
    assert (sum(mmlu), len(mmlu)) == (88, 231)
    assert pytest.approx(0.390, abs=0.01) == 88 / 231


def test_no_rule_can_give_the_published_mean_of_mixeval_from_its_recorded_free_answers(shared_data: Path) -> None:
    """92 of 500 state an accepted answer, 120 hold one at all; 39.1 over both halves would need 206.

    The published figure is the mean of marks from 0 to 1 that a model gave; these marks were not published.
    """
    scores = recorded_scores("free-form", shared_data)
    assert sum(value for _, _, value in scores) == 92

    def plain(text: str) -> str:
        return f" {normalise_squad(text)} "

    held = [any(plain(gold).strip() and plain(gold) in plain(text) for gold in item.gold) for item, text, _ in scores]
    assert sum(held) == 120 < 0.391 * 1000 - 185

"""Ratings beside objective scores: a worked example, and models that are in one world only."""

import numpy as np
import pytest

from arena.leaderboard.two_worlds import ObjectiveScore, TwoWorlds, compare_worlds
from arena.rating.catalog import RATING_METHODS
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings, RatingSettings
from storage.ledger.battles import Battles


def ratings() -> Ratings:
    """Five connected models, a best, e worst, each pair 40 times; x and y met nobody else."""
    rows: list[tuple[str, str, str | float]] = []
    for place, model in enumerate("abcde"):
        for other in "abcde"[place + 1 :]:
            rows += [(model, other, "model_a")] * 28 + [(model, other, "model_b")] * 12
    rows += [("x", "y", "model_a"), ("x", "y", "model_b")]
    return RATING_METHODS["bradley-terry"].rate(Evidence(Battles.from_rows(rows)), settings=RatingSettings())


def compared(scores: dict[str, dict[str, float]], error: float | None = 0.02) -> TwoWorlds:
    by_task = {task: {model: ObjectiveScore(v, error) for model, v in own.items()} for task, own in scores.items()}
    return compare_worlds(ratings(), by_task)


def test_the_mean_is_over_tasks_that_every_shared_model_has() -> None:
    found = compared({
        "math": {"a": 0.9, "b": 0.7, "c": 0.6},
        "code": {"a": 0.5, "b": 0.5, "c": 0.1},
        "law": {"a": 0.1},
    })  # fmt: skip
    assert [(point.model, round(point.score, 3), point.rating_rank, point.score_rank) for point in found.points] == [
        ("a", 0.7, 1, 1),
        ("b", 0.6, 2, 2),
        ("c", 0.35, 3, 3),
    ]
    assert found.points[0].error == pytest.approx(0.02 / np.sqrt(2.0))
    assert (found.tasks, found.partial) == (("math", "code"), ("law",))
    assert found.overall.kendall.value == pytest.approx(1.0)


def test_models_of_one_world_are_listed_and_another_group_is_not_compared() -> None:
    found = compared({"math": {"a": 0.9, "b": 0.7, "x": 0.8, "never-rated": 0.5}})
    assert found.only_rated == ("c", "d", "e", "x", "y")
    assert found.only_scored == ("never-rated", "x")


def test_a_pair_in_opposite_order_is_clear_only_if_both_differences_are() -> None:
    scores = {"math": {"a": 0.3, "b": 0.35, "e": 0.9}}
    pairs = {(one.preferred, one.scoring): one.is_clear for one in compared(scores).reversed_pairs}
    assert pairs == {("a", "e"): True, ("b", "e"): True, ("a", "b"): False}
    assert not any(one.is_clear for one in compared(scores, error=None).reversed_pairs)


def test_nothing_in_common_is_no_correlation() -> None:
    found = compared({"math": {"never-rated": 0.5}})
    assert found.points == ()
    assert np.isnan(found.overall.kendall.value)
    assert found.by_task[0].found.models == 0

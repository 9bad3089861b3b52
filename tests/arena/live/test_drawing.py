"""The draw of two models, and the probabilities that are stored with it."""

import random
from collections import Counter
from itertools import combinations

import pytest

from arena.live.drawing import draw_pair, pair_probability, shown_probability
from storage.errors import BadInput

WEIGHTS = {1: 1.0, 2: 2.0, 3: 5.0, 4: 0.5}


def test_the_probability_of_a_pair_is_that_of_a_worked_example() -> None:
    # 1 first (1/4), then 2 of 2 and 1 (2/3); or 2 first (2/4), then 1 of 1 and 1 (1/2).
    assert pair_probability({1: 1.0, 2: 2.0, 3: 1.0}, 1, 2) == pytest.approx(1 / 4 * 2 / 3 + 2 / 4 * 1 / 2)


@pytest.mark.parametrize("failed", [set(), {3}, {3, 4}])
def test_probabilities_of_the_pairs_that_can_be_shown_sum_to_one(failed: set[int]) -> None:
    working = [model for model in WEIGHTS if model not in failed]
    total = sum(shown_probability(WEIGHTS, *pair, failed) for pair in combinations(working, 2))
    assert total == pytest.approx(1.0)


def test_draws_follow_the_weights_and_sides_a_fair_coin() -> None:
    source = random.Random(4)
    drawn = [draw_pair(WEIGHTS, source.random) for _ in range(20_000)]
    counts = Counter(frozenset(pair[:2]) for pair in drawn)
    for one, other in combinations(WEIGHTS, 2):
        expected = pair_probability(WEIGHTS, one, other)
        assert counts[frozenset((one, other))] / len(drawn) == pytest.approx(expected, abs=0.012)
    assert all(pair.probability == pair_probability(WEIGHTS, pair.left, pair.right) for pair in drawn[:50])
    assert sum(pair.left < pair.right for pair in drawn) / len(drawn) == pytest.approx(0.5, abs=0.012)


def test_one_model_alone_is_refused() -> None:
    with pytest.raises(BadInput, match="at least two models"):
        draw_pair({1: 1.0}, random.Random(1).random)

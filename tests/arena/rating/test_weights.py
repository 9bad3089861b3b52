"""Weights for battles that were not sampled evenly."""

from dataclasses import replace

import numpy as np
import pytest

from arena.rating.weights import battle_weights
from storage.errors import BadInput
from storage.ledger.battles import Battles
from tests.arena.tournaments import random_rows


def with_probabilities(*values: float) -> Battles:
    battles = Battles.from_rows(random_rows(6, 90, seed=2))
    return replace(battles, probability=np.resize(np.array(values), len(battles)))


@pytest.mark.parametrize("value", [0.0, -0.5, 1.5, np.inf])
def test_a_probability_outside_its_range_is_refused_with_its_row(value: float) -> None:
    with pytest.raises(BadInput, match=rf"above 0 and up to 1, got {value!r} in row 1"):
        battle_weights(with_probabilities(0.5, value), ("sampling",))


def test_pairs_are_counted_alike_among_few_and_among_very_many_models() -> None:
    few = Battles.from_rows(random_rows(6, 90, seed=2))
    many = replace(few, models=(*few.models, *(f"unseen {number}" for number in range(3_000))))
    expected, found = battle_weights(few, ("pairs",)), battle_weights(many, ("pairs",))
    assert expected is not None
    assert found is not None
    np.testing.assert_allclose(found, expected)

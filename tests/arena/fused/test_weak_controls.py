"""A control that tells nothing about people gets a weight of zero, however few the questions."""

import numpy as np
import pytest

from arena.fused.tuning import TuningRows, tune
from arena.rating.clusters import Contributions


@pytest.mark.parametrize("questions", [30, 200])
def test_a_useless_control_is_used_as_rarely_as_a_test_at_five_percent_errs(questions: int) -> None:
    rng, used, tries = np.random.default_rng(questions), 0, 300
    pair = np.zeros(questions, np.int32), np.ones(questions, np.int32)
    for seed in range(tries):
        votes = rng.normal(size=questions)
        people = Contributions(2, *pair, votes, -votes, np.empty((questions, 0)))
        rows = TuningRows(people, rng.normal(size=(questions, 1)), two=True, n_votes=questions)
        found = tune(rows, np.arange(questions), np.eye(2), seed)
        used += bool(found.whole.any())
        assert found.whole.any() or found.gain == 0.0
    assert used / tries < 0.09

"""Ratings over time are fits to growing shares of the battles."""

import numpy as np

from arena.leaderboard.history import rating_history
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from storage.ledger.battles import Battles
from tests.arena.tournaments import DEFAULT, random_rows


def test_the_last_point_is_the_leaderboard_and_the_first_uses_the_first_battles_only() -> None:
    battles = Battles.from_rows([*random_rows(4, 400, seed=1), ("late", "m0", "model_a"), ("m0", "late", "model_a")])
    history = rating_history(battles, rate_bradley_terry, DEFAULT, points=4)
    assert history.battles == (100, 201, 302, 402)
    np.testing.assert_allclose(history.rating[-1], rate_bradley_terry(Evidence(battles), settings=DEFAULT).rating)
    late = history.models.index("late")
    assert np.isnan(history.rating[:-1, late]).all()
    first = battles.subset(np.arange(402) < 100)
    alone = rate_bradley_terry(Evidence(first), settings=DEFAULT).rating
    np.testing.assert_allclose(history.rating[0], alone)


def test_fewer_battles_than_points_give_a_point_each() -> None:
    history = rating_history(Battles.from_rows([("x", "y", "tie")] * 3), rate_bradley_terry, DEFAULT, points=10)
    assert history.battles == (1, 2, 3)
    np.testing.assert_allclose(history.rating, 1000.0)

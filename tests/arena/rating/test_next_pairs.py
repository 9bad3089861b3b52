"""The worth of the next vote: against determinants computed outright, and in the simplest cases."""

import numpy as np
import pytest

from arena.rating.counts import count_pairs
from arena.rating.method import ELO_PER_NAT
from arena.rating.next_pairs import PRIOR_POINTS, pair_gains
from storage.ledger.battles import Battles
from tests.arena.tournaments import random_rows


def test_without_votes_every_pair_is_worth_the_same() -> None:
    gains = pair_gains(count_pairs(Battles.empty(["a", "b", "c"])))
    assert np.ptp(gains.gain) == pytest.approx(0.0, abs=1e-12)
    assert gains.matrix()[0].tolist() == [0.0, 1.0, 1.0]


def test_the_gain_is_the_growth_of_the_log_determinant_of_the_information() -> None:
    counts = count_pairs(Battles.from_rows(random_rows(6, 200, seed=4)))
    gains = pair_gains(counts)
    precision = (ELO_PER_NAT / PRIOR_POINTS) ** 2
    information = np.linalg.inv(gains.covariance)
    before = np.linalg.slogdet(information)[1]
    for first, second, gain in zip(gains.first, gains.second, gains.gain, strict=True):
        chance = 1.0 / (1.0 + np.exp(gains.strength[second] - gains.strength[first]))
        direction = np.zeros(6)
        direction[[first, second]] = 1.0, -1.0
        after = information + chance * (1.0 - chance) * np.outer(direction, direction)
        assert np.linalg.slogdet(after)[1] - before == pytest.approx(gain)
    assert gains.strength.mean() == pytest.approx(0.0, abs=1e-9)
    assert (np.linalg.eigvalsh(information) > precision * 0.99).all()


def test_a_pair_with_many_votes_or_a_sure_result_is_worth_less() -> None:
    rows = [("a", "b", "model_a"), ("a", "b", "model_b")] * 50 + [("a", "c", "model_a")] * 20
    gains = pair_gains(count_pairs(Battles.from_rows([*rows, ("c", "d", "tie")])))
    worth = {(int(i), int(j)): float(g) for i, j, g in zip(gains.first, gains.second, gains.gain, strict=True)}
    assert worth[0, 1] < worth[0, 2] < worth[2, 3]

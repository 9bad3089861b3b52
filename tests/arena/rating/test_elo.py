"""Online Elo: by hand, against a second implementation, and its order."""

import math
from collections.abc import Sequence
from pathlib import Path

import evalica
import numpy as np
import pytest

from arena.rating.elo import rate_elo
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings, RatingSettings
from storage.ledger.battles import Battles
from tests.arena.tournaments import Row, crowd_rows, random_rows, turned

WINNERS = {"model_a": evalica.Winner.X, "model_b": evalica.Winner.Y, "tie": evalica.Winner.Draw}


def rate(rows: Sequence[Row], options: RatingSettings | None = None) -> Ratings:
    return rate_elo(Evidence(Battles.from_rows(rows)), settings=options or RatingSettings())


def test_two_battles_by_hand() -> None:
    """K = 32. Equal ratings expect 0.5, so x wins 16 points: 1016 to 984.

    Then z (1000) ties with x: z expects 1 / (1 + 10^(16/400)) = 0.4769904, and takes 32 * 0.0230096 = 0.736307.
    """
    ratings = rate([("x", "y", "model_a"), ("z", "x", "tie")], RatingSettings(elo_k=32))
    gain = 32 * (0.5 - 1 / (1 + 10 ** (16 / 400)))
    assert gain == pytest.approx(0.736307, abs=1e-6)
    assert ratings.rating == pytest.approx([1016 - gain, 984, 1000 + gain], abs=1e-9)


def test_real_votes_agree_with_evalica(shared_data: Path) -> None:
    rows = crowd_rows(shared_data)
    ratings = rate(rows)
    left, right, winners = zip(*rows, strict=True)
    peer = evalica.elo(left, right, [WINNERS[str(winner)] for winner in winners], initial=1000.0, k=4.0)
    assert max(abs(peer.scores[model] - ratings.rating[i]) for i, model in enumerate(ratings.models)) < 1e-9


def test_points_are_only_passed_on() -> None:
    ratings = rate(random_rows(7, 500, seed=1), RatingSettings(elo_initial=1500))
    assert ratings.rating.sum() == pytest.approx(7 * 1500)


def test_sides_do_not_matter() -> None:
    rows: list[Row] = [*random_rows(5, 100, seed=2), ("m0", "m1", 0.3)]
    swapped = Battles.from_rows([turned(row) for row in rows], models=Battles.from_rows(rows).models)
    turned_round = rate_elo(Evidence(swapped), settings=RatingSettings())
    np.testing.assert_allclose(rate(rows).rating, turned_round.rating, atol=1e-9)


def test_the_order_is_that_of_the_positions() -> None:
    battles = Battles.from_rows(random_rows(5, 100, seed=2))
    shuffle = np.random.default_rng(0).permutation(len(battles))
    shuffled = battles.subset(np.ones(len(battles), bool))
    for name in ("a", "b", "outcome", "score", "position"):
        object.__setattr__(shuffled, name, getattr(battles, name)[shuffle])
    settings = RatingSettings()
    np.testing.assert_array_equal(
        rate_elo(Evidence(shuffled), settings=settings).rating, rate_elo(Evidence(battles), settings=settings).rating
    )


def test_many_battles_are_played_without_a_seam() -> None:
    rows: list[Row] = [("x", "y", "model_a"), ("y", "z", "model_a"), ("z", "x", "tie")] * 30_000
    rating = [1000.0, 1000.0, 1000.0]
    for left, right, share in [(0, 1, 1.0), (1, 2, 1.0), (2, 0, 0.5)] * 30_000:
        change = 4 * (share - 1 / (1 + math.pow(10, (rating[right] - rating[left]) / 400)))
        rating[left], rating[right] = rating[left] + change, rating[right] - change
    assert rate(rows).rating == pytest.approx(rating, abs=1e-6)


def test_a_huge_k_does_not_overflow() -> None:
    ratings = rate([("x", "y", "model_a"), ("y", "x", "model_a")] * 5, RatingSettings(elo_k=1e9))
    assert np.isfinite(ratings.rating).all()


def test_elo_claims_no_intervals() -> None:
    ratings = rate([("x", "y", "model_a")])
    assert np.isnan(ratings.lower).all()
    assert np.isnan(ratings.upper).all()
    assert ratings.covariance is None
    assert ratings.basis.kind == "none"


def test_dropped_both_bads_move_nobody() -> None:
    rows = random_rows(4, 60, seed=9)
    dropped = rate([*rows, ("m0", "m1", "both_bad")], RatingSettings(both_bad="drop"))
    np.testing.assert_array_equal(dropped.rating, rate(rows).rating)
    assert dropped.left_out == {"both_bad": 1}

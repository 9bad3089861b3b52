"""The leaderboard's ranks, ranges and matrices."""

import dataclasses
import json
import math

import numpy as np
import pytest

from arena.leaderboard.board import (
    LeaderboardRow,
    battle_counts,
    observed_win_fractions,
    predicted_win_fractions,
    rank_models,
)
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.catalog import RATING_METHODS
from arena.rating.counts import count_pairs
from arena.rating.elo import rate_elo
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings, RatingSettings
from storage.ledger.battles import Battles
from tests.arena.tournaments import DEFAULT, Row, random_rows

NAN, INF = math.nan, math.inf


def board(rating: list[float], lower: list[float], upper: list[float], island: list[int] | None = None) -> Ratings:
    n = len(rating)
    return Ratings(
        method="example",
        settings={},
        models=tuple("abcdefgh"[:n]),
        rating=np.array(rating),
        lower=np.array(lower),
        upper=np.array(upper),
        covariance=None,
        battles=np.full(n, 50),
        win_rate=np.full(n, 0.5),
        both_bad=np.zeros(n, np.int64),
        island=np.array(island or [0] * n),
        converged=True,
        iterations=1,
        left_out={},
        freedom=np.full(n, np.inf),
    )


def ranges(rows: tuple[LeaderboardRow, ...]) -> dict[str, tuple[int | None, int | None, int | None]]:
    return {row.model: (row.rank, row.rank_low, row.rank_high) for row in rows}


def test_rank_ranges_follow_the_overlap_of_intervals() -> None:
    """a is clear of all; b and c overlap; c and d overlap; b is clear of d; touching ends are not clear."""
    ratings = board([1200, 1100, 1050, 1000], [1150, 1080, 1020, 980], [1250, 1120, 1080, 1025])
    assert ranges(rank_models(ratings)) == {"a": (1, 1, 1), "b": (2, 2, 3), "c": (3, 2, 4), "d": (4, 3, 4)}


def test_a_model_without_an_interval_may_have_any_rank_and_widens_the_others() -> None:
    ratings = board([1200, 1100, 1000], [1150, NAN, 980], [1250, NAN, 1020])
    assert ranges(rank_models(ratings)) == {"a": (1, 1, 2), "b": (2, 1, 3), "c": (3, 2, 3)}


def test_an_open_end_is_compared_as_infinite_and_shown_as_none() -> None:
    ratings = board([1200, 1100], [1150, -INF], [INF, 1120])
    rows = rank_models(ratings)
    assert ranges(rows) == {"a": (1, 1, 1), "b": (2, 2, 2)}
    assert (rows[0].lower, rows[0].upper) == (1150.0, None)
    assert (rows[1].lower, rows[1].upper) == (None, 1120.0)


def test_islands_are_ranked_apart_and_the_unrated_come_last() -> None:
    ratings = board([900, 1300, NAN, 1000], [880, 1290, NAN, 990], [920, 1310, NAN, 1010], island=[0, 1, -1, 0])
    rows = rank_models(ratings)
    assert [row.model for row in rows] == ["d", "a", "b", "c"]
    assert ranges(rows) == {"d": (1, 1, 1), "a": (2, 2, 2), "b": (1, 1, 1), "c": (None, None, None)}
    assert [row.island for row in rows] == [0, 0, 1, None]
    assert rows[3].rating is None


def test_equal_ratings_share_a_rank_in_order_of_name() -> None:
    rows = rank_models(board([1000, 1100, 1000 + 1e-9], [900] * 3, [1200] * 3))
    assert [(row.model, row.rank) for row in rows] == [("b", 1), ("a", 2), ("c", 2)]


def test_a_method_without_intervals_gives_ranks_without_ranges() -> None:
    rows = rank_models(rate_elo(Evidence(Battles.from_rows(random_rows(4, 100, seed=0))), settings=DEFAULT))
    assert [row.rank for row in rows] == [1, 2, 3, 4]
    assert {(row.rank_low, row.rank_high, row.lower, row.upper) for row in rows} == {(None, None, None, None)}


def test_a_named_anchor_is_compared_as_a_point() -> None:
    battles = Battles.from_rows(random_rows(4, 3_000, seed=5))
    free = rank_models(rate_bradley_terry(Evidence(battles), settings=DEFAULT))
    pinned = rank_models(rate_bradley_terry(Evidence(battles), settings=RatingSettings(anchor=free[0].model)))
    assert [row.model for row in pinned] == [row.model for row in free]
    assert (pinned[0].rank_low, pinned[0].lower, pinned[0].upper) == (1, None, None)
    for row in pinned[1:]:
        assert row.upper is not None
        assert row.rank_low is not None
        assert (row.upper < 1000) == (row.rank_low > 1)


def test_fewer_than_thirty_battles_are_provisional() -> None:
    rows: list[Row] = [*[("x", "y", "model_a"), ("x", "y", "model_b")] * 14, *[("x", "z", "tie")] * 2]
    standing = {
        row.model: row for row in rank_models(rate_bradley_terry(Evidence(Battles.from_rows(rows)), settings=DEFAULT))
    }
    assert {model: row.provisional for model, row in standing.items()} == {"x": False, "y": True, "z": True}
    assert standing["x"].battles == 30


@pytest.mark.parametrize("name", RATING_METHODS)
def test_rows_are_plain_json(name: str) -> None:
    rows: list[Row] = [*random_rows(5, 100, seed=0), ("u", "v", "model_a"), ("s", "s", "tie"), ("n", "m0", "model_a")]
    rows.append(("m0", "m1", "both_bad"))
    lines = rank_models(RATING_METHODS[name].rate(Evidence(Battles.from_rows(rows)), settings=DEFAULT))
    assert len(lines) == 9
    json.dumps([dataclasses.asdict(line) for line in lines], allow_nan=False)


def test_observed_fractions_count_ties_as_half() -> None:
    counts = count_pairs(Battles.from_rows([("x", "y", "model_a"), ("y", "x", "tie"), ("z", "z", "tie")]))
    np.testing.assert_array_equal(observed_win_fractions(counts), [[NAN, 0.75, NAN], [0.25, NAN, NAN], [NAN] * 3])
    np.testing.assert_array_equal(battle_counts(counts), [[NAN, 2, NAN], [2, NAN, NAN], [NAN] * 3])


def test_predicted_fractions_are_one_in_eleven_at_400_points() -> None:
    ratings = board([1400, 1000, 1000], [NAN] * 3, [NAN] * 3, island=[0, 0, 1])
    expected = [[NAN, 10 / 11, NAN], [1 / 11, NAN, NAN], [NAN] * 3]
    np.testing.assert_allclose(predicted_win_fractions(ratings), expected, atol=1e-12)


@pytest.mark.parametrize("name", ["davidson", "rao-kupper"])
def test_predictions_with_ties_add_up_to_the_points_that_were_taken(name: str) -> None:
    """At Davidson's maximum each model's expected points are those it took; Rao and Kupper's come close to it."""
    battles = Battles.from_rows(random_rows(5, 4_000, seed=3))
    ratings = RATING_METHODS[name].rate(Evidence(battles), settings=DEFAULT)
    counts = count_pairs(battles)
    shares = predicted_win_fractions(ratings)
    np.testing.assert_allclose(np.nansum(shares + shares.T, axis=1), 4.0)
    met = np.nan_to_num(battle_counts(counts))
    expected = np.nansum(met * np.nan_to_num(shares), axis=1) / met.sum(axis=1)
    np.testing.assert_allclose(expected, ratings.win_rate, atol=1e-9 if name == "davidson" else 0.02)


@pytest.mark.parametrize("name", ["win-rate", "grounded-rao-kupper"])
def test_a_rating_that_predicts_no_battle_shows_no_prediction(name: str) -> None:
    rows: list[Row] = [*random_rows(4, 200, seed=3), ("m0", "m1", "both_bad")]
    ratings = RATING_METHODS[name].rate(Evidence(Battles.from_rows(rows)), settings=DEFAULT)
    assert np.isnan(predicted_win_fractions(ratings)).all()

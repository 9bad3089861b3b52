"""Wins in one direction prove an order, as surely as independent votes make it, and nothing more."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from arena.leaderboard.board import predicted_win_fractions, rank_models
from arena.rating.catalog import RATING_METHODS
from arena.rating.choice import compare_ties
from arena.rating.davidson import rate_davidson
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings
from arena.rating.proven_order import OneWayPairs, independent_votes
from storage.ledger.battles import Battles
from tests.arena.tournaments import DEFAULT, Row

CHAIN: list[Row] = [("a", "b", "model_a"), ("b", "c", "model_a"), ("a", "c", "model_a")]


def ranges(rows: Sequence[Row], method: str = "bradley-terry", clusters: Sequence[int] | None = None) -> dict[str, str]:
    """Rank range of each model; with `clusters`, the rater of each row."""
    battles = Battles.from_rows(rows)
    if clusters is not None:
        raters = tuple(f"rater {code:02d}" for code in range(max(clusters) + 1))
        battles = replace(battles, rater=np.array(clusters, np.int32), raters=raters)
    found = rank_models(RATING_METHODS[method].rate(Evidence(battles), settings=DEFAULT))
    return {row.model: f"{row.rank_low}-{row.rank_high}" for row in found}


@pytest.mark.parametrize("method", ["bradley-terry", "davidson", "rao-kupper"])
@pytest.mark.parametrize("pairs", [CHAIN, CHAIN[:2]], ids=["all pairs met", "neighbours met"])
def test_fifty_wins_to_none_along_a_chain_put_every_model_in_its_place(method: str, pairs: list[Row]) -> None:
    assert ranges(pairs * 50, method) == {"a": "1-1", "b": "2-2", "c": "3-3"}


def test_few_wins_prove_no_order() -> None:
    # Three pairs in two directions at a tenth of 5 %: 2^-k is at most 0.005 / 6 from k = 11 on.
    assert ranges(CHAIN * 10)["b"] == "1-3"
    assert ranges(CHAIN * 11)["b"] == "2-2"


def test_fifty_wins_by_three_raters_are_three_votes() -> None:
    rows = CHAIN * 50
    three, many = [place // 3 % 3 for place in range(150)], [place // 3 for place in range(150)]
    assert ranges(rows, clusters=three)["b"] == "1-3"
    assert ranges(rows, clusters=many)["b"] == "2-2"


def test_a_proven_order_is_followed_to_models_that_are_surely_worse() -> None:
    # a met only b; b met c; c and d beat each other, c far more often.
    rows: list[Row] = [*[("a", "b", "model_a")] * 50, *[("b", "c", "model_a")] * 50]
    rows += [*[("c", "d", "model_a")] * 60, *[("c", "d", "model_b")] * 10]
    assert ranges(rows) == {"a": "1-1", "b": "2-2", "c": "3-3", "d": "4-4"}


def test_independent_votes_are_the_most_without_a_shared_rater_or_question() -> None:
    rng = np.random.default_rng(3)
    pair = np.sort(rng.integers(0, 6, 40))
    pair = np.unique(pair, return_inverse=True)[1]
    keys = [rng.integers(0, 4, 40).astype(np.int64), rng.integers(0, 5, 40).astype(np.int64)]
    found = independent_votes(pair, keys)
    for code in range(pair.max() + 1):
        cells = sorted({(int(keys[0][row]), int(keys[1][row])) for row in np.flatnonzero(pair == code)})
        assert found[code] == max(size for size in range(1, 5) if _has_matching(cells, size))
    assert independent_votes(pair, keys[:1]).tolist() == [len(set(keys[0][pair == code])) for code in range(6)]


def _has_matching(cells: list[tuple[int, int]], size: int) -> bool:
    return any(
        len({cell[0] for cell in chosen}) == len({cell[1] for cell in chosen}) == size
        for chosen in combinations(cells, size)
    )


def test_equal_models_are_put_in_a_wrong_order_more_rarely_than_promised() -> None:
    rng = np.random.default_rng(5)
    wrong, tries, met, level = 0, 4000, 10, 0.5
    votes = rng.integers(9, 12, met)
    needed = math.log2(2 * met / (0.1 * (1 - level)))
    for wins in rng.binomial(votes, 0.5, (tries, met)):
        one_way = np.flatnonzero((wins == 0) | (wins == votes))
        pairs = OneWayPairs(2 * one_way, 2 * one_way + 1, votes[one_way], met)
        wrong += pairs.proven(2 * met, level=level) is not None
        assert (votes[one_way] >= needed).any() == (pairs.proven(2 * met, level=level) is not None)
    assert 0 < wrong / tries <= 0.1 * (1 - level)


def _island(names: str, ties: int) -> list[Row]:
    first, second = names[0], names[1]
    won, lost = (first, second, "model_a"), (first, second, "model_b")
    return [*[won] * 30, *[lost] * 20, *[(first, second, "tie")] * ties]


def test_ties_of_one_island_are_not_those_of_another() -> None:
    def rate(rows: list[Row]) -> Ratings:
        return rate_davidson(Evidence(Battles.from_rows(rows)), settings=DEFAULT)

    both = rate(_island("xy", 50) + _island("uv", 5))
    alone = rate(_island("uv", 5))
    # Two models alone: nu is the ties over the geometric mean of the wins of both.
    assert both.ties == pytest.approx((50 / math.sqrt(30 * 20), 5 / math.sqrt(30 * 20)))
    here = [both.models.index(name) for name in "uv"]
    np.testing.assert_array_equal(both.rating[here], alone.rating)
    np.testing.assert_array_equal(both.upper[here], alone.upper)
    np.testing.assert_allclose(
        predicted_win_fractions(both)[np.ix_(here, here)], predicted_win_fractions(alone), equal_nan=True
    )


def test_the_choice_of_the_tie_model_predicts_each_island_from_its_own_battles() -> None:
    compared = compare_ties(Battles.from_rows(_island("xy", 50) + _island("uv", 5)), DEFAULT)
    davidson = next(one.log_likelihood for one in compared if one.method == "davidson")
    own = sum(n * math.log(n / sum(counts)) for counts in ((30, 20, 50), (30, 20, 5)) for n in counts)
    one_rate = sum(n * math.log(n / 155) for n in (60, 40, 55))
    assert own > davidson > own - 8.0 > one_rate

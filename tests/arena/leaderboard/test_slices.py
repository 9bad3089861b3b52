"""Boards of slices, and which of their differences are flagged."""

import numpy as np
import pytest

from arena.leaderboard.slices import SliceBoard, false_discovery_rates, rank_slices
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.elo import rate_elo
from arena.rating.method import RatingSettings
from storage.ledger.battles import Battles
from tests.arena.tournaments import DEFAULT, Row, random_rows


def split(
    rows: list[Row], slice_rows: list[Row]
) -> tuple[Battles, dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    battles = Battles.from_rows([*rows, *slice_rows])
    inside = np.arange(len(battles)) >= len(rows)
    return battles, {"code": inside, "rest": ~inside}


def flagged(board: SliceBoard, name: str) -> set[str]:
    (chosen,) = [one for one in board.slices if one.name == name]
    return {model for model, cell in chosen.cells.items() if cell.flagged}


def test_the_false_discovery_rate_by_hand() -> None:
    """Five chances sorted: .005, .01, .03, .04, .5. Times 5 / rank: .025, .025, .05, .05, .5, each at most the next."""
    rates = false_discovery_rates(np.array([[0.03, 0.005, np.nan], [0.5, 0.01, 0.04]]))
    np.testing.assert_allclose(rates, [[0.05, 0.025, np.nan], [0.5, 0.025, 0.05]])


def test_a_model_that_is_better_in_one_slice_only_is_flagged_there() -> None:
    rows = random_rows(6, 3_000, seed=1)
    twist: list[Row] = [("m5", f"m{i % 5}", "model_a" if i % 10 else "model_b") for i in range(300)]
    battles, masks = split(rows, [*random_rows(6, 1_500, seed=1), *twist])
    board = rank_slices(battles, masks, rate_bradley_terry, DEFAULT)
    assert "m5" in flagged(board, "code")
    (code,) = [one for one in board.slices if one.name == "code"]
    shift = code.cells["m5"].shift
    assert shift is not None and shift > 50
    assert board.compared == 12


def test_slices_without_a_difference_are_rarely_flagged() -> None:
    """Twenty worlds without any difference, twelve comparisons each: a false-discovery rate of 5 % flags few worlds."""
    worlds = 0
    for seed in range(20):
        rows = random_rows(6, 2_000, seed=seed)
        battles, masks = split(rows[:1_000], rows[1_000:])
        board = rank_slices(battles, masks, rate_bradley_terry, DEFAULT)
        worlds += bool(flagged(board, "code") | flagged(board, "rest"))
    assert worlds <= 4


def test_a_slice_is_rated_as_if_it_were_alone() -> None:
    battles, masks = split(random_rows(5, 800, seed=2), random_rows(5, 600, seed=3))
    board = rank_slices(battles, masks, rate_bradley_terry, DEFAULT)
    alone = {
        row.model: row for row in rank_slices(battles.subset(masks["code"]), {}, rate_bradley_terry, DEFAULT).overall
    }
    (code,) = [one for one in board.slices if one.name == "code"]
    assert {model: cell.row for model, cell in code.cells.items()} == alone
    assert code.battles == 600


def test_an_empty_slice_is_named_and_an_absent_model_has_no_rating() -> None:
    battles = Battles.from_rows([*random_rows(4, 300, seed=4), ("x", "m0", "model_a"), ("m0", "x", "model_a")])
    first = np.arange(len(battles)) < 300
    board = rank_slices(battles, {"first": first, "none": first & ~first}, rate_bradley_terry, DEFAULT)
    assert board.empty == ("none",)
    assert board.slices[0].cells["x"].row.rating is None
    assert board.slices[0].cells["x"].shift is None


def test_a_method_without_intervals_tests_nothing() -> None:
    battles, masks = split(random_rows(4, 200, seed=5), random_rows(4, 200, seed=6))
    board = rank_slices(battles, masks, rate_elo, DEFAULT)
    assert board.compared == 0
    assert not flagged(board, "code")


def test_an_anchor_without_a_battle_in_a_slice_is_replaced_by_the_mean() -> None:
    rows = random_rows(4, 400, seed=7)
    others: list[Row] = [("m0", "m1", "model_a"), ("m1", "m0", "model_a")] * 20
    battles, masks = split(rows, others)
    board = rank_slices(battles, masks, rate_bradley_terry, RatingSettings(anchor="m3"))
    (code,) = [one for one in board.slices if one.name == "code"]
    assert code.cells["m0"].row.rating == pytest.approx(1000)

"""Battles check their columns, so that a rating never meets a code without a name."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from storage.errors import BadInput
from storage.ledger.battles import BOTH_BAD, FRACTIONAL, MODEL_A, MODEL_B, TIE, Battles

ROWS: list[tuple[str, str, str | float]] = [
    ("x", "y", "model_a"),
    ("y", "z", "model_b"),
    ("x", "z", "tie"),
    ("z", "x", "both_bad"),
    ("x", "y", 0.75),
]


def test_rows_become_codes_and_scores() -> None:
    battles = Battles.from_rows(ROWS)
    assert battles.models == ("x", "y", "z")
    assert battles.a.tolist() == [0, 1, 0, 2, 0]
    assert battles.b.tolist() == [1, 2, 2, 0, 1]
    assert battles.outcome.tolist() == [MODEL_A, MODEL_B, TIE, BOTH_BAD, FRACTIONAL]
    assert battles.score.tolist() == [1.0, 0.0, 0.5, 0.5, 0.75]
    assert battles.position.tolist() == [1, 2, 3, 4, 5]


def test_a_subset_keeps_the_vocabulary() -> None:
    subset = Battles.from_rows(ROWS).subset(np.array([False, True, False, False, True]))
    assert len(subset) == 2
    assert subset.models == ("x", "y", "z")
    assert subset.score.tolist() == [0.0, 0.75]
    assert subset.position.tolist() == [2, 5]


def test_no_rows_are_battles_too() -> None:
    assert len(Battles.empty()) == 0
    assert Battles.empty(["x", "y"]).models == ("x", "y")


@pytest.mark.parametrize("winner", ["Model_A", "", "tie (bothbad)", "None"])
def test_an_unknown_winner_is_refused_not_taken_for_a_tie(winner: str) -> None:
    with pytest.raises(BadInput, match="expected a winner among"):
        Battles.from_rows([("x", "y", winner)])


@pytest.mark.parametrize("score", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_score_outside_its_range_is_refused(score: float) -> None:
    with pytest.raises(BadInput, match="expected scores from 0 to 1"):
        Battles.from_rows([("x", "y", score)])


def test_a_model_without_a_name_is_refused_not_given_to_another() -> None:
    battles = Battles.from_rows(ROWS)
    with pytest.raises(BadInput, match="column 'a' from 0 to 2, got -1"):
        dataclasses.replace(battles, a=np.array([-1, 1, 0, 2, 0], np.int32))
    with pytest.raises(BadInput, match="column 'b' from 0 to 2, got 0 to 3"):
        dataclasses.replace(battles, b=np.array([1, 2, 3, 0, 1], np.int32))


def test_an_unknown_outcome_code_is_refused() -> None:
    with pytest.raises(BadInput, match="column 'outcome'"):
        dataclasses.replace(Battles.from_rows(ROWS), outcome=np.array([0, 1, 2, 3, 5], np.int8))


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(BadInput, match="one length"):
        dataclasses.replace(Battles.from_rows(ROWS), rater=np.zeros(4, np.int32))


def test_a_score_that_contradicts_its_outcome_is_refused() -> None:
    with pytest.raises(BadInput, match=r"expected score 0\.5 for outcome code 2, got 1\.0 in row 2"):
        dataclasses.replace(Battles.from_rows(ROWS), score=np.array([1.0, 0.0, 1.0, 0.5, 0.75]))


def test_columns_of_names_become_codes_in_alphabetical_order() -> None:
    rows = [("b", "a", "model_a"), ("c", "b", "tie"), ("a", "c", "both_bad"), ("a", "b", "model_b")]
    left, right, winners = (list(column) for column in zip(*rows, strict=True))
    battles = Battles.from_columns(left, right, winners)
    assert battles.models == ("a", "b", "c")
    assert [(battles.models[a], battles.models[b]) for a, b in zip(battles.a, battles.b, strict=True)] == [
        (one, other) for one, other, _ in rows
    ]
    by_rows = Battles.from_rows(rows, models=("a", "b", "c"))
    assert battles.outcome.tolist() == by_rows.outcome.tolist()
    assert battles.score.tolist() == by_rows.score.tolist()
    frame = pd.DataFrame({"left": left, "right": right, "winner": winners}).astype("str")
    again = Battles.from_columns(frame["left"], frame["right"], frame["winner"])
    assert again.a.tolist() == battles.a.tolist() and again.b.tolist() == battles.b.tolist()


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ((["x", None], ["y", "x"], ["tie", "tie"]), "'model_a', got none in row 2"),
        ((["x", "y"], ["y", "x"], ["tie", "Model_A"]), "got 'Model_A' in row 2"),
        ((["x", "y"], ["y"], ["tie", "tie"]), "one length"),
        (([1, 2], ["y", "x"], ["tie", "tie"]), "expected texts in column 'model_a'"),
    ],
)
def test_a_column_that_cannot_be_used_is_refused_with_its_row(columns: tuple[Any, Any, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        Battles.from_columns(*columns)

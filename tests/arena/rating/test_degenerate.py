"""The table "Degenerate input" of our survey of rating tools, row by row: what each of them got wrong, done right.

Every row goes in as columns of names and out through the catalogue, by each method that compares models in pairs.
`test_degenerate_battles` has the finer points of one of them.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from arena.leaderboard.board import predicted_win_fractions, rank_models
from arena.rating.catalog import RATING_METHODS
from arena.rating.evidence import Evidence
from arena.rating.method import ELO_PER_NAT, Ratings
from arena.rating.ranks import difference
from storage.errors import BadInput
from storage.ledger.battles import Battles
from tests.arena.tournaments import DEFAULT

NamedRow = tuple[str, str, str]

METHODS = ("bradley-terry", "davidson", "rao-kupper")
CORE: list[NamedRow] = [
    *[("x", "y", "model_a")] * 6,
    *[("x", "y", "model_b")] * 5,
    *[("y", "z", "model_a")] * 4,
    *[("y", "z", "model_b")] * 3,
    *[("x", "z", "tie")] * 2,
]
"""Three models, each of which scored against each other by some chain."""

by_each_method = pytest.mark.parametrize("method", METHODS)


def battles_of(rows: Sequence[NamedRow]) -> Battles:
    return Battles.from_columns(*([row[place] for row in rows] for place in range(3)))


def rate(method: str, rows: Sequence[NamedRow]) -> Ratings:
    return RATING_METHODS[method].rate(Evidence(battles_of(rows)), settings=DEFAULT)


def of(ratings: Ratings, model: str) -> tuple[float, float, float]:
    code = ratings.models.index(model)
    return float(ratings.rating[code]), float(ratings.lower[code]), float(ratings.upper[code])


def core_stands_still(ratings: Ratings, method: str) -> bool:
    """Whether x, y and z have exactly what they had without anybody else."""
    alone = rate(method, CORE)
    return all(of(ratings, model) == pytest.approx(of(alone, model), abs=1e-9) for model in "xyz")


def core_frame(row: int, column: str, value: object) -> pd.DataFrame:
    """The core's battles with one cell replaced."""
    cells: dict[str, list[object]] = {
        name: [battle[place] for battle in CORE] for place, name in enumerate(("model_a", "model_b", "winner"))
    }
    cells[column][row] = value
    return pd.DataFrame(cells, dtype="object")


@by_each_method
def test_a_disconnected_graph_is_rated_island_by_island_and_says_so(method: str) -> None:
    apart: list[NamedRow] = [*[("u", "v", "model_a")] * 2, ("u", "v", "model_b"), ("u", "v", "tie")]
    ratings = rate(method, [*CORE, *apart])
    assert ratings.n_islands == 2
    assert dict(zip(ratings.models, ratings.island.tolist(), strict=True)) == {"u": 1, "v": 1, "x": 0, "y": 0, "z": 0}
    for island in (0, 1):
        inside = ratings.island == island
        assert np.average(ratings.rating[inside], weights=ratings.battles[inside]) == pytest.approx(1000.0)
    u, x = ratings.models.index("u"), ratings.models.index("x")
    assert math.isnan(difference(ratings, u, x, level=0.95).difference)
    assert math.isnan(predicted_win_fractions(ratings)[u, x])
    assert [(row.model, row.island, row.rank) for row in rank_models(ratings)] == [
        ("x", 0, 1),
        ("y", 0, 2),
        ("z", 0, 3),
        ("u", 1, 1),
        ("v", 1, 2),
    ]


@by_each_method
def test_an_island_has_the_ratings_that_it_has_alone(method: str) -> None:
    apart: list[NamedRow] = [*[("u", "v", "model_a")] * 2, ("u", "v", "model_b"), ("u", "v", "tie")]
    both, alone = rate(method, [*CORE, *apart]), rate(method, apart)
    assert core_stands_still(both, method)
    for model in "uv":
        assert of(both, model) == pytest.approx(of(alone, model), abs=1e-9)


@by_each_method
@pytest.mark.parametrize("losses", [1, 5])
def test_a_model_without_a_win_gets_an_upper_end_only_and_moves_nobody(method: str, losses: int) -> None:
    ratings = rate(method, [*CORE, *[("z", "low", "model_a")] * losses])
    rating, lower, upper = of(ratings, "low")
    assert 0.0 < rating < of(ratings, "z")[0]
    assert (lower, math.isfinite(upper)) == (-math.inf, True)
    assert rating < upper
    assert ratings.converged and core_stands_still(ratings, method)


@by_each_method
@pytest.mark.parametrize("wins", [1, 5])
def test_a_model_that_won_all_gets_a_lower_end_only_and_moves_nobody(method: str, wins: int) -> None:
    ratings = rate(method, [*CORE, *[("top", "x", "model_a")] * wins])
    rating, lower, upper = of(ratings, "top")
    assert of(ratings, "x")[0] < rating < 2000.0
    assert (upper, math.isfinite(lower)) == (math.inf, True)
    assert lower < rating
    assert ratings.converged and core_stands_still(ratings, method)


@by_each_method
def test_one_battle_in_all_puts_the_winner_above_with_an_open_end(method: str) -> None:
    ratings = rate(method, [("x", "y", "model_a")])
    (best, _, above), (worst, below, _) = of(ratings, "x"), of(ratings, "y")
    assert 1000.0 < best < 2000.0
    assert best - 1000.0 == pytest.approx(1000.0 - worst)
    assert (below, above) == (-math.inf, math.inf)


@by_each_method
def test_self_battles_are_dropped_and_counted(method: str) -> None:
    ratings = rate(method, [*CORE, *[("x", "x", "model_a")] * 4, ("y", "y", "tie"), ("alone", "alone", "tie")])
    assert ratings.left_out == {"self_battle": 6}
    assert core_stands_still(ratings, method)
    assert ratings.battles.tolist() == [0, 13, 18, 9]
    assert all(math.isnan(number) for number in of(ratings, "alone"))


@pytest.mark.parametrize("column", ["model_a", "model_b"])
@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_missing_model_name_is_refused_with_its_row(column: str, missing: object) -> None:
    frame = core_frame(16, column, missing)
    with pytest.raises(BadInput, match=f"'{column}', got none in row 17"):
        Battles.from_columns(frame["model_a"], frame["model_b"], frame["winner"])


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_model_name_is_refused_with_its_row(blank: str) -> None:
    with pytest.raises(BadInput, match="row 2"):
        Battles.from_columns(["x", blank], ["y", "y"], ["tie", "tie"])
    with pytest.raises(BadInput, match="row 2"):
        Battles.from_rows([("x", "y", "tie"), ("y", blank, "tie")])


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_missing_winner_is_refused_with_its_row(missing: object) -> None:
    frame = core_frame(4, "winner", missing)
    with pytest.raises(BadInput, match="'winner', got none in row 5"):
        Battles.from_columns(frame["model_a"], frame["model_b"], frame["winner"])


@pytest.mark.parametrize("winner", ["Model_A", "model_a ", "tie (bothbad)", "draw", "", "nan", "x"])
def test_an_unknown_winner_is_refused_with_its_row_and_is_no_tie(winner: str) -> None:
    with pytest.raises(BadInput, match=r"expected a winner among .* in row 20$") as caught:
        battles_of([*CORE[:19], ("x", "z", winner)])
    assert repr(winner) in str(caught.value)


@by_each_method
def test_no_battles_give_an_empty_result(method: str) -> None:
    ratings = rate(method, [])
    assert ratings.models == ()
    assert len(ratings.rating) == len(ratings.lower) == len(ratings.upper) == 0
    assert (ratings.n_islands, ratings.basis.kind) == (0, "none")
    assert rank_models(ratings) == ()


@by_each_method
def test_all_ties_give_equal_ratings_of_unknown_spread(method: str) -> None:
    ratings = rate(method, [*[("x", "y", "tie")] * 3, *[("y", "z", "tie")] * 4, *[("z", "x", "tie")] * 2])
    np.testing.assert_allclose(ratings.rating, 1000.0, atol=1e-9)
    assert np.isnan(ratings.lower).all() and np.isnan(ratings.upper).all()
    assert all(math.isnan(one.lower) and math.isnan(one.upper) for one in ratings.coefficients)
    assert {(row.rank, row.rank_low, row.rank_high) for row in rank_models(ratings)} == {(1, None, None)}


@by_each_method
def test_two_models_at_three_to_two_without_ties_are_as_bradley_terry_has_them(method: str) -> None:
    # d = log(3/2). H = 5 * 0.24, S = (3 * 0.4^2 + 2 * 0.6^2) / (1 - 1/5)^2 with leverage 1/5; Var(d) = S / H^2.
    ratings = rate(method, [*[("x", "y", "model_a")] * 3, *[("x", "y", "model_b")] * 2])
    half = 0.5 * norm.ppf(0.975) * ELO_PER_NAT * math.sqrt(1.2 / 0.64) / 1.2
    for model, rating in (("x", 1000.0 + 200.0 * math.log10(1.5)), ("y", 1000.0 - 200.0 * math.log10(1.5))):
        assert of(ratings, model) == pytest.approx((rating, rating - half, rating + half))
    assert ratings.converged

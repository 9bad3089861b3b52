"""Coefficients of agreement: published worked examples, their definitions by brute force, and real votes."""

import itertools
import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.agreement.coefficients import Metric, cohen_kappa, krippendorff_alpha, percent_agreement

FloatArray = npt.NDArray[np.float64]
METRICS: tuple[Metric, ...] = ("nominal", "ordinal", "interval", "ratio")

# Four observers, twelve units: Krippendorff (2011), "Computing Krippendorff's alpha-reliability", data D.
OBSERVED = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
CODINGS = np.array(
    [[math.nan if x == "." else float(x) for x in line.split()] for line in OBSERVED.split("\n") if line]
)


@pytest.mark.parametrize(
    ("metric", "published", "digits"),
    [
        ("nominal", 0.743, 0.743421),
        ("ordinal", 0.815, 0.815388),
        ("interval", 0.849, 0.849107),
        ("ratio", 0.797, 0.797403),
    ],
)
def test_alpha_is_that_of_the_published_example(metric: Metric, published: float, digits: float) -> None:
    alpha = krippendorff_alpha(CODINGS, metric)
    assert alpha == pytest.approx(published, abs=5e-4)
    assert alpha == pytest.approx(digits, abs=5e-7)


def test_rows_are_raters() -> None:
    assert krippendorff_alpha(CODINGS.T, "nominal") < 0.0


def alpha_by_definition(codings: FloatArray, metric: Metric) -> float:
    """Every pair of values within units against every pair of values at all, one by one."""
    units = [[value for value in unit if not math.isnan(value)] for unit in codings.T]
    units = [unit for unit in units if len(unit) > 1]
    pool = sorted(value for unit in units for value in unit)

    def distance(one: float, other: float) -> float:
        low, high = min(one, other), max(one, other)
        if metric == "nominal":
            return float(one != other)
        if metric == "interval":
            return (one - other) ** 2
        if metric == "ratio":
            return ((one - other) / (one + other)) ** 2 if one + other else 0.0
        between = sum(low <= value <= high for value in pool)
        return float(between - (pool.count(low) + pool.count(high)) / 2) ** 2 if low != high else 0.0

    n = len(pool)
    observed = sum(
        distance(one, other) / (len(unit) - 1) for unit in units for one, other in itertools.permutations(unit, 2)
    )
    expected = sum(distance(one, other) for one, other in itertools.permutations(pool, 2))
    return 1.0 - (n - 1) * observed / expected if expected else math.nan


CELL = st.one_of(st.just(math.nan), st.integers(0, 4).map(float))


@given(
    st.integers(2, 4).flatmap(
        lambda raters: st.lists(st.lists(CELL, min_size=raters, max_size=raters), min_size=1, max_size=7)
    ),
    st.sampled_from(METRICS),
)
def test_alpha_is_its_definition(units: list[list[float]], metric: Metric) -> None:
    codings = np.array(units).T
    assert krippendorff_alpha(codings, metric) == pytest.approx(alpha_by_definition(codings, metric), nan_ok=True)


def test_alpha_is_unknown_where_nobody_could_disagree() -> None:
    assert math.isnan(krippendorff_alpha(np.full((3, 4), math.nan), "nominal"))
    assert math.isnan(krippendorff_alpha(np.ones((3, 4)), "nominal"))
    assert math.isnan(krippendorff_alpha(np.array([[1.0, math.nan], [math.nan, 2.0]]), "nominal"))


def test_the_ratio_metric_refuses_values_below_zero() -> None:
    with pytest.raises(ValueError, match="from zero"):
        krippendorff_alpha(np.array([[-1.0, 2.0], [1.0, 2.0]]), "ratio")


def test_kappa_is_that_of_a_worked_example() -> None:
    # 50 cases: both yes 20, first yes 5, second yes 10, both no 15. p_o = 35/50 = 0.7;
    # p_e = 25/50 * 30/50 + 25/50 * 20/50 = 0.5; kappa = (0.7 - 0.5) / (1 - 0.5) = 0.4.
    table = np.array([[20.0, 5.0], [10.0, 15.0]])
    assert float(percent_agreement(table)) == pytest.approx(0.7)
    assert float(cohen_kappa(table)) == pytest.approx(0.4)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30))
def test_kappa_is_its_definition(pairs: list[tuple[int, int]]) -> None:
    table = np.zeros((3, 3))
    for one, other in pairs:
        table[one, other] += 1
    n = len(pairs)
    observed = sum(one == other for one, other in pairs) / n
    chance = sum(one == other for one, _ in pairs for _, other in pairs) / n**2
    expected = (observed - chance) / (1 - chance) if chance < 1 else math.nan
    assert float(cohen_kappa(table)) == pytest.approx(expected, nan_ok=True)
    assert float(percent_agreement(table)) == pytest.approx(observed)


def test_tables_are_measured_side_by_side() -> None:
    tables = np.random.default_rng(0).integers(0, 9, (5, 4, 3, 3)).astype(float)
    together = cohen_kappa(tables)
    assert together.shape == (5, 4)
    for place in np.ndindex(5, 4):
        assert together[place] == pytest.approx(float(cohen_kappa(tables[place])))

"""Regressions behind published figures, found a second way or held against the conditions of a minimum."""

import numpy as np
import pytest
from scipy.optimize import minimize

from judging.recipes.logistic import Numbers, fit_logistic, fit_sparse, sigmoid
from judging.recipes.style_control import (
    FIRST_STYLE,
    SECOND_STYLE,
    StyledBattle,
    StyleRule,
    score_figures,
    style_figures,
)


def drawn(seed: int = 3, rows: int = 400) -> tuple[Numbers, Numbers]:
    coin = np.random.default_rng(seed)
    design = coin.normal(size=(rows, 3))
    return design, sigmoid(design @ np.array([1.0, -2.0, 0.5]) + coin.normal(size=rows))


@pytest.mark.parametrize("ridge", [0.0, 2.0])
def test_newton_finds_the_minimum_that_a_general_method_finds(ridge: float) -> None:
    design, shares = drawn()

    def loss(found: Numbers) -> float:
        logits = design @ found
        return float(2.0 * (np.logaddexp(0.0, logits) - shares * logits).sum() + ridge / 2.0 * found @ found)

    fitted = fit_logistic(design, shares, weight=2.0, ridge=ridge)
    assert fitted == pytest.approx(minimize(loss, np.zeros(3), tol=1e-10).x, abs=1e-4)


def test_separated_wins_and_losses_have_no_fit() -> None:
    design = np.array([[1.0], [2.0], [-1.0]])
    assert fit_logistic(design, np.array([1.0, 1.0, 0.0])) is None


def test_a_sparse_fit_nears_the_plain_one_where_the_data_are_many_and_is_zero_for_noise() -> None:
    design, shares = drawn(rows=2_000)
    weights = np.ones(len(shares))
    plain = fit_logistic(design, shares)
    assert plain is not None
    assert fit_sparse(design, shares, weights, folds=5) == pytest.approx(plain, abs=0.02)
    halves = np.full(len(shares), 0.5)
    assert fit_sparse(design, halves, weights, folds=5) == pytest.approx(np.zeros(3), abs=1e-6)


@pytest.mark.parametrize("rule", [FIRST_STYLE, SECOND_STYLE])
def test_style_control_takes_a_preference_for_length_out_of_the_score(rule: StyleRule) -> None:
    """A judge that prefers the longer response alone makes the models far apart; at equal style they are near."""
    coin = np.random.default_rng(5)
    battles, styles = list[StyledBattle](), dict[tuple[str, str], tuple[float, ...]]()
    for number in range(800):
        key, model = f"q{number}", ("short", "long")[number % 2]
        base, own = coin.integers(50, 150), coin.integers(50, 150) + (60 if model == "long" else -30)
        styles[key, "base"], styles[key, model] = (float(base), 1.0, 1.0, 1.0), (float(own), 1.0, 1.0, 1.0)
        wins = coin.random() < sigmoid(np.array(4.0 * (own - base) / (own + base)))
        battles.append(StyledBattle(key, model, "base", float(wins)))
    controlled = {one.subject: one.value for one in style_figures(battles, styles, "score", rule)}
    plain = {one.subject: one.value for one in score_figures(battles, "score", {})}
    assert (plain["long"] or 0.0) - (plain["short"] or 0.0) > 30.0
    assert abs((controlled["long"] or 0.0) - (controlled["short"] or 0.0)) < 10.0
    assert style_figures(battles, {}, "score", rule) == []

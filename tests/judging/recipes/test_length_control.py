"""The length-controlled win rate of AlpacaEval, found a second way: the rate that a known judge gives at equal length.

No public file at hand holds the published difficulties (`df_gamed.csv`). With invented ones, scikit-learn's
`LogisticRegressionCV` gives the five public models the same rates: 7.7287, 23.9806, 7.4800 and 8.2399 %, and of
claude-2 33.240 % where other folds choose another penalty (33.223 %).
"""

import numpy as np
import pytest

from judging.recipes.length_control import FIGURE, GAMED, length_controlled_figures
from judging.recipes.logistic import Numbers, fit_sparse, sigmoid
from judging.recipes.recipe import BenchmarkFacts, RecipeJudgment
from judging.verdicts.verdict import Verdict

BASELINE, MODEL = "base", "alder"
LENGTH, DIFFICULTY = -1.9, 1.1
ROWS = 400


def test_a_fit_meets_the_conditions_of_a_minimum_with_a_penalty_on_absolute_values() -> None:
    """Where a coefficient is not zero, the slope of the loss is the same for all; where it is, no steeper."""
    coin = np.random.default_rng(8)
    design = coin.normal(size=(60, 4))
    shares = sigmoid(design @ np.array([1.0, -0.7, 0.0, 0.0]) + coin.normal(size=60))
    weights = coin.uniform(0.1, 1.0, size=60)
    found = fit_sparse(design, shares, weights, folds=5)
    slope = design.T @ (weights * (sigmoid(design @ found) - shares))
    is_used = np.abs(found) > 1e-6
    assert is_used.any()
    steepness = -slope[is_used] * np.sign(found[is_used])
    assert steepness == pytest.approx(np.full(int(is_used.sum()), steepness.mean()), rel=1e-2)
    assert (np.abs(slope[~is_used]) <= steepness.mean() * 1.01).all()
    assert np.log10(steepness.mean()) * 9 / 8 % 1 == pytest.approx(0.5, abs=0.01), "one of ten strengths, 1e-4 to 1e4"


@pytest.mark.parametrize("skill", [-2.1, 0.4])
def test_the_rate_is_what_a_known_judge_gives_to_responses_of_equal_length(skill: float) -> None:
    coin = np.random.default_rng(2)
    difficulty = coin.normal(-0.25, 1.78, ROWS)
    lengths = coin.integers(200, 3_000, ROWS), coin.integers(200, 2_000, ROWS)
    differences = (lengths[0] - lengths[1]).astype(float)
    spread = float(differences.std(ddof=1))
    shares = sigmoid(skill + LENGTH * np.tanh(differences / spread) + DIFFICULTY * difficulty)
    facts = BenchmarkFacts(
        lengths={(f"q{n}", who): int(some[n]) for who, some in zip((BASELINE, MODEL), lengths, strict=True)
                 for n in range(ROWS)},
        numbers={GAMED: [*gamed(difficulty, -0.6, coin), *gamed(difficulty, 1.0, coin)]},
        features={(f"q{n}", MODEL): (float(n),) for n in range(ROWS)},
    )  # fmt: skip
    rows = [RecipeJudgment(f"q{n}", (BASELINE, MODEL), Verdict(value=float(1.0 - shares[n]))) for n in range(ROWS)]
    (found,) = length_controlled_figures(rows, facts, BASELINE)
    wanted = 100.0 * float(sigmoid(skill + DIFFICULTY * difficulty).mean())
    assert (found.name, found.subject, found.count) == (FIGURE, MODEL, ROWS)
    assert found.value == pytest.approx(wanted, abs=0.2)
    assert abs(100.0 * shares.mean() - wanted) > 2.0, "the plain rate is far from it"


def gamed(difficulty: Numbers, mean: float, coin: np.random.Generator) -> list[dict[str, float]]:
    """Preferences for the baseline told to be verbose or concise, by the same judge."""
    own = coin.normal(mean, 1.0, ROWS)
    shares = sigmoid(LENGTH * np.tanh(own) + DIFFICULTY * difficulty)
    columns = (range(ROWS), shares, own, difficulty)
    names = ("index", "preference", "std_delta_len", "instruction_difficulty")
    return [dict(zip(names, map(float, values), strict=True)) for values in zip(*columns, strict=True)]

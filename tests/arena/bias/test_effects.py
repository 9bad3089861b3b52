"""Effects of side, length, formatting and own family: known effects are found, at the maximum of the likelihood."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from arena.bias.effects import MissingEffect, estimate_effects
from arena.rating.method import ELO_PER_NAT, RatingSettings
from arena.rating.style_features import BattleStyle
from storage.ledger.battles import Battles

FloatArray = npt.NDArray[np.float64]
NAMES = ("length", "bold", "side", "own")


def planted(
    rng: np.random.Generator, n: int, effect: FloatArray, *, n_models: int = 6, n_questions: int = 80
) -> tuple[Battles, BattleStyle]:
    """Battles in which features are worth `effect` nats per unit, on questions that have tastes of their own."""
    a = rng.integers(0, n_models, n).astype(np.int32)
    b = ((a + rng.integers(1, n_models, n)) % n_models).astype(np.int32)
    strength = np.linspace(-1.0, 1.0, n_models)
    values = np.column_stack(
        [
            rng.uniform(-0.6, 0.6, n) + 0.2 * (strength[a] - strength[b]),  # better models write longer
            rng.choice([-0.5, 0.0, 0.5], n),
            np.ones(n),
            (a == 0).astype(float) - (b == 0),
        ]
    )
    question = rng.integers(0, n_questions, n).astype(np.int32)
    taste = rng.normal(0.0, 0.4, (n_questions, n_models))
    gap = strength[a] - strength[b] + taste[question, a] - taste[question, b] + values @ effect
    outcome = np.where(rng.random(n) < 1.0 / (1.0 + np.exp(-gap)), 0, 1).astype(np.int8)
    battles = Battles.of_codes(tuple(f"m{code}" for code in range(n_models)), a, b, outcome)
    whole = replace(battles, question=question, questions=tuple(f"q{code}" for code in range(n_questions)))
    return whole, BattleStyle(NAMES, values, np.ones(n, np.bool_))


def own_is_a_model() -> FloatArray:
    return np.array([0.8, 0.0, 0.3, 0.0])


def test_effects_are_the_maximum_of_the_written_out_likelihood() -> None:
    battles, style = planted(np.random.default_rng(1), 1500, own_is_a_model())
    names = ("length", "bold", "side")
    found = estimate_effects(battles, BattleStyle(names, style.values[:, :3], style.known), RatingSettings())
    assert [one.feature for one in found.effects] == list(names)
    assert all(one.joint for one in found.effects)
    won = battles.score

    def loss(point: FloatArray) -> float:
        strength = np.append(point[:5], 0.0)
        gap = strength[battles.a] - strength[battles.b] + style.values[:, :3] @ point[5:]
        return float(np.sum(np.logaddexp(0.0, gap) - won * gap))

    best = minimize(loss, np.zeros(8), method="BFGS").x[5:]
    for one, nats in zip(found.effects, best, strict=True):
        assert one.points / one.unit == pytest.approx(ELO_PER_NAT * nats, abs=0.05)
    side = found.effects[2]
    assert side.unit == 1.0
    assert side.wins == pytest.approx(1.0 / (1.0 + np.exp(-best[2])), abs=1e-4)
    typical = float(np.sqrt(np.mean(style.values[:, 0] ** 2)))
    assert found.effects[0].unit == pytest.approx(typical)


def test_intervals_of_known_effects_have_their_coverage() -> None:
    rng = np.random.default_rng(2)
    held = np.zeros(3)
    runs = 60
    for _ in range(runs):
        battles, style = planted(rng, 800, own_is_a_model(), n_questions=40)
        columns = BattleStyle(("length", "bold", "side"), style.values[:, :3], style.known)
        found = estimate_effects(battles, columns, RatingSettings(level=0.9, interval="question"))
        for place, one in enumerate(found.effects):
            # Tastes are not in the fit, which draws effects towards zero: of two models they differ with variance
            # 2 * 0.4**2, and a logistic curve blurred by variance v is flatter by 1 / sqrt(1 + pi / 8 * v) = 0.94.
            held[place] += one.lower <= 0.94 * own_is_a_model()[place] * one.unit * ELO_PER_NAT <= one.upper
    assert (held / runs >= 0.8).all(), held
    assert (held / runs < 1.0).all()


def test_an_own_family_bias_is_found() -> None:
    rng = np.random.default_rng(3)
    battles, style = planted(rng, 3000, np.array([0.0, 0.0, 0.0, 0.0]))
    # Two judges' worth of rows: in half of them model 0 is of the judge's family, so own is not model 0's strength.
    own = style.values[:, 3] * (rng.random(3000) < 0.5)
    flipped = (rng.random(3000) < 0.3) & (own != 0)
    outcome = np.where(flipped, np.where(own > 0, 0, 1), battles.outcome).astype(np.int8)
    biased = replace(battles, outcome=outcome, score=np.where(outcome == 0, 1.0, 0.0))
    (effect,) = estimate_effects(biased, BattleStyle(("own",), own[:, None], style.known), RatingSettings()).effects
    assert effect.unit == 1.0
    assert effect.lower > 20.0
    assert 0.5 < effect.wins_lower < effect.wins < effect.wins_upper


def test_a_feature_that_never_differs_is_left_out_and_named() -> None:
    battles, style = planted(np.random.default_rng(4), 400, own_is_a_model())
    values = style.values[:, :3].copy()
    values[:, 1] = 0.0
    found = estimate_effects(battles, BattleStyle(("length", "bold", "side"), values, style.known), RatingSettings())
    assert [one.feature for one in found.effects] == ["length", "side"]
    assert found.missing == {"bold": MissingEffect.no_difference}
    assert found.verdicts == 400


def test_collinear_features_are_estimated_one_by_one() -> None:
    battles, style = planted(np.random.default_rng(5), 400, own_is_a_model())
    twice = np.column_stack([style.values[:, 0], 2.0 * style.values[:, 0]])
    found = estimate_effects(battles, BattleStyle(("length", "bold"), twice, style.known), RatingSettings())
    assert [one.joint for one in found.effects] == [False, False]
    assert found.effects[0].points == pytest.approx(found.effects[1].points)


def test_unknown_texts_give_a_reason_instead_of_an_effect() -> None:
    battles, _ = planted(np.random.default_rng(6), 50, own_is_a_model())
    nothing = BattleStyle(("length",), np.zeros((50, 1)), np.zeros(50, np.bool_))
    found = estimate_effects(battles, nothing, RatingSettings())
    assert found.effects == ()
    assert found.missing == {"length": MissingEffect.unknown_texts}


def test_models_that_never_met_give_a_reason_instead_of_an_effect() -> None:
    battles = Battles.from_rows([("x", "y", "model_a"), ("x", "y", "model_a")])
    found = estimate_effects(battles, BattleStyle(("side",), np.ones((2, 1)), np.ones(2, np.bool_)), RatingSettings())
    assert found.effects == ()
    assert found.missing == {"side": MissingEffect.too_few_battles}


def test_effects_of_length_and_side_on_a_real_crowd_are_the_maximum_of_the_written_out_likelihood(
    shared_data: Path,
) -> None:
    folder = shared_data / "battles"
    with (folder / "llmfao_crowd.csv").open(encoding="utf-8") as file:
        votes = list(csv.DictReader(file))
    with (folder / "llmfao_pair_style.csv").open(encoding="utf-8") as file:
        words = {row["pair_id"]: (float(row["words_x"]), float(row["words_y"])) for row in csv.DictReader(file)}
    battles = Battles.from_columns(
        [row["model_a"] for row in votes], [row["model_b"] for row in votes], [row["winner"] for row in votes]
    )
    x, y = np.array([words[row["pair_id"]] for row in votes]).T
    values = np.column_stack([(x - y) / (x + y + 1.0), np.ones(len(votes))])
    style = BattleStyle(("length", "side"), values, np.ones(len(votes), np.bool_))
    found = estimate_effects(battles, style, RatingSettings(interval="sandwich"))
    n = len(battles.models)

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        gap = point[battles.a] - point[battles.b] + values @ point[n:]
        rest = expit(gap) - battles.score
        by_model = np.bincount(battles.a, rest, n) - np.bincount(battles.b, rest, n)
        return float(np.sum(np.logaddexp(0.0, gap) - battles.score * gap)), np.append(by_model, rest @ values)

    best = minimize(loss, np.zeros(n + 2), jac=True, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-8}).x[n:]
    assert found.verdicts == len(votes) == 8931
    assert [one.points / one.unit for one in found.effects] == pytest.approx((ELO_PER_NAT * best).tolist(), abs=0.05)
    length = found.effects[0]
    assert length.lower < 0.0 < length.upper  # once strengths are known, this crowd has no liking for length

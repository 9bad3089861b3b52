"""Raters and models fitted together: who votes at random counts for nothing, and intervals still hold."""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from app.views.board import board_notes
from app.views.sentences import say
from arena.leaderboard.board import rank_models
from arena.leaderboard.ranking import Board
from arena.leaderboard.stored_runs import BoardSettings
from arena.rating import reliability
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.davidson import rate_davidson
from arena.rating.evidence import Evidence
from arena.rating.method import ELO_PER_NAT, Interval, RatingSettings
from arena.rating.reliability_fit import PRIOR_SD, RatedRows, ReliabilityFit, fit_reliability
from storage.errors import BadInput
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import MODEL_A, MODEL_B, Battles, FloatArray
from tests.benchmarks.small_team_coverage import SmallStudy, StudyTarget, draw

BY_RATERS = RatingSettings(weights=("raters",))


def crowd(
    factors: FloatArray, strength: FloatArray, votes: int, rng: np.random.Generator, questions: int = 60
) -> Battles:
    n = len(strength)
    a = rng.integers(0, n, votes)
    b = (a + rng.integers(1, n, votes)) % n
    rater = rng.integers(0, len(factors), votes)
    won = rng.random(votes) < expit(factors[rater] * (strength[a] - strength[b]))
    outcome = np.where(won, MODEL_A, MODEL_B).astype(np.int8)
    names = tuple(f"m{code}" for code in range(n))
    plain = Battles.of_codes(names, a.astype(np.int32), b.astype(np.int32), outcome)
    return dataclasses.replace(
        plain,
        raters=tuple(f"r{code}" for code in range(len(factors))),
        rater=rater.astype(np.int32),
        questions=tuple(map(str, range(questions))),
        question=rng.integers(0, questions, votes).astype(np.int32),
    )


def rated(battles: Battles) -> RatedRows:
    return RatedRows(len(battles.models), battles.a, battles.b, battles.score, battles.rater.astype(np.int64))


def test_the_fit_is_what_a_general_optimiser_finds() -> None:
    rng = np.random.default_rng(0)
    battles = crowd(rng.choice([-1.0, 0.0, 1.0, 2.0], 12), rng.normal(0.0, 1.0, 5), 2_000, rng)
    fit = fit_reliability(rated(battles))

    def height(point: FloatArray) -> float:
        strength, factor = np.append(0.0, point[:4]), np.append(point[4:], 12.0 - point[4:].sum())
        gap = factor[battles.rater] * (strength[battles.a] - strength[battles.b])
        likelihood = battles.score * log_expit(gap) + (1.0 - battles.score) * log_expit(-gap)
        return float(0.5 * np.sum((factor - 1.0) ** 2) / PRIOR_SD**2 - likelihood.sum())

    found = minimize(height, np.append(np.zeros(4), np.ones(11)), method="BFGS", options={"gtol": 1e-6})
    assert fit.converged
    assert fit.factor.mean() == pytest.approx(1.0, abs=1e-9)
    assert np.allclose(found.x[:4], fit.strength[1:] - fit.strength[0], atol=1e-4)
    assert np.allclose(found.x[4:], fit.factor[:11], atol=1e-4)


def test_raters_who_contradict_each_other_are_refused_in_words() -> None:
    rater = np.repeat([0, 1], [50, 30]).astype(np.int32)
    alike = np.zeros(80, np.int32)
    plain = Battles.of_codes(("a", "b"), alike, alike + 1, rater.astype(np.int8))
    battles = dataclasses.replace(plain, raters=("x", "y"), rater=rater)
    with pytest.raises(BadInput, match="contradict each other"):
        rate_bradley_terry(Evidence(battles), settings=BY_RATERS)


def test_random_and_contrary_raters_are_found() -> None:
    rng = np.random.default_rng(3)
    factors = np.array([1.0] * 8 + [0.0, -1.0])
    ratings = rate_bradley_terry(Evidence(crowd(factors, rng.normal(0.0, 1.2, 8), 8_000, rng)), settings=BY_RATERS)
    found = np.array([ratings.reliability[f"r{code}"] for code in range(10)])
    assert abs(found[8]) < 0.15
    assert found[9] < -0.7
    assert found[:8].min() > 0.6


def test_alike_raters_leave_ratings_as_they_are() -> None:
    rng = np.random.default_rng(4)
    battles = crowd(np.ones(40), rng.normal(0.0, 1.0, 8), 40_000, rng)
    plain = rate_bradley_terry(Evidence(battles), settings=RatingSettings())
    weighed = rate_bradley_terry(Evidence(battles), settings=BY_RATERS)
    assert np.corrcoef(plain.rating, weighed.rating)[0, 1] > 0.999
    assert np.abs(plain.rating - weighed.rating).max() < 10.0


def test_sharper_weights_bring_ratings_nearer_to_the_truth_among_careless_raters() -> None:
    rng = np.random.default_rng(5)
    closer = 0
    for _ in range(10):
        strength = rng.normal(0.0, 1.0, 8)
        factors = np.where(np.arange(30) < 15, 2.0, 0.0)
        battles = crowd(factors, strength, 2_000, rng)
        plain = rate_bradley_terry(Evidence(battles), settings=RatingSettings())
        weighed = rate_bradley_terry(Evidence(battles), settings=BY_RATERS)
        by_plain, by_weighed = (np.corrcoef(one.rating, strength)[0, 1] for one in (plain, weighed))
        closer += by_weighed > by_plain
    assert closer >= 8


@pytest.fixture(scope="module")
def alike_crowds() -> tuple[FloatArray, list[Evidence]]:
    """The strengths of 8 models, and 80 crowds of 60 alike raters who vote on them."""
    rng = np.random.default_rng(6)
    strength = rng.normal(0.0, 0.7, 8)
    return strength, [Evidence(crowd(np.ones(60), strength, 3_000, rng)) for _ in range(80)]


@pytest.fixture(scope="module")
def fits() -> list[tuple[RatedRows, ReliabilityFit]]:
    """Fits of rows, which take most of the time and do not depend on the kind of interval."""
    return []


@pytest.fixture
def fitted_once(fits: list[tuple[RatedRows, ReliabilityFit]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the n-th fit of a test be that of the first test, if its rows are the same."""
    number = itertools.count()

    def fit(rows: RatedRows) -> ReliabilityFit:
        place = next(number)
        if place == len(fits):
            fits.append((rows, fit_reliability(rows)))
        before, found = fits[place]
        for one in dataclasses.fields(rows):
            assert np.array_equal(getattr(rows, one.name), getattr(before, one.name)), one.name
        return found

    monkeypatch.setattr(reliability, "fit_reliability", fit)


@pytest.mark.usefixtures("fitted_once")
@pytest.mark.parametrize("interval", ["clustered", "rater", "question", "sandwich"])
def test_intervals_hold_the_strengths_of_alike_raters(
    interval: Interval, alike_crowds: tuple[FloatArray, list[Evidence]]
) -> None:
    # 80 replicates of 8 models: a coverage's standard error is about one percent, since models share their errors.
    (strength, crowds), held = alike_crowds, []
    settings = dataclasses.replace(BY_RATERS, interval=interval, mean="models")
    for evidence in crowds:
        ratings = rate_bradley_terry(evidence, settings=settings)
        # the scale is that of the crowd, whose factors spread by chance: compare on the slope that fits
        shown = ratings.rating - 1000.0
        truth = ELO_PER_NAT * (strength - strength.mean())
        truth *= float(shown @ truth) / float(truth @ truth)
        held.append(np.mean(np.abs(shown - truth) <= ratings.upper - ratings.rating))
    assert 0.92 <= np.mean(held) <= 0.99


def test_intervals_hold_with_five_uneven_raters_with_tastes_of_their_own() -> None:
    """100 replicates of six models; without the correction for leverage 88 % of the intervals hold the truth."""
    rng, team = np.random.default_rng(3), SmallStudy(raters=5)
    settings, held = dataclasses.replace(BY_RATERS, mean="models"), []
    target = StudyTarget(team)
    for _ in range(100):
        battles, strength = draw(team, rng)
        ratings = rate_bradley_terry(Evidence(battles), settings=settings)
        shown = ratings.rating - ratings.rating.mean()
        truth = target.of(strength, "bradley-terry")
        truth = truth - truth.mean()
        truth *= float(shown @ truth) / float(truth @ truth)  # the scale is that of raters who happened to come
        held.append(np.mean(np.abs(shown - truth) <= ratings.upper - ratings.rating))
    assert 0.92 <= np.mean(held) <= 0.985


def test_intervals_of_too_many_rows_to_correct_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    battles, _ = draw(SmallStudy(raters=8), np.random.default_rng(5))
    found = rate_bradley_terry(Evidence(battles), settings=BY_RATERS)
    assert not found.basis.uncorrected
    monkeypatch.setattr(reliability, "_DENSE_CELLS", len(battles))
    many = rate_bradley_terry(Evidence(battles), settings=BY_RATERS)
    assert many.basis.uncorrected and many.basis.clusters == found.basis.clusters
    board = Board(BoardSettings(Selection(), "bradley-terry", BY_RATERS), rank_models(many), many, Evidence(battles), 0)
    assert say("en", "board_note_uncorrected") in board_notes(board, "en")
    assert say("en", "board_note_uncorrected") not in board_notes(dataclasses.replace(board, ratings=found), "en")


def test_battles_of_unknown_raters_count_as_those_of_a_typical_one() -> None:
    rng = np.random.default_rng(7)
    battles = crowd(np.ones(6), rng.normal(0.0, 1.0, 5), 1_000, rng)
    hidden = dataclasses.replace(battles, rater=np.where(battles.rater == 0, -1, battles.rater).astype(np.int32))
    ratings = rate_bradley_terry(Evidence(hidden), settings=BY_RATERS)
    assert sorted(ratings.reliability) == ["r1", "r2", "r3", "r4", "r5"]
    assert ratings.battles.sum() == 2_000


def test_what_cannot_be_weighed_is_refused_in_words() -> None:
    rng = np.random.default_rng(8)
    battles = crowd(np.ones(6), rng.normal(0.0, 1.0, 5), 400, rng)
    alone = dataclasses.replace(battles, rater=np.full(400, -1, np.int32))
    with pytest.raises(BadInput, match="two or more known raters"):
        rate_bradley_terry(Evidence(alone), settings=BY_RATERS)
    with pytest.raises(BadInput, match="no weights by rater with davidson"):
        rate_davidson(Evidence(battles), settings=BY_RATERS)
    with pytest.raises(BadInput, match="leave one out"):
        rate_bradley_terry(Evidence(battles), settings=dataclasses.replace(BY_RATERS, style=("side",)))
    with pytest.raises(BadInput, match="bootstrap"):
        rate_bradley_terry(Evidence(battles), settings=dataclasses.replace(BY_RATERS, interval="bootstrap"))

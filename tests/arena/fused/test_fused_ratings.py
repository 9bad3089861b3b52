"""Fused ratings: worked examples, a second way, and what no judge may do to the ratings of people."""

import numpy as np
import pytest
from scipy.optimize import root
from scipy.special import expit

from arena.fused.controls import find_strata, make_controls
from arena.fused.pairs import fuse_pairs
from arena.fused.pool import JudgedPool, PeopleRows
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from arena.rating.method import ELO_PER_NAT, RatingSettings
from tests.arena.fused.worlds import FusedWorld, draw, fit

STRENGTH = np.linspace(-0.6, 0.6, 8)


def test_a_control_is_what_judges_said_about_voted_items_minus_what_they_said_about_all() -> None:
    # One pair of models, five judged items with shares 1, 0, 1, 1, 0; people voted on the first two.
    pool = JudgedPool(
        names=("judge",),
        n_judges=1,
        first=np.zeros(5, np.int32),
        second=np.ones(5, np.int32),
        question=np.arange(5, dtype=np.int32),
        group=np.zeros(5, np.int32),
        values=np.array([[1.0], [0.0], [1.0], [1.0], [0.0]]),
    )
    two = np.zeros(2, np.int32)
    people = PeopleRows(
        two, two + 1, np.ones(2), np.array([0, 1]), two, two, two, np.ones(2), np.full(2, np.nan), two > 0
    )
    controls = make_controls(people, pool, find_strata(people, pool, 2))
    # Mean of all is 0.6. Voted: 1 - 0.6 and 0 - 0.6, together -0.2; lambda 0.5 moves the points by 0.1.
    assert controls.shift(np.ones((2, 1))) == pytest.approx([0.4, -0.6])
    votes, items = controls.pulls(np.full((2, 1), 0.5))
    assert votes.sum() + items.sum() == pytest.approx(0.5 * -0.2 * np.sqrt(5 / 4))
    assert (items[:2] == 0.0).all()


def test_fused_ratings_solve_the_corrected_equations_of_people() -> None:
    drawn = draw(FusedWorld(), STRENGTH, 400, 4000, np.random.default_rng(1))
    found = fit(drawn)
    weight = found.ceiling.columns[0].weight
    assert weight > 0.3
    n = drawn.votes
    key = drawn.first.astype(int) * 8 + drawn.second
    mean = np.bincount(key, drawn.judged, 64) / np.maximum(np.bincount(key, minlength=64), 1)

    def slope(free: np.ndarray) -> np.ndarray:
        theta = np.append(free, -free.sum())
        a, b = drawn.first[:n], drawn.second[:n]
        left = drawn.vote[:n] - weight * (drawn.judged[:n] - mean[key[:n]]) - expit(theta[a] - theta[b])
        return (np.bincount(a, left, 8) - np.bincount(b, left, 8))[:-1]

    free = root(slope, np.zeros(7), tol=1e-12).x
    other = 1000.0 + ELO_PER_NAT * np.append(free, -free.sum())
    # The votes of each fold have a lambda of their own, close to the mean.
    assert np.abs(found.ratings.rating - other).max() < 1.5
    assert np.abs(found.people.rating - other).max() > 10.0


def test_a_judge_that_sees_what_people_see_gives_the_ratings_of_all_items() -> None:
    drawn = draw(FusedWorld(), STRENGTH, 300, 6000, np.random.default_rng(2))
    everything = rate_bradley_terry(Evidence(drawn.battles(slice(None))), settings=RatingSettings(mean="models")).rating
    found = fit(drawn, drawn.pool(drawn.vote))
    assert found.ceiling.rho_squared == pytest.approx(1.0, abs=0.02)
    # Not exactly: people's pairs are weighted as people met them, and each fold has its own lambda.
    assert np.abs(found.ratings.rating - everything).max() < 0.35 * np.abs(found.people.rating - everything).max()
    assert found.ceiling.saved > 0.85 * found.ceiling.possible


@pytest.mark.parametrize("seed", range(4))
def test_a_judge_that_guesses_changes_next_to_nothing_and_claims_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = draw(FusedWorld(), STRENGTH, 400, 4000, rng)
    found = fit(drawn, drawn.pool(rng.integers(0, 2, len(drawn.first)).astype(float)))
    assert abs(found.ceiling.columns[0].weight) < 0.1
    assert not found.ceiling.is_claimed
    widths = [ratings.upper - ratings.lower for ratings in (found.ratings, found.people)]
    assert widths[0] == pytest.approx(widths[1], rel=0.02)


def test_names_sides_and_a_flipped_judge_do_not_matter() -> None:
    drawn = draw(FusedWorld(), STRENGTH, 300, 3000, np.random.default_rng(3))
    straight, flipped = fit(drawn), fit(drawn, drawn.pool(1.0 - drawn.judged))
    assert flipped.ratings.rating == pytest.approx(straight.ratings.rating, abs=1e-6)
    assert flipped.ceiling.columns[0].weight == pytest.approx(-straight.ceiling.columns[0].weight)
    double = fit(drawn, drawn.pool(0.5 * drawn.judged))
    assert double.ratings.rating == pytest.approx(straight.ratings.rating, abs=1e-6)


def test_a_judge_who_favours_one_model_moves_no_rating() -> None:
    errors = []
    for seed in range(12):
        drawn = draw(FusedWorld(noise=1.5), STRENGTH, 300, 3000, np.random.default_rng(seed))
        favoured = np.where(drawn.second == 7, 0.0, np.where(drawn.first == 7, 1.0, drawn.judged))
        found = fit(drawn, drawn.pool(favoured))
        errors.append(found.ratings.rating[7] - found.people.rating[7])
    assert abs(np.mean(errors)) < 4.0


def test_without_items_that_only_judges_rated_nothing_changes() -> None:
    drawn = draw(FusedWorld(), STRENGTH, 300, 0, np.random.default_rng(4))
    found = fit(drawn)
    assert found.ratings.rating == pytest.approx(found.people.rating, abs=1e-9)
    assert found.ceiling.possible == 0.0 and not found.ceiling.is_claimed


def test_a_few_items_with_two_votes_are_no_reason_to_use_judges_where_people_rated_everything() -> None:
    drawn = draw(FusedWorld(), STRENGTH, 600, 0, np.random.default_rng(2))
    rows = np.r_[0:600, 0:9]
    people, settings = drawn.people().keep(rows), RatingSettings()
    plain = rate_bradley_terry(Evidence(drawn.battles().subset(rows)), settings=settings)
    found = fuse_pairs(people, drawn.pool(), plain, settings)
    assert found.ceiling.columns[0].weight == 0.0
    np.testing.assert_allclose(found.ratings.rating, plain.rating)


def test_two_equal_judges_share_one_weight() -> None:
    drawn = draw(FusedWorld(), STRENGTH, 300, 3000, np.random.default_rng(5))
    one, two = fit(drawn), fit(drawn, drawn.pool(drawn.judged, drawn.judged, names=("one", "other")))
    weights = [column.weight for column in two.ceiling.columns]
    assert sum(weights) == pytest.approx(one.ceiling.columns[0].weight, rel=0.02)


def test_intervals_keep_their_corrections_for_few_raters_and_questions() -> None:
    world = FusedWorld(questions=40, question_spread=0.5, raters=6, rater_spread=0.4)
    drawn = draw(world, STRENGTH, 500, 4000, np.random.default_rng(6))
    found = fit(drawn)
    assert found.ratings.basis == found.people.basis
    assert (found.ratings.freedom == found.people.freedom).all()
    assert np.isfinite(found.ratings.lower).all()

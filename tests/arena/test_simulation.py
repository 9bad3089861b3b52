"""Example raters vote by the formula that they state, and by nothing else."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from math import log10, sqrt

import numpy as np
import pytest

from arena.simulation import LONGEST_SECONDS, SHORTEST_SECONDS, Decision, SimulatedRater, make_raters
from storage.errors import EvenhandError
from storage.seed.loading import Qualities, load_qualities
from storage.values import SkipReason, Winner

TRUTH = load_qualities()
STRONG, GOOD, SHORT, WEAK = TRUTH.strengths
EVEN = replace(
    TRUTH,
    strengths=dict.fromkeys(TRUTH.strengths, 1000.0),
    category_offsets={model: dict.fromkeys(TRUTH.median_seconds, 0.0) for model in TRUTH.strengths},
)


def _plain_rater(truth: Qualities, taste: Mapping[str, float] | None = None) -> SimulatedRater:
    return SimulatedRater("Example rater 1", truth, taste or dict.fromkeys(truth.strengths, 0.0), pace=1.0)


def _decisions(rater: SimulatedRater, n: int, category: str, *, left: str, right: str, seed: int) -> list[Decision]:
    rng = np.random.default_rng(seed)
    return [rater.decide(category, left=left, right=right, language="en", rng=rng) for _ in range(n)]


def _bound(probability: float, n: int) -> float:
    # Five standard errors of a share: one in two million by chance, and the seeds are fixed.
    return 5 * sqrt(probability * (1 - probability) / n)


def test_equal_seeds_give_equal_raters_and_decisions() -> None:
    raters = [make_raters(TRUTH, 3, rng=np.random.default_rng(5)) for _ in range(2)]
    assert raters[0] == raters[1]
    assert _decisions(raters[0][0], 200, "code", left=STRONG, right=WEAK, seed=1) == _decisions(
        raters[1][0], 200, "code", left=STRONG, right=WEAK, seed=1
    )


def test_raters_have_pseudonyms_and_do_not_depend_on_how_many_follow() -> None:
    few, many = (make_raters(TRUTH, n, rng=np.random.default_rng(9)) for n in (2, 6))
    assert many[:2] == few
    assert [rater.name for rater in few] == ["Example rater 1", "Example rater 2"]
    assert many[0].taste != many[1].taste


def test_a_decision_takes_equally_many_draws_whatever_it_is() -> None:
    states = []
    for truth in (TRUTH, replace(TRUTH, skip_share=1.0), replace(TRUTH, comment_share=1.0, flag_share=1.0)):
        rng = np.random.default_rng(3)
        _plain_rater(truth).decide("code", left=STRONG, right=WEAK, language="zh", rng=rng)
        states.append(rng.random())
    assert len(set(states)) == 1


def test_equal_models_tie_with_probability_nu_over_two_plus_nu() -> None:
    """Davidson (1970): equal worths give 1 : 1 : nu."""
    rater = _plain_rater(replace(EVEN, left_bias=0.0, tie_propensity=0.5))
    left, right, tie, both_bad = rater.outcome_probabilities("code", left=STRONG, right=WEAK)
    assert left == right == pytest.approx(1 / 2.5)
    assert tie + both_bad == pytest.approx(0.5 / 2.5)


def test_odds_of_winning_are_ten_per_four_hundred_points_whatever_the_ties() -> None:
    for nu in (0.0, 0.6, 3.0):
        rater = _plain_rater(replace(TRUTH, left_bias=0.0, tie_propensity=nu))
        chances = rater.outcome_probabilities("knowledge", left=STRONG, right=WEAK)
        # Kestrel 1180 - 40 = 1140 against Siskin 780 - 40 = 740 is a gap of 400.
        assert chances.model_a / chances.model_b == pytest.approx(10.0)
        assert sum(chances) == pytest.approx(1.0)


def test_swapping_sides_changes_the_odds_by_twice_the_left_bias_only() -> None:
    rater = _plain_rater(TRUTH)
    there = rater.outcome_probabilities("reasoning", left=GOOD, right=SHORT)
    back = rater.outcome_probabilities("reasoning", left=SHORT, right=GOOD)
    points = 400 * (log10(there.model_a / there.model_b) - log10(back.model_b / back.model_a))
    assert points == pytest.approx(2 * TRUTH.left_bias)

    fair = _plain_rater(replace(TRUTH, left_bias=0.0))
    there = fair.outcome_probabilities("reasoning", left=GOOD, right=SHORT)
    back = fair.outcome_probabilities("reasoning", left=SHORT, right=GOOD)
    assert (there.model_a, there.model_b, there.tie, there.both_bad) == pytest.approx(
        (back.model_b, back.model_a, back.tie, back.both_bad)
    )


def test_half_of_the_ties_are_both_bad_where_the_better_side_is_as_poor_as_the_limit() -> None:
    poor = replace(EVEN, strengths=dict.fromkeys(TRUTH.strengths, TRUTH.poor_below))
    chances = _plain_rater(poor).outcome_probabilities("code", left=STRONG, right=WEAK)
    assert chances.tie == pytest.approx(chances.both_bad)
    better = _plain_rater(poor, {**dict.fromkeys(TRUTH.strengths, 0.0), STRONG: TRUTH.poor_scale})
    chances = better.outcome_probabilities("code", left=STRONG, right=WEAK)
    assert chances.both_bad / chances.tie == pytest.approx(0.1)


def test_a_raters_taste_counts_like_strength() -> None:
    fond = _plain_rater(EVEN, {STRONG: 0.0, GOOD: 0.0, SHORT: 0.0, WEAK: 120.0})
    assert fond.quality("code", WEAK) - fond.quality("code", STRONG) == 120.0


def test_tastes_spread_as_stated() -> None:
    raters = make_raters(TRUTH, 2000, rng=np.random.default_rng(11))
    tastes = np.array([list(rater.taste.values()) for rater in raters])
    n = tastes.size
    assert abs(tastes.mean()) < 5 * TRUTH.taste_sd / sqrt(n)
    # The standard error of a standard deviation is sd / sqrt(2 n) for normal values.
    assert abs(tastes.std() - TRUTH.taste_sd) < 5 * TRUTH.taste_sd / sqrt(2 * n)


@pytest.mark.parametrize(
    ("left", "right", "category"),
    [(STRONG, WEAK, "long_text"), (WEAK, SHORT, "reasoning"), (GOOD, STRONG, "tool_use")],
)
def test_shares_of_votes_follow_the_probabilities(left: str, right: str, category: str) -> None:
    rater = _plain_rater(TRUTH)
    decisions = _decisions(rater, 4000, category, left=left, right=right, seed=17)
    votes = [decision.choice for decision in decisions if decision.choice is not None]
    shares = Counter(votes)
    # Written out once more from the paper, with worths instead of square roots of odds.
    worth_left = 10 ** ((rater.quality(category, left) + TRUTH.left_bias) / 400)
    worth_right = 10 ** (rater.quality(category, right) / 400)
    total = worth_left + worth_right + TRUTH.tie_propensity * sqrt(worth_left * worth_right)
    n = len(votes)
    for winner, worth in ((Winner.model_a, worth_left), (Winner.model_b, worth_right)):
        assert abs(shares[winner] / n - worth / total) < _bound(worth / total, n)
    both_bad = rater.outcome_probabilities(category, left=left, right=right).both_bad
    assert abs(shares[Winner.both_bad] / n - both_bad) < _bound(both_bad, n)


def test_the_stronger_model_wins_more_from_either_side() -> None:
    for left, right in ((STRONG, WEAK), (WEAK, STRONG)):
        votes = Counter(d.choice for d in _decisions(_plain_rater(TRUTH), 500, "code", left=left, right=right, seed=2))
        strong, weak = (Winner.model_a, Winner.model_b) if left == STRONG else (Winner.model_b, Winner.model_a)
        assert votes[strong] > 3 * votes[weak] > 0


def test_skips_flags_and_comments_occur_as_often_as_stated() -> None:
    n = 6000
    decisions = _decisions(_plain_rater(TRUTH), n, "reasoning", left=SHORT, right=WEAK, seed=23)
    votes = [decision for decision in decisions if decision.choice is not None]
    assert {decision.choice for decision in votes} == set(Winner)
    assert abs(1 - len(votes) / n - TRUTH.skip_share) < _bound(TRUTH.skip_share, n)
    for share, found in (
        (TRUTH.flag_share, sum(decision.flag is not None for decision in votes)),
        (TRUTH.comment_share, sum(decision.comment is not None for decision in votes)),
    ):
        assert abs(found / len(votes) - share) < _bound(share, len(votes))


@pytest.mark.parametrize(
    ("category", "reason"), [("long_text", SkipReason.too_long), ("code", SkipReason.cannot_judge)]
)
def test_a_skip_has_a_reason_and_nothing_of_a_vote(category: str, reason: SkipReason) -> None:
    (decision,) = _decisions(_plain_rater(replace(TRUTH, skip_share=1.0)), 1, category, left=STRONG, right=WEAK, seed=1)
    assert decision == Decision(None, reason, decision.seconds, flag=None, comment=None)


def test_comments_are_in_the_language_of_the_question() -> None:
    rng = np.random.default_rng(4)
    rater = _plain_rater(replace(TRUTH, comment_share=1.0, skip_share=0.0))
    for _ in range(300):
        english = rater.decide("code", left=SHORT, right=WEAK, language="en", rng=rng).comment
        chinese = rater.decide("code", left=SHORT, right=WEAK, language="zh", rng=rng).comment
        assert english is not None
        assert english.isascii()
        assert chinese is not None
        assert not chinese.isascii()


def test_times_are_lognormal_around_the_median_of_the_category_and_clipped() -> None:
    decisions = _decisions(_plain_rater(TRUTH), 4000, "code", left=STRONG, right=WEAK, seed=31)
    logs = np.log([decision.seconds for decision in decisions])
    # The standard error of a normal median is sqrt(pi / 2) sd / sqrt(n).
    error = sqrt(np.pi / 2) * TRUTH.seconds_log_sd / sqrt(len(decisions))
    assert abs(float(np.median(logs)) - np.log(TRUTH.median_seconds["code"])) < 5 * error

    wild = replace(TRUTH, seconds_log_sd=9.0)
    seconds = [d.seconds for d in _decisions(_plain_rater(wild), 300, "code", left=STRONG, right=WEAK, seed=1)]
    assert (min(seconds), max(seconds)) == (SHORTEST_SECONDS, LONGEST_SECONDS)


def test_unknown_models_categories_and_rater_counts_are_refused() -> None:
    rater = _plain_rater(TRUTH)
    with pytest.raises(EvenhandError, match="example data"):
        rater.quality("code", "nobody")
    with pytest.raises(EvenhandError, match="example data"):
        rater.quality("cooking", STRONG)
    with pytest.raises(EvenhandError, match="at least 1"):
        make_raters(TRUTH, 0, rng=np.random.default_rng(1))

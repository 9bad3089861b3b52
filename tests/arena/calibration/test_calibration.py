"""Calibration of judges: worked examples, a second way, and intervals that hold the calibration's own error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.calibration.confusion import measure_confusion, measure_curve
from arena.calibration.corrected import correct_means
from arena.calibration.errors import measure_errors
from arena.calibration.pairs import CalibrationPairs, JudgedPairs
from storage.ledger.battles import FloatArray


def rows_of(people: FloatArray, judge: FloatArray, *, length: FloatArray | None = None) -> CalibrationPairs:
    """Votes on two models, each on a question of its own, the first model shown left."""
    n = len(people)
    none = np.zeros(n, np.int64)
    return CalibrationPairs(
        people=people,
        judge=judge,
        left=np.ones(n, np.bool_),
        question=np.arange(n),
        category=none,
        first=none,
        second=none + 1,
        length=np.full(n, np.nan) if length is None else length,
    )


def test_confusion_counts_by_the_sides_as_people_saw_them() -> None:
    rows = rows_of(np.array([1.0, 1.0, 0.5, 0.0, 0.0]), np.array([1.0, 0.0, 0.5, 0.5, 0.25]))
    found = measure_confusion(rows, 0.95)
    assert found.counts == ((1, 0, 1), (0, 1, 0), (0, 1, 1))
    assert found.agreement.value == pytest.approx(3 / 5)
    assert found.decisive.value == pytest.approx(2 / 3)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.25, 0.5, 1.0])), min_size=2))
def test_the_curve_does_not_depend_on_which_model_is_first(shares: list[tuple[float, float]]) -> None:
    people, judge = (np.array(column) for column in zip(*shares, strict=True))
    straight, turned = (measure_curve(rows_of(*pair), 0.95) for pair in ((people, judge), (1.0 - people, 1.0 - judge)))
    assert [point.said for point in straight.points] == pytest.approx([point.said for point in turned.points])
    assert straight.error == pytest.approx(turned.error)
    assert straight.brier.value == pytest.approx(turned.brier.value)


def test_a_judge_that_leans_to_the_longer_response_is_seen_by_length() -> None:
    length = np.array([0.5, -0.5, 0.5, -0.5, 0.0, 0.0])
    rows = rows_of(np.full(6, 0.5), np.array([1.0, 0.0, 1.0, 0.0, 0.5, 0.5]), length=length)
    found = {(one.by, one.group): one for one in measure_errors(rows, ["all"], ["one", "other"], 0.95)}
    assert found["length", "much longer"].lean.value == pytest.approx(0.5)
    assert found["length", "similar"].lean.value == pytest.approx(0.0)
    assert found["model", "one"].lean.value == pytest.approx(0.0)


def test_corrected_rates_are_those_of_rogan_and_gladen() -> None:
    # 40 wins by people, of which the judge sees 36, and 60 losses, of which it takes 12 for wins; it sees 45 % wins.
    people = np.repeat([1.0, 0.0], [40, 60])
    judge = np.concatenate([np.repeat([1.0, 0.0], [36, 4]), np.repeat([1.0, 0.0], [12, 48])])
    pairs = JudgedPairs(
        np.repeat([1.0, 0.0], [450, 550]), np.arange(1000, 2000), np.zeros(1000, int), np.ones(1000, int)
    )
    found = correct_means(rows_of(people, judge), pairs, ("one", "other"), 0.95)
    sensitivity, specificity = 36 / 40, 48 / 60
    expected = (0.45 + specificity - 1.0) / (sensitivity + specificity - 1.0)
    assert found[0].corrected.value == pytest.approx(expected)
    assert found[1].corrected.value == pytest.approx(1.0 - expected)
    # The delta method, with the errors of all three rates, is close to Fieller's interval at this slope.
    error = np.sqrt(
        0.45 * 0.55 / 1000
        + expected**2 * sensitivity * (1.0 - sensitivity) / 40
        + (1.0 - expected) ** 2 * specificity * (1.0 - specificity) / 60
    ) / (sensitivity + specificity - 1.0)
    half = (found[0].corrected.upper - found[0].corrected.lower) / 2.0
    assert half == pytest.approx(1.96 * error, rel=0.1)
    assert half > 2.0 * (found[0].raw.upper - found[0].raw.lower) / 2.0


def test_corrected_intervals_cover_and_those_of_the_judge_alone_do_not() -> None:
    rng, covered, naive = np.random.default_rng(5), [], []
    for _ in range(150):
        truth = (rng.random(1120) < 0.6).astype(float)
        said = np.where(rng.random(1120) < np.where(truth == 1.0, 0.9, 0.6), truth, 1.0 - truth)
        pairs = JudgedPairs(said, np.arange(1120), np.zeros(1120, int), np.ones(1120, int))
        found = correct_means(rows_of(truth[:120], said[:120]), pairs, ("one", "other"), 0.95)[0]
        covered.append(found.corrected.lower <= 0.6 <= found.corrected.upper)
        naive.append(found.raw.lower <= 0.6 <= found.raw.upper)
    assert 0.90 <= np.mean(covered) <= 0.995
    assert np.mean(naive) < 0.5


def test_few_votes_and_a_judge_that_tells_nothing_are_not_corrected() -> None:
    pairs = JudgedPairs(np.full(50, 0.5), np.arange(50), np.zeros(50, int), np.ones(50, int))
    few = correct_means(rows_of(np.ones(5), np.ones(5)), pairs, ("one", "other"), 0.95)
    flat = correct_means(rows_of(np.tile([1.0, 0.0], 20), np.full(40, 0.5)), pairs, ("one", "other"), 0.95)
    assert {one.reason for one in few} == {"few_votes"} and {one.reason for one in flat} == {"no_slope"}
    assert all(np.isnan(one.corrected.value) for one in (*few, *flat))

"""Statistics of bias: worked examples, counting one by one, baselines by their definition, real judgments."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from arena.agreement.baselines import longest_shares, random_shares
from arena.agreement.drift import measure_drift
from arena.agreement.orders import measure_orders
from arena.bias.coverage import win_rate_bounds, worst_case
from arena.bias.longer_response import prefer_longer

FloatArray = npt.NDArray[np.float64]
SHARE = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, math.nan])


def array(values: list[float]) -> FloatArray:
    return np.array(values, np.float64)


@given(st.lists(st.tuples(SHARE, SHARE), min_size=1, max_size=20))
def test_order_statistics_equal_counts_of_single_pairs(calls: list[tuple[float, float]]) -> None:
    one, other = (array([call[side] for call in calls]) for side in range(2))
    found = measure_orders(one, other, np.arange(len(calls)), level=0.9)
    kinds = {"same": 0, "first": 0, "second": 0, "leaning": 0}
    firsts: list[bool] = []
    for plain, swapped in calls:
        firsts += [share > 0.5 for share in (plain, swapped) if not math.isnan(share) and share != 0.5]
        if math.isnan(plain) or math.isnan(swapped):
            continue
        a_plain, a_swapped = np.sign(plain - 0.5), np.sign(0.5 - swapped)
        if a_plain == a_swapped:
            kinds["same"] += 1
        elif a_plain * a_swapped == 0:
            kinds["leaning"] += 1
        else:
            kinds["first" if plain > 0.5 else "second"] += 1
    pairs = sum(kinds.values())
    assert found.pairs == pairs
    assert (found.first_twice, found.second_twice, found.leaning) == (kinds["first"], kinds["second"], kinds["leaning"])
    if pairs:
        assert found.consistent.value == pytest.approx(kinds["same"] / pairs)
        assert found.flips.value == pytest.approx((kinds["first"] + kinds["second"]) / pairs)
    assert found.decisive_calls == len(firsts)
    assert found.first.value == pytest.approx(np.mean(firsts) if firsts else math.nan, nan_ok=True)


def test_a_judge_that_always_takes_the_first_is_never_consistent() -> None:
    found = measure_orders(np.ones(50), np.ones(50), np.arange(50), level=0.95)
    assert (found.consistent.value, found.flips.value, found.first.value) == (0.0, 1.0, 1.0)
    assert found.first_twice == 50
    assert 0.0 < found.consistent.upper < 0.2


def test_a_real_judge_has_the_published_consistency_and_first_rate(shared_data: Path) -> None:
    (path,) = (shared_data / "subjective" / "judgebench_claude" / "outputs").glob("*haiku*")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        items = [json.loads(line)["judgments"] for line in file]
    share = {"A>B": 1.0, "B>A": 0.0, "A=B": 0.5, None: math.nan}
    # Decisions speak of the responses as shown: A is the first in either game.
    plain, swapped = (array([share[item[game]["decision"]] for item in items]) for game in range(2))
    found = measure_orders(plain, swapped, np.arange(len(items)), level=0.95)
    assert len(items) == 270
    # Published: 50 % of all 270 consistent, nulls counting as not; here they are no pair. First picked: 63.3 %.
    assert round(found.consistent.value * found.pairs) / 270 == pytest.approx(0.50)
    assert found.pairs == 270 - 13
    assert found.first.value == pytest.approx(0.633, abs=5e-4)
    assert found.first.lower > 0.5


def test_missing_values_widen_a_mean_to_its_worst_cases() -> None:
    # 3 wins and 1 loss known, 2 missing: mean 3/4, worst 3/6, best 5/6.
    found = worst_case("x", array([1, 1, 1, 0, math.nan, math.nan]))
    assert (found.asked, found.scored, found.mean) == (6, 4, 0.75)
    assert found.lowest == pytest.approx(0.5)
    assert found.highest == pytest.approx(5 / 6)
    nothing = worst_case("x", array([math.nan]), low=1.0, high=10.0)
    assert (nothing.mean, nothing.lowest, nothing.highest) == (None, 1.0, 10.0)
    assert worst_case("x", array([])).lowest is None


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), SHARE), max_size=12))
def test_bounds_of_win_rates_hold_every_way_to_fill_the_gaps(rows: list[tuple[int, int, float]]) -> None:
    rows = [row for row in rows if row[0] != row[1]]
    a, b = (np.array([row[side] for row in rows], np.int32) for side in range(2))
    share = array([row[2] for row in rows])
    found = {one.name: one for one in win_rate_bounds(("x", "y", "z"), a, b, share)}
    rng = np.random.default_rng(0)
    for code, name in enumerate("xyz"):
        sides = [(one == code, other == code) for one, other, _ in rows]
        assert (name in found) == any(any(pair) for pair in sides)
        if name not in found:
            continue
        for filler in (np.zeros(len(rows)), np.ones(len(rows)), rng.random(len(rows))):
            filled = np.where(np.isnan(share), filler, share)
            points = [filled[i] if mine else 1 - filled[i] for i, (mine, yours) in enumerate(sides) if mine or yours]
            lowest, highest = found[name].lowest, found[name].highest
            assert lowest is not None and highest is not None
            assert lowest - 1e-12 <= np.mean(points) <= highest + 1e-12


def test_the_share_for_longer_responses_by_hand() -> None:
    long, short = array([100, 10, 100, 100, 60, 100, math.nan]), array([10, 100, 10, 10, 40, 60, 50])
    share = array([1.0, 0.0, 0.0, 0.5, 1.0, 0.75, 1.0])
    found = prefer_longer((long, short), share, np.arange(7), level=0.95)
    # Longer won rows 0, 1 and 5, lost row 2; row 3 is a tie, row 4 differs by 20 only, row 6 has no length.
    assert (found.verdicts, found.ties, found.share.value) == (4, 1, 0.75)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200), SHARE), max_size=20))
def test_the_longest_judge_always_prefers_the_longer(rows: list[tuple[int, int, float]]) -> None:
    a, b = array([row[0] for row in rows]), array([row[1] for row in rows])
    found = prefer_longer((a, b), longest_shares((a, b)), np.arange(len(rows)), level=0.95)
    assert found.verdicts == sum(abs(row[0] - row[1]) > 30 for row in rows)
    assert found.ties == 0
    assert found.share.value == pytest.approx(1.0 if found.verdicts else math.nan, nan_ok=True)


def test_baselines_prefer_the_longer_and_vote_at_random() -> None:
    shares = longest_shares((array([3, 1, 2, math.nan]), array([1, 3, 2, 1])))
    assert shares[:3].tolist() == [1.0, 0.0, 0.5]
    assert math.isnan(shares[3])
    drawn = random_shares(30_000, seed=4)
    assert [float(np.mean(drawn == value)) for value in (0.0, 0.5, 1.0)] == pytest.approx([1 / 3] * 3, abs=0.01)
    assert (drawn == random_shares(30_000, seed=4)).all()
    assert (drawn != random_shares(30_000, seed=5)).any()


def test_drift_is_a_paired_test() -> None:
    rng = np.random.default_rng(6)
    before = rng.integers(1, 11, 60).astype(float)
    after = np.clip(before + rng.choice([0, 0, 0, 1, -1], 60, p=[0.2, 0.2, 0.1, 0.4, 0.1]), 1, 10)
    found = measure_drift(before, after, np.arange(60), level=0.95)
    assert found is not None
    expected = stats.ttest_rel(after, before)
    assert found.change.value == pytest.approx(after.mean() - before.mean())
    assert found.chance == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval(0.95)
    assert [found.change.lower, found.change.upper] == pytest.approx([interval.low, interval.high])
    ups, downs = int((after > before).sum()), int((after < before).sum())
    assert found.sign_chance == pytest.approx(stats.binomtest(ups, ups + downs).pvalue)
    assert found.changed.value == pytest.approx((ups + downs) / 60)
    assert math.isnan(found.flips.value)


def test_drift_of_judgments_separates_flips_from_changes() -> None:
    found = measure_drift(
        array([1.0, 1.0, 0.5, 0.0, 1.0]), array([0.0, 1.0, 1.0, 0.0, 0.75]), np.arange(5), level=0.95, middle=0.5
    )
    assert found is not None
    assert found.flips.value == pytest.approx(1 / 5)
    assert found.changed.value == pytest.approx(3 / 5)
    assert found.change.value == pytest.approx((-1 + 0.5 - 0.25) / 5)
    assert measure_drift(array([]), array([]), np.empty(0, np.int64), level=0.95) is None


def test_a_change_on_a_few_questions_is_not_significant() -> None:
    before, after = np.zeros(100), np.zeros(100)
    after[:50] = 1.0
    alone = measure_drift(before, after, np.arange(100), level=0.95)
    alike = measure_drift(before, after, np.arange(100) // 25, level=0.95)  # two of four questions moved
    assert alone is not None and alike is not None
    assert alone.chance < 1e-10
    assert alike.chance > 0.1
    assert alike.sign_chance == pytest.approx(0.5)

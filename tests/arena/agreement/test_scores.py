"""Agreement of scores: against listing all pairs, and on real scores."""

import gzip
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from arena.agreement.coefficients import krippendorff_alpha
from arena.agreement.score_agreement import ScoreColumns, measure_scores

Row = tuple[int, int, float]
"""Item, rater, score."""


def columns(rows: list[Row]) -> ScoreColumns:
    item, rater, value = (np.array(column) for column in zip(*rows, strict=True))
    return ScoreColumns(item, rater, value.astype(float), item // 2, np.arange(len(rows)))


def groups(one: set[int], other: set[int]) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], ...]:
    return tuple(np.array([code in members for code in range(4)]) for members in (one, other))


SCORES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.sampled_from([1.0, 2.0, 2.5, 5.0])), min_size=1, max_size=16
)


@given(SCORES, st.sampled_from([({0, 1}, {2, 3}), ({0}, {1}), ({0, 1, 2, 3}, {0, 1, 2, 3}), ({0, 1, 2}, {0, 1, 2})]))
def test_scores_agree_as_if_all_pairs_were_listed(rows: list[Row], sides: tuple[set[int], set[int]]) -> None:
    one, other = sides
    listed = [
        (x, y)
        for (item, rater, x), (item_2, rater_2, y) in itertools.permutations(rows, 2)
        if item == item_2 and rater != rater_2 and rater in one and rater_2 in other
    ]
    found = measure_scores(columns(rows), *groups(one, other), level=0.95)
    if found is None:
        assert not listed
        return
    is_same = one == other
    assert found.pairs == len(listed) // (2 if is_same else 1)
    x, y = np.array(listed).T
    flat = min(np.ptp(x), np.ptp(y)) == 0.0
    for estimate, function in ((found.pearson, stats.pearsonr), (found.spearman, stats.spearmanr)):
        expected = math.nan if flat else function(x, y).statistic
        assert estimate.value == pytest.approx(expected, nan_ok=True, abs=1e-9)
    assert found.difference.value == pytest.approx(math.nan if is_same else np.mean(y - x), nan_ok=True)
    assert found.exact.value == pytest.approx(np.mean(x == y))
    chance = sum(np.mean(x == score) * np.mean(y == score) for score in np.unique(x))
    kappa = (np.mean(x == y) - chance) / (1.0 - chance) if chance < 1.0 else math.nan
    assert found.kappa.value == pytest.approx(kappa, nan_ok=True, abs=1e-9)
    apart = np.mean((x[:, None] - y[None, :]) ** 2)
    weighted = 1.0 - np.mean((x - y) ** 2) / apart if apart else math.nan
    assert found.weighted_kappa.value == pytest.approx(weighted, nan_ok=True, abs=1e-9)


@given(SCORES)
def test_alpha_of_scores_is_krippendorffs(rows: list[Row]) -> None:
    once = {(item, rater): value for item, rater, value in rows}
    codings = np.full((4, 6), math.nan)
    for (item, rater), value in once.items():
        codings[rater, item] = value
    everyone = np.ones(4, bool)
    found = measure_scores(columns(rows), everyone, everyone, level=0.95)
    if found is not None:
        assert found.alpha.value == pytest.approx(krippendorff_alpha(codings, "interval"), nan_ok=True, abs=1e-9)


def test_a_generous_rater_shows_in_the_difference_and_not_in_the_correlation() -> None:
    rng = np.random.default_rng(0)
    worth = rng.normal(size=200)
    rows = [(i, 0, float(x)) for i, x in enumerate(worth)] + [(i, 1, float(x + 0.5)) for i, x in enumerate(worth)]
    found = measure_scores(columns(rows), *groups({0}, {1}), level=0.95)
    assert found is not None
    assert found.difference.value == pytest.approx(0.5)
    assert found.pearson.value == pytest.approx(1.0)
    assert found.alpha.value < 0.95


def test_intervals_of_scores_hold_what_is_true() -> None:
    rng = np.random.default_rng(8)
    held = np.zeros(2)
    for _ in range(60):
        worth = np.repeat(rng.normal(size=40), 2)  # two items of one question are alike
        one, other = (worth + rng.normal(size=80) for _ in range(2))
        rows = [(i, 0, float(x)) for i, x in enumerate(one)] + [(i, 1, float(x)) for i, x in enumerate(other + 0.3)]
        found = measure_scores(columns(rows), *groups({0}, {1}), level=0.9)
        assert found is not None
        held += [
            found.pearson.lower <= 0.5 <= found.pearson.upper,
            found.difference.lower <= 0.3 <= found.difference.upper,
        ]
    assert (held / 60 >= 0.8).all()
    assert (held / 60 <= 0.98).all()


def test_real_scores_of_three_raters_agree_as_plain_arrays_say(shared_data: Path) -> None:
    path = shared_data / "subjective" / "judgebench20_newsroom" / "newsroom.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        instances = json.load(file)["instances"]
    dimension = next(iter(instances[0]["annotations"]))
    table = np.array([one["annotations"][dimension]["individual_human_scores"] for one in instances], float)
    n, raters = table.shape
    assert (n, raters) == (420, 3)
    rows = [(i, rater, float(table[i, rater])) for i in range(n) for rater in range(3)]
    found = measure_scores(columns(rows), *groups({0, 1, 2}, {0, 1, 2}), level=0.95)
    assert found is not None
    x, y = np.array([(table[:, i], table[:, j]) for i, j in itertools.permutations(range(3), 2)]).transpose(1, 0, 2)
    assert found.pearson.value == pytest.approx(np.corrcoef(x.ravel(), y.ravel())[0, 1])
    assert found.spearman.value == pytest.approx(stats.spearmanr(x.ravel(), y.ravel()).statistic)
    assert found.alpha.value == pytest.approx(krippendorff_alpha(table.T, "interval"))
    assert found.pearson.lower < found.pearson.value < found.pearson.upper

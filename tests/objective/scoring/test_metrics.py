"""Scores, metrics with their errors, and the paired comparison equal calculations by hand and other methods."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objective.request import ScoredContinuation
from objective.scoring.answers import LIKELIHOOD_METRICS, score_options, score_output
from objective.scoring.metrics import PredictionOutcome, compute_metrics, standard_error
from objective.scoring.paired_comparison import compare_paired
from objective.task import Item
from storage.errors import BadInput

ONE, OTHER = {"accuracy": 1.0}, {"accuracy": 0.0}


def test_each_kind_of_answer_is_scored_by_its_own_rule() -> None:
    choice = Item("1", "q", ("B",), ("x", "yes"))
    assert [score_output(choice, text).score for text in ("B", "A", "yes", "so it goes")] == [1.0, 0.0, 1.0, None]
    number = Item("2", "q", ("1,000",), kind="number")
    assert [score_output(number, text).score for text in ("1000.0", "#### 1000", "999", "none")] == [
        1.0,
        1.0,
        0.0,
        None,
    ]
    several = Item("3", "q", ("AC",), ("w", "x", "y", "z"), kind="choices")
    assert [score_output(several, text).score for text in ("A and C", "CA", "A", "")] == [1.0, 1.0, 0.0, None]
    exact = Item("4", "q", ("Paris", "City of Light"), kind="exact")
    assert [score_output(exact, text).score for text in ("paris.", "city of light", "Rome", " ")] == [
        1.0,
        1.0,
        0.0,
        None,
    ]
    math_item = Item("5", "q", ("\\frac{1}{2}",), kind="math")
    assert [score_output(math_item, text).score for text in ("\\boxed{\\dfrac12}", "$1/3$", "")] == [1.0, 0.0, None]


def test_likelihoods_are_compared_raw_and_by_characters_bytes_and_tokens() -> None:
    """Three options of which each measure prefers another, worked out by hand.

    A `ab`: -4 nats, 2 characters, 2 bytes, 4 tokens: -2, -2, -1 per piece.
    B `甲乙丙`: -5.4 nats, 3 characters, 9 bytes, 3 tokens: -1.8, -0.6, -1.8.
    C `abcdef`: -6 nats, 6 characters, 6 bytes, 2 tokens: -1, -1, -3.
    """
    item = Item("1", "q", ("A",), ("ab", "甲乙丙", "abcdef"))
    scored = [
        ScoredContinuation(-4, 4, 3, False),
        ScoredContinuation(-5.4, 3, 10, False),
        ScoredContinuation(-6, 2, 7, False),
    ]
    marks = score_options(item, item.options, scored)
    assert {metric: one.extracted for metric, one in marks.items()} == {
        "accuracy": "A", "accuracy_chars": "C", "accuracy_bytes": "B", "accuracy_tokens": "A",
    }  # fmt: skip
    assert marks["accuracy"].score == 1.0
    assert marks["accuracy_chars"].score == 0.0
    assert next(iter(LIKELIHOOD_METRICS)) == "accuracy"


def test_of_equally_likely_options_the_first_is_taken() -> None:
    item = Item("1", "q", ("A",), ("x", "y"))
    assert score_options(item, item.options, [ScoredContinuation(-1, 1, 1, True)] * 2)["accuracy"].extracted == "A"


def test_unparsed_answers_count_as_wrong_and_failed_predictions_are_left_out() -> None:
    outcomes = [
        PredictionOutcome("1", "scored", ONE),
        PredictionOutcome("2", "scored", OTHER),
        PredictionOutcome("3", "unparsed", {}),
        PredictionOutcome("4", "scored", ONE),
        PredictionOutcome("5", "failed", {}),
    ]
    whole, parsed = compute_metrics(outcomes, names=["accuracy"])
    assert (whole.value, whole.items, whole.unparsed, whole.failed) == (0.5, 4, 1, 1)
    assert (parsed.name, parsed.items) == ("accuracy_parsed", 3)
    assert parsed.value == pytest.approx(2 / 3)


def test_without_answers_there_is_no_value() -> None:
    [only] = compute_metrics([PredictionOutcome("1", "failed", {})], names=["accuracy"])
    assert (only.value, only.error, only.items, only.failed) == (None, None, 0, 1)
    [single] = compute_metrics([PredictionOutcome("1", "scored", ONE)], names=["accuracy"])
    assert (single.value, single.error) == (1.0, None)


def test_equal_scores_have_the_standard_error_of_laplaces_rule() -> None:
    """5 of 5 right: Beta(6, 1) has the variance 6 * 1 / (7² * 8) = 0.01531; and 0 of 5 the same from the other end."""
    expected = pytest.approx(math.sqrt(6 / 392))
    assert standard_error([1.0] * 5) == standard_error([0.0] * 5) == expected
    assert standard_error([1.0] * 500) == pytest.approx(1 / 503, rel=0.01)
    assert standard_error([0.5] * 4) == pytest.approx(math.sqrt(9 / (36 * 7)))


@given(st.lists(st.booleans(), min_size=2, max_size=50).filter(lambda right: len(set(right)) == 2))
def test_the_standard_error_is_numpys_deviation_over_the_root_of_n(right: list[bool]) -> None:
    outcomes = [PredictionOutcome(str(number), "scored", {"accuracy": float(one)}) for number, one in enumerate(right)]
    [found] = compute_metrics(outcomes, names=["accuracy"])
    assert found.value == pytest.approx(np.mean(right))
    assert found.error == pytest.approx(np.std(right, ddof=1) / math.sqrt(len(right)))


def test_samples_of_one_item_are_averaged_first() -> None:
    """Item 1: 2 of 2 right, item 2: 1 of 2: mean 0.75; deviation of (1, 0.5) is 0.3536, over the root of 2: 0.25."""
    outcomes = [PredictionOutcome("1", "scored", ONE)] * 2 + [
        PredictionOutcome("2", "scored", ONE),
        PredictionOutcome("2", "scored", OTHER),
    ]
    [found] = compute_metrics(outcomes, names=["accuracy"])
    assert (found.value, found.items) == (0.75, 2)
    assert found.error == pytest.approx(0.25)


def test_mcnemar_is_exact() -> None:
    """5 items only A has, 1 only B: 2 * (1 + 6) / 2**6 = 0.21875; the rest do not matter."""
    a = {str(number): 1.0 for number in range(5)} | {"x": 0.0, "y": 1.0, "z": 0.0}
    b = {str(number): 0.0 for number in range(5)} | {"x": 1.0, "y": 1.0, "z": 0.0, "only b": 1.0}
    found = compare_paired(a, b, seed=1)
    assert (found.only_a, found.only_b, found.items, found.left_out) == (5, 1, 8, 1)
    assert found.p_value == pytest.approx(0.21875)
    assert found.difference == pytest.approx(0.5)
    assert -1 <= found.low <= found.difference <= found.high <= 1
    turned = compare_paired(b, a, seed=1)
    assert (turned.only_a, turned.only_b, turned.p_value) == (1, 5, found.p_value)


def test_the_bootstrap_interval_matches_all_resamples_of_a_small_set() -> None:
    """Four items: all 256 resamples give the distribution whose quantiles the drawn ones approach."""
    differences = [1.0, 1.0, 0.0, -1.0]
    every = [sum(draw) / 4 for draw in product(differences, repeat=4)]
    a = {str(number): max(value, 0.0) for number, value in enumerate(differences)}
    b = {str(number): max(-value, 0.0) for number, value in enumerate(differences)}
    found = compare_paired(a, b, seed=3, level=0.9)
    assert found.low == pytest.approx(np.quantile(every, 0.05), abs=0.01)
    assert found.high == pytest.approx(np.quantile(every, 0.95), abs=0.01)
    assert found == compare_paired(a, b, seed=3, level=0.9)


def test_items_of_one_passage_are_alike_and_widen_the_interval() -> None:
    """Six passages of two equal items: error sqrt(6/5 * sum((2 (d - mean))**2)) / 12, with 5 degrees of freedom."""
    by_passage = [1.0, 0.0, 0.0, 1.0, 0.0, -1.0]
    a = {f"{place}{end}": max(value, 0.0) for place, value in enumerate(by_passage) for end in "xy"}
    b = {f"{place}{end}": max(-value, 0.0) for place, value in enumerate(by_passage) for end in "xy"}
    found = compare_paired(a, b, seed=1, clusters={item: item[0] for item in a})
    mean = sum(by_passage) / 6
    error = np.sqrt(6 / 5 * sum((2 * (value - mean)) ** 2 for value in by_passage)) / 12
    half = 2.570582 * error  # the 97.5 % quantile of Student's t with 5 degrees of freedom
    assert found.clusters == 6
    assert [found.low, found.high] == pytest.approx([mean - half, mean + half])
    alone = compare_paired(
        a, b, seed=1, clusters={item: item[0] for item in a if item[0] < "5"} | {"5x": "4", "5y": "4"}
    )
    assert alone.clusters == 0, "five passages are too few"


def test_equal_models_do_not_differ_and_models_without_common_items_cannot_be_compared() -> None:
    found = compare_paired({"1": 1.0, "2": 0.0}, {"1": 1.0, "2": 0.0}, seed=0)
    assert (found.difference, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)
    with pytest.raises(BadInput, match="both models answered"):
        compare_paired({"1": 1.0}, {"2": 1.0}, seed=0)


def test_a_likelihood_that_is_not_a_number_is_no_answer() -> None:
    item = Item("1", "q", ("A",), ("x", "y"))
    scored = [ScoredContinuation(float("nan"), 1, 1, False), ScoredContinuation(-1.0, 1, 1, True)]
    assert {(one.extracted, one.score) for one in score_options(item, ("x", "y"), scored).values()} == {(None, None)}


def test_an_unfinished_thinking_block_from_the_prompt_contains_no_answer() -> None:
    item = Item("1", "q", ("B",), ("x", "y"))
    asked = "<|user|>q<|assistant|><think>\n"
    assert score_output(item, "Perhaps the answer is A", prompt=asked).extracted is None
    assert score_output(item, "Perhaps the answer is A</think>\n\nB", prompt=asked).score == 1.0
    assert score_output(item, "B", prompt="<think></think>q").score == 1.0
    assert score_output(item, "The answer is B", prompt="Write <think> first.").score == 1.0

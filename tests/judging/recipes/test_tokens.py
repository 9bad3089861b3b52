"""An expected score is the mean over the legal answers, with uncovered probability kept apart."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.verdicts.token_scores import (
    TokenProbabilities,
    TokenScoreCause,
    answer_probabilities,
    expected_score,
    read_tokens,
    tokens_after_last,
)
from storage.errors import BadInput

TEN = {str(number): float(number) for number in range(1, 11)}


def place(text: str, **shares: float) -> TokenProbabilities:
    """One token with the probabilities of what might have stood there; `end` stands for the closing brackets."""
    names = {"end": "]]", "dot": ".", "space": " 8", "bracket": "[["}
    return TokenProbabilities(
        text, {names.get(name, name.lstrip("_")): math.log(share) for name, share in shares.items()}
    )


def test_a_score_of_two_tokens_is_distinguished_from_its_first_token() -> None:
    """Worked: after "1" (0.6) comes "0" (0.75) or the end (0.25), so p(10) = 0.45, p(1) = 0.15, p(8) = 0.3, p(9) = 0.1.

    Mean: 10 x 0.45 + 1 x 0.15 + 8 x 0.3 + 9 x 0.1 = 7.95.
    """
    tokens = [place("1", _1=0.6, _8=0.3, _9=0.1), place("0", _0=0.75, end=0.25)]
    found = answer_probabilities(tokens, list(TEN))
    assert {answer: round(share, 12) for answer, share in found.items() if share} == {
        "10": 0.45, "1": 0.15, "8": 0.3, "9": 0.1,
    }  # fmt: skip
    assert expected_score(tokens, TEN).value == pytest.approx(7.95)


def test_an_answer_that_another_may_begin_with_counts_only_where_its_end_is_known() -> None:
    tokens = [place("8", _1=0.6, _8=0.3, _9=0.1)]
    assert expected_score(tokens, TEN).cause is TokenScoreCause.low_mass
    assert expected_score(tokens, TEN).mass == pytest.approx(0.4)
    assert expected_score(tokens, TEN, least_mass=0.4 - 1e-9).value == pytest.approx((8 * 0.3 + 9 * 0.1) / 0.4)


def test_a_reply_that_ended_by_itself_ends_its_answer() -> None:
    tokens = [place("1", _1=0.9, _2=0.1)]
    assert expected_score(tokens, TEN).cause is TokenScoreCause.low_mass
    assert expected_score(tokens, TEN, is_whole=True).value == pytest.approx(0.9 + 0.2)


def test_a_decimal_that_is_no_legal_answer_is_not_counted_as_the_number_before_its_point() -> None:
    tokens = [place("8", _8=1.0), place(".", dot=0.7, end=0.3), place("5", _5=1.0)]
    assert answer_probabilities(tokens, list(TEN))["8"] == pytest.approx(0.3)
    assert expected_score(tokens, TEN).cause is TokenScoreCause.low_mass


def test_whitespace_before_an_answer_is_ignored_and_other_words_are_not_covered() -> None:
    tokens = [place("8", _8=0.5, space=0.4, Neither=0.1)]
    score = expected_score(tokens, TEN)
    assert score.value == pytest.approx(8.0)
    assert score.mass == pytest.approx(0.9)


def test_a_pair_is_the_share_of_the_first_among_the_two() -> None:
    tokens = [place("A", A=0.6, B=0.3, C=0.1)]
    assert expected_score(tokens, {"A": 1.0, "B": 0.0}).value == pytest.approx(0.6 / 0.9)
    assert expected_score(tokens, {"A": 1.0, "B": 0.0, "C": 0.5}).value == pytest.approx(0.65)


@given(
    st.lists(st.floats(0.01, 1.0), min_size=11, max_size=11),
    st.floats(0.0, 1.0),
)
def test_with_all_mass_covered_the_mean_is_that_of_the_whole_distribution(weights: list[float], ten: float) -> None:
    """A second way: the sum over the ten whole answers of a distribution that is laid out by hand."""
    shares = [weight / sum(weights[:9]) for weight in weights[:9]]
    first = TokenProbabilities("1", {str(number): math.log(share) for number, share in enumerate(shares, 1)})
    after = {text: math.log(share) for text, share in (("0", ten), ("]]", 1.0 - ten)) if share > 0.0}
    tokens = [first, TokenProbabilities("0" if ten > 0.0 else "]]", after)]
    whole = sum(number * share for number, share in enumerate(shares, 1)) + shares[0] * ten * 9.0
    score = expected_score(tokens, TEN)
    assert score.mass == pytest.approx(1.0)
    assert score.value == pytest.approx(whole)
    assert min(TEN.values()) <= whole <= max(TEN.values())


def test_without_probabilities_there_is_no_score() -> None:
    assert expected_score([], TEN).cause is TokenScoreCause.no_tokens
    assert expected_score([TokenProbabilities("8")], TEN).cause is TokenScoreCause.no_tokens
    score = expected_score([place("8", _8=1.0)], {"A": 1.0, "B": 0.0})
    assert (score.value, score.mass, score.cause) == (None, 0.0, TokenScoreCause.low_mass)


@pytest.mark.parametrize("least", [0.0, -1.0, 1.1, math.nan])
def test_a_threshold_outside_its_range_is_refused(least: float) -> None:
    with pytest.raises(BadInput, match="least mass"):
        expected_score([place("8", _8=1.0)], TEN, least_mass=least)


def test_invalid_answers_and_probabilities_are_refused() -> None:
    with pytest.raises(BadInput, match="legal answers"):
        answer_probabilities([], [])
    with pytest.raises(BadInput, match="log-probabilities"):
        answer_probabilities([TokenProbabilities("8", {"8": 0.5})], ["8"])


def test_the_answer_behind_the_last_marker_is_found_where_tokens_end_there() -> None:
    tokens = [place(text) for text in ("see [[", "3", "]] but [[", "9", "]]")]
    assert tokens_after_last(tokens, "[[") == tokens[3:]
    assert tokens_after_last([place("[[9"), place("]]")], "[[") == ()
    assert tokens_after_last(tokens, "{{") == ()


def test_the_log_probabilities_of_a_chat_completion_are_read() -> None:
    content = [{"token": "m", "logprob": -0.1, "top_logprobs": [{"token": "M", "logprob": -2.4}]}]
    assert read_tokens({"content": content}) == (TokenProbabilities("m", {"M": -2.4, "m": -0.1}),)
    assert read_tokens({"content": None}) == ()
    wrong: object
    for wrong in (None, [], {"content": [{"token": "m"}]}, {"tokens": []}):
        with pytest.raises(BadInput, match="log-probabilities"):
            read_tokens(wrong)

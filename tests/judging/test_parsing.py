"""The last marker of a reply is its verdict, and an unclear reply has a cause and no number."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.verdicts.parsing import parse_reply
from judging.verdicts.thinking import remove_thinking
from judging.verdicts.verdict import SHARES, OutputForm, VerdictCause, combine_orders
from storage.errors import BadInput

PAIR, FIVE, SCORE = OutputForm("three-way"), OutputForm("five-level"), OutputForm("score")


@pytest.mark.parametrize(
    ("reply", "share"),
    [
        ("Both are fine.\n[[A]]", 1.0),
        ("One could say [[A]], but the second is right.\n\nVerdict: [[B]]\n", 0.0),
        ("[[C]]", 0.5),
        ("My verdict is [[ b ]].", 0.0),
        ("Verdict: [[A]], that is [[A]].", 1.0),
        ("[[A]]\n\nThank you for the question.", 1.0),
        ("[[A]] at first.\nLater [[B]].\nEnd.", 0.0),
        ("<think>surely [[A]]</think>[[B]]", 0.0),
        ("surely [[A]]</think>\n[[B]]", 0.0),
    ],
)
def test_the_last_marker_of_a_pair_counts(reply: str, share: float) -> None:
    assert parse_reply(reply, PAIR).value == share


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        ("", VerdictCause.empty),
        ("  \n", VerdictCause.empty),
        ("<think>[[A]]", VerdictCause.thinking_only),
        ("I prefer A.", VerdictCause.no_marker),
        ("[A]", VerdictCause.no_marker),
        ("[[D]]", VerdictCause.no_marker),
        ("[[A]] or [[B]]", VerdictCause.contradiction),
        ("Output [[A]] if A is better, [[B]] if B is better, [[C]] for a tie.", VerdictCause.contradiction),
    ],
)
def test_an_unclear_reply_has_a_cause_and_no_share(reply: str, cause: VerdictCause) -> None:
    verdict = parse_reply(reply, PAIR)
    assert (verdict.cause, verdict.value, verdict.is_parsed) == (cause, None, False)


@pytest.mark.parametrize(("marker", "share"), SHARES["five-level"].items())
def test_five_levels_are_quarters_in_any_spacing_and_case(marker: str, share: float) -> None:
    spaced = " ".join(marker.lower())
    assert parse_reply(f"Thus [[{marker}]]", FIVE).value == share
    assert parse_reply(f"Thus [[{spaced}]]", FIVE).value == share


@pytest.mark.parametrize(
    ("reply", "value"), [("[[7]]", 7.0), ("Rating: [[7.5]]", 7.5), ("[[10/10]]", 10.0), ("[[ 1 ]]", 1.0)]
)
def test_scores_may_have_decimals_and_state_their_scale(reply: str, value: float) -> None:
    assert parse_reply(reply, SCORE).value == value


@pytest.mark.parametrize("reply", ["[[0]]", "[[11]]", "[[-3]]", "[[4/5]]", "[[85/100]]"])
def test_a_score_off_the_scale_is_no_score(reply: str) -> None:
    verdict = parse_reply(reply, SCORE)
    assert (verdict.cause, verdict.value) == (VerdictCause.out_of_range, None)


@pytest.mark.parametrize("reply", ["I rate it 7", "[[seven]]", "[7]", "[[7], [8]]"])
def test_a_number_without_its_marker_is_not_guessed(reply: str) -> None:
    assert parse_reply(reply, SCORE).cause == VerdictCause.no_marker


@pytest.mark.parametrize(
    "reply", ['{"clarity": 8, "overall": 7.5}', "Draft {'clarity': 1, 'overall': 1}\n{'clarity': '8', 'overall': 7.5}"]
)
def test_named_scores_come_as_json_or_as_a_dictionary(reply: str) -> None:
    form = OutputForm("scores", names=("clarity", "overall"))
    assert parse_reply(reply, form).values == {"clarity": 8.0, "overall": 7.5}


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        ('{"clarity": 8}', VerdictCause.wrong_schema),
        ('{"clarity": 8, "overall": 7, "style": 3}', VerdictCause.wrong_schema),
        ('{"clarity": true, "overall": 7}', VerdictCause.wrong_schema),
        ('{"clarity": 8, "overall": 17}', VerdictCause.out_of_range),
        ('{"clarity": 8, "overall": NaN}', VerdictCause.wrong_schema),
        ('{"clarity": 8, "overall"', VerdictCause.no_marker),
        ("clarity 8, overall 7", VerdictCause.no_marker),
        ("{}", VerdictCause.wrong_schema),
    ],
)
def test_a_missing_unknown_or_invalid_named_score_is_no_verdict(reply: str, cause: VerdictCause) -> None:
    form = OutputForm("scores", names=("clarity", "overall"))
    verdict = parse_reply(reply, form)
    assert (verdict.cause, dict(verdict.values)) == (cause, {})


@given(st.text(max_size=300), st.sampled_from([PAIR, FIVE, SCORE, OutputForm("scores")]))
def test_any_text_gives_a_verdict_within_its_range_or_a_cause(reply: str, form: OutputForm) -> None:
    verdict = parse_reply(reply, form)
    told = [*([] if verdict.value is None else [verdict.value]), *verdict.values.values()]
    assert bool(told) == verdict.is_parsed
    low, high = (0.0, 1.0) if form.is_pairwise else (form.low, form.high)
    assert all(low <= value <= high and math.isfinite(value) for value in told)


@given(st.text(alphabet=st.characters(exclude_characters="<>[]"), max_size=80))
def test_a_verdict_does_not_depend_on_thinking_before_it(thought: str) -> None:
    assert parse_reply(f"<think>{thought} [[B]]</think>\n[[A]]", PAIR).value == 1.0
    assert remove_thinking(f"<think>{thought}</think>rest") == "rest"


def test_contradicting_orders_are_inconsistent_and_no_tie() -> None:
    assert combine_orders(1.0, 1.0) == 1.0
    assert combine_orders(1.0, 0.5) == 0.75
    assert combine_orders(0.5, 0.0) == 0.25
    assert combine_orders(0.75, 1.0) == 0.875
    assert combine_orders(0.5, 0.5) == 0.5
    assert combine_orders(1.0, 0.0) == combine_orders(0.25, 0.75) == "inconsistent"


def test_an_empty_scale_is_refused() -> None:
    with pytest.raises(BadInput, match="from low to high"):
        OutputForm("score", low=5.0, high=5.0)

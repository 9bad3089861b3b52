"""A row holds a number only where its verdicts hold one: a missing value is an error, never a zero."""

import pytest

from judging.chat.model import ChatRequest
from judging.run.judge import JudgeItem, VerdictRules
from judging.run.judgment_rows import make_rows
from judging.run.rendering import RenderedRequest
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause

PAIR = JudgeItem(question=1, models=(1, 2), responses=(1, 2))
SINGLE = JudgeItem(question=1, models=(1,), responses=(1,))
WITHOUT_VALUE = [Verdict(), Verdict(cause=VerdictCause.no_marker)]


def make_requests(form: OutputForm) -> list[RenderedRequest]:
    return [RenderedRequest(ChatRequest("j", []), order, form) for order in ((0, 1), (1, 0))]


@pytest.mark.parametrize("empty", [*WITHOUT_VALUE, Verdict(values={"1": 7.0, "2": 3.0})])
def test_a_verdict_without_a_value_raises_instead_of_counting_as_a_win_for_b(empty: Verdict) -> None:
    for verdicts in ([Verdict(value=1.0), empty], [empty, Verdict(value=1.0)]):
        with pytest.raises(ValueError, match="expected a verdict with one value"):
            make_rows("pairwise", VerdictRules(), PAIR, make_requests(OutputForm("three-way")), verdicts)


@pytest.mark.parametrize("empty", WITHOUT_VALUE)
def test_a_verdict_without_a_value_raises_instead_of_counting_as_score_zero(empty: Verdict) -> None:
    with pytest.raises(ValueError, match="expected a verdict with one value"):
        make_rows("single", VerdictRules(), SINGLE, make_requests(OutputForm("score"))[:1], [empty])


def test_a_score_that_is_missing_for_one_of_several_responses_raises() -> None:
    with pytest.raises(KeyError, match="2"):
        make_rows(
            "several", VerdictRules(), PAIR, make_requests(OutputForm("scores")), [Verdict(values={"1": 9.0})] * 2
        )

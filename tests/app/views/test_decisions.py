"""The decision on two models in words: what it rests on, and each caution only where its numbers call for it."""

from dataclasses import replace

import numpy as np
import pytest

from app.views.decisions import DecisionWords, decision_words
from arena.decisions.blocks import Blocks
from arena.decisions.comparison import Comparison, ComparisonPlan, PairDecision
from arena.decisions.judged_blocks import JudgedEvidence
from arena.rating.ranks import Difference
from storage.values import RaterKind

NAN = float("nan")
OVERALL = PairDecision(
    name=None, decision="better", unit="rater", blocks=40, votes=80, win_rate=0.7, lower=0.6, upper=0.8,
    missing_blocks=None, blocks_for_margin=None, votes_per_block=2.0, decided_at=40, largest_share=0.1,
)  # fmt: skip
FOUND = Comparison(
    new="new-1", old="old-1", kind=RaterKind.human, plan=ComparisonPlan(), overall=OVERALL, categories=(),
    blocks=Blocks(("ann",), np.array([0.7]), np.array([80])),
    difference=Difference("new-1", "old-1", 60.0, 20.0, 100.0),
    repeated=NAN, battles=200, others=120, questions=50, position=200,
)  # fmt: skip
JUDGED = JudgedEvidence(("umpire",), (0.5,), 300, 80, assumed=False, shared=False, saved=0.25)


def words(found: Comparison) -> DecisionWords:
    """The English words; the Chinese ones must be as many."""
    english, chinese = decision_words(found, "en"), decision_words(found, "zh")
    assert [len(english.basis), len(english.cautions)] == [len(chinese.basis), len(chinese.cautions)]
    return english


def test_a_clear_decision_has_no_cautions() -> None:
    assert words(FOUND).cautions == ()
    assert "new-1" in words(FOUND).answer


@pytest.mark.parametrize(
    ("found", "caution"),
    [
        (replace(FOUND, difference=Difference("new-1", "old-1", -60.0, -100.0, -20.0)), "opposite directions"),
        (
            replace(
                FOUND,
                overall=replace(OVERALL, decision="worse", win_rate=0.3),
                difference=Difference("new-1", "old-1", 60.0, 20.0, 100.0),
            ),
            "opposite directions",
        ),
        (replace(FOUND, blocks=replace(FOUND.blocks, unknown=3)), "3 votes name no rater"),
        (
            replace(FOUND, blocks=replace(FOUND.blocks, open_blocks=2, open_votes=5)),
            "5 votes by 2 raters who may still be voting. They count 24 hours",
        ),
        (replace(FOUND, blocks=replace(FOUND.blocks, late_votes=4)), "Not counted: 4 later votes"),
        (replace(FOUND, overall=replace(OVERALL, largest_share=0.41)), "One rater carries 41% of the weight"),
        (replace(FOUND, questions=0), "The questions are unknown"),
        (replace(FOUND, questions=9), "Only 9 different questions"),
    ],
)
def test_what_may_mislead_is_the_only_caution(found: Comparison, caution: str) -> None:
    (said,) = words(found).cautions
    assert caution in said


@pytest.mark.parametrize(
    "found",
    [
        replace(FOUND, questions=10),
        replace(FOUND, overall=replace(OVERALL, largest_share=0.4)),
        replace(FOUND, overall=replace(OVERALL, unit="question", largest_share=0.9)),
        replace(FOUND, overall=replace(OVERALL, anonymous=True), blocks=replace(FOUND.blocks, unknown=3)),
        replace(FOUND, difference=Difference("new-1", "old-1", -1.0, -40.0, 38.0)),
    ],
)
def test_at_the_limits_nothing_is_cautioned(found: Comparison) -> None:
    assert words(found).cautions == ()


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (JUDGED, ["takes 25% of the chance out"]),
        (replace(JUDGED, saved=0.0), ["add next to nothing"]),
        (replace(JUDGED, assumed=True), ["takes 25% of the chance out", "Assumed, not known"]),
        (replace(JUDGED, shared=True, assumed=True, saved=0.0), ["The judges are not used"]),
    ],
)
def test_what_judges_add_is_told_with_what_is_assumed(judged: JudgedEvidence, said: list[str]) -> None:
    basis, plain = words(replace(FOUND, judged=judged)).basis, words(FOUND).basis
    more = [line for line in basis if line not in plain]
    assert len(more) == len(said) and all(part in line for part, line in zip(said, more, strict=True))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (FOUND, "60 Elo points above old-1, and with 95% certainty between 20 above and 100 above"),
        (FOUND, "right for one look, not for repeated ones"),
        (replace(FOUND, repeated=90.0), "between 30 below and 150 above"),
        (replace(FOUND, repeated=90.0), "You may look at that interval, too, as often as you like"),
        (replace(FOUND, difference=Difference("new-1", "old-1", -60.0, NAN, NAN)), "60 Elo points below old-1"),
        (replace(FOUND, difference=Difference("new-1", "old-1", -60.0, NAN, NAN)), "between ? and ?"),
        (replace(FOUND, difference=Difference("new-1", "old-1", NAN, NAN, NAN)), "Ratings do not compare the two."),
    ],
)
def test_the_ratings_are_told_with_the_ends_that_are_known(found: Comparison, said: str) -> None:
    assert sum(said in line for line in words(found).basis) == 1

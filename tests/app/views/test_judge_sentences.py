"""The sentence of each section about a judge: it says what the figures show, in both languages."""

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.views.fused.judge_sentences import (
    Bias,
    agreement_sentence,
    bias_of,
    bias_sentence,
    calibration_sentence,
    coverage_sentence,
    is_order_safe,
    progress_sentence,
    results_sentence,
)
from app.views.fused.judge_verdicts import JudgeFigures
from app.views.sentences import sentences
from arena.agreement.clustered import Estimate
from arena.bias.coverage import Bounds, JudgmentCoverage, ScoreCoverage
from arena.bias.effects import Effect
from arena.rating.style_features import STYLE_FEATURES
from storage.judges.outcome_counts import JudgmentOutcome
from storage.values import LANGUAGES, Language
from tests.app.views.test_judge_verdicts import agreement, correlation


def effect(feature: str, wins: float, lower: float, upper: float) -> Effect:
    return Effect(feature, 0.0, 0.0, 0.0, 1.0, wins, lower, upper, joint=True)


def covered(asked: int, scored: int, *win_rates: tuple[float, float, float]) -> Any:
    """A judge with these judgments, and the mean, lowest and highest win rate of its models."""
    bounds = tuple(Bounds(f"m{n}", asked, scored, *one) for n, one in enumerate(win_rates))
    return cast("Any", SimpleNamespace(coverage=JudgmentCoverage(asked, scored, 0, {}, bounds), scores=()))


def outcome(state: str, score: float | None = None, kind: Any = "judgement") -> JudgmentOutcome:
    return JudgmentOutcome(kind, None, "", state, None, score, 0.0, 1.0)


def test_agreement_stands_beside_chance_and_people_where_they_are_known() -> None:
    judge, people = agreement(0.7, 0.6, 0.8), agreement(0.9, 0.85, 0.95)
    whole = agreement_sentence(JudgeFigures(judge, people), "en")
    assert "70.0% (60.0 – 80.0)" in whole and "50.0%" in whole and "90.0% (85.0 – 95.0)" in whole
    assert "90.0%" not in agreement_sentence(JudgeFigures(judge), "en")
    assert "0.40 (0.20 – 0.60)" in agreement_sentence(JudgeFigures(scores=correlation(0.4, 0.2, 0.6)), "en")
    nothing = agreement(float("nan"), float("nan"), float("nan"), compared=0)
    assert "nan" not in agreement_sentence(JudgeFigures(nothing, people), "en")
    assert agreement_sentence(JudgeFigures(people=people), "en").startswith("No person")
    assert "70.0%（60.0 – 80.0）" in agreement_sentence(JudgeFigures(judge, people), "zh")


@pytest.mark.parametrize(
    ("lower", "upper", "shown"),
    [
        (0.45, 0.55, Bias.small),  # the margin itself is not beyond it
        (0.4494, 0.5, Bias.open),
        (0.5, 0.5506, Bias.open),
        (0.4496, 0.5504, Bias.small),  # as it is printed
        (0.5004, 0.54, Bias.small),
        (0.501, 0.54, Bias.shown),  # within the margin, and still there
        (0.3, 0.499, Bias.shown),
        (0.1, 0.9, Bias.open),
        (float("nan"), float("nan"), Bias.open),
    ],
)
def test_an_interval_shows_a_bias_or_that_it_is_small_or_neither(lower: float, upper: float, shown: Bias) -> None:
    assert bias_of(effect("side", 0.5, lower, upper)) == shown


def test_a_wide_interval_is_not_told_as_no_bias() -> None:
    effects = [
        effect("length", 0.5, 0.48, 0.53),
        effect("side", 0.51, 0.46, 0.54),
        effect("headers", 0.48, 0.144, 0.838),
        effect("own", 0.6, float("nan"), float("nan")),
    ]
    small, unclear = bias_sentence(effects, "en").split(". ")
    assert small.startswith("No bias of more than 5 points by length, order of display:")
    assert "more than 5 points by headers (14.4 – 83.8), organisation;" in unclear
    assert bias_sentence(effects, "zh").startswith("在长度、展示顺序方面没有超过 5 个百分点的偏差")
    assert "标题（14.4 – 83.8）、所属机构方面" in bias_sentence(effects, "zh")
    both = bias_sentence([effect("length", 0.6, 0.56, 0.63), effects[1]], "en")
    assert both.startswith("Prefers longer responses (60.0%);") and "points by order of display" in both


def test_biases_are_named_strongest_first_and_only_where_the_interval_excludes_one_half() -> None:
    effects = [
        effect("length", 0.55, 0.51, 0.59),
        effect("headers", 0.9, 0.4, 0.99),
        effect("side", 0.4, 0.35, 0.45),
    ]
    said = bias_sentence(effects, "en")
    assert said.startswith("Prefers the response shown second (60.0%), longer responses (55.0%);")
    assert "more headers" not in said and "by headers (40.0 – 99.0)" in said
    assert bias_sentence(effects, "zh").startswith("偏好后展示的回答（60.0%）、较长的回答（55.0%），")
    assert bias_sentence([], "en") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_feature_has_words_for_both_directions(language: Language) -> None:
    keys = {f"judges_lean_{feature}{ending}" for feature in STYLE_FEATURES for ending in ("", "_less")}
    keys |= {f"judges_about_{feature}" for feature in STYLE_FEATURES}
    assert keys <= set(sentences(language))


def test_results_count_every_kind_once() -> None:
    outcomes = Counter(
        {
            outcome("scored", 1.0): 3,
            outcome("scored", 0.75): 2,
            outcome("scored", 0.0): 1,
            outcome("scored", 0.5): 1,
            outcome("inconsistent"): 2,
            outcome("failed"): 1,
        }
    )
    said = results_sentence(outcomes, "en")
    assert "60.0%" in said and "10.0% a tie" in said and "30.0% have no result" in said
    scores = Counter({outcome("scored", 7.0, "satisfaction"): 5, outcome("failed", None, "satisfaction"): 1})
    assert results_sentence(scores, "en") == "5 of 6 requested scores were given."
    assert results_sentence(Counter(), "en") == ""
    assert progress_sentence(outcomes, "en") == "10 judgments, 1 of them failed."


@pytest.mark.parametrize(
    ("win_rates", "is_safe"),
    [
        ([(0.8, 0.7, 0.9), (0.4, 0.3, 0.6)], True),
        ([(0.4, 0.3, 0.6), (0.8, 0.7, 0.9)], True),
        ([(0.8, 0.5, 0.9), (0.4, 0.3, 0.5)], False),
        ([(0.8, 0.7, 0.9), (0.4, 0.3, 0.75)], False),
    ],
)
def test_missing_judgments_are_harmless_only_if_no_worst_case_changes_the_order(
    win_rates: list[tuple[float, float, float]], is_safe: bool
) -> None:
    row = covered(10, 8, *win_rates)
    assert is_order_safe(row.coverage.win_rates) is is_safe
    assert ("cannot change" in coverage_sentence(row, "en")) is is_safe
    assert coverage_sentence(row, "en").startswith("2 of 10 judgments")


def test_a_mean_that_is_unknown_makes_no_order_safe() -> None:
    assert not is_order_safe([Bounds("m1", 2, 0, None, 0.0, 1.0), Bounds("m2", 2, 2, 0.5, 0.5, 0.5)])


def test_coverage_of_scores_says_nothing_about_win_rates() -> None:
    row = SimpleNamespace(coverage=None, scores=[ScoreCoverage("overall", Bounds("j", 9, 8, 0.5, 0.4, 0.6), {})])
    assert coverage_sentence(cast("Any", row), "en") == "1 of 9 judgments have no result."
    assert coverage_sentence(covered(4, 4), "zh") == "所有判定都有结果。"


@pytest.mark.parametrize("language", LANGUAGES)
def test_calibration_names_votes_agreement_and_error(language: Language) -> None:
    confusion = SimpleNamespace(agreement=Estimate(0.745, 0.7, 0.79))
    one = SimpleNamespace(votes=1_412, confusion=confusion, curve=SimpleNamespace(error=0.041))
    said = calibration_sentence(cast("Any", one), language)
    assert "1,412" in said and "74.5%" in said and "4.1%" in said

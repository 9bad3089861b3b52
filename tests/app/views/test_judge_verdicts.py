"""What is said about a judge: each verdict from estimates made by hand, and only what they show."""

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.views.fused.judge_sentences import agreement_sentence
from app.views.fused.judge_verdicts import (
    LEAST_COMPARED,
    LEAST_QUESTIONS,
    MARGIN,
    JudgeFigures,
    Trust,
    beats_longest,
    cautions,
    judge_figures,
    longest_sentence,
    lowest_difference,
    trust_of,
    trust_sentence,
)
from app.views.sentences import sentences
from arena.agreement.baselines import BASELINES
from arena.agreement.clustered import Estimate
from arena.agreement.concordance import Agreement
from arena.agreement.report import PEOPLE, AgreementReport, AgreementRow
from arena.agreement.score_agreement import ScoreAgreement
from storage.values import LANGUAGES, Language

NOTHING = Estimate(float("nan"))


def agreement(value: float, lower: float, upper: float, *, compared: int = 400, questions: int = 80) -> Agreement:
    """Agreement on pairs; only decisive comparisons matter for a verdict."""
    decisive = Estimate(value, lower, upper)
    return Agreement(compared, questions, compared, NOTHING, compared, decisive, NOTHING, NOTHING)


def correlation(value: float, lower: float, upper: float, *, pairs: int = 100) -> ScoreAgreement:
    others = [NOTHING] * 5
    rank = Estimate(value, lower, upper)
    return ScoreAgreement(pairs, 20, pairs, NOTHING, rank, *others)


PERSON = agreement(0.80, 0.78, 0.82)


@pytest.mark.parametrize(
    ("found", "trust"),
    [
        (JudgeFigures(agreement(0.80, 0.77, 0.83), PERSON), Trust.as_people),
        (JudgeFigures(agreement(0.95, 0.94, 0.96), PERSON), Trust.as_people),
        (JudgeFigures(agreement(0.80, 0.60, 0.92), PERSON), Trust.above_chance),  # as good, but that is not certain
        (JudgeFigures(agreement(0.70, 0.68, 0.72), PERSON), Trust.above_chance),
        (JudgeFigures(agreement(0.80, 0.77, 0.83), agreement(0.55, 0.47, 0.63)), Trust.people_differ),
        (JudgeFigures(agreement(0.80, 0.77, 0.83)), Trust.people_unknown),
        (JudgeFigures(agreement(0.80, 0.77, 0.83), agreement(0.8, 0.7, 0.9, questions=9)), Trust.people_unknown),
        (JudgeFigures(agreement(0.60, 0.50, 0.70), PERSON), Trust.not_above_chance),  # the end touches chance
        (JudgeFigures(agreement(0.20, 0.10, 0.30), PERSON), Trust.not_above_chance),
        (JudgeFigures(agreement(0.9, 0.8, 1.0, compared=LEAST_COMPARED - 1), PERSON), Trust.few),
        (JudgeFigures(agreement(0.9, 0.8, 1.0, questions=LEAST_QUESTIONS - 1), PERSON), Trust.few),
        (JudgeFigures(agreement(0.9, float("nan"), float("nan")), PERSON), Trust.few),
        (JudgeFigures(scores=correlation(0.4, 0.2, 0.6)), Trust.follows),
        (JudgeFigures(scores=correlation(0.2, -0.1, 0.5)), Trust.not_follows),
        (JudgeFigures(scores=correlation(0.9, 0.8, 1.0, pairs=5)), Trust.few),
        (JudgeFigures(people=PERSON, asked=40, scored=40), Trust.alone),
        (JudgeFigures(people=PERSON, asked=40, scored=0), Trust.silent),
        (JudgeFigures(people=PERSON), Trust.alone),
        (JudgeFigures(agreement(0.60, 0.50, 0.70), PERSON, correlation(0.9, 0.8, 1.0)), Trust.not_above_chance),
    ],
)
def test_each_verdict_rests_on_the_ends_of_the_intervals(found: JudgeFigures, trust: Trust) -> None:
    assert trust_of(found) is trust
    for language in LANGUAGES:
        assert trust_sentence(found, language)


def test_a_judge_is_like_a_person_only_if_the_difference_is_within_the_margin() -> None:
    # The distances to the ends are 0.03 and 0.04, so the lower end of the difference is 0.05 below it.
    person = agreement(0.80, 0.76, 0.84)
    assert lowest_difference(Estimate(0.80, 0.77, 0.83), person.decisive) == pytest.approx(-0.05)
    assert MARGIN == 0.05
    assert trust_of(JudgeFigures(agreement(0.801, 0.771, 0.831), person)) is Trust.as_people
    assert trust_of(JudgeFigures(agreement(0.799, 0.769, 0.829), person)) is Trust.above_chance


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_a_name_and_a_sentence(language: Language) -> None:
    keys = {f"judges_trust_{trust}{ending}" for trust in Trust for ending in ("", "_text")}
    assert keys <= set(sentences(language))


def test_cautions_name_a_side_only_where_the_interval_excludes_one_half() -> None:
    def said(first: Estimate | None, scored: int = 100) -> list[str]:
        return cautions(JudgeFigures(first=first, asked=100, scored=scored), "en")

    assert said(Estimate(0.6, 0.55, 0.65)) == ["Prefers the response shown first: 60.0% (55.0 – 65.0)."]
    assert said(Estimate(0.4, 0.35, 0.45)) == ["Prefers the response shown second: 60.0% (55.0 – 65.0)."]
    assert said(Estimate(0.5, 0.5 + 1e-9, 0.5 + 1e-9)) == [], "50.0 – 50.0"
    assert said(Estimate(0.6, 0.5, 0.7)) == said(NOTHING) == said(None) == []
    assert said(None, 95) == ["No result on 5.0% of its judgments."] and said(None, 96) == []
    assert cautions(JudgeFigures(), "zh") == [], "nothing was asked, so nothing is missing"
    assert cautions(JudgeFigures(first=Estimate(0.6, 0.55, 0.65)), "zh")[0].endswith("60.0%（55.0 – 65.0）。")


@pytest.mark.parametrize(
    ("judge", "longest", "beats"),
    [
        # The distances to the ends are 0.03 and 0.04, so the lower end of the difference is 0.05 below it.
        (agreement(0.751, 0.721, 0.78), agreement(0.70, 0.66, 0.74), True),
        (agreement(0.749, 0.719, 0.78), agreement(0.70, 0.66, 0.74), False),
        (agreement(0.60, 0.55, 0.65), agreement(0.70, 0.66, 0.74), False),
        (agreement(0.75, 0.72, 0.78), None, None),
        (agreement(0.75, 0.72, 0.78, compared=LEAST_COMPARED - 1), agreement(0.50, 0.46, 0.54), None),
        (agreement(0.75, 0.72, 0.78), agreement(0.50, 0.46, 0.54, questions=LEAST_QUESTIONS - 1), None),
    ],
)
def test_a_judge_is_held_against_the_rule_that_the_longer_response_wins(
    judge: Agreement, longest: Agreement | None, beats: bool | None
) -> None:
    found = JudgeFigures(judge, PERSON, longest=longest)
    assert beats_longest(found) is beats
    said = {True: "agrees more often.", False: "is not shown to agree more often.", None: ""}[beats]
    assert longest_sentence(found, "en").endswith(said) and bool(longest_sentence(found, "zh")) == bool(said)
    assert cautions(found, "en") == ([longest_sentence(found, "en")] if beats is False else [])
    assert agreement_sentence(found, "en").endswith(said)


def test_a_judge_that_is_no_better_than_chance_is_not_held_against_a_rule() -> None:
    assert cautions(JudgeFigures(agreement(0.5, 0.4, 0.6), PERSON, longest=agreement(0.7, 0.6, 0.8)), "en") == []


def test_figures_are_those_of_the_judge_with_people() -> None:
    rows = [("gpt", PEOPLE, 0.7), ("claude", PEOPLE, 0.6), ("claude", "gpt", 0.9), (PEOPLE, PEOPLE, 0.8)]
    found = tuple(AgreementRow(one, other, None, agreement(share, 0.0, 1.0)) for one, other, share in rows)
    rules = tuple(AgreementRow(name, PEOPLE, None, agreement(0.6, 0.5, 0.7)) for name in BASELINES)
    report = AgreementReport(found, (), (), rules, (), (), {}, 9)
    figures = judge_figures("gpt", report, None)
    assert figures.pairs is not None and figures.pairs.decisive.value == 0.7
    assert figures.people is not None and figures.people.decisive.value == 0.8
    assert figures.missing is None and figures.first is None and figures.longest is rules[0].found
    assert judge_figures("other", report, None).pairs is None
    assert judge_figures("gpt", None, None) == JudgeFigures()


@pytest.mark.parametrize(
    ("side", "orders", "first"),
    [(0.6, None, 0.6), (None, "both", 0.7), (None, None, None)],
)
def test_the_side_is_the_effect_free_of_strength_or_the_share_over_both_orders(
    side: float | None, orders: str | None, first: float | None
) -> None:
    effects = [] if side is None else [SimpleNamespace(feature="side", wins=side, wins_lower=0.5, wins_upper=0.7)]
    coverage = SimpleNamespace(asked=8, scored=6)
    row = SimpleNamespace(
        rater="gpt",
        effects=SimpleNamespace(effects=effects),
        first=Estimate(0.7, 0.6, 0.8),
        orders=orders,
        coverage=coverage,
        scores=[SimpleNamespace(bounds=SimpleNamespace(asked=2, scored=2))],
    )
    figures = judge_figures("gpt", None, cast("Any", SimpleNamespace(rows=[row])))
    assert (None if figures.first is None else figures.first.value) == first
    assert figures.missing == pytest.approx(0.2)
    assert dataclasses.replace(figures, scored=10).missing == 0.0

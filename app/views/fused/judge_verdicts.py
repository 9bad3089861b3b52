"""What the votes of people show about a judge: a verdict, and what speaks against it."""

import math
from dataclasses import dataclass
from enum import StrEnum

from app.views.judges import OVERALL, estimate_texts, tenths
from app.views.sentences import say
from arena.agreement.baselines import LONGEST
from arena.agreement.clustered import Estimate
from arena.agreement.concordance import RANDOM_DECISIVE, Agreement
from arena.agreement.report import PEOPLE, AgreementReport
from arena.agreement.score_agreement import ScoreAgreement
from arena.bias.report import BiasReport, RaterBias
from storage.values import Language

LEAST_COMPARED, LEAST_QUESTIONS = 30, 10
"""Comparisons with people, and questions of them, from which on a verdict is given."""
MARGIN = 0.05
"""Difference of shares that does not matter: how much less often than people with each other a judge may agree with
people and still count as one of them, and how far from one half a win rate may be and still count as no bias."""
NOTABLE_MISSING = 0.05
"""Share of judgments without a result from which on it is mentioned."""


class Trust(StrEnum):
    """What the agreement of a judge with people shows; each has a name and a sentence."""

    as_people = "as_people"
    """It agrees with people as often as they agree with each other, less the margin at most."""
    above_chance = "above_chance"
    """It agrees more often than by chance, but not shown to do so as often as people."""
    people_differ = "people_differ"
    """It agrees more often than by chance, but people are not shown to do so with each other."""
    people_unknown = "people_unknown"
    """It agrees more often than by chance, and too few pairs were rated by two people."""
    not_above_chance = "not_above_chance"
    """It is not shown to agree more often than by chance."""
    follows = "follows"
    """Its scores rise with those of people."""
    not_follows = "not_follows"
    """Its scores are not shown to rise with those of people."""
    few = "few"
    """Too few comparisons with people."""
    alone = "alone"
    """No person rated what it rated."""
    silent = "silent"
    """None of its judgments has a result."""


_ABOVE_CHANCE = frozenset({Trust.as_people, Trust.above_chance, Trust.people_differ, Trust.people_unknown})


@dataclass(frozen=True)
class JudgeFigures:
    """The figures that a verdict on a judge rests on; None where there is none.

    Attributes:
        pairs: agreement with people on pairs.
        people: agreement of people with each other on pairs, over all pairs that two of them rated.
        scores: agreement with people in scores, on the overall dimension if they share it, else on the largest one.
        longest: agreement with people of the rule that prefers the longer response, over all votes.
        first: expected win rate of the response shown first against an equal one; its share of the judgments where
            that was not estimated and both orders were asked.
        asked: number of requested judgments and scores.
        scored: number of them with a result.
    """

    pairs: Agreement | None = None
    people: Agreement | None = None
    scores: ScoreAgreement | None = None
    longest: Agreement | None = None
    first: Estimate | None = None
    asked: int = 0
    scored: int = 0

    @property
    def missing(self) -> float | None:
        """Share of the judgments without a result; None if nothing was requested."""
        return 1.0 - self.scored / self.asked if self.asked else None


def judge_figures(name: str, agreement: AgreementReport | None, bias: BiasReport | None) -> JudgeFigures:
    """Return the figures of a judge by its name among all raters."""
    rows, baselines = ((), ()) if agreement is None else (agreement.rows, agreement.baselines)
    scores = [] if agreement is None else [row for row in agreement.scores if {row.one, row.other} == {name, PEOPLE}]
    scores.sort(key=lambda row: (row.dimension != OVERALL, -row.found.pairs))
    own = next((row for row in (bias.rows if bias is not None else ()) if row.rater == name), None)
    counted = () if own is None else ([own.coverage] if own.coverage else [])
    bounds = () if own is None else [one.bounds for one in own.scores]
    return JudgeFigures(
        pairs=next((row.found for row in rows if {row.one, row.other} == {name, PEOPLE}), None),
        people=next((row.found for row in rows if row.one == row.other == PEOPLE), None),
        scores=scores[0].found if scores else None,
        longest=next((row.found for row in baselines if row.one == LONGEST), None),
        first=None if own is None else _first(own),
        asked=sum(one.asked for one in (*counted, *bounds)),
        scored=sum(one.scored for one in (*counted, *bounds)),
    )


def trust_of(found: JudgeFigures) -> Trust:
    """Return the verdict on a judge; its judgments on pairs come before its scores."""
    if found.pairs is not None:
        return _trust_on_pairs(found.pairs, found.people)
    if found.scores is None:
        return Trust.silent if found.asked and not found.scored else Trust.alone
    if _is_few(found.scores.pairs, found.scores.questions, found.scores.spearman):
        return Trust.few
    return Trust.follows if found.scores.spearman.lower > 0.0 else Trust.not_follows


def trust_sentence(found: JudgeFigures, language: Language) -> str:
    """Return the verdict in one or two sentences that say what the figures show."""
    trust = trust_of(found)
    pairs, scores = found.pairs, found.scores
    compared = pairs.decisive_pairs if pairs is not None else scores.pairs if scores is not None else 0
    questions = pairs.questions if pairs is not None else scores.questions if scores is not None else 0
    least = {"least": LEAST_COMPARED, "least_questions": LEAST_QUESTIONS}
    people = "" if found.people is None else with_ends(found.people.decisive, language)
    return say(language, f"judges_trust_{trust}_text", compared=compared, questions=questions, people=people, **least)


def cautions(found: JudgeFigures, language: Language) -> list[str]:
    """Return what speaks against a judge besides its agreement: a simple rule, a preferred side, missing results."""
    told = []
    if trust_of(found) in _ABOVE_CHANCE and beats_longest(found) is False:
        told.append(longest_sentence(found, language))
    if found.first is not None and leans(found.first.lower, 0.5):
        told.append(say(language, "judges_caution_first", share=with_ends(found.first, language)))
    if found.first is not None and leans(0.5, found.first.upper):
        turned = Estimate(1.0 - found.first.value, 1.0 - found.first.upper, 1.0 - found.first.lower)
        told.append(say(language, "judges_caution_second", share=with_ends(turned, language)))
    if found.missing is not None and found.missing >= NOTABLE_MISSING and trust_of(found) is not Trust.silent:
        told.append(say(language, "judges_caution_missing", share=tenths(found.missing)))
    return told


def beats_longest(found: JudgeFigures) -> bool | None:
    """Whether a judge is shown to agree with people more often than the rule that prefers the longer response.

    None where a judge or the rule has too few comparisons with people.
    """
    compared = (found.pairs, found.longest)
    if any(one is None or _is_few(one.decisive_pairs, one.questions, one.decisive) for one in compared):
        return None
    judge, rule = (one.decisive for one in compared if one is not None)
    return lowest_difference(judge, rule) > 0.0


def longest_sentence(found: JudgeFigures, language: Language) -> str:
    """Return how a judge compares with the rule that prefers the longer response; empty where that is not known."""
    beats = beats_longest(found)
    if beats is None or found.longest is None:
        return ""
    key = "judges_longest_better" if beats else "judges_longest_open"
    return say(language, key, longest=with_ends(found.longest.decisive, language))


def with_ends(estimate: Estimate, language: Language, *, as_share: bool = True) -> str:
    """Return a statistic with its interval in brackets, as a part of a sentence."""
    value, ends = estimate_texts(estimate, as_share=as_share)
    brackets = "（{}）" if language == "zh" else " ({})"
    return f"{value}{brackets.format(ends)}" if ends else value


def _trust_on_pairs(pairs: Agreement, people: Agreement | None) -> Trust:
    if _is_few(pairs.decisive_pairs, pairs.questions, pairs.decisive):
        return Trust.few
    if not pairs.decisive.lower > RANDOM_DECISIVE:
        return Trust.not_above_chance
    if people is None or _is_few(people.decisive_pairs, people.questions, people.decisive):
        return Trust.people_unknown
    if not people.decisive.lower > RANDOM_DECISIVE:
        return Trust.people_differ
    return Trust.as_people if lowest_difference(pairs.decisive, people.decisive) >= -MARGIN else Trust.above_chance


def lowest_difference(one: Estimate, other: Estimate) -> float:
    """Return the lower end of the interval of the difference of two statistics, from their own intervals.

    The distances to the two ends are added in squares (Zou and Donner, 2008, "Construction of confidence intervals
    about the difference of two proportions"), as if the statistics were independent. Both count votes of the same
    people, so they tend to rise together, and the interval is rather too wide than too narrow.
    """
    reach = math.hypot(one.value - one.lower, other.upper - other.value)
    return one.value - other.value - reach


def leans(more: float, less: float) -> bool:
    """Return whether one share is greater in the decimals that are shown."""
    return round(more - less, 3) > 0.0


def _is_few(compared: int, questions: int, estimate: Estimate) -> bool:
    return compared < LEAST_COMPARED or questions < LEAST_QUESTIONS or math.isnan(estimate.lower)


def _first(row: RaterBias) -> Estimate | None:
    """Return the expected win rate of the response shown first; without one, its share if both orders were asked."""
    side = next((effect for effect in row.effects.effects if effect.feature == "side"), None)
    if side is not None:
        return Estimate(side.wins, side.wins_lower, side.wins_upper)
    return row.first if row.orders is not None else None

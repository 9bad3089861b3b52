"""The sentence that each section about a judge begins with: what its figures show, in the reader's language."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from app.views.fused.judge_verdicts import MARGIN, JudgeFigures, leans, longest_sentence, with_ends
from app.views.judge_charts.rows import of_kind
from app.views.judges import MISSING_ENDS, best_first, ends_text, pair_end, tenths
from app.views.sentences import joined, say, sentences
from arena.agreement.concordance import RANDOM_DECISIVE
from arena.bias.coverage import Bounds
from arena.bias.effects import Effect
from arena.bias.report import RaterBias
from arena.calibration.report import JudgeCalibration
from storage.judges.outcome_counts import JudgmentOutcome
from storage.values import Language


def agreement_sentence(found: JudgeFigures, language: Language) -> str:
    """Return how often a judge agrees with people, beside chance, people with each other and the longer response."""
    if found.pairs is None and found.scores is None:
        return say(language, "judges_says_no_people")
    if found.pairs is None or not found.pairs.decisive_pairs:
        if found.scores is None:
            return say(language, "judges_says_undecided")
        return say(
            language, "judges_says_scores_agree", rank=with_ends(found.scores.spearman, language, as_share=False)
        )
    values = {"share": with_ends(found.pairs.decisive, language), "chance": tenths(RANDOM_DECISIVE)}
    if found.people is None or not found.people.decisive_pairs:
        agrees = say(language, "judges_says_agrees", **values)
    else:
        people = with_ends(found.people.decisive, language)
        agrees = say(language, "judges_says_agrees_people", people=people, **values)
    return joined([sentence for sentence in (agrees, longest_sentence(found, language)) if sentence], language)


class Bias(StrEnum):
    """What the interval of an expected win rate shows about a bias."""

    shown = "shown"
    """There is one: the interval excludes one half."""
    small = "small"
    """None larger than the margin: the whole interval lies within it around one half."""
    open = "open"
    """Neither: the interval includes one half and a bias beyond the margin, or is unknown."""


def bias_of(effect: Effect) -> Bias:
    """Return what is shown about a bias, by the ends of the 95 % interval as they are printed.

    An interval that includes one half shows no bias, but does not show that there is none: with few judgments it
    includes everything. Two one-sided tests (Schuirmann, 1987, "A comparison of the two one-sided tests procedure and
    the power approach for assessing the equivalence of average bioavailability") show that a bias is no larger than
    the margin where the win rate is shown to be both above one half less the margin and below one half plus the
    margin. Both tests at 2.5 % reject exactly where the 95 % interval lies inside, and since a true bias of more than
    the margin violates one of the two, it is called small in 2.5 % of all cases at most. Each feature is a question of
    its own; a bias that is shown is named with its size, also within the margin.
    """
    if leans(effect.wins_lower, 0.5) or leans(0.5, effect.wins_upper):
        return Bias.shown
    is_known = not math.isnan(effect.wins_lower) and not math.isnan(effect.wins_upper)
    is_beyond = leans(0.5 - MARGIN, effect.wins_lower) or leans(effect.wins_upper, 0.5 + MARGIN)
    return Bias.small if is_known and not is_beyond else Bias.open


def bias_sentence(effects: Sequence[Effect], language: Language) -> str:
    """Return what a judge prefers, strongest first, where it has no bias beyond the margin, and what is open.

    See `bias_of`; empty without effects.
    """
    found = {kind: [one for one in effects if bias_of(one) == kind] for kind in Bias}
    comma, brackets = ("、", "{}（{}）") if language == "zh" else (", ", "{} ({})")
    told = []
    if leaning := sorted(found[Bias.shown], key=lambda one: -abs(one.wins - 0.5)):
        names = [brackets.format(_lean(one, language), tenths(max(one.wins, 1.0 - one.wins))) for one in leaning]
        told.append(say(language, "judges_says_bias", leanings=comma.join(names)))
    if found[Bias.small]:
        names = [say(language, f"judges_about_{one.feature}") for one in found[Bias.small]]
        told.append(say(language, "judges_says_small_bias", names=comma.join(names), margin=round(100 * MARGIN)))
    if unclear := found[Bias.open]:
        ends = [ends_text(one.wins_lower, one.wins_upper) for one in unclear]
        names = [say(language, f"judges_about_{one.feature}") for one in unclear]
        shown = [brackets.format(name, end) if end else name for name, end in zip(names, ends, strict=True)]
        told.append(say(language, "judges_says_open_bias", names=comma.join(shown), margin=round(100 * MARGIN)))
    return joined(told, language)


def results_sentence(outcomes: Counter[JudgmentOutcome], language: Language) -> str:
    """Return the shares of preferences, ties and missing results; for scores, how many were given."""
    pairs, scores = of_kind(outcomes, "judgement"), of_kind(outcomes, "satisfaction")
    told = []
    if total := pairs.total():
        ends: Counter[str] = Counter()
        for outcome, number in pairs.items():
            ends[pair_end(outcome)] += number
        decided, missing = ends["a"] + ends["b"] + ends["fractional"], ends["inconsistent"] + ends["failed"]
        shares = {"decided": decided, "ties": ends["tie"], "missing": missing}
        told.append(say(language, "judges_says_results", **{name: tenths(n / total) for name, n in shares.items()}))
    if total := scores.total():
        missing = sum(number for outcome, number in scores.items() if outcome.state in MISSING_ENDS)
        told.append(say(language, "judges_says_scores", given=total - missing, total=total))
    return joined(told, language)


def coverage_sentence(row: RaterBias, language: Language) -> str:
    """Return how many judgments have no result, and whether they could change the order of the win rates."""
    bounds = [one.bounds for one in row.scores]
    asked = sum(one.asked for one in bounds) + (row.coverage.asked if row.coverage else 0)
    scored = sum(one.scored for one in bounds) + (row.coverage.scored if row.coverage else 0)
    if asked == scored:
        return say(language, "judges_says_whole")
    told = [say(language, "judges_says_missing", missing=asked - scored, asked=asked)]
    if row.coverage is not None and row.coverage.scored < row.coverage.asked:
        told.append(
            say(language, "judges_says_safe" if is_order_safe(row.coverage.win_rates) else "judges_says_unsafe")
        )
    return joined(told, language)


def is_order_safe(win_rates: Sequence[Bounds]) -> bool:
    """Return whether the order of the means is the same whatever the missing values are."""
    ordered = best_first(win_rates)
    return all(
        above.lowest is not None and below.highest is not None and above.lowest > below.highest
        for above, below in itertools.pairwise(ordered)
    )


def calibration_sentence(one: JudgeCalibration, language: Language) -> str:
    """Return how often a judge gives the verdict of the person, and how far its shares are from those of people."""
    agreement = with_ends(one.confusion.agreement, language)
    return say(language, "judges_says_calibration", n=one.votes, agreement=agreement, error=tenths(one.curve.error))


def progress_sentence(outcomes: Counter[JudgmentOutcome], language: Language) -> str:
    """Return the number of judgments, and of those that failed."""
    failed = sum(number for outcome, number in outcomes.items() if outcome.state == "failed")
    return say(language, "judges_says_progress", n=outcomes.total(), failed=failed)


def _lean(effect: Effect, language: Language) -> str:
    key = f"judges_lean_{effect.feature}{'' if effect.wins > 0.5 else '_less'}"
    return sentences(language).get(key, effect.feature)

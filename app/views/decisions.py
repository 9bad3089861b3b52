"""The decision on two models in words: one sentence to act on, and what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.views.sentences import joined, say
from arena.decisions.comparison import Comparison, PairDecision
from arena.decisions.judged_blocks import JudgedEvidence
from arena.decisions.sequence import LEAST_BLOCKS
from arena.decisions.stop_sign import StopSign
from storage.values import Language, RaterKind

FEW_QUESTIONS = 10
"""With fewer questions, the answer says that it holds for these questions only."""
HEAVY_SHARE = 0.4
"""A rater with a larger share of the weight is pointed out."""


@dataclass(frozen=True)
class DecisionWords:
    """A comparison in words.

    Attributes:
        answer: the decision, in one sentence with its reason.
        basis: what it rests on and for whom it holds, one sentence each.
        cautions: what may mislead, one sentence each.
    """

    answer: str
    basis: tuple[str, ...]
    cautions: tuple[str, ...]


def decision_words(found: Comparison, language: Language) -> DecisionWords:
    """The words of a comparison."""
    return DecisionWords(
        answer_of(found.overall, found, language),
        tuple(_basis(found, language)),
        tuple(_cautions(found, language)),
    )


def answer_of(decision: PairDecision, found: Comparison, language: Language) -> str:
    """The sentence that tells the decision and what to do."""
    plan = found.plan
    missing = decision.missing_blocks or 0
    ahead = found.rated_ahead if decision is found.overall and found.others else None
    is_rated = ahead is not None and decision.decision in ("open", "beyond_horizon")
    return say(
        language,
        f"decision_{decision.decision}{'_rated' if is_rated else ''}",
        ahead=ahead,
        new=found.new,
        old=found.old,
        rate=percent(decision.win_rate),
        lower=percent(decision.lower),
        upper=percent(decision.upper),
        level=f"{plan.level:.0%}",
        margin=_points(plan.margin),
        horizon=blocks_text(decision, plan.horizon, language),
        blocks=blocks_text(decision, decision.blocks, language),
        least=blocks_text(decision, LEAST_BLOCKS, language),
        more=_amount(decision, missing, language, with_votes=decision.decision == "open"),
    )


def percent(share: float | None) -> str:
    """A share as whole percent; one decimal next to one half, so that 50.4 % is not shown as 50 %."""
    if share is None:
        return ""
    near = abs(share - 0.5) < 0.015 and abs(share - 0.5) > 1e-9
    return f"{100.0 * share:.1f}%" if near else f"{100.0 * share:.0f}%"


def blocks_text(decision: PairDecision, number: int, language: Language) -> str:
    """A number of raters, questions, or votes whose raters are unknown."""
    return say(language, f"decision_{_noun(decision)}", n=number)


def _noun(decision: PairDecision) -> str:
    return "votes" if decision.anonymous and decision.unit == "rater" else f"{decision.unit}s"


def word_of(decision: PairDecision, language: Language) -> str:
    """The decision in one or two words, for a table."""
    return say(language, f"decision_word_{decision.decision}")


def _points(share: float) -> str:
    return f"{100.0 * share:g}"


def _amount(decision: PairDecision, blocks: int, language: Language, *, with_votes: bool = True) -> str:
    """A number of further blocks, with the votes that they are likely to hold."""
    shown = say(language, f"decision_more_{_noun(decision)}", n=blocks)
    each = decision.votes_per_block or 1.0
    if each == 1.0 or not with_votes:
        return shown
    return say(language, "decision_more", blocks=shown, votes=round(blocks * each))


def _basis(found: Comparison, language: Language) -> Sequence[str]:
    overall = found.overall
    ending = "_judge" if found.kind is RaterKind.judge else "_question" if overall.unit == "question" else ""
    if overall.anonymous and overall.unit == "rater":
        ending = "_unknown"
    blocks = blocks_text(overall, overall.blocks, language)
    lines = [say(language, f"decision_basis{ending}", votes=overall.votes, blocks=blocks)]
    if found.judged is not None:
        lines += _judged_lines(found.judged, language)
    if overall.decided_at and overall.decided_at < overall.blocks:
        at = blocks_text(overall, overall.decided_at, language)
        lines.append(say(language, "decision_decided_at", blocks=at))
    if overall.lower is not None:
        error, horizon = f"{1.0 - found.plan.level:.0%}", blocks_text(overall, found.plan.horizon, language)
        lines.append(say(language, "decision_looks", error=error, horizon=horizon))
    if overall.lower is not None or found.others:
        lines.append(_rating(found, language))
    if overall.blocks_for_margin and overall.decision != "beyond_horizon":  # there it would read as if it decided
        more = _amount(overall, overall.blocks_for_margin, language)
        lines.append(say(language, "decision_margin", margin=_points(found.plan.margin), more=more))
    lines.append(say(language, "decision_ties"))
    return lines


def _judged_lines(judged: JudgedEvidence, language: Language) -> list[str]:
    """What judges add to the votes, and what is assumed for it."""
    ending = "_shared" if judged.shared else "" if judged.is_claimed else "_little"
    lines = [say(language, f"decision_fused{ending}", judged=judged.judged, saved=f"{judged.saved:.0%}")]
    if judged.assumed and not judged.shared:
        lines.append(say(language, "decision_fused_assumed"))
    return lines


def _rating(found: Comparison, language: Language) -> str:
    apart = found.difference
    if apart.difference != apart.difference:
        return say(language, "decision_rating_unknown")
    is_above = apart.difference >= 0.0
    is_repeated = found.repeated == found.repeated
    half = found.repeated if is_repeated else (apart.upper - apart.lower) / 2.0
    told = say(
        language,
        "decision_rating" if found.others else "decision_rating_pair",
        battles=found.battles,
        new=found.new,
        old=found.old,
        points=f"{abs(apart.difference):.0f}",
        side=say(language, f"decision_rating_{'above' if is_above else 'below'}"),
        level=f"{found.plan.level:.0%}",
        lower=_end(apart.difference - half, language),
        upper=_end(apart.difference + half, language),
    )
    return joined([told, say(language, f"decision_rating_{'looks' if is_repeated else 'single'}")], language)


def _end(points: float, language: Language) -> str:
    if points != points:  # noqa: PLR0124
        return "?"
    return say(language, f"decision_rating_{'above' if points >= 0.0 else 'below'}_by", n=f"{abs(points):.0f}")


def _cautions(found: Comparison, language: Language) -> Sequence[str]:
    overall, blocks = found.overall, found.blocks
    lines = []
    rate, apart = overall.win_rate, found.difference
    if rate is not None and (apart.lower > 0.0 > rate - 0.5 or apart.upper < 0.0 < rate - 0.5):
        lines.append(say(language, "decision_opposed"))
    if blocks.unknown and overall.unit == "rater" and not overall.anonymous:
        lines.append(say(language, "decision_unknown", n=blocks.unknown))
    if blocks.open_votes:
        whose = blocks_text(overall, blocks.open_blocks, language)
        hours = f"{found.plan.pause_hours:g}"
        lines.append(say(language, "decision_open_raters", votes=blocks.open_votes, blocks=whose, hours=hours))
    if blocks.late_votes:
        lines.append(say(language, "decision_late", n=blocks.late_votes))
    if overall.unit == "rater" and overall.lower is not None and (overall.largest_share or 0.0) > HEAVY_SHARE:
        lines.append(say(language, "decision_heavy", share=percent(overall.largest_share)))
    if not found.questions:
        lines.append(say(language, "decision_unknown_questions"))
    elif found.questions < FEW_QUESTIONS:
        lines.append(say(language, "decision_few_questions", n=found.questions))
    return lines


def sign_texts(found: StopSign, language: Language) -> tuple[str, str]:
    """The stop sign of a campaign: what it says in a few words, and why in a sentence."""
    reason = say(
        language,
        f"sign_reason_{found.reason}",
        leader=found.leader,
        rival=found.rival,
        needed=max(found.needed or 0, LEAST_BLOCKS),
        raters=found.raters,
        least=LEAST_BLOCKS,
    )
    return say(language, f"sign_{found.sign}"), reason

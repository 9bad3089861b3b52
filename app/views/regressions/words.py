"""What the comparison of two runs says in the reader's language."""

from app.views.number_text import signed_text
from app.views.regressions.comparison import RunComparison
from app.views.sentences import say
from objective.scoring.paired_comparison import PairedComparison
from storage.values import Language


def regression_answer(found: RunComparison, language: Language) -> str:
    """Return the decision in one sentence."""
    overall = found.overall
    difference = say(
        language,
        "regression_difference",
        n=overall.items,
        points=points(overall.difference),
        low=points(overall.low),
        high=points(overall.high),
        level=f"{found.options.level:.0%}",
    )
    return say(language, f"regression_{found.decision}", new=found.new, old=found.old, difference=difference)


def regression_basis(found: RunComparison, language: Language) -> list[str]:
    """Return what the decision rests on, a sentence each."""
    overall = found.overall
    ahead, behind = (say(language, "regression_items", n=n) for n in (overall.only_a, overall.only_b))
    p_value = p_text(overall)
    told = [
        say(language, "regression_ahead", new=found.new, old=found.old, ahead=ahead, behind=behind, p=p_value),
        say(language, f"regression_{'alike' if overall.clusters else 'independent'}", n=overall.clusters),
    ]
    if overall.left_out:
        told.append(say(language, "regression_left_out", n=overall.left_out))
    return told


def points(share: float) -> str:
    """Return a difference of mean scores in points, with its sign."""
    return signed_text(100 * share, 1)


def interval_text(found: PairedComparison) -> str:
    """Return the bounds of a difference in points."""
    return f"{points(found.low)} – {points(found.high)}"


def p_text(found: PairedComparison) -> str:
    """Return the p-value of the paired test."""
    return f"{found.p_value:.3g}"

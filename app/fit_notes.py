"""What a reader must know about how a board was fitted: intervals, weights, scale, choice of method."""

import math
from collections.abc import Mapping

from app.sentences import say, sentences
from arena.rating.method import IntervalBasis, Ratings
from arena.rating.style_features import STYLE_FEATURES
from storage.values import Language

FEW_CLUSTERS = 10
"""Fewer raters or questions than this make intervals wide."""
NAMED = 10
"""Raters named in one sentence."""


def fit_notes(ratings: Ratings, language: Language) -> tuple[str, ...]:
    """Sentences about a fit, from its facts."""
    notes = []
    if ratings.compared:
        others = ", ".join(f"{one.method} {one.behind:.1f} ± {one.spread:.1f}" for one in ratings.compared[1:])
        notes.append(say(language, "board_note_chosen", method=ratings.method, others=others))
    if ratings.scale != "elo":
        notes.append(say(language, f"board_note_{ratings.scale}"))
    notes += _interval_notes(ratings.basis, language)
    if isinstance(weights := ratings.settings.get("weights"), tuple) and weights:
        notes.append(say(language, "board_note_weights", names=", ".join(weights)))
    notes += _reliability_notes(ratings.reliability, language)
    for one in ratings.coefficients:
        if math.isfinite(one.lower) and math.isfinite(one.upper):
            ends = {"low": f"{one.lower:.3g}", "high": f"{one.upper:.3g}"}
            key = "board_note_effect" if one.name in STYLE_FEATURES else "board_note_parameter"
            notes.append(say(language, key, name=_named(one.name, language), value=f"{one.value:.3g}", **ends))
    return tuple(notes)


def _named(name: str, language: Language) -> str:
    return sentences(language).get(f"board_style_{name}", name)


def _reliability_notes(reliability: Mapping[str, float], language: Language) -> list[str]:
    """How far raters differ, and who votes against the others."""
    if not reliability:
        return []
    factors = list(reliability.values())
    ends = {"low": f"{min(factors):.2f}", "high": f"{max(factors):.2f}"}
    notes = [say(language, "board_note_reliability", n=len(factors), **ends)]
    against = sorted(name for name, factor in reliability.items() if factor < 0.0)
    if against:
        shown = ("、" if language == "zh" else ", ").join(against[:NAMED])
        notes.append(say(language, "board_note_against", n=len(against), names=shown))
    return notes


def _interval_notes(basis: IntervalBasis, language: Language) -> list[str]:
    """What the intervals take as repeated, and what they cannot tell."""
    raters, questions = basis.clusters.get("rater"), basis.clusters.get("question")
    notes = []
    if raters is not None and questions is not None:
        notes.append(say(language, "board_note_clustered", raters=raters, questions=questions))
    elif raters is not None:
        notes.append(say(language, "board_note_by_rater", raters=raters))
    elif questions is not None:
        notes.append(say(language, "board_note_by_question", questions=questions))
    elif basis.kind == "bootstrap":
        notes.append(say(language, "board_note_bootstrap"))
    elif basis.kind in ("independent", "sandwich"):
        notes.append(say(language, "board_note_independent"))
    notes += [say(language, f"board_note_dropped_{name}") for name in basis.dropped]
    if basis.clusters and min(basis.clusters.values()) < FEW_CLUSTERS:
        notes.append(say(language, "board_note_few"))
    return notes

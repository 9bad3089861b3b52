"""Texts of a leaderboard in the reader's language, without markup.

The formats of rank ranges, intervals and percentages, the notes on a fit, and the reasons for unused rows, for the
pages and the command line.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from app.views.number_text import decimal_text
from app.views.sentences import say, sentences
from arena.leaderboard.board import PROVISIONAL_BELOW, LeaderboardRow
from arena.leaderboard.ranking import Board
from arena.rating.bias_reduced import FEW_DEGREES
from arena.rating.elo import ELO
from arena.rating.method import Ratings
from arena.rating.style_features import STYLE_FEATURES
from arena.rating.tally import MOST_DENSE
from storage.spelling import look_alikes
from storage.values import Language

NAMES_SHOWN = 10
"""Largest number of models that one sentence names; of more, only the number is given."""

DASH = "–"
_MINUTE = 60.0


def board_summary(board: Board, language: Language) -> str:
    """Numbers of votes or judgments, models, raters and questions behind a board; unknown ones are left out."""
    battles, kind = board.battles, board.selection.kind.value
    counts = {
        f"board_battles_{kind}": len(battles),
        "board_models": sum(1 for row in board.rows if row.battles),
        f"board_raters_{kind}": len(np.unique(battles.rater[battles.rater >= 0])),
        "board_questions": len(np.unique(battles.question[battles.question >= 0])),
    }
    known = [say(language, key, n=number) for key, number in counts.items() if number]
    return say(language, "board_summary", counts=("，" if language == "zh" else ", ").join(known))


def board_notes(board: Board, language: Language) -> tuple[str, ...]:
    """Notes on how to read a leaderboard, most important first."""
    ratings, rows = board.ratings, board.rows
    has_battles = ratings.battles > 0
    unknown = has_battles & np.isnan(ratings.lower) & np.isnan(ratings.upper)
    if "intervals_for" in ratings.settings:  # of very many models the others are not asked for
        unknown &= np.isin(ratings.models, board.recipe.settings.intervals_for)
    about = {
        "unbeaten": _named(ratings, np.isposinf(ratings.upper)),
        "beaten": _named(ratings, np.isneginf(ratings.lower)),
        "unknown": _named(ratings, unknown) if ratings.basis.kind != "none" else [],
        "unrated": _named(ratings, ~has_battles),
        "provisional": sorted(row.model for row in rows if row.provisional and row.battles),
    }
    notes = [] if ratings.converged else [say(language, "board_note_unsettled")]
    notes += _degrees_note(ratings, language)
    if ratings.n_islands > 1:
        notes.append(say(language, "board_note_islands", n=ratings.n_islands))
    notes += [
        say(language, f"board_note_{what}", models=name_some(names, language), n=PROVISIONAL_BELOW)
        for what, names in about.items()
        if names
    ]
    both_bad = int(ratings.both_bad.sum()) // 2
    if both_bad and ratings.scale != "grounded":
        notes.append(say(language, "board_note_both_bad", n=both_bad))
    if board.battles.decisions:
        notes.append(say(language, "board_note_decisions", n=board.battles.decisions))
    if board.battles.empty_losses:
        notes.append(say(language, "board_note_empty", n=board.battles.empty_losses))
    if ratings.method == ELO:
        notes.append(say(language, "board_note_elo"))
    if alike := look_alikes(ratings.models):
        notes.insert(0, say(language, "board_note_alike", groups=alike_text(alike, language)))
    return (*notes, *fit_notes(board, language))


def alike_text(groups: Sequence[Sequence[str]], language: Language) -> str:
    """Groups of names that look alike, for a sentence: quoted, with the code points of foreign letters."""
    comma, stop = ("、", "；") if language == "zh" else (", ", "; ")
    listed = [comma.join(f"“{name}”{_code_points(name)}" for name in group) for group in groups[:NAMES_SHOWN]]
    more = len(groups) - NAMES_SHOWN
    shown = stop.join(listed)
    return shown if more <= 0 else say(language, "board_and_more", shown=shown, n=more)


def _code_points(name: str) -> str:
    """The characters outside ASCII by number, because a reader cannot tell look-alike letters apart."""
    found = dict.fromkeys(f"U+{ord(one):04X}" for one in name if not one.isascii())
    return f" ({' '.join(found)})" if found else ""


def left_out(counts: Mapping[str, int], language: Language) -> tuple[str, ...]:
    """Numbers of unused rows, one phrase per reason, most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(_left_out(reason, number, language) for reason, number in ordered if number)


def interval_ends(ratings: Ratings) -> dict[str, tuple[float, float]]:
    """Lower and upper end of each interval in Elo points by model: infinite if open, NaN if unknown."""
    ends = zip(ratings.models, ratings.lower.tolist(), ratings.upper.tolist(), strict=True)
    return {model: (lower, upper) for model, lower, upper in ends}


def interval_text(lower: float, upper: float, language: Language, *, decimals: int = 0) -> str:
    """An interval in the unit of the ratings; empty if neither end is known."""
    low, high = decimal_text(lower, decimals), decimal_text(upper, decimals)
    if math.isfinite(lower) and math.isfinite(upper):
        return f"{low} {DASH} {high}"
    if math.isfinite(lower):
        return say(language, "board_or_more", low=low)
    if math.isfinite(upper):
        return say(language, "board_or_less", high=high)
    return ""


def rank_text(row: LeaderboardRow) -> str:
    """A rank or a rank range; empty for a model without a rating."""
    if row.rank_low is None or row.rank_high is None:
        return "" if row.rank is None else str(row.rank)
    return str(row.rank_low) if row.rank_low == row.rank_high else f"{row.rank_low}{DASH}{row.rank_high}"


def name_some(names: Iterable[str], language: Language) -> str:
    """Names for a sentence: at most `NAMES_SHOWN`, and the number of further ones."""
    listed = list(names)
    shown = ("、" if language == "zh" else ", ").join(listed[:NAMES_SHOWN])
    more = len(listed) - NAMES_SHOWN
    return shown if more <= 0 else say(language, "board_and_more", shown=shown, n=more)


def seconds_text(seconds: float | None, language: Language) -> str:
    """A time for a table, in seconds below two minutes, else in minutes and seconds; a dash if unknown."""
    if seconds is None:
        return DASH
    whole = round(seconds)
    if whole < 2 * _MINUTE:
        return say(language, "admin_seconds", seconds=whole)
    return f"{whole // 60}:{whole % 60:02d}"


def share(done: int, total: int) -> float:
    """Share of completed work, 0 to 1; 0 if there is nothing to do."""
    return min(1.0, done / total) if total > 0 else 0.0


def percent(value: float | None) -> str:
    """A share of 0 to 1 in whole percent; empty if unknown."""
    return "" if value is None or math.isnan(value) else f"{value:.0%}"


def category_name(category: str, language: Language) -> str:
    """Name of a category; a category of another source keeps its own name."""
    return sentences(language).get(f"admin_category_{category}", category)


def language_name(code: str, language: Language) -> str:
    """Name of a language; one without a translated name keeps its code."""
    return sentences(language).get(f"admin_language_{code}", code)


def choices(values: Sequence[str], language: Language, *, of: str) -> list[tuple[str, str]]:
    """Pairs of label and value for a filter of category, language or another kind."""
    names = {"category": category_name, "language": language_name}.get(of)
    return [(value if names is None else names(value, language), value) for value in values]


def interval_level(ratings: Ratings) -> float:
    """Confidence of the intervals, 0 to 1."""
    level = ratings.settings.get("level", 0.95)
    return float(level) if isinstance(level, int | float) else 0.95


def _named(ratings: Ratings, chosen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[str]:
    return sorted(ratings.models[code] for code in np.flatnonzero(chosen))


def _left_out(reason: str, number: int, language: Language) -> str:
    key = f"board_left_{reason}"
    if key in sentences(language):
        return say(language, key, n=number)
    return say(language, "board_left_other", n=number, reason=reason)


FEW_CLUSTERS = 10
"""Number of raters or questions below which a note says that intervals are wide."""
FEW_FOR_BOOTSTRAP = 400
"""Number of comparisons below which a note says that percentile bootstrap intervals are too narrow."""
NAMED = 10
"""Largest number of raters that one sentence names."""


def fit_notes(board: Board, language: Language) -> tuple[str, ...]:
    """Notes on the method and the intervals of a fit."""
    ratings = board.ratings
    notes = []
    if ratings.compared:
        others = ", ".join(f"{one.method} {one.behind:.1f} ± {one.spread:.1f}" for one in ratings.compared[1:])
        best = ratings.compared[0]
        unit = say(language, f"board_held_out_{best.held_out}", n=best.units)
        notes.append(say(language, "board_note_chosen", method=ratings.method, others=others, unit=unit))
    if ratings.scale != "elo":
        notes.append(say(language, f"board_note_{ratings.scale}"))
    notes += _interval_notes(board, language)
    if "intervals_for" in ratings.settings:
        notes.append(say(language, "board_note_many", n=f"{MOST_DENSE:,}"))
    if any(row.rank_low is not None for row in board.rows):
        which = "all" if board.recipe.settings.simultaneous else "each"
        notes.append(say(language, f"board_note_ranks_{which}", level=f"{interval_level(ratings):.0%}"))
    if isinstance(weights := ratings.settings.get("weights"), tuple) and weights:
        names = [say(language, f"board_weights_{name}") for name in weights]
        notes.append(say(language, "board_note_weights", names=say(language, "board_weights_and").join(names)))
    notes += _reliability_notes(ratings.reliability, language)
    for one in ratings.coefficients:
        if math.isfinite(one.lower) and math.isfinite(one.upper):
            ends = {"low": f"{one.lower:.3g}", "high": f"{one.upper:.3g}"}
            key = "board_note_effect" if one.name in STYLE_FEATURES else "board_note_parameter"
            notes.append(say(language, key, name=_setting_name(one.name, language), value=f"{one.value:.3g}", **ends))
    return tuple(notes)


def _setting_name(name: str, language: Language) -> str:
    return sentences(language).get(f"board_style_{name}", name)


def _reliability_notes(reliability: Mapping[str, float], language: Language) -> list[str]:
    """Notes on the reliability of raters, and on raters who vote against the others."""
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


def _interval_notes(board: Board, language: Language) -> list[str]:
    """Notes on the clustering and the limits of the intervals."""
    basis, codes = board.ratings.basis, {"rater": board.battles.rater, "question": board.battles.question}
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
        if len(board.battles) < FEW_FOR_BOOTSTRAP:
            notes.append(say(language, "board_note_bootstrap_few", n=FEW_FOR_BOOTSTRAP))
    elif basis.kind in ("independent", "sandwich"):
        notes.append(say(language, "board_note_independent"))
    if basis.uncorrected:
        notes.append(say(language, "board_note_uncorrected"))
    for name in basis.dropped:
        is_unknown = bool((codes[name] < 0).all())
        notes.append(say(language, f"board_note_unknown_{name}" if is_unknown else f"board_note_dropped_{name}"))
    if basis.clusters and min(basis.clusters.values()) < FEW_CLUSTERS and not few_degrees(board.ratings):
        notes.append(say(language, "board_note_few"))
    return notes


def few_degrees(ratings: Ratings) -> list[str]:
    """Names of the models whose intervals have fewer than 4 effective degrees of freedom."""
    return _named(ratings, np.isfinite(ratings.rating) & (ratings.freedom < FEW_DEGREES))


def _degrees_note(ratings: Ratings, language: Language) -> list[str]:
    names = few_degrees(ratings)
    if not names:
        return []
    told = {"least": f"{np.nanmin(ratings.freedom):.1f}", "n": f"{FEW_DEGREES:.0f}"}
    return [say(language, "board_note_degrees", models=name_some(names, language), **told)]

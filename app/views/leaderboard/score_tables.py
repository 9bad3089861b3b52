"""The scores behind a leaderboard of scores as one JSON object for the Leaderboard page."""

from collections.abc import Sequence
from typing import Any

from app.views.board import category_name
from app.views.sentences import say, sentences
from arena.leaderboard.score_summary import SATISFIED_FROM, ScoreLine, ScoreSummary
from storage.values import Language

UNKNOWN = "–"


def scores_object(summary: ScoreSummary, language: Language) -> dict[str, Any]:
    """Return the scores by dimension, with their distribution, by category, and people beside judges."""
    names = list(dict.fromkeys(line.dimension for line in summary.lines))
    return {
        "title": say(language, "board_scores"),
        "text": say(language, "board_scores_text", share=f"{SATISFIED_FROM:.0%}"),
        "headings": [
            say(language, key)
            for key in (
                "judges_model",
                "board_count_scores",
                "board_scores_mean",
                "board_scores_satisfied",
                "board_scores_unjudged",
                "board_scores_steps",
            )
        ],
        "dimensions": [_dimension(name, summary.lines, language) for name in names],
        "by_category": say(language, "board_scores_by_category"),
        "sides": _sides(summary, language),
    }


def dimension_words(name: str, language: Language) -> str:
    """Return the name of a dimension; one of a campaign's own stays as it is."""
    return sentences(language).get(f"staff_dimension_{name}", name)


def _dimension(name: str, lines: Sequence[ScoreLine], language: Language) -> dict[str, Any]:
    own = [line for line in lines if line.dimension == name]
    overall = sorted((line for line in own if line.group is None), key=_best_first)
    groups = list(dict.fromkeys(line.group for line in own if line.group is not None))
    cells = {(line.model, line.group): line for line in own}
    return {
        "name": dimension_words(name, language),
        "lines": [_line(line) for line in overall],
        "groups": [category_name(group, language) for group in groups],
        "cells": [[_mean(cells.get((line.model, group))) for group in groups] for line in overall],
    }


def _line(line: ScoreLine) -> dict[str, Any]:
    ends = "" if line.lower is None or line.upper is None else f"{line.lower:.0f} – {line.upper:.0f}"
    return {
        "model": line.model,
        "scores": line.scores,
        "mean": UNKNOWN if line.mean is None else f"{line.mean:.1f}",
        "interval": ends,
        "satisfied": UNKNOWN if line.satisfied is None else f"{line.satisfied:.0%}",
        "cannot_judge": line.cannot_judge,
        "steps": [{"share": share, "n": number} for share, number in line.distribution],
    }


def _mean(line: ScoreLine | None) -> dict[str, Any] | None:
    return None if line is None or line.mean is None else {"mean": line.mean, "n": line.scores}


def _sides(summary: ScoreSummary, language: Language) -> dict[str, Any] | None:
    if not summary.sides:
        return None
    keys = ("judges_model", "board_dimension", "board_scores_responses", "board_scores_people", "board_scores_judges")
    return {
        "title": say(language, "board_scores_sides"),
        "headings": [say(language, key) for key in keys],
        "lines": [
            {
                "model": one.model,
                "dimension": dimension_words(one.dimension, language),
                "values": [f"{one.responses:,}", f"{one.people:.1f}", f"{one.judges:.1f}"],
            }
            for one in summary.sides
        ],
    }


def _best_first(line: ScoreLine) -> tuple[float, str]:
    return (-line.mean if line.mean is not None else 1.0, line.model)

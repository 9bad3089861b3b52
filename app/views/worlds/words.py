"""Rows of the store joined, and what the comparison of both worlds says in the reader's language."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from app.views.board import name_some
from app.views.number_text import decimal_text
from app.views.sentences import say
from arena.agreement.clustered import Estimate
from arena.leaderboard.two_worlds import ObjectiveScore, ScoresByTask, TwoWorlds
from storage.database.evaluation_tables import TaskScore
from storage.values import Language

PAIRS_NAMED = 5
"""Largest number of reversed pairs that are named in words."""


def score_rows(scores: Iterable[tuple[str, TaskScore]]) -> list[dict[str, Any]]:
    """Return scores with the name of their model as rows, as a publication holds them."""
    names = ("task", "metric", "state", "value", "error")
    return [{"model": model, **{name: getattr(score, name) for name in names}} for model, score in scores]


def scores_by_task(rows: Iterable[Mapping[str, Any]]) -> ScoresByTask:
    """Return the first metric of each task and model, which is its main one, where it has a value.

    Args:
        rows: `model`, `task`, `state`, `value` and `error`, in the order of the summary.
    """
    found: dict[str, dict[str, ObjectiveScore]] = {}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key = (row["model"], row["task"])
        if key not in seen and row["state"] == "scored" and row["value"] is not None:
            found.setdefault(row["task"], {})[row["model"]] = ObjectiveScore(row["value"], row["error"])
        seen.add(key)
    return found


def correlation_text(estimate: Estimate, level: float, language: Language) -> str:
    """Return a correlation with its interval; the value alone where the interval is unknown, empty if both are."""
    if math.isnan(estimate.value):
        return ""
    if math.isnan(estimate.lower):
        return decimal_text(estimate.value, 2)
    ends = {"low": decimal_text(estimate.lower, 2), "high": decimal_text(estimate.upper, 2), "level": f"{level:.0%}"}
    return say(language, "worlds_interval", value=decimal_text(estimate.value, 2), **ends)


def worlds_answer(worlds: TwoWorlds, language: Language) -> str:
    """Return what the comparison says, in one or two sentences."""
    n, kendall = len(worlds.points), worlds.overall.kendall
    if not n:
        return say(language, "worlds_none")
    if n == 1:
        return say(language, "worlds_single", model=worlds.points[0].model)
    if math.isnan(kendall.value):
        return say(language, "worlds_flat", n=n)
    if math.isnan(kendall.lower):
        return say(language, "worlds_few", n=n, value=decimal_text(kendall.value, 2))
    kind = "agree" if kendall.lower > 0 else "oppose" if kendall.upper < 0 else "open"
    return say(language, f"worlds_{kind}", n=n, value=correlation_text(kendall, worlds.level, language))


def worlds_notes(worlds: TwoWorlds, language: Language) -> tuple[str, ...]:
    """Return what each world misses: reversed pairs, models in one world only, and tasks that were left out."""
    notes = []
    clear = [pair for pair in worlds.reversed_pairs if pair.is_clear]
    if worlds.points[1:]:
        pairs = len(worlds.points) * (len(worlds.points) - 1) // 2
        n = len(worlds.reversed_pairs)
        notes.append(say(language, "worlds_reversed" if n else "worlds_same", n=n, pairs=pairs, clear=len(clear)))
    notes += [
        say(
            language,
            "worlds_pair",
            preferred=pair.preferred,
            scoring=pair.scoring,
            points=f"{pair.points:.0f}",
            share=f"{100 * pair.share:.1f}",
        )
        for pair in clear[:PAIRS_NAMED]
    ]
    for key, names in (
        ("worlds_only_rated", worlds.only_rated),
        ("worlds_only_scored", worlds.only_scored),
        ("worlds_partial", worlds.partial if worlds.points else ()),
    ):
        if names:
            notes.append(say(language, key, n=len(names), names=name_some(names, language)))
    return tuple(notes)

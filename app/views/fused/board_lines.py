"""What a leaderboard of people and judges says, in the reader's language and without markup.

The ceiling comes first: what judges can save at most is said before any rating.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from app.views.board import name_some, percent
from app.views.judges import tenths
from app.views.sentences import joined, say
from arena.fused.ceiling import CLAIMED_FROM, Ceiling, ColumnShare
from arena.fused.facts import Fusion
from arena.fused.sources import LENGTH, SIDE_OF
from arena.leaderboard.judge_miss import JudgeMiss
from arena.leaderboard.ranking import Board
from storage.values import Language, RaterKind

FEW_COMMON = 100
"""Number of votes on judged items below which rho and lambda are called unsure."""
FUSED_COLUMNS = ("judge", "rho", "lambda", "items", "voted", "orders")
"""Columns of the table of judges."""


def fusion_lines(board: Board, language: Language) -> tuple[str, ...]:
    """The sentences on what judges add; empty for a leaderboard of one kind of rater."""
    fusion = board.fusion
    if fusion is None:
        return ()
    lines = [*_ceiling_lines(fusion.ceiling, language), *_sample_lines(fusion, language)]
    one = [column.name for column in fusion.ceiling.columns if column.is_judge and column.orders == 1]
    if one:
        lines.append(say(language, "fused_one_order", judges=name_some(one, language)))
    common = fusion.common_votes
    if common < FEW_COMMON:
        lines.append(say(language, "fused_few_common", n=common, least=FEW_COMMON))
    if fusion.skipped:
        lines.append(say(language, "fused_skipped", judges=name_some(fusion.skipped, language)))
    return (*lines, *_people_lines(board, fusion, language))


def _ceiling_lines(ceiling: Ceiling, language: Language) -> list[str]:
    numbers = {
        "squared": f"{ceiling.rho_squared:.3f}",
        "voted": ceiling.voted,
        "unvoted": ceiling.unvoted,
        "possible": tenths(ceiling.possible),
    }
    lines = [say(language, "fused_ceiling", **numbers)]
    if not ceiling.unvoted:
        return [*lines, say(language, "fused_none_unvoted")]
    if ceiling.rho_squared >= CLAIMED_FROM:
        lines.append(say(language, "fused_clustered", clustered=tenths(ceiling.possible_clustered)))
    if ceiling.is_claimed:
        rest = ceiling.votes - ceiling.votes_saved
        saved = {"saved": tenths(ceiling.saved), "saved_votes": ceiling.votes_saved, "n": ceiling.votes, "rest": rest}
        lines.append(say(language, "fused_saved", **saved))
    elif ceiling.rho_squared < CLAIMED_FROM:
        lines.append(say(language, "fused_not_claimed", least=percent(CLAIMED_FROM)))
    else:
        lines.append(say(language, "fused_nothing_saved"))
    return lines


def _sample_lines(fusion: Fusion, language: Language) -> list[str]:
    ceiling, sampling = fusion.ceiling, fusion.sampling
    judged = ceiling.voted + ceiling.unvoted
    share = tenths(ceiling.voted / judged) if judged else tenths(None)
    numbers: dict[str, object] = {"voted": ceiling.voted, "judged": judged, "share": share}
    if sampling.assumed:
        numbers |= {"n": sampling.known + sampling.unknown, "unknown": sampling.unknown}
        return [say(language, "fused_assumed", **numbers)]
    ends = {"low": f"{sampling.lowest:.3g}", "high": f"{sampling.highest:.3g}"}
    return [say(language, "fused_sampled", **numbers, **ends)]


def _people_lines(board: Board, fusion: Fusion, language: Language) -> list[str]:
    """Sentences on what people's votes lack, and what to collect."""
    ratings, battles = board.ratings, board.battles
    lines = []
    judged = {model for one in fusion.strata if one.judged for model in one.models}
    unrated = [name for name, number in zip(ratings.models, ratings.battles, strict=True) if not number]
    if unrated := [name for name in unrated if name in judged]:
        lines.append(say(language, "fused_unrated", models=name_some(unrated, language)))
    same = np.isclose(ratings.rating, fusion.people.rating, rtol=0.0, atol=0.0, equal_nan=True)
    open_ended = np.isinf(ratings.lower) | np.isinf(ratings.upper)
    if alone := [name for name, kept in zip(ratings.models, same & open_ended, strict=True) if kept]:
        lines.append(say(language, "fused_alone", models=name_some(alone, language)))
    raters = battles.rater[battles.rater >= 0]
    if len(raters) and len(raters) == len(battles) and len(np.unique(raters)) == 1:
        lines.append(say(language, "fused_one_rater"))
    sizes = [np.bincount(codes[codes >= 0]) for codes in (battles.rater, battles.question) if (codes >= 0).any()]
    if len(battles) > 1 and len(raters) and sizes and all(int(size.max()) == 1 for size in sizes):
        lines.append(say(language, "fused_single_clusters"))
    return lines


def column_name(column: ColumnShare, language: Language) -> str:
    """Name of a judge or feature."""
    if column.is_judge:
        return column.name
    if column.name == LENGTH:
        return say(language, "fused_feature_length")
    return say(language, "fused_feature_side", judge=column.name.removeprefix(SIDE_OF))


def judge_table(board: Board, language: Language) -> list[dict[str, str]]:
    """The table of judges and features by key of the column; empty for a leaderboard of one kind of rater."""
    if board.fusion is None:
        return []
    return [
        {
            "judge": column_name(one, language),
            "rho": "" if np.isnan(one.rho) else f"{one.rho:.3f}",
            "lambda": f"{one.weight:.3f}",
            "items": f"{one.items:,}",
            "voted": f"{one.voted_items:,}",
            "orders": say(language, f"fused_orders_{one.orders}") if one.orders else "",
        }
        for one in board.fusion.ceiling.columns
    ]


def headings(language: Language) -> dict[str, str]:
    """Headings of the table of judges, by key."""
    return {key: say(language, f"fused_{key}") for key in FUSED_COLUMNS}


def missed_line(board: Board, language: Language) -> str | None:
    """By how much a leaderboard of judges missed people; None for other leaderboards."""
    if board.recipe.by != RaterKind.judge:
        return None
    missed = board.missed
    if missed is None:
        return say(language, "fused_missed_unknown")
    return joined(_miss_lines(missed, board, language), language)


def _miss_lines(missed: JudgeMiss, board: Board, language: Language) -> list[str]:
    unit = say(language, "fused_missed_percent" if board.ratings.scale == "percent" else "fused_missed_elo")
    typical = f"{missed.typical:.0f}"
    lines = [say(language, "fused_missed", n=missed.models, typical=typical, unit=unit, outside=missed.outside)]
    if not np.isnan(missed.beyond_chance):
        lines.append(say(language, "fused_missed_beyond", beyond=f"{missed.beyond_chance:.0f}", unit=unit))
    if missed.sure_pairs:
        orders = {"sure": missed.sure_pairs, "reversed": missed.reversed_pairs}
        return [*lines, say(language, "fused_missed_orders", **orders)]
    return [*lines, say(language, "fused_missed_unsure")]


def fusion_json(board: Board) -> dict[str, Any]:
    """The facts for programs, None where they do not apply: `fusion`, and `missed_people` for judges."""
    missed = None if board.missed is None else asdict(board.missed)
    return {"fusion": None if board.fusion is None else _facts(board.fusion), "missed_people": missed}


def _facts(fusion: Fusion) -> dict[str, Any]:
    ceiling = asdict(fusion.ceiling)
    columns: Sequence[dict[str, Any]] = ceiling.pop("columns")
    people = fusion.people
    ends = zip(people.models, people.rating.tolist(), people.lower.tolist(), people.upper.tolist(), strict=True)
    return {
        "assume_random": fusion.sampling.assumed,
        "ceiling": ceiling
        | {"is_claimed": fusion.ceiling.is_claimed, "votes_saved": fusion.ceiling.votes_saved}
        | {"claimed_from": CLAIMED_FROM},
        "judges": [one | {"lambda": one.pop("weight")} for one in columns],
        "sampling": asdict(fusion.sampling),
        "skipped": list(fusion.skipped),
        "labelled": [asdict(one) for one in fusion.strata],
        "people": [
            {"model": model, "rating": rating, "lower": lower, "upper": upper} for model, rating, lower, upper in ends
        ],
    }

"""The sentences that go with a rating, so that every method says the same thing in the same words."""

from collections.abc import Iterable, Mapping

import numpy as np

from arena.rating.counts import BothBad, IntArray, PairCounts
from storage.battles import FloatArray

_NAMES_SHOWN = 10


def name_some(names: Iterable[str]) -> str:
    """The names for a sentence, sorted; beyond ten only how many more there are."""
    ordered = sorted(names)
    shown = ", ".join(ordered[:_NAMES_SHOWN])
    return shown if len(ordered) <= _NAMES_SHOWN else f"{shown} and {len(ordered) - _NAMES_SHOWN} more"


def count_left_out(counts: PairCounts, both_bad: BothBad, left_out: Mapping[str, int]) -> dict[str, int]:
    """Rows that were not used, by reason: those left out before counting, self-battles, dropped both-bads."""
    total = dict(left_out)
    if counts.self_battles:
        total["self_battle"] = total.get("self_battle", 0) + counts.self_battles
    if both_bad == "drop" and counts.both_bad.any():
        total["both_bad"] = total.get("both_bad", 0) + int(counts.both_bad.sum())
    return total


def describe_left_out(left_out: Mapping[str, int]) -> tuple[str, ...]:
    """The rows that were not used, by reason; nothing when all were used."""
    parts = [f"{reason.replace('_', ' ')} {count}" for reason, count in sorted(left_out.items()) if count]
    return (f"Battles left out: {', '.join(parts)}.",) if parts else ()


def describe_both_bad(n_verdicts: int, both_bad: BothBad) -> tuple[str, ...]:
    """What became of the both-bad verdicts; nothing when there were none or they are counted as left out."""
    if not n_verdicts or both_bad == "drop":
        return ()
    return (f"'Both bad' verdicts counted as ties: {n_verdicts}.",)


def describe_islands(models: tuple[str, ...], island: IntArray) -> tuple[str, ...]:
    """Which models never met which others, and which have no battle; nothing when all are connected."""
    notes = []
    n_islands = int(island.max(initial=-1)) + 1
    if n_islands == 0:
        notes.append("There are no usable battles, so nothing is rated.")
    elif (island < 0).any():
        notes.append(f"Not rated, for want of a usable battle: {_names(models, island == -1)}.")
    if n_islands > 1:
        groups = "; ".join(f"group {code + 1}: {_names(models, island == code)}" for code in range(min(n_islands, 10)))
        more = f"; and {n_islands - 10} more groups" if n_islands > 10 else ""
        notes.append(
            f"The battles fall into {n_islands} groups of models that never met, not even through others. "
            f"Each group is rated on its own, and ratings of different groups must not be compared. {groups}{more}."
        )
    return tuple(notes)


def describe_open_ends(models: tuple[str, ...], lower: FloatArray, upper: FloatArray) -> tuple[str, ...]:
    """Which models have a one-sided interval, and why."""
    above, below = np.isposinf(upper), np.isneginf(lower)
    notes = []
    if above.any():
        notes.append(
            f"Never beaten by the main group of models, not even through others: {_names(models, above)}. "
            "Their ratings come from a fit with a weak prior (standard deviation 300 points), "
            "and their intervals have no upper end."
        )
    if below.any():
        notes.append(
            f"Never scored against the main group of models, not even through others: {_names(models, below)}. "
            "Their ratings come from a fit with a weak prior (standard deviation 300 points), "
            "and their intervals have no lower end."
        )
    return tuple(notes)


def describe_unknown_intervals(
    models: tuple[str, ...], unplaced: Iterable[int], unspread: Iterable[int]
) -> tuple[str, ...]:
    """Which models have no interval at all.

    Args:
        models: names by code.
        unplaced: codes of models whose distance to the others the battles do not bound on any side.
        unspread: codes of models whose battles all agree with the fit, so that their spread is unknown.
    """
    notes = []
    if names := [models[code] for code in unplaced]:
        notes.append(
            f"Not tied to the main group of models by battles of their own: {name_some(names)}. Their ratings come "
            "from a fit with a weak prior (standard deviation 300 points), and their intervals are unknown."
        )
    if names := [models[code] for code in unspread]:
        notes.append(
            f"The battles tell no spread (for example only ties), so the interval is unknown: {name_some(names)}."
        )
    return tuple(notes)


def _names(models: tuple[str, ...], chosen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> str:
    return name_some(models[code] for code in np.flatnonzero(chosen))

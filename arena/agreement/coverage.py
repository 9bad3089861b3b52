"""What missing verdicts could hide: a mean beside what it would be if every missing one were the worst, or the best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from storage.battles import CodeArray, FloatArray


@dataclass(frozen=True)
class Bounds:
    """A mean over what is known, and how far it could be off.

    Attributes:
        name: whose mean it is.
        asked: values that there should be.
        scored: values that there are.
        mean: of those; None without any.
        lowest: mean of all if every missing value were the lowest; None when nothing was asked.
        highest: mean of all if every missing value were the highest.
    """

    name: str
    asked: int
    scored: int
    mean: float | None
    lowest: float | None
    highest: float | None


def worst_case(name: str, values: FloatArray, *, low: float = 0.0, high: float = 1.0) -> Bounds:
    """The bounds of a mean.

    Args:
        name: whose mean it is.
        values: NaN where a value is missing.
        low: least value that a missing one could have.
        high: greatest value that a missing one could have.
    """
    known = values[~np.isnan(values)]
    asked, scored = len(values), len(known)
    if asked == 0:
        return Bounds(name, 0, 0, None, None, None)
    total, missing = float(known.sum()), asked - scored
    mean = total / scored if scored else None
    return Bounds(name, asked, scored, mean, (total + missing * low) / asked, (total + missing * high) / asked)


def win_rate_bounds(models: Sequence[str], a: CodeArray, b: CodeArray, share: FloatArray) -> list[Bounds]:
    """The bounds of each model's mean share of points; models without a row are left out.

    Args:
        models: names.
        a: code of the one model of each row.
        b: code of the other.
        share: of `a`, in [0, 1]; NaN where there is no score.
    """
    found = []
    for code, name in enumerate(models):
        values = np.concatenate([share[a == code], 1.0 - share[b == code]])
        if len(values):
            found.append(worst_case(name, values))
    return found

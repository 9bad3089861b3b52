"""The words of rating: what may be set, what comes out, and what a rating method is.

A file of its own because every method, the leaderboard and the pipeline speak in these and in nothing else.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from arena.rating.counts import BothBad, IntArray
from storage.battles import Battles, FloatArray
from storage.errors import BadInput

ELO_PER_NAT = 400.0 / math.log(10.0)
"""Elo points per unit of natural log-strength: scale 400, base 10."""

SettingValue = str | float | int | None
Mean = Literal["battles", "models"]


@dataclass(frozen=True)
class RatingSettings:
    """What a person may choose about a rating; each method uses, and records, those that concern it.

    Attributes:
        both_bad: whether a both-bad verdict counts as a tie or is left out.
        mean: which mean stands at `anchor_rating`: weighted by battles, so that a rarely seen model moves
            nobody, or over models alike.
        anchor: a model that stands at `anchor_rating` instead of the mean.
        anchor_rating: Elo points.
        level: confidence of the intervals, between 0 and 1.
        elo_k: online Elo: points moved by a fully unexpected result.
        elo_initial: online Elo: rating before a model's first battle.
    """

    both_bad: BothBad = "tie"
    mean: Mean = "battles"
    anchor: str | None = None
    anchor_rating: float = 1000.0
    level: float = 0.95
    elo_k: float = 4.0
    elo_initial: float = 1000.0

    def __post_init__(self) -> None:
        """Check ranges.

        Raises:
            BadInput: a choice that does not exist or a number out of its range.
        """
        if self.both_bad not in ("tie", "drop"):
            raise BadInput(f"expected 'tie' or 'drop' for both-bad verdicts, got {self.both_bad!r}; choose one")
        if self.mean not in ("battles", "models"):
            raise BadInput(f"expected the mean over 'battles' or 'models', got {self.mean!r}; choose one")
        if not 0.0 < self.level < 1.0:
            raise BadInput(f"expected a confidence level between 0 and 1, got {self.level!r}; 0.95 is usual")
        if not (math.isfinite(self.elo_k) and self.elo_k > 0.0):
            raise BadInput(f"expected a positive K for Elo, got {self.elo_k!r}; 4 is usual for language models")
        for value in (self.anchor_rating, self.elo_initial):
            if not math.isfinite(value):
                raise BadInput(f"expected a finite rating in Elo points, got {value!r}; 1000 is usual")


@dataclass(frozen=True, eq=False)
class Ratings:
    """One fit: a rating for each model, how sure it is, and what a reader must know about it.

    Arrays have one entry per model, in the order of `models`. Unknown is NaN, never a made-up number.

    Attributes:
        method: name in the catalog.
        settings: the settings that the method used, by name.
        models: model names.
        rating: Elo points, 400 per factor ten in the odds; NaN for a model without a usable battle.
        lower: lower end of the interval; -inf when the battles set no lower end, NaN when it is unknown.
        upper: upper end; inf when the battles set no upper end, NaN when it is unknown.
        covariance: (n_models, n_models), squared Elo points, of the ratings as anchored; NaN where unknown,
            as between islands. None when the method gives none.
        battles: usable battles of each model.
        win_rate: mean score over those battles, 0 to 1, a tie is half; NaN without a battle.
        both_bad: verdicts "both bad" about each model's battles, used or not.
        island: group of models that are connected by battles; 0 is the largest, -1 a model without a battle.
            Ratings of different islands must not be compared.
        converged: whether every fit reached its tolerance.
        iterations: iterations of the longest fit.
        left_out: rows that were not used, by reason.
        notes: plain sentences about what a reader must know.
    """

    method: str
    settings: Mapping[str, SettingValue]
    models: tuple[str, ...]
    rating: FloatArray
    lower: FloatArray
    upper: FloatArray
    covariance: FloatArray | None
    battles: IntArray
    win_rate: FloatArray
    both_bad: IntArray
    island: IntArray
    converged: bool
    iterations: int
    left_out: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def n_islands(self) -> int:
        """Number of groups of models that met, directly or through others."""
        return int(self.island.max(initial=-1)) + 1


class RatingMethod(Protocol):
    """A way to turn battles into ratings; a plain function."""

    def __call__(self, battles: Battles, *, settings: RatingSettings) -> Ratings:
        """Rate every model of `battles.models`; models without a usable battle get NaN.

        Raises:
            BadInput: an anchor that cannot carry the scale.
        """

"""The words of rating: what may be set, what comes out, and what a rating method is.

A file of its own because every method, the leaderboard and the pipeline speak in these and in nothing else.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from arena.rating.counts import BothBad, IntArray
from arena.rating.evidence import Evidence
from arena.rating.style_features import STYLE_FEATURES
from storage.errors import BadInput
from storage.ledger.battles import FloatArray

ELO_PER_NAT = 400.0 / math.log(10.0)
"""Elo points per unit of natural log-strength: scale 400, base 10."""

SettingValue = str | float | int | bool | None | tuple[str, ...]
Mean = Literal["battles", "models"]
Interval = Literal["clustered", "rater", "question", "sandwich", "bootstrap"]
Weighting = Literal["sampling", "pairs", "raters"]
Scale = Literal["elo", "grounded", "percent"]
"""What a rating counts: Elo points about an anchor, Elo points above "not acceptable", or percent."""


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
        interval: what repeats between battles: raters and questions where they are known (`clustered`), only
            raters, only questions, nothing (`sandwich`), or a bootstrap of independent battles.
        resamples: of the bootstrap, and draws for rank ranges.
        seed: of the bootstrap, of rank draws and of the parts of a held-out comparison.
        simultaneous: whether rank ranges hold for all models at once instead of for each by itself.
        weights: what battles are weighted by: the inverse of the probability with which a pair was drawn
            (`sampling`), the inverse of how often a pair met (`pairs`), the reliability of raters (`raters`).
        style: features whose effect is taken out of the ratings, see `STYLE_FEATURES`.
        style_penalty: ridge on the style coefficients, added to the negative log-likelihood of all battles as
            penalty / 2 * coefficient^2; 0 for none.
        elo_k: online Elo: points moved by a fully unexpected result.
        elo_initial: online Elo: rating before a model's first battle.
    """

    both_bad: BothBad = "tie"
    mean: Mean = "battles"
    anchor: str | None = None
    anchor_rating: float = 1000.0
    level: float = 0.95
    interval: Interval = "clustered"
    resamples: int = 1000
    seed: int = 0
    simultaneous: bool = False
    weights: tuple[Weighting, ...] = ()
    style: tuple[str, ...] = ()
    style_penalty: float = 0.0
    elo_k: float = 4.0
    elo_initial: float = 1000.0

    def __post_init__(self) -> None:
        """Check ranges.

        Raises:
            BadInput: a choice that does not exist or a number out of its range.
        """
        _one_of("what to do with both-bad verdicts", self.both_bad, get_args(BothBad))
        _one_of("the mean that is the anchor", self.mean, get_args(Mean))
        _one_of("an interval", self.interval, get_args(Interval))
        for name in self.weights:
            _one_of("weights", name, get_args(Weighting))
        for feature in self.style:
            _one_of("a style feature", feature, STYLE_FEATURES)
        if not 0.0 < self.level < 1.0:
            raise BadInput(f"expected a confidence level between 0 and 1, got {self.level!r}; 0.95 is usual")
        if self.resamples < 100:
            raise BadInput(f"expected 100 resamples or more, got {self.resamples!r}; 1000 is usual")
        if not (math.isfinite(self.elo_k) and self.elo_k > 0.0):
            raise BadInput(f"expected a positive K for Elo, got {self.elo_k!r}; 4 is usual for language models")
        if not (math.isfinite(self.style_penalty) and self.style_penalty >= 0.0):
            raise BadInput(f"expected a style penalty of 0 or more, got {self.style_penalty!r}; 0 is usual")
        for value in (self.anchor_rating, self.elo_initial):
            if not math.isfinite(value):
                raise BadInput(f"expected a finite rating in Elo points, got {value!r}; 1000 is usual")


def _one_of(what: str, got: str, known: tuple[str, ...]) -> None:
    if got not in known:
        raise BadInput(f"expected {what} among {', '.join(known)}, got {got!r}; choose one")


@dataclass(frozen=True)
class IntervalBasis:
    """What the intervals of a fit take as repeated, and how much of it there was.

    Attributes:
        kind: `clustered` by every key in `clusters`; `independent` battles, with a correction for models with few;
            the plain `sandwich` of independent battles; a `bootstrap` of them; or `none`.
        clusters: number of raters, of questions, as far as intervals are clustered by them.
        unknown: battles without a known rater, or question; each counts as a cluster of its own.
        dropped: what was asked for but is the same, or unknown, in all battles, so that it tells nothing.
    """

    kind: Literal["clustered", "independent", "sandwich", "bootstrap", "none"]
    clusters: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


NO_INTERVALS = IntervalBasis("none")


@dataclass(frozen=True)
class Coefficient:
    """A shared parameter of a fit with its interval.

    Attributes:
        name: a style feature, or what the method calls its tie parameter.
        value: in the parameter's own unit; a style coefficient is in Elo points for one typical difference.
        lower: lower end at the fit's level, NaN when unknown.
        upper: upper end, NaN when unknown.
        scale: how large one typical difference of the feature is: its root mean square over the battles; 1 where
            that means nothing.
    """

    name: str
    value: float
    lower: float = math.nan
    upper: float = math.nan
    scale: float = 1.0


@dataclass(frozen=True)
class HeldOut:
    """How well a method predicted battles that it had not seen.

    Attributes:
        method: name in the catalog.
        log_likelihood: sum over all battles, each predicted by a fit to other battles, in nats.
        behind: nats by which the chosen method did better.
        spread: standard error of `behind`, from the battles' paired differences.
    """

    method: str
    log_likelihood: float
    behind: float
    spread: float


@dataclass(frozen=True, eq=False)
class Ratings:
    """One fit: a rating for each model, how sure it is, and what a reader must know about it.

    Arrays have one entry per model, in the order of `models`. Unknown is NaN, never a made-up number.

    Attributes:
        method: name in the catalog.
        settings: the settings that the method used, by name.
        scale: what a rating counts; ratings of different scales, or methods, must not stand on one board.
        models: model names.
        rating: NaN for a model without a usable battle or score.
        lower: lower end of the interval; -inf when the battles set no lower end, NaN when it is unknown.
        upper: upper end; inf when the battles set no upper end, NaN when it is unknown.
        covariance: (n_models, n_models), squared points, of the ratings as anchored; NaN where unknown,
            as between islands. None when the method gives none.
        freedom: degrees of freedom of each model's interval (Student's t); inf for a normal one.
        basis: what the intervals rest on.
        battles: usable battles, or scores, of each model.
        win_rate: mean score over the battles, 0 to 1, a tie is half; NaN without a battle.
        both_bad: verdicts "both bad" about each model's battles, used or not.
        island: group of models that are connected by battles; 0 is the largest, -1 a model without a battle.
            Ratings of different islands must not be compared.
        converged: whether every fit reached its tolerance.
        iterations: iterations of the longest fit.
        left_out: rows that were not used, by reason.
        coefficients: shared parameters, style effects among them.
        plain_rating: ratings of the same battles without style control; None when style was not asked for.
        reliability: factor by which each rater's verdicts are sharper than a typical rater's, by name; 0 votes at
            random, below 0 against the others. Empty unless it was fitted.
        compared: what a choice among methods rested on, best first; empty when the method was given.
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
    freedom: FloatArray
    basis: IntervalBasis = NO_INTERVALS
    scale: Scale = "elo"
    coefficients: tuple[Coefficient, ...] = ()
    plain_rating: FloatArray | None = None
    reliability: Mapping[str, float] = field(default_factory=dict)
    compared: tuple[HeldOut, ...] = ()

    @property
    def n_islands(self) -> int:
        """Number of groups of models that met, directly or through others."""
        return int(self.island.max(initial=-1)) + 1


class RatingMethod(Protocol):
    """A way to turn evidence into ratings; a plain function."""

    def __call__(self, evidence: Evidence, *, settings: RatingSettings) -> Ratings:
        """Rate every model of `evidence.battles.models`; models without usable evidence get NaN.

        Raises:
            BadInput: an anchor that cannot carry the scale, or a setting that this method cannot honour.
        """

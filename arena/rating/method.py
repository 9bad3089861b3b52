"""Settings and results of rating methods, and the protocol of a method.

A file of its own, because every method and the leaderboards use these types.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from arena.rating.counts import BothBad, IntArray
from arena.rating.evidence import Evidence
from arena.rating.proven_order import OneWayPairs
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
"""Unit of a rating: Elo points about an anchor, Elo points above "not acceptable", or percent."""


@dataclass(frozen=True)
class RatingSettings:
    """Settings of a rating; each method uses and records those that apply to it.

    Attributes:
        both_bad: whether a both-bad counts as a tie or is left out.
        mean: mean that is placed at `anchor_rating`: weighted by battles, so that a rarely seen model has little
            influence, or unweighted over models.
        anchor: model that is placed at `anchor_rating` instead of the mean.
        anchor_rating: rating of the anchor in Elo points.
        level: confidence of the intervals, between 0 and 1.
        interval: clusters of the intervals: raters and questions where they are known (`clustered`), only raters,
            only questions, none (`sandwich`), or a bootstrap of independent battles.
        resamples: number of bootstrap resamples, and of draws for rank ranges.
        seed: seed of the bootstrap, of rank draws and of the split of a held-out comparison.
        intervals_for: models that get an interval where there are too many models for all to have one.
        simultaneous: whether rank ranges hold for all models at once instead of for each model by itself.
        weights: weights of battles: the inverse of the probability with which a pair was drawn (`sampling`), the
            inverse of the number of battles of a pair (`pairs`), the reliability of raters (`raters`).
        style: features whose effects are removed from the ratings, see `STYLE_FEATURES`.
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
    intervals_for: tuple[str, ...] = ()
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
        _one_of("a treatment of both-bads", self.both_bad, get_args(BothBad))
        _one_of("a mean as anchor", self.mean, get_args(Mean))
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
    """Clustering of the intervals of a fit, with numbers of clusters.

    Attributes:
        kind: `clustered` by every key in `clusters`; `independent` battles, with a correction for models with few;
            the plain `sandwich` of independent battles; a `bootstrap` of them; or `none`.
        clusters: number of raters and of questions, if intervals are clustered by them.
        unknown: number of battles without a known rater or question; each is a cluster of its own.
        dropped: requested clusters that are the same, or unknown, in all battles and so were not used.
        uncorrected: whether clustered intervals lack the correction for few, uneven clusters, for want of memory.
    """

    kind: Literal["clustered", "independent", "sandwich", "bootstrap", "none"]
    clusters: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    uncorrected: bool = False


NO_INTERVALS = IntervalBasis("none")


@dataclass(frozen=True)
class Coefficient:
    """A shared parameter of a fit with its interval.

    Attributes:
        name: name of a style feature or of a tie parameter.
        value: value in the unit of the parameter; a style coefficient is in Elo points for one typical difference.
        lower: lower end of the interval; NaN if unknown.
        upper: upper end of the interval; NaN if unknown.
        scale: size of one typical difference of the feature: its root mean square over the battles; 1 for a tie
            parameter.
    """

    name: str
    value: float
    lower: float = math.nan
    upper: float = math.nan
    scale: float = 1.0


@dataclass(frozen=True)
class HeldOut:
    """Prediction quality of a method on held-out battles.

    Attributes:
        method: name in the catalogue.
        log_likelihood: sum over all battles, each predicted by a fit to other battles, in nats.
        behind: log-likelihood of the chosen method minus that of this one, in nats.
        spread: standard error of `behind`, from paired differences of battles, raters or questions.
        held_out: what was held out: `rater`, `question` or `battle`.
        units: number of raters, questions or battles in all parts.
    """

    method: str
    log_likelihood: float
    behind: float
    spread: float
    held_out: Literal["rater", "question", "battle"] = "battle"
    units: int = 0


@dataclass(frozen=True, eq=False)
class Ratings:
    """One fit: a rating for each model, with intervals and facts about the fit.

    Arrays have one entry per model, in the order of `models`. Unknown is NaN, never a made-up number.

    Attributes:
        method: name in the catalogue.
        settings: the settings that the method used, by name.
        scale: unit of the ratings; ratings of different scales or methods must not be on one leaderboard.
        models: names of the models.
        rating: NaN for a model without a usable battle or score.
        lower: lower end of the interval; -inf if the battles set no lower end, NaN if unknown.
        upper: upper end of the interval; inf if the battles set no upper end, NaN if unknown.
        covariance: (n_models, n_models), squared points, of the ratings as anchored; NaN where unknown,
            as between islands. None if the method gives none.
        freedom: degrees of freedom of each model's interval (Student's t); inf for a normal one.
        basis: clustering of the intervals.
        battles: number of usable battles, or scores, of each model.
        win_rate: mean score over the battles, 0 to 1, a tie is half; NaN without a battle.
        both_bad: number of both-bads among the battles of each model, used or not.
        island: group of models that are connected by battles; 0 is the largest, -1 for a model without a battle.
            Ratings of different islands must not be compared.
        converged: whether every fit reached its tolerance.
        iterations: iterations of the longest fit.
        left_out: number of unused rows, by reason.
        coefficients: shared parameters, such as style effects.
        plain_rating: ratings of the same battles without style control; None if style was not requested.
        reliability: factor of each rater, by name: 1 for a typical rater, 0 for one who votes at random, below 0 for
            one who votes against the others. Empty unless it was fitted.
        compared: comparison of methods behind a choice, best first; empty if the method was given.
        one_way: pairs whose distance is unbounded although their order may be sure; None if there are none.
        ties: tie parameter of each island, in the unit of the coefficient of its name; NaN without one, empty for a
            method without ties. None is estimated from another island.
        tie_lean: lean of each model towards ties, in nats; None if models share one tie parameter.
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
    one_way: OneWayPairs | None = None
    ties: tuple[float, ...] = ()
    tie_lean: FloatArray | None = None

    @property
    def n_islands(self) -> int:
        """Number of groups of models that are connected by battles."""
        return int(self.island.max(initial=-1)) + 1


class RatingMethod(Protocol):
    """A rating method, which is a plain function."""

    def __call__(self, evidence: Evidence, *, settings: RatingSettings) -> Ratings:
        """Rate every model of `evidence.battles.models`; models without usable evidence get NaN.

        Raises:
            BadInput: an anchor that cannot fix the scale, or a setting that this method does not support.
        """

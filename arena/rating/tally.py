"""What every method makes of battles and settings first: usable rows, counts, the anchor, and what is refused."""

from collections.abc import Mapping
from dataclasses import dataclass

from arena.rating.counts import IntArray, PairCounts, count_left_out, count_pairs
from arena.rating.method import RatingSettings, SettingValue
from storage.errors import BadInput
from storage.ledger.battles import BOTH_BAD, Battles, FloatArray

MOST_DENSE = 10_000
"""Most models that are rated with a covariance; its matrices then need some gigabytes."""
PAIR_SETTINGS = ("both_bad", "mean", "anchor", "anchor_rating", "level", "interval", "weights", "resamples", "seed")
"""Settings that fits of likelihoods on pairs use."""


@dataclass(frozen=True, eq=False)
class BattleTally:
    """The counts of battles for a rating.

    Attributes:
        plain: unweighted counts, without both-bads if these are dropped.
        fitted: counts for the likelihood, weighted if the settings have weights.
        squares: counts with squared weights; None without weights.
        both_bad: number of both-bads of each model, used or not; (n_models,).
        left_out: number of unused rows, by reason.
    """

    plain: PairCounts
    fitted: PairCounts
    squares: PairCounts | None
    both_bad: IntArray
    left_out: Mapping[str, int]


def usable_rows(battles: Battles, settings: RatingSettings) -> Battles:
    """The rows for a fit: no self-battles, and no both-bads if these are dropped."""
    usable = battles.a != battles.b
    if settings.both_bad == "drop":
        usable &= battles.outcome != BOTH_BAD
    return battles if usable.all() else battles.subset(usable)


def tally_rows(battles: Battles, rows: Battles, weights: FloatArray | None, settings: RatingSettings) -> BattleTally:
    """Count all battles, and the usable ones with their weights."""
    counts = count_pairs(battles)
    used = counts.without_both_bad() if settings.both_bad == "drop" else counts
    out = count_left_out(counts, settings.both_bad, battles.counts)
    if weights is None:
        return BattleTally(used, used, None, counts.model_both_bad(), out)
    return BattleTally(used, count_pairs(rows, weights), count_pairs(rows, weights**2), counts.model_both_bad(), out)


def settings_used(settings: RatingSettings, names: tuple[str, ...]) -> dict[str, SettingValue]:
    """The named settings, for `Ratings.settings`."""
    return {name: getattr(settings, name) for name in names}


def refuse_settings(settings: RatingSettings, name: str, *, style: bool = False, raters: bool = False) -> None:
    """Refuse settings that a method does not support.

    Args:
        settings: the requested settings.
        name: name of the method.
        style: whether to refuse style control.
        raters: whether to refuse weights by rater reliability.

    Raises:
        BadInput: the settings have one of them.
    """
    if style and settings.style:
        raise BadInput(f"expected no style control with {name}, got {', '.join(settings.style)}; leave it out")
    if raters and "raters" in settings.weights:
        raise BadInput(f"expected no weights by rater with {name}, got them; leave them out")


def refuse_many_models(number: int, purpose: str) -> None:
    """Refuse more models than a dense covariance has room for, before any work.

    Args:
        number: number of models.
        purpose: what needs a covariance of all models, for the message.

    Raises:
        BadInput: there are more than 10,000 models.
    """
    if number > MOST_DENSE:
        raise BadInput(
            f"expected {MOST_DENSE:,} models or fewer for {purpose}, got {number:,}, whose covariance needs "
            f"{8e-9 * number**2:,.0f} GB; rate fewer models at a time, or leave it out"
        )


def find_anchor(models: tuple[str, ...], island: IntArray, name: str | None) -> int:
    """Code of the anchor; -1 if the anchor is a mean.

    Raises:
        BadInput: no such model, or it has no battle.
    """
    if name is None:
        return -1
    if name not in models:
        raise BadInput(
            f"expected an anchor among the {len(models)} models, got {name!r}; choose a name on the leaderboard"
        )
    code = models.index(name)
    if island[code] < 0:
        raise BadInput(f"expected an anchor with a usable battle, got {name!r} with none; choose a model that has some")
    return code

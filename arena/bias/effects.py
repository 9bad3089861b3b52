"""Biases of a rater: effects of side, length and formatting, estimated together with the ratings.

A win of a longer response is only evidence of a length bias if the strengths of the two models are known, so all
effects and all strengths come from one fit (`arena/rating/style_fit.py`).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy.special import expit

from arena.rating.evidence import Evidence
from arena.rating.method import ELO_PER_NAT, Coefficient, RatingSettings
from arena.rating.style_features import BattleStyle
from arena.rating.style_rating import rate_styled
from storage.errors import BadInput
from storage.ledger.battles import Battles


class MissingEffect(StrEnum):
    """Why an effect could not be estimated; `app.views` has the words."""

    unknown_texts = "unknown_texts"
    """The texts of the responses are not in the store."""
    unknown_organisations = "unknown_organisations"
    """The organisations of the judge or of the models are not known."""
    no_verdicts = "no_verdicts"
    """There are no votes or judgments."""
    no_difference = "no_difference"
    """No two responses of a battle differ in the feature."""
    no_other_raters = "no_other_raters"
    """Nobody else rated the models, so that a preference cannot be told from their quality."""
    too_few_battles = "too_few_battles"
    """The battles do not determine the effect."""


YES_OR_NO = ("side", "own")
"""Features that are present or absent; the effects of the others are for one typical difference of two responses."""


@dataclass(frozen=True)
class Effect:
    """Effect of one feature on the preference for a response.

    Attributes:
        feature: name of the feature, among `STYLE_FEATURES`.
        points: Elo points for one unit of the feature; 0 is no bias.
        lower: lower end of the interval of `points`; NaN if unknown.
        upper: upper end of the interval of `points`; NaN if unknown.
        unit: size of one unit: 1 for a feature that is present or absent, else the typical relative difference.
        wins: expected score against an equally good response without the feature; 0.5 is no bias.
        wins_lower: lower end of the interval of `wins`.
        wins_upper: upper end of the interval of `wins`.
        joint: whether all effects were estimated together; else each by itself.
        against: group of raters whose preferences also determine the strengths of the models; empty for none.
    """

    feature: str
    points: float
    lower: float
    upper: float
    unit: float
    wins: float
    wins_lower: float
    wins_upper: float
    joint: bool
    against: str = ""


@dataclass(frozen=True)
class Effects:
    """The effects of one group of raters.

    Attributes:
        effects: the effects that could be estimated.
        verdicts: number of battles in the fit.
        missing: reason why a feature has no effect here, by name of the feature.
    """

    effects: tuple[Effect, ...]
    verdicts: int
    missing: dict[str, MissingEffect]


def estimate_effects(battles: Battles, style: BattleStyle, settings: RatingSettings) -> Effects:
    """Estimate the effects of style on the preferences of raters, as far as the battles determine them.

    Features without a difference between any two responses are left out. Where the others cannot be separated, each
    is estimated by itself.

    Args:
        battles: battles of one group of raters.
        style: features of the battles; `settings.style` is not used.
        settings: settings of the fit.
    """
    known = style.known
    typical = np.abs(style.values[known]).max(axis=0, initial=0.0)
    missing = {
        name: MissingEffect.no_difference if known.any() else _unknown(name)
        for name, size in zip(style.names, typical, strict=True)
        if size == 0.0
    }
    told = tuple(name for name in style.names if name not in missing)
    if not told:
        return Effects((), 0, missing)
    try:
        return replace(_fitted(battles, style, told, settings), missing=missing)
    except BadInput:
        if len(told) == 1:
            return Effects((), 0, missing | {told[0]: MissingEffect.too_few_battles})
    found: list[Effect] = []
    battles_used = 0
    for name in told:
        try:
            alone = _fitted(battles, style, (name,), settings)
        except BadInput:
            missing[name] = MissingEffect.too_few_battles
            continue
        found += [replace(one, joint=False) for one in alone.effects]
        battles_used = max(battles_used, alone.verdicts)
    return Effects(tuple(found), battles_used, missing)


def _unknown(feature: str) -> MissingEffect:
    return MissingEffect.unknown_organisations if feature == "own" else MissingEffect.unknown_texts


def _fitted(battles: Battles, style: BattleStyle, names: tuple[str, ...], settings: RatingSettings) -> Effects:
    columns = [style.names.index(name) for name in names]
    chosen = BattleStyle(names, style.values[:, columns], style.known)
    ratings = rate_styled(Evidence(battles, style=chosen), settings=replace(settings, style=names))
    left_out = sum(number for reason, number in ratings.left_out.items() if reason not in battles.counts)
    effects = tuple(_effect(one) for one in ratings.coefficients)
    return Effects(effects, len(battles) - left_out, {})


def _effect(one: Coefficient) -> Effect:
    unit = 1.0 if one.name in YES_OR_NO else one.scale
    points = one.value * unit / one.scale
    reach = (one.upper - one.value) * unit / one.scale
    wins, low, high = expit(np.array([points, points - reach, points + reach]) / ELO_PER_NAT).tolist()
    return Effect(one.name, points, points - reach, points + reach, unit, wins, low, high, joint=True)

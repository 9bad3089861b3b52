"""The quality settings of a campaign: checks, changes, and what each change does to open ballots."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from arena.campaigns.pairing import MINIMUM_UNIFORM_SHARE, POLICIES
from storage.campaigns.campaigns import change_drawing
from storage.campaigns.gold import n_gold
from storage.campaigns.rules import QualityRules, rules_of, set_rules
from storage.database.tables import Campaign
from storage.errors import BadInput

LARGEST = 1_000_000
"""Largest number of raters, votes or answers that a setting takes."""


@dataclass(frozen=True)
class DrawingSettings:
    """Everything that decides which pairs a campaign hands out, and to whom.

    Attributes:
        overlap: number of raters per pair, 1 or more.
        policy: name of a pairing policy.
        uniform_share: share of uniform draws, `MINIMUM_UNIFORM_SHARE` to 1.
        rules: the quality rules.
    """

    overlap: int = 1
    policy: str = "deficit"
    uniform_share: float = MINIMUM_UNIFORM_SHARE
    rules: QualityRules = field(default_factory=QualityRules)


def settings_of(session: Session, campaign: Campaign) -> DrawingSettings:
    """The present settings of a campaign."""
    rules = rules_of(session, int(campaign.id or 0))
    return DrawingSettings(campaign.overlap, campaign.policy, campaign.uniform_share, rules)


def changed(settings: DrawingSettings, changes: Mapping[str, Any]) -> DrawingSettings:
    """Settings with some fields changed; names are those of `DrawingSettings` and `QualityRules`."""
    of_rules = {one.name for one in fields(QualityRules)}
    inner = {name: value for name, value in changes.items() if name in of_rules}
    outer = {name: value for name, value in changes.items() if name not in of_rules}
    return replace(settings, rules=replace(settings.rules, **inner), **outer)


def change_campaign(
    session: Session, campaign: Campaign, changes: Mapping[str, Any], *, now: datetime
) -> DrawingSettings:
    """Change settings of a campaign from its next draw on, and return the new ones.

    Pairs that raters hold stay with them, and votes stay as they are; only what is drawn from now on follows the new
    settings. A pair that has more raters than a smaller overlap asks for keeps all its votes.

    Raises:
        BadInput: a value that is out of its range, or settings that contradict each other or the gold items.
    """
    number = int(campaign.id or 0)
    settings = changed(settings_of(session, campaign), changes)
    silent = n_gold(session, number, onboarding=False)
    first = n_gold(session, number, onboarding=True)
    deadline_changed = "deadline" in changes
    check_settings(settings, silent=silent, onboarding=first, now=now if deadline_changed else None)
    change_drawing(
        session, number, overlap=settings.overlap, policy=settings.policy, uniform_share=settings.uniform_share
    )
    set_rules(session, number, settings.rules)
    return settings


def check_settings(settings: DrawingSettings, *, silent: int, onboarding: int, now: datetime | None) -> None:
    """Check settings against their ranges, each other, and the gold items of the campaign.

    Args:
        settings: the settings.
        silent: number of silent gold items.
        onboarding: number of onboarding items.
        now: present time, for a deadline; None to take any.

    Raises:
        BadInput: something does not fit.
    """
    _check_drawing(settings)
    rules = settings.rules
    _check_shares(settings)
    if rules.gold_share and not silent:
        raise BadInput(
            f"expected silent gold items for a gold share of {rules.gold_share:g}, got none; add some with "
            "`evenhand campaign gold` or set the share to 0"
        )
    for name, value in (
        ("repeat gap", rules.repeat_gap),
        ("cap of votes", rules.most_votes),
        ("number of gold answers before a pause", rules.pause_after),
        ("number of fast votes before a pause", rules.pause_fast),
    ):
        if value is not None and not 1 <= value <= LARGEST:
            raise BadInput(f"expected a {name} of 1 to {LARGEST:,}, got {value}; choose another number")
    if rules.deadline is not None and now is not None and rules.deadline <= now:
        raise BadInput(
            f"expected a deadline in the future, got {rules.deadline:%Y-%m-%d %H:%M} UTC; it is {now:%Y-%m-%d %H:%M} "
            "UTC now, so choose a later time"
        )
    _check_pause(rules, silent + onboarding)


def _check_drawing(settings: DrawingSettings) -> None:
    if not 1 <= settings.overlap <= LARGEST:
        raise BadInput(f"expected an overlap of 1 or more raters per pair, got {settings.overlap}")
    if settings.policy not in POLICIES:
        raise BadInput(f"expected a pairing policy among {', '.join(POLICIES)}, got {settings.policy!r}")
    if not MINIMUM_UNIFORM_SHARE <= settings.uniform_share <= 1:
        raise BadInput(f"expected a uniform share of {MINIMUM_UNIFORM_SHARE} to 1, got {settings.uniform_share!r}")


def _check_shares(settings: DrawingSettings) -> None:
    rules = settings.rules
    if not 0 <= rules.overlap_share <= 1:
        raise BadInput(
            f"expected an overlap share of 0 to 1, got {rules.overlap_share:g}; 1 gives all pairs the overlap"
        )
    for name, share in (("gold share", rules.gold_share), ("repeat share", rules.repeat_share)):
        if not 0 <= share < 1:
            raise BadInput(f"expected a {name} of 0 to below 1, got {share:g}; it is a share of the draws, such as 0.1")
    if rules.gold_share + rules.repeat_share > 0.5:
        raise BadInput(
            f"expected gold items and repeats to be at most half of the draws, got {rules.gold_share:g} and "
            f"{rules.repeat_share:g}; lower one of the shares"
        )


def _check_pause(rules: QualityRules, gold: int) -> None:
    if (rules.pause_after is None) != (rules.pause_below is None):
        raise BadInput(
            "expected a number of gold answers together with the accuracy below which a rater is paused, got only one "
            "of the two; give both or neither"
        )
    if rules.pause_below is not None and not 0 < rules.pause_below <= 1:
        raise BadInput(f"expected an accuracy above 0 and at most 1, got {rules.pause_below:g}; 0.7 is 70 %")
    if rules.pause_after is not None and rules.pause_after > gold:
        raise BadInput(
            f"expected at most {gold} gold answers before a pause, because the campaign has {gold} gold items and asks "
            f"each rater each of them once, got {rules.pause_after}; add gold items or lower the number"
        )


def guard_gold(session: Session, campaign: Campaign) -> None:
    """Check that the settings of a campaign still work with its gold items.

    Raises:
        BadInput: a share or a rule needs items that are not there.
    """
    number = int(campaign.id or 0)
    silent, first = (n_gold(session, number, onboarding=onboarding) for onboarding in (False, True))
    check_settings(settings_of(session, campaign), silent=silent, onboarding=first, now=None)

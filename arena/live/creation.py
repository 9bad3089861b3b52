"""Create a live campaign."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from arena.campaigns.blindness import check_hides, default_guidelines
from arena.campaigns.creation import LONGEST_NAME
from storage.conversations.live_campaigns import LiveSettings, add_live_campaign
from storage.database.tables import Campaign
from storage.errors import BadInput
from storage.questions.questions import ensure_models
from storage.values import CampaignKind, without_nul

MOST_TURNS = 50


@dataclass(frozen=True)
class LivePlan:
    """The settings of a new live campaign.

    Attributes:
        name: unique name, shown to raters, so it must not contain the name of a model.
        models: names of the models that may be drawn, at least two; those that are not in the store are added.
        settings: turns, reveal, example prompts and daily limit.
        guidelines: Markdown; None for the built-in text.
        example: whether its votes are example data; the pages say so.
    """

    name: str
    models: Sequence[str]
    settings: LiveSettings = field(default_factory=LiveSettings)
    guidelines: str | None = None
    example: bool = False


def create_live_campaign(session: Session, plan: LivePlan, *, now: datetime) -> int:
    """Store a live campaign and return its id.

    Raises:
        BadInput: an invalid name, number or text, or fewer than two models.
        Conflict: a campaign of that name exists.
    """
    name, settings = without_nul(plan.name.strip()), plan.settings
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(f"expected a campaign name of 1 to {LONGEST_NAME} characters, got {len(name)}; choose another")
    if len(set(plan.models)) < 2:
        raise BadInput(f"expected at least two models for a live campaign, got {len(set(plan.models))}; add models")
    if not 1 <= settings.most_turns <= MOST_TURNS:
        raise BadInput(f"expected 1 to {MOST_TURNS} turns, got {settings.most_turns}; choose another number")
    if settings.daily_limit is not None and settings.daily_limit < 1:
        raise BadInput(f"expected a daily limit of 1 or more, got {settings.daily_limit}; choose another number")
    guidelines = default_guidelines() if plan.guidelines is None else plan.guidelines
    check_hides(name, list(plan.models), what="campaign name")
    check_hides(guidelines, list(plan.models), what="text of guidelines")
    for example in settings.examples:
        check_hides(without_nul(example), list(plan.models), what="example prompt")
    models = ensure_models(session, plan.models)
    campaign = Campaign(
        name=name, kind=CampaignKind.live, policy="weights", uniform_share=1.0, example=plan.example, created_at=now
    )
    return add_live_campaign(session, campaign, settings, guidelines=guidelines, models=list(models.values()))

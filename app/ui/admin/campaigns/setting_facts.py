"""The settings of a campaign in words: how much is asked of whom, and how raters are checked.

The last step of the form for a new campaign and the details of a campaign list them.
"""

from collections.abc import Sequence

from app.ui.admin.campaigns.campaign_texts import CampaignTexts
from app.ui.admin.parts import Text
from app.ui.visitor import Visitor
from app.views.campaign_words import say_of
from arena.campaigns.gold_files import GoldRow
from arena.campaigns.pairing import CellShape
from arena.campaigns.settings import DrawingSettings
from arena.quality.presets import preset_of
from storage.campaigns.gold_answers import GoldLine
from storage.campaigns.rules import QualityRules

Facts = list[tuple[Text, Text]]
"""Names and values."""


def workload_facts(visitor: Visitor, shape: CellShape, settings: DrawingSettings) -> Facts:
    """Return how much is asked of whom, until when, and what comes first."""
    say, rules = visitor.say, settings.rules
    worded = CampaignTexts(visitor, shape).say
    share = round(100 * rules.overlap_share)
    overlap = (
        f"{settings.overlap}" if share == 100 else worded("campaign_overlap_fact", n=settings.overlap, share=share)
    )
    deadline = rules.deadline
    return [
        (worded("campaign_overlap"), overlap),
        (worded("campaign_most"), say("staff_no_limit") if rules.most_votes is None else f"{rules.most_votes:,}"),
        (say("staff_deadline"), say("staff_no_end") if deadline is None else deadline.strftime("%Y-%m-%d %H:%M")),
        (worded("campaign_policy"), worded(f"campaign_policy_{settings.policy}")),
    ]


def check_facts(
    visitor: Visitor, shape: CellShape, rules: QualityRules, gold: Sequence[GoldRow] | Sequence[GoldLine]
) -> Facts:
    """Return which checks raters meet, and what pauses them."""
    say = visitor.say
    return [
        (say("staff_checks"), say(f"staff_checks_{preset_of(rules)}")),
        (CampaignTexts(visitor, shape).say("campaign_repeat_fact"), f"{round(100 * rules.repeat_share)}%"),
        (say("staff_gold_items"), _gold_fact(visitor, rules, gold) if gold else say("admin_none")),
        (say("staff_pause_fact"), _pause_fact(visitor, shape, rules)),
    ]


def _gold_fact(visitor: Visitor, rules: QualityRules, gold: Sequence[GoldRow] | Sequence[GoldLine]) -> str:
    first = sum(one.onboarding for one in gold)
    return visitor.say("staff_gold_fact", silent=len(gold) - first, first=first, share=round(100 * rules.gold_share))


def _pause_fact(visitor: Visitor, shape: CellShape, rules: QualityRules) -> str:
    """Return what pauses a rater."""
    found = []
    if rules.pause_after is not None and rules.pause_below is not None:
        below = round(100 * rules.pause_below)
        found.append(visitor.say("staff_pause_fact_gold", below=below, after=rules.pause_after))
    if rules.pause_fast is not None:
        found.append(say_of(visitor.language, shape, "campaign_pause_fact_fast", n=rules.pause_fast))
    text = visitor.say("staff_pause_or").join(found) or visitor.say("staff_pause_never")
    return text[:1].upper() + text[1:]

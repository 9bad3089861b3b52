"""What the form for a new campaign amounts to: its size, and the last step with all that will be made."""

from collections.abc import Sequence

from app.ui.admin import parts
from app.ui.admin.campaigns.campaign_texts import CampaignTexts, size_sentence
from app.ui.admin.campaigns.scoring_fields import end_labels
from app.ui.visitor import Visitor
from app.views.campaign_words import kind_key
from app.views.sentences import sentences
from arena.campaigns.creation import CampaignPlan
from arena.campaigns.forecast import CampaignForecast
from arena.campaigns.scoring import ScoringPlan


def size_note(visitor: Visitor, plan: CampaignPlan, size: CampaignForecast) -> str:
    """Return how much a campaign would show, and how many answers it would collect."""
    return parts.lead(size_sentence(visitor, plan.shape, size))


def plan_summary(visitor: Visitor, plan: CampaignPlan, size: CampaignForecast, team: Sequence[str]) -> str:
    """Return the last step: what will be made, and how much work that is."""
    return f"{parts.tiles(_numbers(visitor, plan, size, team))}{parts.facts(_facts(visitor, plan, team))}" + parts.lead(
        visitor.say("staff_create_lead" if team else "staff_create_alone")
    )


def _numbers(
    visitor: Visitor, plan: CampaignPlan, size: CampaignForecast, team: Sequence[str]
) -> list[tuple[parts.Text, int]]:
    say, worded = visitor.say, CampaignTexts(visitor, plan.shape).say
    return [
        (say("admin_questions"), size.n_questions),
        (say("admin_models"), size.n_models),
        *([] if plan.shape == "question" else [(worded("campaign_word_units"), size.n_pairs)]),
        (worded("campaign_word_answers"), size.n_votes),
        *([(worded("campaign_per_person"), -(-size.n_votes // len(team)))] if team else []),
    ]


def _facts(visitor: Visitor, plan: CampaignPlan, team: Sequence[str]) -> list[tuple[parts.Text, parts.Text]]:
    say, rules = visitor.say, plan.rules
    worded = CampaignTexts(visitor, plan.shape).say
    deadline, scoring = rules.deadline, plan.scoring
    kind = kind_key(plan.kind, None if scoring is None else scoring.dimensions)
    share = round(100 * rules.overlap_share)
    overlap = f"{plan.overlap}" if share == 100 else worded("campaign_overlap_fact", n=plan.overlap, share=share)
    return [
        (say("admin_name"), plan.name),
        (say("staff_kind_question"), say(f"staff_kind_{kind}_long")),
        *([] if scoring is None else _scale_facts(visitor, scoring, is_layout_chosen=plan.shape != "pair")),
        (worded("campaign_overlap"), overlap),
        (worded("campaign_repeat_fact"), f"{round(100 * rules.repeat_share)}%"),
        *([(say("staff_gold_items"), _gold_fact(visitor, plan))] if plan.gold else []),
        (worded("campaign_most"), say("staff_no_limit") if rules.most_votes is None else f"{rules.most_votes:,}"),
        (say("staff_deadline"), say("staff_no_end") if deadline is None else deadline.strftime("%Y-%m-%d %H:%M")),
        (worded("campaign_policy"), worded(f"campaign_policy_{plan.policy}")),
        (say("admin_people"), ", ".join(team) or say("staff_people_later")),
    ]


def _scale_facts(
    visitor: Visitor, scoring: ScoringPlan, *, is_layout_chosen: bool
) -> list[tuple[parts.Text, parts.Text]]:
    """Return what is scored, on which scale, and what raters see at once."""
    say, texts = visitor.say, sentences(visitor.language)
    names = [texts.get(f"staff_dimension_{name}", name) for name in scoring.dimensions]
    steps = zip((scoring.low, scoring.high), end_labels(visitor.language), strict=True)
    low, high = (f"{step} ({scoring.labels.get(step, label)})" for step, label in steps)
    layout = [(say("staff_layout"), say(f"staff_layout_{scoring.layout.value}"))] if is_layout_chosen else []
    return [
        (say("staff_dimensions"), ", ".join(names)),
        (say("staff_step_scale"), say("staff_scale_fact", low=low, high=high)),
        *layout,
    ]


def _gold_fact(visitor: Visitor, plan: CampaignPlan) -> str:
    first = sum(one.onboarding for one in plan.gold)
    share = round(100 * plan.rules.gold_share)
    return visitor.say("staff_gold_fact", silent=len(plan.gold) - first, first=first, share=share)

"""What the form for a new campaign amounts to: its size, and the last step with all that will be made."""

from collections.abc import Sequence

from app.ui.admin import parts
from app.ui.visitor import Visitor
from arena.campaigns.creation import CampaignPlan
from arena.campaigns.forecast import CampaignForecast


def size_note(visitor: Visitor, size: CampaignForecast) -> str:
    """Return how many pairs and votes a campaign would have."""
    if size.n_pairs == 0:
        return parts.lead(visitor.say("admin_preview_none"))
    return parts.lead(
        visitor.say(
            "admin_preview",
            models=size.n_models,
            questions=size.n_questions,
            pairs=size.n_pairs,
            verdicts=size.n_votes,
        )
    )


def _gold_fact(visitor: Visitor, plan: CampaignPlan) -> str:
    first = sum(one.onboarding for one in plan.gold)
    share = round(100 * plan.rules.gold_share)
    return visitor.say("staff_gold_fact", silent=len(plan.gold) - first, first=first, share=share)


def plan_summary(visitor: Visitor, plan: CampaignPlan, size: CampaignForecast, team: Sequence[str]) -> str:
    """Return the last step: what will be made, and how much work that is."""
    say, rules = visitor.say, plan.rules
    numbers = [
        (say("admin_questions"), size.n_questions),
        (say("admin_models"), size.n_models),
        (say("admin_pairs"), size.n_pairs),
        (say("admin_verdicts"), size.n_votes),
        *([(say("staff_per_person"), -(-size.n_votes // len(team)))] if team else []),
    ]
    deadline = rules.deadline
    facts = [
        (say("admin_name"), plan.name),
        (say("staff_kind"), say(f"staff_kind_{plan.kind.value}")),
        *([(say("staff_dimensions"), ", ".join(plan.scoring.dimensions))] if plan.scoring is not None else []),
        (say("admin_overlap"), say("staff_overlap_fact", n=plan.overlap, share=round(100 * rules.overlap_share))),
        (say("staff_repeat_fact"), f"{round(100 * rules.repeat_share)}%"),
        *([(say("staff_gold_items"), _gold_fact(visitor, plan))] if plan.gold else []),
        (say("staff_most_votes"), say("staff_no_limit") if rules.most_votes is None else f"{rules.most_votes:,}"),
        (say("staff_deadline"), say("staff_no_end") if deadline is None else deadline.strftime("%Y-%m-%d %H:%M")),
        (say("staff_policy"), say(f"staff_value_{plan.policy}")),
        (say("admin_people"), ", ".join(team) or say("staff_people_later")),
    ]
    return f"{parts.tiles(numbers)}{parts.facts(facts)}{parts.lead(say('staff_create_lead'))}"

"""What the form for a new campaign amounts to: its size, and the last step with all that will be made."""

from collections.abc import Sequence

from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.campaigns.campaign_texts import CampaignTexts, size_sentence
from app.ui.admin.campaigns.scoring_fields import end_labels
from app.ui.admin.campaigns.setting_facts import Facts, check_facts, workload_facts
from app.ui.markup import Markup
from app.ui.visitor import Visitor
from app.views.board import category_name, language_name
from app.views.campaign_words import counted, kind_key
from app.views.sentences import joined, sentences
from arena.campaigns.blindness import default_guidelines
from arena.campaigns.creation import CampaignPlan
from arena.campaigns.forecast import CampaignForecast
from arena.campaigns.scoring import ScoringPlan
from arena.campaigns.settings import DrawingSettings
from arena.quality.presets import extra_answers


def size_note(visitor: Visitor, plan: CampaignPlan, size: CampaignForecast) -> str:
    """Return how much a campaign would show, and how many answers it would collect, also with its checks."""
    told, extra = [size_sentence(visitor, plan.shape, size)], extra_answers(plan.rules, size.n_votes)
    if extra:
        total = counted(visitor.language, plan.shape, "answers", size.n_votes + extra)
        told.append(visitor.say("campaign_size_checks", total=total))
    return parts.lead(joined(told, visitor.language))


def checks_note(visitor: Visitor, plan: CampaignPlan, size: CampaignForecast) -> str:
    """Return how many answers the checks add to those that the campaign collects; "" where they add none."""
    extra = extra_answers(plan.rules, size.n_votes)
    if not extra:
        return ""
    asked, total = (counted(visitor.language, plan.shape, "answers", n) for n in (size.n_votes, size.n_votes + extra))
    return parts.lead(visitor.say("campaign_checks_sum", asked=asked, extra=f"{extra:,}", total=total))


def plan_summary(visitor: Visitor, plan: CampaignPlan, size: CampaignForecast, team: Sequence[str]) -> str:
    """Return the last step: how much work it is, what happens next, and what each step chose with a way back to it."""
    will = parts.lead(visitor.say("staff_create_lead" if team else "staff_create_alone"))
    chosen = _facts(visitor, plan, size, team)
    sections = "".join(_section(visitor, key, facts) for key, facts in chosen.items() if facts)
    return f'{parts.tiles(_numbers(visitor, plan, size, team))}{will}<div class="stf-review">{sections}</div>'


def _section(visitor: Visitor, key: str, facts: Facts) -> str:
    """Return what one step of the form chose, with a button that goes back to it and no name twice."""
    name, change = (render_plain(visitor.say(text)) for text in (f"staff_step_{key}", "staff_step_change"))
    alone = Markup(f'<span class="ui-hidden">{name}</span>')
    shown = [(alone if what == visitor.say(f"staff_step_{key}") else what, value) for what, value in facts]
    return (
        f'<section aria-label="{name}"><h4>{name}</h4>{parts.facts(shown)}<button type="button" '
        f'class="ui-button is-quiet" data-go="{key}">{change}<span class="ui-hidden"> {name}</span></button></section>'
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


def _facts(visitor: Visitor, plan: CampaignPlan, size: CampaignForecast, team: Sequence[str]) -> dict[str, Facts]:
    """Return what was chosen, by the step of the form that chooses it."""
    say, scoring = visitor.say, plan.scoring
    worded = CampaignTexts(visitor, plan.shape).say
    settings = DrawingSettings(plan.overlap, plan.policy, plan.uniform_share, plan.rules)
    extra = extra_answers(plan.rules, size.n_votes)
    kind = kind_key(plan.kind, None if scoring is None else scoring.dimensions)
    is_own = (plan.guidelines or "").split() not in ([], default_guidelines(plan.kind).split())
    written = say("staff_guidelines_own" if is_own else "staff_guidelines_built_in")
    return {
        "name": [(say("admin_name"), plan.name), (say("staff_kind_question"), say(f"staff_kind_{kind}_long"))],
        "questions": _question_facts(visitor, plan),
        "models": [(say("admin_models"), ", ".join(plan.models) or say("staff_all_models"))],
        "guidelines": [(say("staff_step_guidelines"), written)],
        "scale": [] if scoring is None else _scale_facts(visitor, scoring, is_layout_chosen=plan.shape != "pair"),
        "workload": workload_facts(visitor, plan.shape, settings),
        "quality": [
            *check_facts(visitor, plan.shape, plan.rules, plan.gold),
            (worded("campaign_checks_fact"), say("staff_about", n=extra) if extra else say("admin_none")),
        ],
        "people": [(say("staff_step_people"), ", ".join(team) or say("staff_people_later"))],
    }


def _question_facts(visitor: Visitor, plan: CampaignPlan) -> Facts:
    """Return how the questions are chosen: all of them, those of a campaign, or by filters, and how many are drawn."""
    say = visitor.say
    if plan.like is not None:
        return [(say("admin_questions"), say("staff_questions_kept"))]
    naming = {"category": category_name, "language": language_name}
    found: Facts = []
    for what in ("category", "language", "source"):
        chosen: Sequence[str] = getattr(plan, what) or ()
        name = naming.get(what)
        words = [value if name is None else name(value, visitor.language) or say("admin_none") for value in chosen]
        found += [(say(f"admin_{what}"), ", ".join(words))] if words else []
    found += [(say("staff_search"), plan.search)] if plan.search else []
    found += [(say("staff_n_questions"), f"{plan.n_questions:,}")] if plan.n_questions else []
    return found or [(say("admin_questions"), say("staff_all_questions"))]


def _scale_facts(visitor: Visitor, scoring: ScoringPlan, *, is_layout_chosen: bool) -> Facts:
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

"""The fields on what raters score: dimensions, the scale with the texts of its ends, and the layout."""

from typing import Any

from app.ui.admin.calls import StaffForm
from app.ui.admin.campaigns.campaign_fields import bar
from app.ui.admin.campaigns.campaign_texts import CampaignTexts
from app.ui.admin.parts import FormParts, Option
from app.ui.texts import load_texts
from app.ui.visitor import RefusedForm
from app.views.sentences import sentences
from arena.campaigns.scoring import HIGHEST_STEP, MOST_DIMENSIONS, ScoringPlan
from storage.errors import BadInput
from storage.values import DIMENSIONS, Language, RatingLayout


def scoring_values(campaign: Any) -> dict[str, Any]:  # noqa: ANN401  a row of the database
    """Return the values of the fields for a row of `campaign_row`, or None for a new campaign."""
    plan = ScoringPlan()
    found, low, high, layout = list(plan.dimensions), plan.low, plan.high, plan.layout.value
    labels: dict[str, str] = {}
    if campaign is not None and campaign.dimensions is not None and campaign.scale_low is not None:
        found, low, high = list(campaign.dimensions), round(campaign.scale_low), round(campaign.scale_high)
        layout, labels = str(campaign.layout or layout), dict(campaign.labels or {})
    return {
        "dimensions": [name for name in found if name in DIMENSIONS],
        "own_dimensions": ", ".join(name for name in found if name not in DIMENSIONS),
        "scale_low": low,
        "scale_high": high,
        "label_low": labels.get(str(low), ""),
        "label_high": labels.get(str(high), ""),
        "layout": layout,
    }


def scoring_fields(texts: CampaignTexts, form: FormParts) -> str:
    """Return the fields; those on what is shown at once are for responses that are rated without a vote."""
    say, names = texts.visitor.say, sentences(texts.visitor.language)
    known: list[Option] = [(names.get(f"staff_dimension_{name}", name), name) for name in DIMENSIONS]
    layouts: list[Option] = [(say(f"staff_layout_{layout.value}"), layout.value) for layout in RatingLayout]
    low, high = (say("staff_label_hint", label=label) for label in end_labels(texts.visitor.language))
    steps = [
        form.number("scale_low", say("staff_scale_low"), hint=say("staff_scale_hint"), high=HIGHEST_STEP - 1),
        form.number("scale_high", say("staff_scale_high"), low=1, high=HIGHEST_STEP),
    ]
    labels = [
        form.line("label_low", say("staff_label_low"), hint=low, longest=80),
        form.line("label_high", say("staff_label_high"), hint=high, longest=80),
    ]
    own = form.line("own_dimensions", say("staff_own_dimensions"), hint=say("staff_own_dimensions_hint"))
    return (
        form.boxes("dimensions", say("staff_dimensions"), known)
        + f'<div class="stf-narrow">{own}</div>{bar(steps)}{bar(labels)}'
        + texts.only(form.boxes("layout", say("staff_layout"), layouts, kind="radio"), "response", "question")
    )


def end_labels(language: Language) -> tuple[str, str]:
    """Return the labels of the lowest and highest step, as raters see them where a campaign has none of its own."""
    texts = load_texts(language, "rate")
    return texts["scale_low"], texts["scale_high"]


def read_scoring(form: StaffForm) -> ScoringPlan:
    """Return what raters score.

    Raises:
        RefusedForm: no dimension, too many, one twice, or a scale that cannot be shown.
    """
    say = form.visitor.say
    low = form.number("scale_low", "staff_need_number", low=0, high=HIGHEST_STEP)
    high = form.number("scale_high", "staff_need_number", low=0, high=HIGHEST_STEP)
    if high <= low:
        raise RefusedForm(say("staff_need_steps", low=low, high=high), field="scale_high")
    own = [one.strip() for one in form.text("own_dimensions").replace("，", ",").split(",")]
    dimensions = [*form.several("dimensions"), *(one for one in own if one)]
    if not 1 <= len(dimensions) <= MOST_DIMENSIONS:
        raise RefusedForm(say("staff_need_dimensions", most=MOST_DIMENSIONS), field="dimensions")
    ends = {low: form.text("label_low", longest=80), high: form.text("label_high", longest=80)}
    layout = RatingLayout(form.choice("layout", [layout.value for layout in RatingLayout]))
    labels = {step: label for step, label in ends.items() if label}
    plan = ScoringPlan(tuple(dimensions), low, high, labels, layout)
    try:
        return plan.checked()
    except BadInput:
        raise RefusedForm(say("staff_need_scale"), field="scale_high") from None

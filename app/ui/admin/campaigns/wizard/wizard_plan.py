"""What the fields of the form for a new campaign mean: the plan of the campaign, and what cannot be made."""

from datetime import datetime
from typing import Any
from zlib import crc32

from sqlmodel import Session

from app.ui.admin.calls import StaffForm
from app.ui.admin.campaigns.campaign_fields import LONGEST_GUIDELINES, LONGEST_NAME, MOST, PAIRS_POLICY, read_drawing
from app.ui.admin.campaigns.campaign_texts import size_sentence
from app.ui.admin.campaigns.entry_checks import check_known_answers, check_name, check_texts
from app.ui.admin.campaigns.gold_fields import read_gold, wrong_gold
from app.ui.admin.campaigns.scoring_fields import read_scoring
from app.ui.admin.campaigns.wizard.wizard_steps import FILTERS, KINDS
from app.ui.visitor import RefusedForm
from arena.campaigns.creation import CampaignPlan
from arena.campaigns.forecast import forecast_size
from arena.campaigns.gold_files import check_gold_rows
from arena.campaigns.scoring import ScoringPlan
from arena.campaigns.settings import DrawingSettings
from storage.campaigns.campaigns import campaigns, contestants
from storage.errors import EvenhandError
from storage.values import CampaignKind, RatingLayout


def kind_of(chosen: str) -> CampaignKind:
    """Return the kind of a campaign for what the form names it."""
    return CampaignKind.satisfaction if chosen == CampaignKind.satisfaction else CampaignKind.pairwise


def read_plan(form: StaffForm, *, now: datetime) -> CampaignPlan:
    """Return the campaign that the fields describe.

    Raises:
        RefusedForm: a field has a value that cannot be.
    """
    name = form.required("name", "admin_need_name", longest=LONGEST_NAME)
    settings = read_drawing(form, now=now)
    rules = form.text("guidelines", longest=LONGEST_GUIDELINES)
    chosen = form.choice("kind", list(KINDS))
    content = _content(form)
    kind = kind_of(chosen)
    needs_pairs = settings.policy == PAIRS_POLICY and kind is not CampaignKind.pairwise
    return CampaignPlan(
        name=name,
        n_questions=_n_questions(form, content["like"]),
        seed=crc32(name.encode()),
        overlap=settings.overlap,
        policy=DrawingSettings().policy if needs_pairs else settings.policy,
        uniform_share=settings.uniform_share,
        rules=settings.rules,
        guidelines=rules or None,
        kind=kind,
        scoring=None if chosen == CampaignKind.pairwise else read_scoring(form),
        gold=read_gold(form),
        **content,
    )


def sketch_plan(form: StaffForm, *, now: datetime) -> CampaignPlan:
    """Return a plan of what can be read so far: which questions and models, what raters do, and how often."""
    try:
        settings = read_drawing(form, now=now)
    except RefusedForm:
        settings = DrawingSettings()
    together = form.text("layout") == RatingLayout.side_by_side
    scoring = ScoringPlan(layout=RatingLayout.side_by_side) if together else None
    return CampaignPlan(
        "",
        kind=kind_of(form.text("kind")),
        scoring=scoring,
        overlap=settings.overlap,
        rules=settings.rules,
        **_content(form),
    )


def check_plan(session: Session, form: StaffForm, plan: CampaignPlan) -> None:
    """Check in advance what making the campaign would refuse, in the reader's language and at the field.

    Raises:
        RefusedForm: the campaign cannot be made.
    """
    visitor = form.visitor
    known = contestants(session, plan.models)
    check_texts(visitor, list(known), name=plan.name, rules=plan.guidelines or "")
    check_name(visitor, campaigns(session), plan.name)
    try:
        check_gold_rows(session, plan.gold)
    except EvenhandError as error:
        raise wrong_gold(visitor, error) from error
    check_known_answers(form, plan.rules, plan.gold)
    size = forecast_size(session, plan)
    if size.n_pairs == 0:
        problem = size_sentence(visitor, plan.shape, size)
        raise RefusedForm(problem, field="search" if plan.search else "models")


def _content(form: StaffForm) -> dict[str, Any]:
    """Return the part of a plan that says which questions and models: it can always be read."""
    like = form.row_id("like") if form.values.get("questions") == "same" else None
    filters: dict[str, Any] = {} if like else {name: tuple(form.several(name)) or None for name in FILTERS}
    search = None if like else form.text("search", longest=LONGEST_NAME) or None
    return {"models": tuple(form.several("models")), "search": search, "like": like, **filters}


def _n_questions(form: StaffForm, like: int | None) -> int | None:
    """Return the number of questions to draw, None for all; a clone that keeps its questions keeps all of them."""
    number = form.optional_number("n_questions", "staff_need_number", low=1, high=MOST)
    return None if like else number

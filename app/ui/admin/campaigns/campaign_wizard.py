"""The form for a new campaign, in steps: its content, the people, and a last step that shows what will be made.

What was entered is kept in the browser until the campaign is made, so a form that was left half-way loses nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zlib import crc32

import orjson
from sqlmodel import Session

from app.rendering.guidelines import guidelines_html
from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.campaigns.campaign_fields import (
    LONGEST_GUIDELINES,
    LONGEST_NAME,
    MOST,
    PAIRS_POLICY,
    default_values,
    drawing_values,
    guidelines_field,
    quality_fields,
    read_drawing,
    workload_fields,
)
from app.ui.admin.campaigns.campaign_summary import plan_summary, size_note
from app.ui.admin.campaigns.campaign_texts import CampaignTexts, created_sentence, size_sentence
from app.ui.admin.campaigns.campaigns_part import CampaignsPart, chosen_campaign
from app.ui.admin.campaigns.gold_fields import (
    GoldExample,
    gold_field,
    gold_preview,
    gold_text,
    is_about_gold,
    read_gold,
    wrong_gold,
)
from app.ui.admin.campaigns.scoring_fields import read_scoring, scoring_fields, scoring_values
from app.ui.admin.parts import FormParts, Option
from app.ui.admin.searching import chip_search
from app.ui.markup import Markup
from app.ui.visitor import RefusedForm, Visitor
from app.views.board import category_name, language_name
from app.views.campaign_words import SCORED_PAIRS, kind_key
from arena.campaigns.blindness import default_guidelines, telling_word
from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.forecast import forecast_size
from arena.campaigns.gold_files import check_gold_rows
from arena.campaigns.scoring import ScoringPlan
from arena.campaigns.settings import DrawingSettings, settings_of
from storage.accounts.raters import people
from storage.audit import sign
from storage.campaigns.campaigns import campaign_row, campaigns, contestants, guidelines, invite_raters, names
from storage.campaigns.gold import example_question
from storage.campaigns.gold_answers import list_gold
from storage.campaigns.question_choice import QuestionCounts, question_counts
from storage.errors import EvenhandError
from storage.values import CampaignKind, RatingLayout, Role

_FILTERS = ("category", "language", "source")
_KINDS = (CampaignKind.pairwise.value, SCORED_PAIRS, CampaignKind.satisfaction.value)
_SCORED = f"{SCORED_PAIRS}|{CampaignKind.satisfaction.value}"


@dataclass(frozen=True)
class WizardChoices:
    """What the form offers.

    Attributes:
        counts: numbers of questions by category, language and source.
        models: names of models that have responses.
        accounts: user names of people who may sign in.
        same: name of the questions of the campaign that is cloned; "" for a new one.
        example: a question and two models for an example of a gold item; None where there are none.
    """

    counts: QuestionCounts
    models: Sequence[str]
    accounts: Sequence[str]
    same: str
    example: GoldExample | None


class CampaignWizard(StaffPart):
    """Makes campaigns; administrators only."""

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this form by name."""
        return {
            name: StaffCall(Role.admin, answer)
            for name, answer in {
                "campaigns/new": self.new,
                "campaigns/clone": self.clone,
                "campaigns/preview": self.preview,
                "campaigns/create": self.create,
            }.items()
        }

    def new(self, form: StaffForm) -> StaffReply:
        """Show the form for a new campaign."""
        return self._form(
            form.visitor, {"kind": CampaignKind.pairwise.value, **default_values(), **scoring_values(None)}
        )

    def clone(self, form: StaffForm) -> StaffReply:
        """Show the form with the settings of a campaign, which keeps its questions unless others are chosen."""
        visitor = form.visitor
        with self.services.database.reading() as session:
            campaign = chosen_campaign(session, form)
            number = int(campaign.id or 0)
            models, n_questions = names(session, number)
            settings = settings_of(session, campaign)
            values: dict[str, Any] = {
                "name": visitor.say("staff_copy_of", name=campaign.name)[:LONGEST_NAME],
                "kind": kind_key(campaign.kind, campaign.dimensions),
                "questions": "same",
                "models": models,
                "guidelines": guidelines(session, number, campaign.guidelines_version),
                **drawing_values(settings),
                **scoring_values(campaign_row(session, number)),
                "gold_rows": gold_text(list_gold(session, number)),
            }
        same = visitor.say("staff_same_questions", name=campaign.name, n=n_questions)
        return self._form(visitor, values, like=number, same=same)

    def preview(self, form: StaffForm) -> StaffReply:
        """Show what the entries so far amount to: numbers, guidelines as raters see them, and the last step."""
        visitor = form.visitor
        body = form.text("guidelines", longest=LONGEST_GUIDELINES) or default_guidelines(_kind(form))
        shown = {"stf-wiz-guidelines": guidelines_html(self.services.renderer, body, visitor.language)}
        shown |= gold_preview(form)
        with self.services.database.reading() as session:
            try:
                plan = self._plan(form)
                self._check(session, visitor, plan)
            except RefusedForm as error:
                shown["stf-wiz-summary"] = parts.note(str(error), "is-alert")
                plan = _sketch(form, self.services.clock())
                shown["stf-wiz-size"] = size_note(visitor, plan, forecast_size(session, plan))
            else:
                size = forecast_size(session, plan)
                shown["stf-wiz-size"] = size_note(visitor, plan, size)
                shown["stf-wiz-summary"] = plan_summary(visitor, plan, size, form.several("people"))
        return StaffReply(parts=shown)

    def create(self, form: StaffForm) -> StaffReply:
        """Make the campaign, add its raters, and show it."""
        visitor, now = form.visitor, self.services.clock()
        plan = self._plan(form)
        with self.services.database.writing() as session:
            sign(session, visitor.author(now))
            self._check(session, visitor, plan)
            size = forecast_size(session, plan)
            try:
                number = create_campaign(session, plan, now=now)
            except EvenhandError as error:
                if not is_about_gold(error):
                    raise
                raise wrong_gold(visitor, error) from error
            ids = {person.username: person.rater_id for person in people(session)}
            invite_raters(session, number, [ids[name] for name in form.several("people") if name in ids])
        said = created_sentence(visitor, plan.shape, size, plan.name)
        shown = CampaignsPart(self.services).show(form, said, focus="stf-campaign", campaign=number)
        return replace(shown, cleared=True)

    def _form(
        self, visitor: Visitor, values: Mapping[str, Any], *, like: int | None = None, same: str = ""
    ) -> StaffReply:
        """Return the form with values; `like` is the campaign that is cloned, and `same` names its questions."""
        with self.services.database.reading() as session:
            counts = question_counts(session)
            models = list(contestants(session, ()))
            accounts = [one.username for one in people(session) if one.active]
            example = example_question(session)
            is_only = len(campaigns(session)) == 1
        starts = {kind: default_guidelines(_campaign_kind(kind)) for kind in _KINDS}
        form = FormParts(visitor, "wizard", {"guidelines": starts[values["kind"]], "questions": "filters", **values})
        steps = _steps(visitor, form, WizardChoices(counts, models, accounts, same, example))
        again = "campaigns/new" if like is None else "campaigns/clone"
        draft = f"campaign.{visitor.name}" if like is None else f"clone.{like}.{visitor.name}"
        inner = _frame(visitor, steps, again=again, finish=visitor.say("admin_create"))
        body = form.wrap("campaigns/create", inner, draft=draft, sends={"like": like, "campaign": like})
        written = render_plain(orjson.dumps(starts).decode())
        body = body.replace("<form ", f'<form data-steps data-live="campaigns/preview" data-starts="{written}" ', 1)
        back = "staff_back_to_list" if like is None and not is_only else "staff_back_to_campaign"
        close = parts.button(visitor.say(back), "campaigns", kind="is-quiet", key="back")
        said = '<p class="stf-said" role="status" tabindex="-1"></p>'
        title = visitor.say("admin_new_campaign")
        html = f'<div class="ui-stack">{said}{parts.card(title, body, identity="stf-new", closing=close)}</div>'
        return StaffReply(html=html, focus="stf-new")

    def _plan(self, form: StaffForm) -> CampaignPlan:
        """Return the campaign that the fields describe.

        Raises:
            RefusedForm: a field has a value that cannot be.
        """
        name = form.required("name", "admin_need_name", longest=LONGEST_NAME)
        settings = read_drawing(form, now=self.services.clock())
        rules = form.text("guidelines", longest=LONGEST_GUIDELINES)
        chosen = form.choice("kind", list(_KINDS))
        content = _content(form)
        kind = _campaign_kind(chosen)
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

    def _check(self, session: Session, visitor: Visitor, plan: CampaignPlan) -> None:
        """Check in advance what making the campaign would refuse, in the reader's language and at the field.

        Raises:
            RefusedForm: the campaign cannot be made.
        """
        known = contestants(session, plan.models)
        check_texts(visitor, list(known), name=plan.name, rules=plan.guidelines or "")
        if any(one.name == plan.name for one in campaigns(session)):
            raise RefusedForm(visitor.say("admin_name_taken", name=plan.name), field="name")
        try:
            check_gold_rows(session, plan.gold)
        except EvenhandError as error:
            raise wrong_gold(visitor, error) from error
        if plan.rules.gold_share and all(one.onboarding for one in plan.gold):
            raise RefusedForm(visitor.say("staff_gold_first"), field="gold_share")
        if (plan.rules.pause_after or 0) > len(plan.gold):
            raise RefusedForm(visitor.say("staff_gold_few", n=len(plan.gold)), field="pause_after")
        size = forecast_size(session, plan)
        if size.n_pairs == 0:
            problem = size_sentence(visitor, plan.shape, size)
            raise RefusedForm(problem, field="search" if plan.search else "models")


def _campaign_kind(chosen: str) -> CampaignKind:
    """Return the kind of a campaign for what the form names it."""
    return CampaignKind.satisfaction if chosen == CampaignKind.satisfaction else CampaignKind.pairwise


def _kind(form: StaffForm) -> CampaignKind:
    return _campaign_kind(form.text("kind"))


def _sketch(form: StaffForm, now: datetime) -> CampaignPlan:
    """Return a plan of what can be read so far: which questions and models, what raters do, and how often."""
    try:
        settings = read_drawing(form, now=now)
    except RefusedForm:
        settings = DrawingSettings()
    together = form.text("layout") == RatingLayout.side_by_side
    scoring = ScoringPlan(layout=RatingLayout.side_by_side) if together else None
    return CampaignPlan(
        "", kind=_kind(form), scoring=scoring, overlap=settings.overlap, rules=settings.rules, **_content(form)
    )


def check_texts(visitor: Visitor, models: Sequence[str], *, name: str, rules: str) -> None:
    """Refuse a name or guidelines that give a model away.

    Raises:
        RefusedForm: one of them does; the message stands at it.
    """
    for field, text in (("name", name), ("guidelines", rules)):
        told = telling_word(text, models)
        if told is not None:
            raise RefusedForm(visitor.say("staff_tells", word=told[0], model=told[1]), field=field)


def _content(form: StaffForm) -> dict[str, Any]:
    """Return the part of a plan that says which questions and models: it can always be read."""
    like = form.row_id("like") if form.values.get("questions") == "same" else None
    filters: dict[str, Any] = {} if like else {name: tuple(form.several(name)) or None for name in _FILTERS}
    search = None if like else form.text("search", longest=LONGEST_NAME) or None
    return {"models": tuple(form.several("models")), "search": search, "like": like, **filters}


def _n_questions(form: StaffForm, like: int | None) -> int | None:
    """Return the number of questions to draw, None for all; a clone that keeps its questions keeps all of them."""
    number = form.optional_number("n_questions", "staff_need_number", low=1, high=MOST)
    return None if like else number


def _steps(visitor: Visitor, form: FormParts, offered: WizardChoices) -> str:
    """Return all steps of the form."""
    say, texts = visitor.say, CampaignTexts(visitor)
    kinds: list[Option] = [(_choice(visitor, kind), kind) for kind in _KINDS]
    name = form.line("name", say("admin_name"), hint=say("admin_name_info"), longest=LONGEST_NAME)
    kind = form.boxes("kind", say("staff_kind_question"), kinds, kind="radio")
    every = say("staff_everything")
    models_info = say("admin_models_info")
    models = form.boxes("models", say("admin_models"), _same(offered.models), hint=models_info, everything=every)
    people_info = say("admin_invite_people_info")
    team = form.boxes("people", say("admin_invite_people"), _same(offered.accounts), hint=people_info)
    found = {"models": (models, len(offered.models)), "people": (team, len(offered.accounts))}
    models, team = (chip_search(visitor, html, f"staff_find_{key}", total=n) for key, (html, n) in found.items())
    steps = {
        "name": f'<div class="stf-narrow">{name}</div><div class="stf-kinds">{kind}</div>',
        "questions": _questions(visitor, form, offered),
        "models": models,
        "guidelines": guidelines_field(visitor, form, hint="staff_guidelines_hint", shown="stf-wiz-guidelines"),
        "scale": scoring_fields(texts, form),
        "workload": workload_fields(texts, form),
        "quality": quality_fields(texts, form, n_gold=None, gold=gold_field(texts, form, offered.example)),
        "people": team,
        "check": '<div id="stf-wiz-summary" class="ui-stack"></div>',
    }
    return "".join(
        _step(visitor, key, content, when=f"kind={_SCORED}" if key == "scale" else "") for key, content in steps.items()
    )


def _same(names: Sequence[str]) -> list[Option]:
    return [(name, name) for name in names]


def _counted(visitor: Visitor, what: str, counts: Mapping[str, int]) -> list[Option]:
    """Return the values of a filter with their numbers of questions."""
    naming = {"category": category_name, "language": language_name}.get(what)
    found: list[Option] = []
    for value, number in counts.items():
        known = value if naming is None else naming(value, visitor.language)
        found.append((f"{known or visitor.say('admin_none')} ({number:,})", value))
    return found


def _choice(visitor: Visitor, kind: str) -> Markup:
    """Return what raters do in a kind of campaign, and what for."""
    title, text = (render_plain(visitor.say(f"staff_kind_{kind}_{part}")) for part in ("long", "text"))
    return Markup(f'<strong>{title}</strong><span class="stf-why">{text}</span>')


def _step(visitor: Visitor, key: str, content: str, *, when: str) -> str:
    applies = f' data-when="{when}"' if when else ""
    name, title = (render_plain(visitor.say(f"staff_{part}_{key}")) for part in ("step", "title"))
    return f'<div data-step="{name}" data-key="{key}"{applies} hidden><h3 tabindex="-1">{title}</h3>{content}</div>'


def _frame(visitor: Visitor, steps: str, *, again: str, finish: str) -> str:
    """Return steps with the list of steps above and the buttons below."""
    say = visitor.say
    restored = (
        f'<p class="ui-note" data-restored hidden>{render_plain(say("staff_restored"))} '
        f'<button type="button" class="ui-button is-quiet" data-forget="{again}">{render_plain(say("staff_discard"))}'
        "</button></p>"
    )
    return (
        '<p class="stf-step-place" aria-hidden="true"></p>'
        f'<ol class="stf-steps" data-stepper aria-label="{render_plain(say("staff_steps"))}" '
        f'data-done="{render_plain(say("staff_step_done"))}" '
        f'data-place="{render_plain(say("staff_step_place", n="{n}", total="{total}", name="{name}"))}"></ol>'
        f"{restored}{steps}"
        f'<div class="stf-nav"><button type="button" class="ui-button" data-back data-go="0" hidden>'
        f"{render_plain(say('staff_previous'))}</button>"
        f'<button type="submit" class="ui-button is-primary" data-next>{render_plain(say("staff_next"))}</button>'
        f'<button type="submit" class="ui-button is-primary" data-finish hidden>{render_plain(finish)}</button>'
        '<div id="stf-wiz-size" role="status"></div></div>'
    )


def _questions(visitor: Visitor, form: FormParts, offered: WizardChoices) -> str:
    say = visitor.say
    which = ""
    if offered.same:
        choice = [(offered.same, "same"), (say("staff_other_questions"), "filters")]
        which = form.boxes("questions", say("admin_questions"), choice, kind="radio")
    filters, every = "", say("staff_everything")
    for name in _FILTERS:
        options = _counted(visitor, name, getattr(offered.counts, name))
        boxes = form.boxes(name, say(f"admin_{name}"), options, everything=every) if options else ""
        filters += chip_search(visitor, boxes, "staff_find_value", total=len(options))
    search = form.line("search", say("staff_search"), hint=say("staff_search_hint"), longest=LONGEST_NAME)
    number = form.number("n_questions", say("staff_n_questions"), hint=say("staff_n_questions_hint"), low=1)
    fields = f'<div class="stf-narrow ui-stack">{search}{number}</div>'
    return f"{which}{parts.lead(say('staff_questions_lead'))}{filters}{fields}"

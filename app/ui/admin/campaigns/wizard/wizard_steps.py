"""What the form for a new campaign shows: its steps with their fields, the list of steps, and the buttons below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.campaigns.campaign_fields import LONGEST_NAME, guidelines_field, workload_fields
from app.ui.admin.campaigns.campaign_texts import CampaignTexts
from app.ui.admin.campaigns.gold_fields import GoldExample, gold_field
from app.ui.admin.campaigns.quality_fields import quality_fields
from app.ui.admin.campaigns.scoring_fields import scoring_fields
from app.ui.admin.parts import FormParts, Option
from app.ui.admin.searching import chip_search
from app.ui.markup import Markup
from app.ui.visitor import Visitor
from app.views.board import category_name, language_name
from app.views.campaign_words import SCORED_PAIRS
from storage.campaigns.question_choice import QuestionCounts
from storage.values import CampaignKind

KINDS = (CampaignKind.pairwise.value, SCORED_PAIRS, CampaignKind.satisfaction.value)
"""What raters can do in a new campaign, as the form names it."""
FILTERS = ("category", "language", "source")
"""Fields that choose questions."""
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


def wizard_steps(visitor: Visitor, form: FormParts, offered: WizardChoices) -> str:
    """Return all steps of the form."""
    say, texts = visitor.say, CampaignTexts(visitor)
    kinds: list[Option] = [(_choice(visitor, kind), kind) for kind in KINDS]
    name = form.line("name", say("admin_name"), hint=say("admin_name_info"), longest=LONGEST_NAME)
    kind = form.boxes("kind", say("staff_kind_question"), kinds, kind="radio")
    every = say("staff_everything")
    models_info = say("admin_models_info")
    models = form.boxes("models", say("admin_models"), _same(offered.models), hint=models_info, everything=every)
    people_info = say("admin_invite_people_info")
    team = form.boxes("people", say("admin_invite_people"), _same(offered.accounts), hint=people_info)
    found = {"models": (models, len(offered.models)), "people": (team, len(offered.accounts))}
    models, team = (chip_search(visitor, html, f"staff_find_{key}", total=n) for key, (html, n) in found.items())
    if not offered.models:
        models = parts.empty(say("staff_models_none"), say("staff_models_none_text"))
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


def wizard_frame(visitor: Visitor, steps: str, *, again: str, finish: str) -> str:
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
    if not offered.counts.source:
        return parts.empty(say("staff_questions_none"), say("staff_questions_none_text"))
    filters, every = "", say("staff_everything")
    for name in FILTERS:
        options = _counted(visitor, name, getattr(offered.counts, name))
        boxes = form.boxes(name, say(f"admin_{name}"), options, everything=every) if options else ""
        filters += chip_search(visitor, boxes, "staff_find_value", total=len(options))
    search = form.line("search", say("staff_search"), hint=say("staff_search_hint"), longest=LONGEST_NAME)
    number = form.number("n_questions", say("staff_n_questions"), hint=say("staff_n_questions_hint"), low=1)
    fields = f'<div class="stf-narrow ui-stack">{search}{number}</div>'
    return f"{which}{parts.lead(say('staff_questions_lead'))}{filters}{fields}"

"""The form for a new campaign: questions, models, size and raters."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import gradio as gr
from sqlmodel import Session

from app.ui import markup
from app.ui.choices import ALL, Choice, chosen, filter_choices, number
from app.ui.labels import label
from app.ui.tab import READS, WRITES, Fill, block
from app.ui.visitor import Page, RefusedForm, Visitor, requires, tell
from arena.campaigns.blindness import default_guidelines
from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.forecast import forecast_size
from storage.accounts.raters import people
from storage.campaigns.campaigns import campaigns, contestants, invite_raters
from storage.campaigns.tallies import question_filters
from storage.values import Role, without_nul

LONGEST_NAME = 200
LONGEST_GUIDELINES = 20_000
MOST_OVERLAP = 100


class Form(NamedTuple):
    """Values of the form's fields, in page order."""

    name: str | None
    models: Sequence[str] | None
    category: str | None
    language: str | None
    source: str | None
    overlap: float | None
    guidelines: str | None
    people: Sequence[str] | None


class CampaignForm(Page):
    """Creates campaigns; admins only."""

    @requires(Role.reviewer)
    def offer(self, visitor: Visitor) -> tuple[Any, ...]:
        """Update the form's visibility and choices; the values entered stay."""
        if not visitor.may(Role.admin):
            return (gr.Column(visible=False), *[gr.skip()] * 5)
        with self.services.database.reading() as session:
            filters = question_filters(session)
            models = list(contestants(session, ()))
            accounts = [one.username for one in people(session) if one.active]
        return (
            gr.Column(visible=True),
            gr.Dropdown(choices=models),
            gr.Dropdown(choices=filter_choices(visitor, filters.category, of="category")),
            gr.Dropdown(choices=filter_choices(visitor, filters.language, of="language")),
            gr.Dropdown(choices=filter_choices(visitor, filters.source, of="source")),
            gr.Dropdown(choices=accounts),
        )

    @requires(Role.admin)
    def preview(self, visitor: Visitor, *sent: Any) -> str:  # noqa: ANN401  fields as Gradio sends them
        """Preview the number of pairs and votes of the campaign."""
        plan = _plan(visitor, Form(*sent))
        with self.services.database.reading() as session:
            return _preview(session, visitor, plan)

    @requires(Role.admin)
    def create(self, visitor: Visitor, *sent: Any) -> tuple[Any, ...]:  # noqa: ANN401  fields as Gradio sends them
        """Create the campaign, add its raters, select it in the list and clear the form."""
        form = Form(*sent)
        plan = _plan(visitor, form)
        with self.services.database.writing() as session:
            _check(session, visitor, plan)
            size = forecast_size(session, plan)
            made = create_campaign(session, plan, now=self.services.clock())
            ids = {person.username: person.rater_id for person in people(session)}
            invite_raters(session, made, [ids[name] for name in form.people or () if name in ids])
        tell(visitor, "admin_created", name=plan.name, pairs=size.n_pairs, verdicts=size.n_votes)
        option: Choice = (plan.name, str(made))
        return (gr.Dropdown(choices=[option], value=option[1]), "", gr.Accordion(open=False))

    def lay_out(self, after: Fill) -> Fill:
        """Add the form to the current Blocks.

        Args:
            after: refreshes the list; its only input is the campaign shown in detail.
        """
        with (
            gr.Column(visible=False) as whole,
            gr.Accordion(label("admin_new_campaign"), open=False, elem_classes="adm-fold") as fold,
        ):
            with gr.Row():
                name = gr.Textbox(
                    label=label("admin_name"), info=label("admin_name_info"), max_length=LONGEST_NAME, min_width=260
                )
                models = gr.Dropdown(
                    [],
                    multiselect=True,
                    label=label("admin_models"),
                    info=label("admin_models_info"),
                    min_width=260,
                )
            with gr.Row():
                filters = [_filter(what) for what in ("category", "language", "source")]
                overlap = gr.Number(
                    1, precision=0, minimum=1, maximum=MOST_OVERLAP, label=label("admin_overlap"), min_width=130
                )
            preview = block()
            invited = gr.Dropdown(
                [], multiselect=True, label=label("admin_invite_people"), info=label("admin_invite_people_info")
            )
            rules = gr.Textbox(
                default_guidelines(),
                label=label("admin_guidelines"),
                lines=8,
                max_lines=16,
                max_length=LONGEST_GUIDELINES,
            )
            create = gr.Button(label("admin_create"), variant="primary")
        fields = [name, models, *filters, overlap, rules, invited]
        for field in (models, *filters, overlap):
            field.input(self.preview, fields, [preview], **READS)
        made = create.click(self.create, fields, [*after.inputs, name, fold], **WRITES)
        made.success(after.show, after.inputs, after.outputs, **READS)
        fold.expand(self.preview, fields, [preview], **READS)
        return Fill(self.offer, [], [whole, models, *filters, invited])


def _filter(what: str) -> gr.Dropdown:
    return gr.Dropdown([(label("admin_all"), ALL)], value=ALL, label=label(f"admin_{what}"), min_width=130)


def _plan(visitor: Visitor, form: Form) -> CampaignPlan:
    """Return the campaign plan that the fields describe.

    Raises:
        RefusedForm: a field has an invalid value.
    """
    overlap = number(form.overlap)
    if overlap is None or not 1 <= overlap <= MOST_OVERLAP:
        raise RefusedForm(visitor.say("admin_need_overlap"))
    name, rules = (form.name or "").strip(), form.guidelines or ""
    for text, longest in ((name, LONGEST_NAME), (rules, LONGEST_GUIDELINES)):
        if len(text) > longest:
            raise RefusedForm(visitor.say("admin_too_long", longest=longest))
    return CampaignPlan(
        name=without_nul(name),
        models=tuple(form.models or ()),
        category=chosen(form.category),
        language=chosen(form.language),
        source=chosen(form.source),
        overlap=overlap,
        guidelines=without_nul(rules) if rules.strip() else None,
    )


def _check(session: Session, visitor: Visitor, plan: CampaignPlan) -> None:
    """Check in advance what `create_campaign` would refuse, with messages in the reader's language.

    Raises:
        RefusedForm: the campaign cannot be created.
    """
    if not plan.name:
        raise RefusedForm(visitor.say("admin_need_name"))
    for model in contestants(session, plan.models):
        if model.casefold() in plan.name.casefold():
            raise RefusedForm(visitor.say("admin_name_tells", model=model))
    if any(one.name == plan.name for one in campaigns(session)):
        raise RefusedForm(visitor.say("admin_name_taken", name=plan.name))
    if forecast_size(session, plan).n_pairs == 0:
        raise RefusedForm(visitor.say("admin_preview_none"))


def _preview(session: Session, visitor: Visitor, plan: CampaignPlan) -> str:
    size = forecast_size(session, plan)
    if size.n_pairs == 0:
        return markup.together(markup.nothing(visitor.say("admin_preview_none")))
    sizes = visitor.say(
        "admin_preview",
        models=size.n_models,
        questions=size.n_questions,
        pairs=size.n_pairs,
        verdicts=size.n_votes,
    )
    return markup.together(markup.summary(sizes))

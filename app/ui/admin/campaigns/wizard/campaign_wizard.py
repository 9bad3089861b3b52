"""The form for a new campaign, in steps, and the campaign that it makes.

What was entered is kept in the browser until the campaign is made, so a form that was left half-way loses nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from app.rendering.guidelines import guidelines_html
from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.campaigns.campaign_fields import LONGEST_GUIDELINES, LONGEST_NAME, default_values, drawing_values
from app.ui.admin.campaigns.campaign_texts import created_sentence
from app.ui.admin.campaigns.campaigns_part import CampaignsPart, chosen_campaign
from app.ui.admin.campaigns.gold_fields import gold_preview, gold_text, is_about_gold, wrong_gold
from app.ui.admin.campaigns.quality_fields import COST
from app.ui.admin.campaigns.scoring_fields import scoring_values
from app.ui.admin.campaigns.wizard.campaign_summary import checks_note, plan_summary, size_note
from app.ui.admin.campaigns.wizard.wizard_plan import check_plan, kind_of, read_plan, sketch_plan
from app.ui.admin.campaigns.wizard.wizard_steps import KINDS, WizardChoices, wizard_frame, wizard_steps
from app.ui.admin.parts import FormParts
from app.ui.visitor import RefusedForm, Visitor
from app.views.campaign_words import kind_key
from arena.campaigns.blindness import default_guidelines
from arena.campaigns.creation import create_campaign
from arena.campaigns.forecast import forecast_size
from arena.campaigns.settings import settings_of
from storage.accounts.raters import people
from storage.audit import sign
from storage.campaigns.campaigns import campaign_row, campaigns, contestants, guidelines, invite_raters, names
from storage.campaigns.gold import example_question
from storage.campaigns.gold_answers import list_gold
from storage.campaigns.question_choice import question_counts
from storage.errors import EvenhandError
from storage.values import CampaignKind, Role


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
        visitor, now = form.visitor, self.services.clock()
        body = form.text("guidelines", longest=LONGEST_GUIDELINES) or default_guidelines(kind_of(form.text("kind")))
        shown = {"stf-wiz-guidelines": guidelines_html(self.services.renderer, body, visitor.language)}
        shown |= gold_preview(form)
        with self.services.database.reading() as session:
            try:
                plan = read_plan(form, now=now)
                check_plan(session, form, plan)
            except RefusedForm as error:
                shown["stf-wiz-summary"] = parts.note(str(error), "is-alert")
                plan = sketch_plan(form, now=now)
                size = forecast_size(session, plan)
            else:
                size = forecast_size(session, plan)
                shown["stf-wiz-summary"] = plan_summary(visitor, plan, size, form.several("people"))
            shown["stf-wiz-size"] = size_note(visitor, plan, size)
            shown[COST] = checks_note(visitor, plan, size)
        return StaffReply(parts=shown)

    def create(self, form: StaffForm) -> StaffReply:
        """Make the campaign, add its raters, and show it."""
        visitor, now = form.visitor, self.services.clock()
        plan = read_plan(form, now=now)
        with self.services.database.writing() as session:
            sign(session, visitor.author(now))
            check_plan(session, form, plan)
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
        starts = {kind: default_guidelines(kind_of(kind)) for kind in KINDS}
        form = FormParts(visitor, "wizard", {"guidelines": starts[values["kind"]], "questions": "filters", **values})
        steps = wizard_steps(visitor, form, WizardChoices(counts, models, accounts, same, example))
        again = "campaigns/new" if like is None else "campaigns/clone"
        draft = f"campaign.{visitor.name}" if like is None else f"clone.{like}.{visitor.name}"
        inner = wizard_frame(visitor, steps, again=again, finish=visitor.say("admin_create"))
        body = form.wrap("campaigns/create", inner, draft=draft, sends={"like": like, "campaign": like})
        written = render_plain(orjson.dumps(starts).decode())
        body = body.replace("<form ", f'<form data-steps data-live="campaigns/preview" data-starts="{written}" ', 1)
        back = "staff_back_to_list" if like is None and not is_only else "staff_back_to_campaign"
        close = parts.button(visitor.say(back), "campaigns", kind="is-quiet", key="back")
        said = '<p class="stf-said" role="status" tabindex="-1"></p>'
        title = visitor.say("admin_new_campaign")
        html = f'<div class="ui-stack">{said}{parts.card(title, body, identity="stf-new", closing=close)}</div>'
        return StaffReply(html=html, focus="stf-new")

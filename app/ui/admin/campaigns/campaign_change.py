"""The form that changes a campaign: what each change does to open ballots is said before it is made.

The form carries a fingerprint of the settings that it showed. If somebody else changed them in the meantime, the
second person is told what was changed by whom, and keeps everything that was entered.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlmodel import Session

from app.rendering.guidelines import guidelines_html
from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.campaigns.campaign_fields import (
    LONGEST_GUIDELINES,
    LONGEST_NAME,
    drawing_values,
    guidelines_field,
    read_drawing,
    workload_fields,
)
from app.ui.admin.campaigns.campaign_texts import CampaignTexts
from app.ui.admin.campaigns.campaigns_part import (
    CampaignsPart,
    campaign_shape,
    chosen_campaign,
)
from app.ui.admin.campaigns.change_effects import OUTSIDE_DRAWS, changed_names, changed_values, differences, effects
from app.ui.admin.campaigns.entry_checks import check_known_answers, check_name, check_texts
from app.ui.admin.campaigns.gold_fields import (
    LONGEST_GOLD,
    GoldExample,
    gold_field,
    gold_lines,
    gold_preview,
    gold_text,
    is_about_gold,
    read_gold,
    wrong_gold,
)
from app.ui.admin.campaigns.quality_fields import quality_fields
from app.ui.admin.parts import FormParts
from app.ui.visitor import RefusedForm
from app.views.sentences import sentences
from arena.campaigns.gold_files import GoldRow, check_gold_rows, gold_difference, replace_gold_rows
from arena.campaigns.settings import DrawingSettings, change_campaign, guard_gold, settings_of
from storage.audit import Subject, audit_lines
from storage.campaigns import changing
from storage.campaigns.campaigns import campaigns, guidelines, names, set_guidelines
from storage.campaigns.changing import fingerprint, open_ballot_counts, rename_campaign
from storage.campaigns.gold import example_question
from storage.campaigns.gold_answers import list_gold
from storage.campaigns.tallies import workers
from storage.database.tables import Campaign
from storage.errors import EvenhandError
from storage.values import Role

_COUNT = "stf-change-count"
"""Id of the element with the settings that differ."""


class CampaignChange(StaffPart):
    """Changes campaigns; administrators only."""

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this form by name."""
        return {
            "campaigns/change": StaffCall(Role.admin, self.edit),
            "campaigns/draft": StaffCall(Role.admin, self.draft),
            "campaigns/save": StaffCall(Role.admin, self.save),
        }

    def edit(self, form: StaffForm) -> StaffReply:
        """Show the form with the present settings."""
        visitor = form.visitor
        with self.services.database.reading() as session:
            campaign = chosen_campaign(session, form)
            number = int(campaign.id or 0)
            values = self._values(session, campaign)
            shown = fingerprint(_present(session, number))
            seen = _last_change(session, number)
            n_gold = len(list_gold(session, number))
            example = example_question(session, number)
            texts = CampaignTexts(visitor, campaign_shape(session, number))
        fields = FormParts(visitor, "change", values)
        quality = _quality(texts, fields, values, example, campaign=campaign, n_gold=n_gold)
        say = visitor.say
        again = parts.note(say("staff_restored"))
        discard = (
            f'<div data-restored hidden class="ui-row">{again}<button type="button" class="ui-button is-quiet" '
            f'data-forget="campaigns/change">{render_plain(say("staff_discard"))}</button></div>'
        )
        body = "".join(
            [
                discard,
                parts.lead(texts.say("campaign_change_lead")),
                f'<div class="stf-narrow">{fields.line("name", say("admin_name"), longest=LONGEST_NAME)}</div>',
                parts.section(say("staff_step_workload"), workload_fields(texts, fields)),
                parts.section(say("staff_step_quality"), quality),
                parts.section(
                    say("staff_step_guidelines"),
                    guidelines_field(visitor, fields, hint="staff_guidelines_change", shown="stf-change-shown"),
                ),
                '<div class="stf-nav is-kept"><button type="submit" class="ui-button is-primary">',
                f"{render_plain(say('staff_save_changes'))}</button>",
                f'<div id="{_COUNT}" role="status">{parts.lead(say("staff_edit_none"))}</div></div>',
            ]
        )
        sends = {"campaign": number, "shown": shown, "seen": seen}
        whole = fields.wrap("campaigns/save", body, draft=f"change.{number}.{visitor.name}", sends=sends)
        whole = whole.replace("<form ", '<form data-live="campaigns/draft" ', 1)
        close = parts.button(say("staff_back_to_campaign"), "campaigns", kind="is-quiet", key="back", campaign=number)
        said = '<p class="stf-said" role="status" tabindex="-1"></p>'
        title = say("staff_change_title", name=campaign.name)
        html = (
            f'<div class="ui-stack">{said}{parts.card(title, whole, identity="stf-change-card", closing=close)}</div>'
        )
        return StaffReply(html=html, focus="stf-change-card")

    def draft(self, form: StaffForm) -> StaffReply:
        """Show the guidelines as raters would see them, and which settings differ."""
        body = form.text("guidelines", longest=LONGEST_GUIDELINES)
        shown = guidelines_html(self.services.renderer, body, form.visitor.language)
        return StaffReply(parts={"stf-change-shown": shown, _COUNT: self._count(form), **gold_preview(form)})

    def _count(self, form: StaffForm) -> str:
        """Return the names of the settings that differ; "" while a field has a value that cannot be."""
        visitor = form.visitor
        with self.services.database.reading() as session:
            campaign = chosen_campaign(session, form)
            number = int(campaign.id or 0)
            try:
                changes = differences(_present(session, number), self._wanted(session, form, campaign))
            except RefusedForm:
                return ""
            told = changed_names(visitor, campaign_shape(session, number), changes)
        if not told:
            return parts.lead(visitor.say("staff_edit_none"))
        return parts.lead(visitor.say("staff_edit_some", names=visitor.say("staff_and").join(told)))

    def save(self, form: StaffForm) -> StaffReply:
        """Store what differs, after the effects were read and confirmed."""
        visitor = form.visitor
        with self.services.database.reading() as session:
            campaign = chosen_campaign(session, form)
            number = int(campaign.id or 0)
            before = _present(session, number)
            wanted = self._wanted(session, form, campaign)
            changes = differences(before, wanted)
            others = self._others(session, form, before)
            is_open = open_ballot_counts(session, number)
            team = workers(session, number)
            shape = campaign_shape(session, number)
        if not changes:
            raise RefusedForm(visitor.say("staff_nothing_changed"))
        current = fingerprint(before)
        if form.values.get("agreed") != current:
            lines = [*others, *effects(visitor, shape, before, changes, is_open=is_open, team=team)]
            title = visitor.say("staff_conflict_title" if others else "staff_save_title", name=campaign.name)
            question = self.confirm(form, title, "\n".join(lines), ok=visitor.say("staff_save_changes"))
            values = changed_values(visitor, shape, before, changes)
            return replace(question, confirm={**dict(question.confirm or {}), "agreed": current, "changes": values})
        with self.services.changing(visitor) as session:
            changing.check_unchanged(_present(session, number), current)
            campaign = chosen_campaign(session, form)
            try:
                self._store(session, campaign, changes)
            except EvenhandError as error:
                if not is_about_gold(error):
                    raise
                raise wrong_gold(visitor, error) from error
            after = chosen_campaign(session, form)
            said = visitor.say("staff_changed", name=after.name, n=len(changes))
        shown = CampaignsPart(self.services).show(form, said, focus="stf-campaign", campaign=number)
        return replace(shown, cleared=True)

    def _store(self, session: Session, campaign: Campaign, changes: Mapping[str, Any]) -> None:
        number, now = int(campaign.id or 0), self.services.clock()
        if "gold_rows" in changes:
            replace_gold_rows(session, number, gold_lines(list_gold(session, number)), changes["gold_rows"], now=now)
        if drawing := {name: value for name, value in changes.items() if name not in OUTSIDE_DRAWS}:
            change_campaign(session, campaign, drawing, now=now)
        elif "gold_rows" in changes:
            guard_gold(session, campaign)
        if "name" in changes:
            rename_campaign(session, number, changes["name"])
        if "guidelines" in changes:
            set_guidelines(session, number, changes["guidelines"], now=now)

    def _values(self, session: Session, campaign: Campaign) -> dict[str, Any]:
        number = int(campaign.id or 0)
        body = guidelines(session, number, campaign.guidelines_version)
        return {
            "name": campaign.name,
            "guidelines": body,
            "gold_rows": gold_text(list_gold(session, number)),
            **drawing_values(settings_of(session, campaign)),
        }

    def _wanted(self, session: Session, form: StaffForm, campaign: Campaign) -> dict[str, Any]:
        """Return the settings that the form asks for, by name.

        Raises:
            RefusedForm: a field has a value that cannot be.
        """
        visitor, number = form.visitor, int(campaign.id or 0)
        name = form.required("name", "admin_need_name", longest=LONGEST_NAME)
        rules = form.required("guidelines", "staff_need_guidelines", longest=LONGEST_GUIDELINES)
        deadline = settings_of(session, campaign).rules.deadline
        settings = read_drawing(form, now=self.services.clock(), unchanged_deadline=deadline)
        check_texts(visitor, names(session, number)[0], name=name, rules=rules)
        check_name(visitor, (one for one in campaigns(session) if one.id != number), name)
        gold = _wanted_gold(session, form, number)
        check_known_answers(form, settings.rules, gold)
        return {"name": name, "guidelines": rules.replace("\r\n", "\n"), "gold_rows": gold, **_flat(settings)}

    def _others(self, session: Session, form: StaffForm, before: Mapping[str, Any]) -> list[str]:
        """Return what somebody else changed since the form was shown, in sentences; nothing if nobody did."""
        if form.values.get("shown") == fingerprint(before):
            return []
        seen, number = form.row_id("seen") or 0, form.row_id("campaign") or 0
        visitor = form.visitor
        texts = sentences(visitor.language)
        lines = [
            visitor.say(
                "staff_conflict_line",
                who=line.actor or visitor.say("staff_command_line"),
                what=texts.get(f"staff_what_{line.what}", line.what),
                old=line.old or "–",
                new=line.new or "–",
            )
            for line in audit_lines(session, subject=Subject.campaign, number=number, limit=5)
            if line.number > seen
        ]
        return [visitor.say("staff_conflict_lead"), *reversed(lines)]


def _flat(settings: DrawingSettings) -> dict[str, Any]:
    """Return settings by name, as `storage.campaigns.changing.settings_of` names them."""
    outer = {"overlap": settings.overlap, "policy": settings.policy, "uniform_share": settings.uniform_share}
    return outer | asdict(settings.rules)


def _present(session: Session, number: int) -> dict[str, Any]:
    """Return the settings of a campaign with its gold items by number."""
    return {**changing.settings_of(session, number), "gold_rows": gold_lines(list_gold(session, number))}


def _wanted_gold(session: Session, form: StaffForm, number: int) -> list[GoldRow]:
    """Return the gold items that the form asks for, those in force where it holds none."""
    present = gold_lines(list_gold(session, number))
    if "gold_rows" not in form.values:
        return list(present.values())
    wanted = read_gold(form)
    try:
        check_gold_rows(session, gold_difference(present, wanted)[1])
    except EvenhandError as error:
        raise wrong_gold(form.visitor, error) from error
    return wanted


def _quality(
    texts: CampaignTexts,
    form: FormParts,
    values: Mapping[str, Any],
    example: GoldExample | None,
    *,
    campaign: Campaign,
    n_gold: int,
) -> str:
    """Return the fields on checks, with the gold items where a form can hold them all."""
    if len(values["gold_rows"]) > LONGEST_GOLD:
        many = parts.note(texts.visitor.say("staff_gold_many", n=n_gold))
        return quality_fields(texts, form, n_gold=n_gold, gold=many)
    gold = gold_field(texts, form, example, campaign=campaign, is_open=n_gold > 0)
    return quality_fields(texts, form, n_gold=None, gold=gold)


def _last_change(session: Session, number: int) -> int:
    """Return the number of the latest change of a campaign, 0 if there is none."""
    return next((line.number for line in audit_lines(session, subject=Subject.campaign, number=number, limit=1)), 0)

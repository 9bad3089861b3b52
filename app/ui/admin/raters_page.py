"""The Raters tab: vote counts, sign-in, exclusion and invitations.

Admins only. Nothing is deleted here: excluding a rater keeps the votes in the store.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import gradio as gr
from sqlmodel import Session

from app.ui import markup
from app.ui.choices import ALL, Choice, campaign_choices, number, pick
from app.ui.labels import label
from app.ui.markup import Column, Markup
from app.ui.tab import READS, WRITES, Fill, action, block, intro
from app.ui.visitor import Page, RefusedForm, Visitor, requires, tell
from storage.accounts.raters import PEOPLE, set_active
from storage.campaigns.campaigns import campaigns
from storage.campaigns.tallies import RaterLine, n_open_invites, raters
from storage.ledger import preferences
from storage.values import Role, without_nul

MOST_LISTED = 300
LONGEST_REASON = 500
MOST_DAYS = 365
_NAMES = (Role.annotator, Role.reviewer, Role.admin)


class RatersPage(Page):
    """Shows and manages raters."""

    @requires(Role.admin)
    def show(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        """Show the list, the selection and the choices of the invitation form."""
        return self._everything(visitor, selected)

    @requires(Role.admin)
    def invite(self, visitor: Visitor, role: str, campaign: str | None, days: float | None) -> Any:  # noqa: ANN401
        """Create an invitation and show its link once."""
        lasts = number(days)
        if lasts is None or not 1 <= lasts <= MOST_DAYS:
            raise RefusedForm(visitor.say("admin_need_days"))
        if role not in [name.value for name in _NAMES]:
            raise RefusedForm(visitor.say("admin_error_bad_input"))
        wanted = number(campaign)
        with self.services.database.reading() as session:
            ids = {one.id for one in campaigns(session)}
        if wanted is not None and wanted not in ids:
            raise RefusedForm(visitor.say("admin_need_choice"))
        token = self.services.accounts.invite(
            Role(role), campaign_id=wanted, by=visitor.author(self.services.clock()), lasts=timedelta(days=lasts)
        )
        return gr.Textbox(value=f"{visitor.site}/invite/{token}", visible=True)

    @requires(Role.admin)
    def activate(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        """Enable sign-in for the selected person."""
        return self._set_active(visitor, selected, active=True)

    @requires(Role.admin)
    def deactivate(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        """Disable sign-in for the selected person and end their sessions."""
        return self._set_active(visitor, selected, active=False)

    @requires(Role.admin)
    def exclude(self, visitor: Visitor, selected: str | None, reason: str | None) -> tuple[Any, ...]:
        """Exclude the selected rater's votes from all leaderboards, and clear the reason field."""
        why = _reason(visitor, reason)
        with self.services.database.writing() as session:
            line = _line(session, visitor, selected)
            if line.exclusion is not None:
                raise RefusedForm(visitor.say("admin_excluded_already", name=line.name))
            actor, now = visitor.rater_id, self.services.clock()
            preferences.exclude(session, rater_id=line.rater_id, actor_id=actor, reason=why, now=now)
        tell(visitor, "admin_excluded_done", name=line.name)
        return (*self._everything(visitor, selected), "")

    @requires(Role.admin)
    def readmit(self, visitor: Visitor, selected: str | None, reason: str | None) -> tuple[Any, ...]:
        """Restore the selected rater's votes, and clear the reason field."""
        why = _reason(visitor, reason)
        with self.services.database.writing() as session:
            line = _line(session, visitor, selected)
            if line.exclusion is None:
                raise RefusedForm(visitor.say("admin_counts_already", name=line.name))
            actor, now = visitor.rater_id, self.services.clock()
            preferences.readmit(session, rater_id=line.rater_id, actor_id=actor, reason=why, now=now)
        tell(visitor, "admin_readmitted", name=line.name)
        return (*self._everything(visitor, selected), "")

    def _set_active(self, visitor: Visitor, selected: str | None, *, active: bool) -> tuple[Any, ...]:
        with self.services.database.writing() as session:
            line = _line(session, visitor, selected)
            if line.active is None:
                raise RefusedForm(visitor.say("admin_no_account"))
            if line.rater_id == visitor.rater_id:
                raise RefusedForm(visitor.say("admin_not_yourself"))
            set_active(session, line.rater_id, active=active)
        tell(visitor, "admin_activated" if active else "admin_deactivated", name=line.name)
        return self._everything(visitor, selected)

    def _everything(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        with self.services.database.reading() as session:
            lines = raters(session)
            all_campaigns = campaigns(session)
            n_open = n_open_invites(session, now=self.services.clock())
        offered: list[Choice] = [(line.name, str(line.rater_id)) for line in lines]
        nobody: Choice = (visitor.say("admin_none"), ALL)
        return (
            _listing(visitor, lines, n_open),
            pick(selected, offered),
            gr.Radio(choices=[(visitor.say(f"admin_role_{role.value}"), role.value) for role in _NAMES]),
            gr.Dropdown(choices=[nobody, *campaign_choices(all_campaigns)]),
        )

    def lay_out(self) -> Fill:
        """Add the tab to the current Blocks."""
        refresh = intro("admin_raters_lead")
        listed = block()
        with gr.Accordion(label("admin_invite"), open=True, elem_classes="adm-fold"):
            with gr.Row(elem_classes="adm-filters"):
                roles = [(label(f"admin_role_{role.value}"), role.value) for role in _NAMES]
                role = gr.Radio(roles, value=Role.annotator.value, label=label("admin_invite_role"), min_width=360)
                nothing = [(label("admin_none"), ALL)]
                campaign = gr.Dropdown(nothing, value=ALL, label=label("admin_invite_campaign"), min_width=180)
                days = gr.Number(
                    14, precision=0, minimum=1, maximum=MOST_DAYS, label=label("admin_invite_days"), min_width=130
                )
                make = action("admin_invite_make", variant="primary")
            link = gr.Textbox(
                label=label("admin_invite_link"),
                info=label("admin_invite_once"),
                interactive=False,
                visible=False,
                buttons=["copy"],
                elem_id="adm-invite-link",
            )
        with gr.Accordion(label("admin_manage"), open=False, elem_classes="adm-fold"):
            with gr.Row(elem_classes="adm-filters"):
                selected = gr.Dropdown([], label=label("admin_choose_rater"), min_width=200)
                activate = action("admin_activate")
                deactivate = action("admin_deactivate")
            with gr.Row(elem_classes="adm-filters"):
                reason = gr.Textbox(
                    label=label("admin_reason"),
                    info=label("admin_reason_info"),
                    max_length=LONGEST_REASON,
                    min_width=260,
                    scale=3,
                )
                exclude = action("admin_exclude")
                readmit = action("admin_readmit")
        outputs = [listed, selected, role, campaign]
        make.click(self.invite, [role, campaign, days], [link], **WRITES)
        refresh.click(self.show, [selected], outputs, **READS)
        activate.click(self.activate, [selected], outputs, **WRITES)
        deactivate.click(self.deactivate, [selected], outputs, **WRITES)
        exclude.click(self.exclude, [selected, reason], [*outputs, reason], **WRITES)
        readmit.click(self.readmit, [selected, reason], [*outputs, reason], **WRITES)
        return Fill(self.show, [selected], outputs)


def _line(session: Session, visitor: Visitor, selected: str | None) -> RaterLine:
    """Return the selected rater.

    Raises:
        RefusedForm: no rater is selected, or the rater no longer exists.
    """
    wanted = number(selected)
    for line in raters(session):
        if line.rater_id == wanted:
            return line
    raise RefusedForm(visitor.say("admin_need_rater"))


def _reason(visitor: Visitor, reason: str | None) -> str:
    """Return the reason entered.

    Raises:
        RefusedForm: the reason is empty or too long.
    """
    why = without_nul((reason or "").strip())
    if not why:
        raise RefusedForm(visitor.say("admin_need_reason"))
    if len(why) > LONGEST_REASON:
        raise RefusedForm(visitor.say("admin_too_long", longest=LONGEST_REASON))
    return why


def _listing(visitor: Visitor, lines: Sequence[RaterLine], n_open: int) -> str:
    columns = [
        Column(visitor.say("admin_sign_in_name")),
        Column(visitor.say("admin_role")),
        Column(visitor.say("admin_state")),
        Column(visitor.say("admin_campaigns"), minor=True),
        Column(visitor.say("admin_votes"), "number"),
    ]
    rows = [
        (
            line.name,
            "" if line.role is None or line.active is None else visitor.say(f"admin_role_{line.role.value}"),
            _state(visitor, line),
            ", ".join(line.campaigns),
            line.votes,
        )
        for line in lines[:MOST_LISTED]
    ]
    more = len(lines) - MOST_LISTED
    return markup.together(
        markup.table(visitor.say("admin_tab_raters"), columns, rows)
        if rows
        else markup.nothing(visitor.say("admin_raters_none")),
        *([markup.lead(visitor.say("admin_more_raters", n=more))] if more > 0 else []),
        *([markup.lead(visitor.say("admin_open_invites", n=n_open))] if n_open else []),
    )


def _state(visitor: Visitor, line: RaterLine) -> Markup:
    """Return a badge for the rater's state: excluded, imported, deleted, active or inactive."""
    if line.exclusion is not None:
        return markup.badge(visitor.say("admin_excluded", reason=line.exclusion), kind="alert")
    if line.active is None:
        erased = line.source == PEOPLE
        text = visitor.say("admin_erased") if erased else visitor.say("admin_imported", source=line.source)
        return markup.badge(text, kind="quiet")
    word, kind = ("admin_active", "open") if line.active else ("admin_inactive", "paused")
    return markup.badge(visitor.say(word), kind=kind)

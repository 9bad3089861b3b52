"""The Live arena page: models of live campaigns with their failure rates, to switch on and off."""

from collections.abc import Mapping

from app.models.moderation import ModerationCause
from app.rendering.html import render_plain
from app.ui import markup
from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.parts import Heading
from app.ui.markup import Markup
from app.ui.visitor import Visitor
from storage.conversations.live_campaigns import LiveModelLine, counts, live_models, n_identity_prompts, switch_model
from storage.errors import NotFound
from storage.values import Role

COMMANDS = ("evenhand serve --models models.toml", 'evenhand campaign live "Live arena" --model wren --model finch')
"""Offer models, and create a live campaign with two of them."""
FINDINGS = ("identity", *(f"{text}_{why}" for text in ("prompt", "answer") for why in ModerationCause))


class LivePart(StaffPart):
    """Shows the models of live campaigns; administrators switch them."""

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this page by name."""
        return {"live": StaffCall(Role.reviewer, self.show), "live/switch": StaffCall(Role.admin, self.switch)}

    def show(self, form: StaffForm) -> StaffReply:
        """Show all models."""
        return StaffReply(html=self._page(form.visitor))

    def switch(self, form: StaffForm) -> StaffReply:
        """Switch a model on or off for new conversations."""
        visitor, number = form.visitor, form.row_id("model")
        with self.services.changing(visitor) as session:
            line = next((one for one in live_models(session) if one.id == number), None)
            if line is None:
                raise NotFound("this model is in no live campaign; reload the page")
            now = self.services.clock()
            switch_model(session, line.id, is_on=not line.is_on, actor_id=visitor.rater_id, now=now)
        said = visitor.say(f"staff_live_switched_{'off' if line.is_on else 'on'}", name=line.name)
        return StaffReply(html=self._page(visitor), said=said)

    def _page(self, visitor: Visitor) -> str:
        with self.services.database.reading() as session:
            lines, found, asked = live_models(session), counts(session), n_identity_prompts(session)
        said = '<p class="stf-said" role="status" tabindex="-1"></p>'
        trial = f'<a class="ui-button" href="/try">{render_plain(visitor.say("staff_live_try"))}</a>'
        if lines:
            shown = f"{_table(visitor, lines)}<p>{trial}</p>{_findings(visitor, {'identity': asked} | found)}"
        else:
            then = f"{markup.commands(COMMANDS).html}<p>{trial}</p>"
            shown = parts.empty(visitor.say("staff_live_none"), visitor.say("staff_live_none_text"), then)
        return f'<div class="ui-stack">{parts.lead(visitor.say("staff_live_lead"))}{said}{shown}</div>'


def _findings(visitor: Visitor, numbers: Mapping[str, int]) -> str:
    """How often raters asked for names, and what moderation found; one sentence while nothing was."""
    title = visitor.say("staff_live_checks")
    if not any(numbers.get(name) for name in FINDINGS):
        return parts.card(title, parts.lead(visitor.say("staff_live_checks_none")))
    headings = [Heading(visitor.say("staff_live_what")), Heading(visitor.say("staff_live_number"), is_number=True)]
    rows = [(visitor.say(f"staff_live_{name}"), numbers.get(name, 0)) for name in FINDINGS]
    lead = parts.lead(visitor.say("staff_live_checks_lead"))
    return parts.card(title, lead + parts.table(title, headings, rows))


def _table(visitor: Visitor, lines: list[LiveModelLine]) -> str:
    headings = [
        Heading(visitor.say("staff_live_model")),
        Heading(visitor.say("admin_state")),
        Heading(visitor.say("staff_live_finished"), is_number=True),
        Heading(visitor.say("staff_live_failed"), is_number=True),
        Heading(visitor.say("staff_live_rate"), is_number=True),
        Heading(""),
    ]
    rows = [
        (
            parts.name_of(line.name),
            parts.badge(
                visitor.say("staff_live_on" if line.is_on else "staff_live_off"), "is-done" if line.is_on else ""
            ),
            line.counts.finished,
            line.counts.failed,
            "–" if line.counts.failure_rate is None else f"{100 * line.counts.failure_rate:.1f}%",
            Markup(_button(visitor, line) if visitor.may(Role.admin) else ""),
        )
        for line in lines
    ]
    return parts.table(visitor.say("admin_tab_live"), headings, rows, is_wide=True, is_cards=True)


def _button(visitor: Visitor, line: LiveModelLine) -> str:
    text = visitor.say("staff_live_switch_off" if line.is_on else "staff_live_switch_on")
    return parts.button(text, "live/switch", kind="is-quiet", key=f"live-{line.id}", model=line.id)

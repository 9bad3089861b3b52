"""Invitations on the Raters page: make a link, list all links with their state, and revoke one."""

from collections.abc import Sequence
from datetime import timedelta

from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.parts import BadgeKind, FormParts, Heading, Option
from app.ui.markup import Markup, row_cut
from app.ui.visitor import RefusedForm, Visitor
from app.views.board import language_name
from storage.accounts.invites import InviteLine, InviteState, invites, revoke_invite
from storage.campaigns.campaigns import campaigns
from storage.values import LANGUAGES, Language, Role

MOST_DAYS = 365
MOST_SHOWN = 50
FORM = "stf-invitations"
"""Id of the form that makes a link."""
_KINDS: dict[InviteState, BadgeKind] = {InviteState.open: "is-open", InviteState.used: "is-done"}
_ROLES = (Role.annotator, Role.reviewer, Role.admin)


class InvitationsPart(StaffPart):
    """Makes and revokes invitations; administrators only."""

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this part by name."""
        return {
            "invitations/make": StaffCall(Role.admin, self.make),
            "invitations/revoke": StaffCall(Role.admin, self.revoke),
        }

    def make(self, form: StaffForm) -> StaffReply:
        """Make a link and show it, once."""
        visitor = form.visitor
        role = Role(form.choice("role", [role.value for role in _ROLES]))
        days = form.number("days", "admin_need_days", low=1, high=MOST_DAYS)
        chosen = form.text("language")
        language: Language | None = next((code for code in LANGUAGES if code == chosen), None)
        campaign = form.row_id("campaign")
        with self.services.database.reading() as session:
            known = {one.id for one in campaigns(session)}
        if campaign is not None and campaign not in known:
            raise RefusedForm(visitor.say("admin_need_choice"), field="campaign")
        token = self.services.accounts.invite(
            role,
            campaign_id=campaign,
            by=visitor.author(self.services.clock()),
            lasts=timedelta(days=days),
            language=language,
        )
        link = f"{visitor.site}/invite/{token}"
        return StaffReply(
            parts={"stf-invite-made": _link(visitor, link), "stf-invites": self._list(visitor)},
            said=visitor.say("staff_invited"),
            focus="stf-invite-link",
        )

    def revoke(self, form: StaffForm) -> StaffReply:
        """Make an open link useless."""
        visitor = form.visitor
        name = form.text("invitation")
        if not form.is_confirmed:
            title = visitor.say("staff_revoke_title", name=name)
            return self.confirm(form, title, visitor.say("staff_revoke_text"), ok=visitor.say("staff_revoke"))
        with self.services.changing(visitor) as session:
            revoke_invite(session, name, now=self.services.clock())
        return StaffReply(parts={"stf-invites": self._list(visitor)}, said=visitor.say("staff_revoked", name=name))

    def _list(self, visitor: Visitor) -> str:
        with self.services.database.reading() as session:
            return invitation_links(visitor, invites(session, now=self.services.clock()))


def invitation_form(visitor: Visitor, campaigns_offered: Sequence[Option]) -> str:
    """Return the form that makes a link, which opens on demand.

    Args:
        visitor: the reader.
        campaigns_offered: names and ids of campaigns that a new account can join.
    """
    form = FormParts(visitor, "invite", {"role": Role.annotator.value, "days": 14})
    roles = [(visitor.say(f"admin_role_{role.value}"), role.value) for role in _ROLES]
    nothing = (visitor.say("admin_none"), "")
    languages = [(language_name(code, visitor.language), code) for code in LANGUAGES]
    fields = "".join(
        [
            form.select("role", visitor.say("admin_invite_role"), roles),
            form.select("campaign", visitor.say("admin_invite_campaign"), [nothing, *campaigns_offered]),
            form.select("language", visitor.say("admin_language"), [(visitor.say("staff_browser"), ""), *languages]),
            form.number("days", visitor.say("admin_invite_days"), low=1, high=MOST_DAYS),
        ]
    )
    made = '<div id="stf-invite-made"></div>'
    make = parts.html_of(
        '<button type="submit" class="ui-button is-primary">',
        parts.name_of(visitor.say("admin_invite_make")),
        "</button>",
    ).html
    body = form.wrap(
        "invitations/make", f'<div class="ui-bar stf-bar">{fields}</div><div class="ui-row">{make}</div>{made}'
    )
    title = visitor.say("admin_invite")
    return _fold_card(title, f"{parts.lead(visitor.say('staff_invite_lead'))}{body}", identity=FORM)


def invitation_links(visitor: Visitor, offers: Sequence[InviteLine]) -> str:
    """Return the list of all links, which opens on demand; "" where there are none."""
    if not offers:
        return ""
    is_open = sum(offer.state is InviteState.open for offer in offers)
    title = visitor.say("staff_invitations_n", n=is_open)
    return _fold_card(title, _listing(visitor, offers), identity="stf-links")


def _fold_card(title: str, content: str, *, identity: str) -> str:
    """Return a card that opens on demand and stays as it was when the page is made anew."""
    return (
        f'<details class="stf-fold-card" id="{identity}" data-keep="{identity}">'
        f'<summary>{parts.name_of(title).html}</summary><div class="ui-stack">{content}</div></details>'
    )


def _link(visitor: Visitor, link: str) -> str:
    """Return the field with a new link, to copy."""
    copied = visitor.say("staff_copied")
    return (
        '<div class="ui-field"><label for="stf-invite-link">'
        f'{visitor.say("admin_invite_link")}</label><div class="stf-with">'
        f'<input class="ui-input" id="stf-invite-link" readonly value="{link}" dir="ltr">'
        f'<button type="button" class="ui-button" data-copy="stf-invite-link" data-done="{copied}">'
        f"{visitor.say('staff_copy')}</button></div>"
        f'<p class="ui-hint">{visitor.say("admin_invite_once")}</p></div>'
    )


def _listing(visitor: Visitor, offers: Sequence[InviteLine]) -> str:
    headings = [
        Heading(visitor.say("staff_invitation")),
        Heading(visitor.say("admin_state")),
        Heading(visitor.say("admin_role")),
        Heading(visitor.say("admin_campaign"), is_minor=True),
        Heading(visitor.say("admin_language"), is_minor=True),
        Heading(visitor.say("staff_expires"), is_minor=True),
        Heading(visitor.say("staff_used_by"), is_minor=True),
        Heading(""),
    ]
    rows = [
        (
            Markup(f"<code>{offer.name}</code>"),
            parts.badge(visitor.say(f"staff_invite_{offer.state.value}"), _KINDS.get(offer.state, "")),
            visitor.say(f"admin_role_{offer.role.value}"),
            parts.name_of(offer.campaign or ""),
            "" if offer.language is None else language_name(offer.language, visitor.language),
            offer.expires_at.strftime("%Y-%m-%d"),
            parts.name_of(offer.used_by or ""),
            Markup(_revoke(visitor, offer)),
        )
        for offer in offers[:MOST_SHOWN]
    ]
    cut = row_cut(len(rows), visitor.language)
    return parts.table(visitor.say("staff_invitations"), headings, rows, is_wide=True, cut=cut, is_cards=True)


def _revoke(visitor: Visitor, offer: InviteLine) -> str:
    if offer.state is not InviteState.open:
        return ""
    return parts.button(
        visitor.say("staff_revoke"),
        "invitations/revoke",
        kind="is-quiet",
        key=f"revoke-{offer.name}",
        invitation=offer.name,
    )

"""The Raters page: everyone who rates, with what is true of each now, and what an administrator can change.

Nothing is deleted here but an account: excluding a rater keeps the votes in the store.
"""

from collections.abc import Sequence

from sqlmodel import Session

from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.invitations_part import FORM, invitation_form, invitation_links
from app.ui.admin.parts import FormParts, Heading, Option
from app.ui.admin.searching import row_search
from app.ui.markup import Markup, row_cut
from app.ui.visitor import RefusedForm, Visitor
from app.views.sentences import joined
from app.web.accounts.passwords import LONGEST, SHORTEST
from storage.accounts.invites import invites
from storage.accounts.raters import PEOPLE, erase_person, set_active, set_role
from storage.campaigns.campaigns import campaigns
from storage.campaigns.tallies import RaterLine, raters
from storage.conversations.uploads import search_pictures
from storage.ledger import preferences
from storage.values import Role

MOST_LISTED = 300
ROWS = 12
"""Raters that are shown at first."""
LONGEST_REASON = 500
ROLES = (Role.annotator, Role.reviewer, Role.admin)


class RatersPart(StaffPart):
    """Shows and manages raters; administrators only."""

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this page by name."""
        return {
            name: StaffCall(Role.admin, answer)
            for name, answer in {
                "raters": self.show,
                "raters/open": self.open,
                "raters/role": self.set_role,
                "raters/sign-in": self.set_sign_in,
                "raters/password": self.set_password,
                "raters/exclude": self.exclude,
                "raters/readmit": self.readmit,
                "raters/erase": self.erase,
            }.items()
        }

    def show(self, form: StaffForm, said: str = "", *, focus: str = "", rater: int | None = None) -> StaffReply:
        """Show the rater who is opened, the form that invites a person, the list, and the invitation links."""
        visitor = form.visitor
        wanted = form.row_id("rater") if rater is None else rater
        with self.services.database.reading() as session:
            lines = raters(session)
            offers = invites(session, now=self.services.clock())
            names = [(campaign.name, str(campaign.id)) for campaign in campaigns(session) if campaign.state != "closed"]
        opened = next((line for line in lines if line.rater_id == wanted), None)
        html = "".join(
            [
                '<div class="ui-stack">',
                f'<div class="stf-head">{parts.lead(_who(visitor, lines))}',
                f'<button type="button" class="ui-button is-primary" data-jump="{FORM}" aria-controls="{FORM}" ',
                'aria-expanded="false">',
                f"{render_plain(visitor.say('admin_invite'))}</button></div>",
                '<p class="stf-said" role="status" tabindex="-1"></p>',
                invitation_form(visitor, names),
                "" if opened is None else _details(visitor, opened),
                _listing(visitor, lines, None if opened is None else opened.rater_id),
                f'<div id="stf-invites">{invitation_links(visitor, offers)}</div>',
                "</div>",
            ]
        )
        state = {"rater": None if opened is None else opened.rater_id}
        return StaffReply(html=html, said=said, state=state, focus=focus)

    def open(self, form: StaffForm) -> StaffReply:
        """Show what can be changed about one rater."""
        return self.show(form, focus="stf-rater")

    def set_role(self, form: StaffForm) -> StaffReply:
        """Change the role of a person, from the next request on."""
        role = Role(form.choice("role", [role.value for role in ROLES]))
        with self.services.changing(form.visitor) as session:
            line = self._person(session, form)
            if line.rater_id == form.visitor.rater_id:
                raise RefusedForm(form.visitor.say("staff_not_own_role"), field="role")
            set_role(session, line.rater_id, role)
        return self.show(form, form.visitor.say("staff_role_done", name=line.name, role=_role(form.visitor, role)))

    def set_sign_in(self, form: StaffForm) -> StaffReply:
        """Enable or disable the sign-in of a person."""
        active = form.values.get("active") is True
        with self.services.changing(form.visitor) as session:
            line = self._person(session, form)
            if line.rater_id == form.visitor.rater_id:
                raise RefusedForm(form.visitor.say("admin_not_yourself"))
            set_active(session, line.rater_id, active=active)
            after = self._line(session, form)
        return self.show(form, _sentence_of_state(form.visitor, after))

    def set_password(self, form: StaffForm) -> StaffReply:
        """Set a password and sign the person out everywhere."""
        visitor = form.visitor
        value = form.values.get("password")
        password = value if isinstance(value, str) else ""
        if not SHORTEST <= len(password) <= LONGEST:
            raise RefusedForm(visitor.say("staff_need_password", low=SHORTEST, high=LONGEST), field="password")
        with self.services.database.reading() as session:
            line = self._person(session, form)
        self.services.accounts.set_password(line.rater_id, password, by=visitor.author(self.services.clock()))
        return self.show(form, visitor.say("staff_password_done", name=line.name))

    def exclude(self, form: StaffForm) -> StaffReply:
        """Leave the votes of a rater out of all leaderboards."""
        visitor = form.visitor
        reason = form.required("reason", "admin_need_reason", longest=LONGEST_REASON)
        with self.services.database.reading() as session:
            line = self._line(session, form)
        if line.exclusion is not None:
            raise RefusedForm(visitor.say("admin_excluded_already", name=line.name))
        if not form.is_confirmed:
            text = visitor.say("staff_exclude_text", n=line.votes + line.ratings)
            title = visitor.say("staff_exclude_title", name=line.name)
            return self.confirm(form, title, text, ok=visitor.say("admin_exclude"))
        now = self.services.clock()
        with self.services.changing(visitor) as session:
            preferences.exclude(session, rater_id=line.rater_id, actor_id=visitor.rater_id, reason=reason, now=now)
            after = self._line(session, form)
        return self.show(form, _sentence_of_state(visitor, after))

    def readmit(self, form: StaffForm) -> StaffReply:
        """Let the votes of a rater count again."""
        visitor = form.visitor
        reason = form.required("reason", "admin_need_reason", longest=LONGEST_REASON)
        now = self.services.clock()
        with self.services.changing(visitor) as session:
            line = self._line(session, form)
            if line.exclusion is None:
                raise RefusedForm(visitor.say("admin_counts_already", name=line.name))
            preferences.readmit(session, rater_id=line.rater_id, actor_id=visitor.rater_id, reason=reason, now=now)
            after = self._line(session, form)
        return self.show(form, _sentence_of_state(visitor, after))

    def erase(self, form: StaffForm) -> StaffReply:
        """Delete the account and the comments of a person for good."""
        visitor = form.visitor
        with self.services.database.reading() as session:
            line = self._person(session, form)
        if line.rater_id == visitor.rater_id:
            raise RefusedForm(visitor.say("admin_not_yourself"))
        if not form.is_confirmed:
            title = visitor.say("staff_erase_title", name=line.name)
            return self.confirm(form, title, visitor.say("staff_erase_text"), ok=visitor.say("staff_erase"))
        with self.services.database.reading() as session:
            searched = search_pictures(session, line.rater_id)
        with self.services.changing(visitor) as session:
            erase_person(session, line.rater_id, searched, now=self.services.clock())
        return self.show(form, visitor.say("staff_erased", name=line.name))

    def _line(self, session: Session, form: StaffForm) -> RaterLine:
        """Return the opened rater.

        Raises:
            RefusedForm: no rater is opened, or the rater no longer exists.
        """
        wanted = form.row_id("rater")
        for line in raters(session):
            if line.rater_id == wanted:
                return line
        raise RefusedForm(form.visitor.say("admin_need_rater"))

    def _person(self, session: Session, form: StaffForm) -> RaterLine:
        line = self._line(session, form)
        if line.active is None:
            raise RefusedForm(form.visitor.say("admin_no_account"))
        return line


def _who(visitor: Visitor, lines: Sequence[RaterLine]) -> str:
    """Return what the list holds, and how many people that are."""
    active = sum(line.active is True for line in lines)
    told = [visitor.say("admin_raters_lead"), visitor.say("staff_raters_sum", n=len(lines), active=active)]
    return joined(told, visitor.language)


def _role(visitor: Visitor, role: Role) -> str:
    return visitor.say(f"admin_role_{role.value}")


def _sentence_of_state(visitor: Visitor, line: RaterLine) -> str:
    """Return what is true of a rater now: whether they can sign in, and whether their votes count."""
    sentences = []
    if line.active is not None:
        sentences.append(visitor.say("staff_can_sign_in" if line.active else "staff_cannot_sign_in", name=line.name))
    votes = "staff_votes_count" if line.exclusion is None else "staff_votes_excluded"
    sentences.append(visitor.say(votes, name=line.name, n=line.votes + line.ratings))
    return joined(sentences, visitor.language)


def chips(visitor: Visitor, line: RaterLine) -> Markup:
    """Return one chip for each thing that is unusual about a rater; an active one whose votes count has none."""
    found = []
    if line.active is None:
        erased = line.source == PEOPLE
        text = visitor.say("admin_erased") if erased else visitor.say("admin_imported", source=line.source)
        found.append(parts.badge(text))
    elif not line.active:
        found.append(parts.badge(visitor.say("admin_inactive")))
    if line.exclusion is not None:
        found.append(parts.badge(visitor.say("staff_votes_out"), "is-alert"))
    return parts.html_of('<span class="ui-row stf-badges">', *found, "</span>") if found else Markup("")


def _listing(visitor: Visitor, lines: Sequence[RaterLine], opened: int | None) -> str:
    """Return the list: first those whose votes are excluded, then people with an account, then imported raters."""
    if not lines:
        return parts.empty(visitor.say("admin_raters_none"), visitor.say("staff_raters_none_text"))
    headings = [
        Heading(visitor.say("admin_sign_in_name")),
        Heading(visitor.say("admin_role"), is_minor=True),
        Heading(visitor.say("admin_state")),
        Heading(visitor.say("admin_campaigns"), is_minor=True),
        Heading(visitor.say("admin_votes"), is_number=True),
        Heading(visitor.say("staff_ratings"), is_number=True),
        Heading(""),
    ]
    ordered = sorted(lines, key=lambda line: (line.exclusion is None, line.active is None))
    rows = [
        (
            _name(visitor, line),
            "" if line.role is None or line.active is None else _role(visitor, line.role),
            chips(visitor, line),
            parts.name_of(_some(line.campaigns)) if line.campaigns else "",
            line.votes,
            line.ratings,
            _opener(visitor, line, is_open=line.rater_id == opened),
        )
        for line in ordered[:MOST_LISTED]
    ]
    more = len(lines) - MOST_LISTED
    search = row_search(visitor, "staff_filter_raters", target="stf-raters", total=len(rows))
    cut = row_cut(len(rows), visitor.language, first=ROWS)
    listed = parts.table(visitor.say("admin_tab_raters"), headings, rows, is_wide=True, cut=cut, is_cards=True)
    beyond = parts.lead(visitor.say("admin_more_raters", n=more)) if more > 0 else ""
    return f'{search}<div id="stf-raters">{listed}</div>{beyond}'


def _name(visitor: Visitor, line: RaterLine) -> Markup:
    """Return the name of a rater, and whether it is the reader."""
    you = f" {parts.badge(visitor.say('staff_you')).html}" if line.rater_id == visitor.rater_id else ""
    return parts.html_of(parts.name_of(line.name), you)


def _opener(visitor: Visitor, line: RaterLine, *, is_open: bool) -> Markup:
    number = line.rater_id
    made = parts.button(
        visitor.say("staff_manage"), "raters/open", kind="is-quiet", key=f"rater-{number}", rater=number
    )
    return Markup(made.replace("<button ", '<button aria-current="true" ', 1) if is_open else made)


def _some(names: Sequence[str]) -> str:
    """Return names in one line, the first two of many."""
    return ", ".join(names) if len(names) <= 2 else f"{', '.join(names[:2])} +{len(names) - 2}"


def _details(visitor: Visitor, line: RaterLine) -> str:
    """Return the card of one rater: what is known, the account, and whether the answers count."""
    account = "" if line.active is None else _account(visitor, line)
    content = f'{parts.facts(_facts(visitor, line))}<div class="stf-columns">{account}{_exclusion(visitor, line)}</div>'
    close = parts.button(visitor.say("staff_close_card"), "raters", kind="is-quiet", rater=None)
    return parts.card(line.name, content, identity="stf-rater", beside=chips(visitor, line).html, closing=close)


def _facts(visitor: Visitor, line: RaterLine) -> list[tuple[str, str]]:
    facts = [] if line.role is None or line.active is None else [(visitor.say("admin_role"), _role(visitor, line.role))]
    facts += [(visitor.say("admin_votes"), f"{line.votes:,}"), (visitor.say("staff_ratings"), f"{line.ratings:,}")]
    facts.append((visitor.say("admin_campaigns"), ", ".join(line.campaigns) or visitor.say("admin_none")))
    if line.exclusion is not None:
        facts.append((visitor.say("staff_why_out"), line.exclusion))
    return facts


def _account(visitor: Visitor, line: RaterLine) -> str:
    """Return the section on the account of a person: role, password, sign-in and deletion.

    What would shut out the reader is not offered, because nobody may do it to the own account.
    """
    if line.rater_id == visitor.rater_id:
        content = f"{parts.lead(visitor.say('staff_own_account'))}{_password(visitor, 'staff_own_password_hint')}"
    else:
        content = f"{_role_form(visitor, line)}{_password(visitor, 'staff_password_hint')}{_sign_in(visitor, line)}"
    return parts.section(visitor.say("staff_account"), f'<div class="ui-stack">{content}</div>')


def _role_form(visitor: Visitor, line: RaterLine) -> str:
    form = FormParts(visitor, "rater-form", {"role": "" if line.role is None else line.role.value})
    roles: list[Option] = [(_role(visitor, role), role.value) for role in ROLES]
    field = form.select("role", visitor.say("admin_role"), roles)
    return form.wrap("raters/role", f'<div class="stf-with">{field}{parts.button(visitor.say("staff_save"), "")}</div>')


def _password(visitor: Visitor, hint: str) -> str:
    form = FormParts(visitor, "rater-password")
    field = form.line(
        "password",
        visitor.say("staff_new_password"),
        hint=visitor.say(hint, low=SHORTEST),
        kind="password",
        longest=LONGEST,
    )
    button = parts.button(visitor.say("staff_set_password"), "")
    return form.wrap("raters/password", f'<div class="stf-with">{field}{button}</div>')


def _sign_in(visitor: Visitor, line: RaterLine) -> str:
    """Return the buttons that let a person sign in or not, and that delete the account."""
    what = visitor.say("admin_deactivate" if line.active else "admin_activate")
    switch = parts.button(what, "raters/sign-in", key="sign-in", rater=line.rater_id, active=not line.active)
    erase = visitor.say("staff_erase")
    delete = parts.button(erase, "raters/erase", kind="is-danger", key="erase", rater=line.rater_id)
    return f'<div class="ui-row">{switch}{delete}</div>'


def _exclusion(visitor: Visitor, line: RaterLine) -> str:
    """Return the section that leaves the votes and ratings of a rater out, or takes them in again."""
    form = FormParts(visitor, "rater-reason")
    is_out = line.exclusion is not None
    call, text = ("raters/readmit", "admin_readmit") if is_out else ("raters/exclude", "admin_exclude")
    field = form.line(
        "reason", visitor.say("admin_reason"), hint=visitor.say("admin_reason_info"), longest=LONGEST_REASON
    )
    body = form.wrap(call, f'<div class="stf-with">{field}{parts.button(visitor.say(text), "")}</div>')
    state = parts.lead(visitor.say("staff_counts_out" if is_out else "staff_counts"))
    return parts.section(visitor.say("staff_votes_title"), f"{state}{body}")

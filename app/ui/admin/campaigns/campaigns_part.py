"""The Campaigns page: all campaigns with progress, or one in detail, and what an administrator can do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlmodel import Session

from app.rendering.guidelines import guidelines_html
from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.campaigns.campaign_details import (
    CampaignFacts,
    ShownState,
    details,
    progress_bar,
    shown_state,
    state_badge,
)
from app.ui.admin.parts import Heading
from app.ui.admin.searching import row_search
from app.ui.markup import Markup, row_cut
from app.ui.visitor import RefusedForm, Visitor
from app.views.campaign_words import kind_key, say_of
from arena.campaigns.creation import CampaignProgress, progress
from arena.campaigns.pairing import CellShape, shape_of
from arena.campaigns.settings import settings_of
from arena.decisions.stop_sign import campaign_sign
from storage.accounts.raters import people
from storage.audit import Subject, audit_lines
from storage.campaigns.campaigns import (
    campaign_row,
    campaigns,
    guidelines,
    invite_raters,
    rater_counts,
    rater_ids,
    remove_rater,
    set_state,
)
from storage.campaigns.changing import open_ballot_counts
from storage.campaigns.gold_answers import list_gold
from storage.campaigns.rules import rules_of
from storage.campaigns.tallies import workers
from storage.database.tables import Campaign
from storage.values import BallotState, CampaignKind, CampaignState, Role

_SAID = {
    CampaignState.open: "admin_resumed",
    CampaignState.paused: "campaign_paused",
    CampaignState.closed: "campaign_closed",
}
_ASKED = {
    CampaignState.paused: ("staff_paused_title", "staff_paused_text", "admin_pause"),
    CampaignState.closed: ("staff_closed_title", "campaign_closed_text", "admin_close"),
}
"""The question before a campaign gets a state: its title, what happens, and the button."""
_ORDER: Sequence[ShownState] = ("open", "paused", "over", "complete", "closed")
LAST_CHANGES = 8
ROWS = 12
"""Campaigns that are shown at first."""


@dataclass(frozen=True)
class CampaignSummary:
    """One campaign in the list: the campaign, its progress, its state as shown, and its number of raters."""

    campaign: Campaign
    done: CampaignProgress
    state: ShownState
    n_people: int


class CampaignsPart(StaffPart):
    """Shows campaigns to reviewers; administrators also run them."""

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this page by name."""
        states = {"pause": CampaignState.paused, "resume": CampaignState.open, "close": CampaignState.closed}
        found = {
            "campaigns": StaffCall(Role.reviewer, self.show),
            "campaigns/open": StaffCall(Role.reviewer, self.open),
        }
        for name, state in states.items():
            found[f"campaigns/{name}"] = StaffCall(Role.admin, partial(self.set_state, state))
        found["campaigns/add"] = StaffCall(Role.admin, self.add)
        found["campaigns/remove"] = StaffCall(Role.admin, self.remove)
        return found

    def show(self, form: StaffForm, said: str = "", *, focus: str = "", campaign: int | None = None) -> StaffReply:
        """Show the list, or in its place the campaign that is chosen or the only one."""
        visitor, left = form.visitor, form.row_id("left")
        wanted = form.row_id("campaign") if campaign is None else campaign
        with self.services.database.reading() as session:
            rows = campaigns(session)
            chosen = _opened(rows, wanted)
            opened = None if chosen is None else self._line(session, chosen)
            lines = [self._line(session, one) for one in rows] if chosen is None else []
            inner = "" if opened is None else details(visitor, self._facts(session, visitor, opened))
        number = None if chosen is None else chosen.id
        head = _way_back(visitor, number) if chosen is not None and len(rows) > 1 else _head(visitor, rows)
        html = "".join(
            [
                f'<div class="ui-stack">{head}<p class="stf-said" role="status" tabindex="-1"></p>',
                inner or _listing(visitor, lines),
                "</div>",
            ]
        )
        focus = f"stf-open-{left}" if opened is None and left is not None else focus
        return StaffReply(html=html, said=said, state={"campaign": number}, focus=focus)

    def open(self, form: StaffForm) -> StaffReply:
        """Show one campaign in detail."""
        return self.show(form, focus="stf-campaign")

    def set_state(self, state: CampaignState, form: StaffForm) -> StaffReply:
        """Pause, resume or close the campaign; what that does to open ballots is said first."""
        visitor, language = form.visitor, form.visitor.language
        with self.services.database.reading() as session:
            campaign = chosen_campaign(session, form)
            number = int(campaign.id or 0)
            is_open = open_ballot_counts(session, number)
            shape = campaign_shape(session, number)
        if state in _ASKED and not form.is_confirmed:
            title, after, ok = _ASKED[state]
            text = f"{effect_on_ballots(visitor, shape, is_open)}\n{say_of(language, shape, after)}"
            return self.confirm(form, visitor.say(title, name=campaign.name), text, ok=visitor.say(ok))
        with self.services.changing(visitor) as session:
            campaign = chosen_campaign(session, form)
            set_state(session, int(campaign.id or 0), state, now=self.services.clock())
        return self.show(form, say_of(language, shape, _SAID[state], name=campaign.name))

    def add(self, form: StaffForm) -> StaffReply:
        """Add people with an account to the campaign."""
        visitor = form.visitor
        names = form.several("people")
        if not names:
            raise RefusedForm(visitor.say("admin_need_people"), field="people")
        with self.services.changing(visitor) as session:
            campaign = chosen_campaign(session, form)
            ids = {person.username: person.rater_id for person in people(session)}
            added = invite_raters(session, int(campaign.id or 0), [ids[name] for name in names if name in ids])
        return self.show(form, visitor.say("admin_let_in_done", n=added))

    def remove(self, form: StaffForm) -> StaffReply:
        """Remove one person from the campaign."""
        visitor = form.visitor
        with self.services.database.reading() as session:
            campaign = chosen_campaign(session, form)
            team = {one.rater_id: one for one in workers(session, int(campaign.id or 0))}
            shape = campaign_shape(session, int(campaign.id or 0))
        one = team.get(form.row_id("rater") or 0)
        if one is None:
            raise RefusedForm(visitor.say("admin_need_rater"))
        if not form.is_confirmed:
            is_open = sum(one.ballots.get(state, 0) for state in (BallotState.shown, BallotState.reserved))
            kept = one.ballots.get(BallotState.voted, 0)
            text = say_of(visitor.language, shape, "campaign_remove_text", n=is_open, kept=kept)
            title = visitor.say("staff_remove_title", name=one.name, campaign=campaign.name)
            return self.confirm(form, title, text, ok=visitor.say("staff_remove"))
        with self.services.changing(visitor) as session:
            remove_rater(session, int(campaign.id or 0), one.rater_id, now=self.services.clock())
        said = say_of(visitor.language, shape, "campaign_removed", name=one.name, campaign=campaign.name)
        return self.show(form, said)

    def _line(self, session: Session, campaign: Campaign) -> CampaignSummary:
        number = int(campaign.id or 0)
        deadline = rules_of(session, number).deadline
        done = progress(session, campaign)
        state = shown_state(campaign, done, is_over=deadline is not None and deadline <= self.services.clock())
        n_people = len({*rater_ids(session, number), *rater_counts(session, number)})
        return CampaignSummary(campaign, done, state, n_people)

    def _facts(self, session: Session, visitor: Visitor, line: CampaignSummary) -> CampaignFacts:
        campaign, number = line.campaign, int(line.campaign.id or 0)
        body = guidelines(session, number, campaign.guidelines_version)
        inside, team = set(rater_ids(session, number)), workers(session, number)
        sign = None
        if campaign.kind == CampaignKind.pairwise:
            is_closed = campaign.state == CampaignState.closed
            now = self.services.clock()
            sign = campaign_sign(session, number, raters=len(team), is_closed=is_closed, now=now)
        return CampaignFacts(
            campaign=campaign,
            shape=campaign_shape(session, number),
            done=line.done,
            state=line.state,
            team=team,
            members=inside,
            outside=[one.username for one in people(session) if one.active and one.rater_id not in inside],
            guidelines=guidelines_html(self.services.renderer, body, visitor.language),
            changes=audit_lines(session, subject=Subject.campaign, number=number, limit=LAST_CHANGES),
            sign=sign,
            settings=settings_of(session, campaign),
            gold=list_gold(session, number),
        )


def chosen_campaign(session: Session, form: StaffForm) -> Campaign:
    """Return the campaign that the form is about.

    Raises:
        RefusedForm: none is chosen, or it no longer exists.
    """
    wanted = form.row_id("campaign")
    for campaign in campaigns(session):
        if campaign.id == wanted and wanted is not None:
            return campaign
    raise RefusedForm(form.visitor.say("admin_need_choice"))


def campaign_shape(session: Session, number: int) -> CellShape:
    """Return what ballots of a campaign show."""
    return shape_of(campaign_row(session, number))


def effect_on_ballots(
    visitor: Visitor, shape: CellShape, is_open: Mapping[BallotState, int], *, kept: bool = False
) -> str:
    """Return what happens to ballots that raters have open.

    Args:
        visitor: the reader.
        shape: what the ballots show.
        is_open: number of open ballots by state.
        kept: whether reserved ones stay with their raters; otherwise they are withdrawn.
    """
    shown, reserved = is_open[BallotState.shown], is_open[BallotState.reserved]
    if not shown and not reserved:
        return say_of(visitor.language, shape, "campaign_none_open")
    key = "campaign_kept_ballots" if kept else "campaign_open_ballots"
    return say_of(visitor.language, shape, key, shown=shown, reserved=reserved)


def _opened(rows: Sequence[Campaign], wanted: int | None) -> Campaign | None:
    """Return the chosen campaign, else the only one; None where there are several to choose from."""
    chosen = [row for row in rows if row.id == wanted]
    return next(iter(chosen or (rows if len(rows) == 1 else [])), None)


def _new(visitor: Visitor) -> str:
    if not visitor.may(Role.admin):
        return ""
    return parts.button(visitor.say("admin_new_campaign"), "campaigns/new", kind="is-primary", key="new")


def _head(visitor: Visitor, rows: Sequence[Campaign]) -> str:
    """Return what a campaign is and the button for a new one, which an empty page has below."""
    new = _new(visitor) if rows else ""
    return f'<div class="stf-head">{parts.lead(visitor.say("admin_campaigns_lead"))}{new}</div>'


def _way_back(visitor: Visitor, number: int | None) -> str:
    """Return the button that leads from a campaign to the list, where the focus finds its row again."""
    text = visitor.say("staff_all_campaigns")
    back = parts.button(text, "campaigns", kind="is-quiet", key="back", campaign=None, left=number)
    return f'<div class="stf-way">{back}</div>'


def _listing(visitor: Visitor, lines: Sequence[CampaignSummary]) -> str:
    """Return the list: what collects votes first, and the newest first among those of one state."""
    if not lines:
        text = visitor.say("staff_campaigns_none_admin" if visitor.may(Role.admin) else "staff_campaigns_none_text")
        return parts.empty(visitor.say("admin_campaigns_none"), text, _new(visitor))
    headings = [
        Heading(visitor.say("admin_campaign")),
        Heading(visitor.say("admin_state")),
        Heading(visitor.say("admin_progress"), is_whole=True),
        Heading(visitor.say("staff_kind"), is_minor=True),
        Heading(visitor.say("admin_models"), is_number=True, is_minor=True),
        Heading(visitor.say("admin_people"), is_number=True, is_minor=True),
    ]
    rows = [
        (
            _name(visitor, line),
            state_badge(visitor, line.state),
            progress_bar(visitor, line.campaign, line.done),
            visitor.say(f"staff_kind_{kind_key(line.campaign.kind, line.campaign.dimensions)}"),
            len(line.done.models),
            line.n_people,
        )
        for line in sorted(lines, key=lambda line: (_ORDER.index(line.state), -int(line.campaign.id or 0)))
    ]
    cut = row_cut(len(rows), visitor.language, first=ROWS)
    listed = parts.table(visitor.say("admin_campaigns"), headings, rows, is_wide=True, cut=cut, is_cards=True)
    search = row_search(visitor, "staff_filter_campaigns", target="stf-campaign-list", total=len(rows))
    return f'{search}<div id="stf-campaign-list">{listed}</div>'


def _name(visitor: Visitor, line: CampaignSummary) -> Markup:
    number = int(line.campaign.id or 0)
    example = f" {parts.badge(visitor.say('admin_example')).html}" if line.campaign.example else ""
    opener = parts.button(line.campaign.name, "campaigns/open", key=f"open-{number}", campaign=number)
    return Markup(opener.replace('class="ui-button "', 'class="stf-opener" dir="auto"', 1) + example)

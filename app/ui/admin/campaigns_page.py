"""The Campaigns tab: all campaigns with progress, one in detail, and controls to pause, resume and close.

The form for a new campaign is in `campaign_form.py`.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr
from sqlmodel import Session

from app.ui import markup
from app.ui.choices import Choice, campaign_choices, number, pick
from app.ui.labels import label
from app.ui.markup import Column, Markup
from app.ui.tab import READS, WRITES, Fill, action, block, intro
from app.ui.visitor import Page, RefusedForm, Visitor, requires, tell
from app.views.board import seconds_text, share
from arena.campaigns.creation import CampaignProgress, progress
from storage.accounts.raters import people
from storage.campaigns.campaigns import campaigns, guidelines, invite_raters, rater_counts, rater_ids, set_state
from storage.campaigns.tallies import AnnotatorProgress, workers
from storage.database.tables import Campaign
from storage.values import BallotState, CampaignState, Role

_MESSAGES = {CampaignState.open: "resumed", CampaignState.paused: "paused", CampaignState.closed: "closed"}


class CampaignsPage(Page):
    """Shows campaigns to reviewers; admins also pause, resume and close them and add raters."""

    @requires(Role.reviewer)
    def show(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        """Show the list, the selection and the details of the selected campaign."""
        return self._everything(visitor, selected)

    @requires(Role.admin)
    def pause(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        """Pause the selected campaign: no new ballots until it is resumed."""
        return self._change(visitor, selected, CampaignState.paused)

    @requires(Role.admin)
    def resume(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        """Resume the selected campaign."""
        return self._change(visitor, selected, CampaignState.open)

    @requires(Role.admin)
    def close(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        """Close the selected campaign; its votes are kept."""
        return self._change(visitor, selected, CampaignState.closed)

    @requires(Role.admin)
    def let_in(self, visitor: Visitor, selected: str | None, names: Sequence[str] | None) -> tuple[Any, ...]:
        """Add raters with an account to the selected campaign."""
        if not names:
            raise RefusedForm(visitor.say("admin_need_people"))
        with self.services.database.writing() as session:
            campaign = _selected(visitor, campaigns(session), selected)
            ids = {person.username: person.rater_id for person in people(session)}
            added = invite_raters(session, int(campaign.id or 0), [ids[name] for name in names if name in ids])
        tell(visitor, "admin_let_in_done", n=added)
        return self._everything(visitor, selected)

    def _change(self, visitor: Visitor, selected: str | None, state: CampaignState) -> tuple[Any, ...]:
        with self.services.database.writing() as session:
            campaign = _selected(visitor, campaigns(session), selected)
            set_state(session, int(campaign.id or 0), state, now=self.services.clock())
            name = campaign.name
        tell(visitor, f"admin_{_MESSAGES[state]}", name=name)
        return self._everything(visitor, selected)

    def _everything(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        with self.services.database.reading() as session:
            all_campaigns = campaigns(session)
            done_by_id = {int(campaign.id or 0): progress(session, campaign) for campaign in all_campaigns}
            counts = {key: len({*rater_ids(session, key), *rater_counts(session, key)}) for key in done_by_id}
            campaign = _shown(all_campaigns, selected)
            listed = _listing(visitor, all_campaigns, done_by_id, counts)
            if campaign is None:
                hidden = gr.Column(visible=False)
                return (listed, gr.Dropdown(visible=False), hidden, "", "", *[gr.skip()] * 5)
            done = done_by_id[int(campaign.id or 0)]
            details = _details(visitor, campaign, done, workers(session, int(campaign.id or 0)))
            rules = self._guidelines(session, visitor, campaign)
            outside = _outside(session, int(campaign.id or 0))
        options = campaign_choices(all_campaigns)
        return (
            listed,
            pick(str(campaign.id), options, visible=True),
            gr.Column(visible=True),
            details,
            rules,
            gr.Row(visible=visitor.may(Role.admin)),
            gr.Button(interactive=campaign.state == CampaignState.open),
            gr.Button(interactive=campaign.state != CampaignState.open),
            gr.Button(interactive=campaign.state != CampaignState.closed),
            gr.Dropdown(choices=outside, value=[], multiselect=True),
        )

    def _guidelines(self, session: Session, visitor: Visitor, campaign: Campaign) -> str:
        body = guidelines(session, int(campaign.id or 0), campaign.guidelines_version)
        version = visitor.say("admin_version", version=campaign.guidelines_version)
        return markup.together(markup.lead(version), markup.prose(self.services.renderer.render(body)))

    def lay_out(self) -> Fill:
        """Add the list and the details to the current Blocks."""
        refresh = intro("admin_campaigns_lead")
        listed = block()
        selected = gr.Dropdown([], label=label("admin_details"), elem_classes="adm-narrow", visible=False)
        with gr.Column(visible=False) as panel:
            with gr.Row(visible=False, elem_classes="adm-filters") as actions:
                pause, resume, close = (action(f"admin_{what}") for what in ("pause", "resume", "close"))
                names = gr.Dropdown([], multiselect=True, label=label("admin_let_in"), min_width=220, scale=4)
                add = action("admin_let_in_button")
            details = block()
            with gr.Accordion(label("admin_guidelines_shown"), open=False, elem_classes="adm-fold"):
                rules = block()
        outputs = [listed, selected, panel, details, rules, actions, pause, resume, close, names]
        selected.input(self.show, [selected], outputs, **READS)
        refresh.click(self.show, [selected], outputs, **READS)
        pause.click(self.pause, [selected], outputs, **WRITES)
        resume.click(self.resume, [selected], outputs, **WRITES)
        close.click(self.close, [selected], outputs, **WRITES)
        add.click(self.let_in, [selected, names], outputs, **WRITES)
        return Fill(self.show, [selected], outputs)


def _selected(visitor: Visitor, all_campaigns: Sequence[Campaign], selected: str | None) -> Campaign:
    """Return the selected campaign.

    Raises:
        RefusedForm: no campaign is selected, or it no longer exists.
    """
    wanted = number(selected)
    for campaign in all_campaigns:
        if campaign.id == wanted and wanted is not None:
            return campaign
    raise RefusedForm(visitor.say("admin_need_choice"))


def _shown(all_campaigns: Sequence[Campaign], selected: str | None) -> Campaign | None:
    """Return the selected campaign, else the newest open one, else the newest."""
    wanted = number(selected)
    at_hand = [campaign for campaign in all_campaigns if campaign.id == wanted]
    is_open = [campaign for campaign in all_campaigns if campaign.state == CampaignState.open]
    return next(iter([*at_hand, *reversed(is_open), *reversed(all_campaigns)]), None)


def _outside(session: Session, campaign_id: int) -> list[Choice]:
    """Return people with an account who are not in the campaign."""
    inside = set(rater_ids(session, campaign_id))
    return [(one.username, one.username) for one in people(session) if one.active and one.rater_id not in inside]


def _listing(
    visitor: Visitor,
    all_campaigns: Sequence[Campaign],
    done_by_id: dict[int, CampaignProgress],
    n_people: dict[int, int],
) -> str:
    if not all_campaigns:
        empty = "admin_campaigns_none_admin" if visitor.may(Role.admin) else "admin_campaigns_none"
        return markup.together(markup.nothing(visitor.say(empty)))
    columns = [
        Column(visitor.say("admin_campaign")),
        Column(visitor.say("admin_state")),
        Column(visitor.say("admin_progress")),
        Column(visitor.say("admin_models"), "number", minor=True),
        Column(visitor.say("admin_people"), "number", minor=True),
    ]
    rows = [
        (
            _name(visitor, campaign),
            markup.badge(visitor.say(f"admin_state_{campaign.state}"), kind=str(campaign.state)),
            _bar(visitor, campaign.name, done_by_id[int(campaign.id or 0)]),
            len(done_by_id[int(campaign.id or 0)].models),
            n_people[int(campaign.id or 0)],
        )
        for campaign in reversed(all_campaigns)
    ]
    return markup.together(markup.table(visitor.say("admin_campaigns"), columns, rows))


def _name(visitor: Visitor, campaign: Campaign) -> Markup:
    return markup.named(campaign.name, badge=visitor.say("admin_example") if campaign.example else "")


def _bar(visitor: Visitor, name: str, done: CampaignProgress) -> Markup:
    voted = done.ballots.get(BallotState.voted, 0)
    label = visitor.say("admin_of", done=voted, total=done.votes_wanted)
    return markup.bar(share(voted, done.votes_wanted), label, name=f"{visitor.say('admin_progress')}: {name}")


def _details(visitor: Visitor, campaign: Campaign, done: CampaignProgress, team: Sequence[AnnotatorProgress]) -> str:
    facts = [
        (visitor.say("admin_people"), len(team)),
        (visitor.say("admin_verdicts"), done.ballots.get(BallotState.voted, 0)),
        (visitor.say("admin_skipped"), done.ballots.get(BallotState.skipped, 0)),
        (visitor.say("admin_models"), len(done.models)),
        (visitor.say("admin_questions"), done.n_questions),
        (visitor.say("admin_pairs"), done.n_pairs),
        (visitor.say("admin_overlap_short"), campaign.overlap),
    ]
    return markup.together(
        markup.tiles(facts),
        markup.beside(
            markup.panel(visitor.say("admin_by_rater"), _by_rater(visitor, team)),
            markup.panel(visitor.say("admin_by_pair"), _by_pair(visitor, done)),
        ),
    )


def _by_rater(visitor: Visitor, team: Sequence[AnnotatorProgress]) -> Markup:
    if not team:
        return markup.nothing(visitor.say("admin_nobody"))
    columns = [
        Column(visitor.say("admin_rater")),
        Column(visitor.say("admin_done_count"), "number"),
        Column(visitor.say("admin_skipped"), "number"),
        Column(visitor.say("admin_median_seconds"), "number"),
    ]
    rows = [
        (
            one.name,
            one.ballots.get(BallotState.voted, 0),
            one.ballots.get(BallotState.skipped, 0),
            seconds_text(one.median_seconds, visitor.language),
        )
        for one in team
    ]
    return markup.table(visitor.say("admin_by_rater"), columns, rows)


def _by_pair(visitor: Visitor, done: CampaignProgress) -> Markup:
    """Return vote counts of all pairs of the campaign's models, zeros included, fewest first."""
    names = sorted(done.models)
    pairs = {(one, other): 0 for place, one in enumerate(names) for other in names[place + 1 :]}
    counts = sorted((pairs | done.votes).items(), key=lambda item: (item[1], item[0]))
    if not counts:
        return markup.nothing(visitor.say("admin_no_verdicts"))
    columns = [Column(visitor.say("admin_pair")), Column(visitor.say("admin_verdicts"), "number")]
    rows = [(markup.versus(one, other), verdicts) for (one, other), verdicts in counts]
    return markup.table(visitor.say("admin_by_pair"), columns, rows)

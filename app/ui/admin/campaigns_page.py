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

_TOLD = {CampaignState.open: "resumed", CampaignState.paused: "paused", CampaignState.closed: "closed"}


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
            study = _study(visitor, campaigns(session), selected)
            ids = {person.username: person.rater_id for person in people(session)}
            fresh = invite_raters(session, int(study.id or 0), [ids[name] for name in names if name in ids])
        tell(visitor, "admin_let_in_done", n=fresh)
        return self._everything(visitor, selected)

    def _change(self, visitor: Visitor, selected: str | None, state: CampaignState) -> tuple[Any, ...]:
        with self.services.database.writing() as session:
            study = _study(visitor, campaigns(session), selected)
            set_state(session, int(study.id or 0), state, now=self.services.clock())
            name = study.name
        tell(visitor, f"admin_{_TOLD[state]}", name=name)
        return self._everything(visitor, selected)

    def _everything(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        with self.services.database.reading() as session:
            studies = campaigns(session)
            far = {int(study.id or 0): progress(session, study) for study in studies}
            counts = {key: len({*rater_ids(session, key), *rater_counts(session, key)}) for key in far}
            study = _chosen(studies, selected)
            listed = _listing(visitor, studies, far, counts)
            if study is None:
                hidden = gr.Column(visible=False)
                return (listed, gr.Dropdown(visible=False), hidden, "", "", *[gr.skip()] * 5)
            done = far[int(study.id or 0)]
            details = _details(visitor, study, done, workers(session, int(study.id or 0)))
            rules = self._guidelines(session, visitor, study)
            outside = _outside(session, int(study.id or 0))
        options = campaign_choices(studies)
        return (
            listed,
            pick(str(study.id), options, visible=True),
            gr.Column(visible=True),
            details,
            rules,
            gr.Row(visible=visitor.may(Role.admin)),
            gr.Button(interactive=study.state == CampaignState.open),
            gr.Button(interactive=study.state != CampaignState.open),
            gr.Button(interactive=study.state != CampaignState.closed),
            gr.Dropdown(choices=outside, value=[], multiselect=True),
        )

    def _guidelines(self, session: Session, visitor: Visitor, study: Campaign) -> str:
        body = guidelines(session, int(study.id or 0), study.guidelines_version)
        version = visitor.say("admin_version", version=study.guidelines_version)
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


def _study(visitor: Visitor, studies: Sequence[Campaign], selected: str | None) -> Campaign:
    """Return the selected campaign.

    Raises:
        RefusedForm: no campaign is selected, or it no longer exists.
    """
    wanted = number(selected)
    for study in studies:
        if study.id == wanted and wanted is not None:
            return study
    raise RefusedForm(visitor.say("admin_need_choice"))


def _chosen(studies: Sequence[Campaign], selected: str | None) -> Campaign | None:
    """Return the selected campaign, else the newest open one, else the newest."""
    wanted = number(selected)
    at_hand = [study for study in studies if study.id == wanted]
    is_open = [study for study in studies if study.state == CampaignState.open]
    return next(iter([*at_hand, *reversed(is_open), *reversed(studies)]), None)


def _outside(session: Session, campaign_id: int) -> list[Choice]:
    """Return people with an account who are not in the campaign."""
    inside = set(rater_ids(session, campaign_id))
    return [(one.username, one.username) for one in people(session) if one.active and one.rater_id not in inside]


def _listing(
    visitor: Visitor, studies: Sequence[Campaign], far: dict[int, CampaignProgress], n_people: dict[int, int]
) -> str:
    if not studies:
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
            _name(visitor, study),
            markup.badge(visitor.say(f"admin_state_{study.state}"), kind=str(study.state)),
            _bar(visitor, study.name, far[int(study.id or 0)]),
            len(far[int(study.id or 0)].models),
            n_people[int(study.id or 0)],
        )
        for study in reversed(studies)
    ]
    return markup.together(markup.table(visitor.say("admin_campaigns"), columns, rows))


def _name(visitor: Visitor, study: Campaign) -> Markup:
    return markup.named(study.name, badge=visitor.say("admin_example") if study.example else "")


def _bar(visitor: Visitor, name: str, done: CampaignProgress) -> Markup:
    voted = done.ballots.get(BallotState.voted, 0)
    label = visitor.say("admin_of", done=voted, total=done.votes_wanted)
    return markup.bar(share(voted, done.votes_wanted), label, name=f"{visitor.say('admin_progress')}: {name}")


def _details(visitor: Visitor, study: Campaign, done: CampaignProgress, team: Sequence[AnnotatorProgress]) -> str:
    facts = [
        (visitor.say("admin_people"), len(team)),
        (visitor.say("admin_verdicts"), done.ballots.get(BallotState.voted, 0)),
        (visitor.say("admin_skipped"), done.ballots.get(BallotState.skipped, 0)),
        (visitor.say("admin_models"), len(done.models)),
        (visitor.say("admin_questions"), done.n_questions),
        (visitor.say("admin_pairs"), done.n_pairs),
        (visitor.say("admin_overlap_short"), study.overlap),
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

"""One campaign in detail: what can be done with it, its numbers, raters, pairs, guidelines, settings and changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.ui.admin import parts
from app.ui.admin.changes_part import changes_table
from app.ui.admin.parts import FormParts, Heading
from app.ui.markup import Markup
from app.ui.visitor import Visitor
from app.views.board import seconds_text
from app.views.decisions import sign_texts
from arena.campaigns.creation import CampaignProgress
from arena.decisions.blocks import PAUSE_HOURS
from arena.decisions.stop_sign import StopSign
from storage.audit import AuditLine
from storage.campaigns.tallies import AnnotatorProgress
from storage.database.tables import Campaign
from storage.values import BallotState, CampaignKind, CampaignState, Role


@dataclass(frozen=True)
class CampaignFacts:
    """What the page shows of one campaign.

    Attributes:
        campaign: the campaign.
        done: its progress.
        team: everybody who was added to it or has a ballot of it.
        members: ids of those who are in it now.
        outside: user names of people who could be added.
        guidelines: safe HTML of the present guidelines.
        changes: its latest changes.
        sign: whether it may stop; None where responses are scored.
    """

    campaign: Campaign
    done: CampaignProgress
    team: Sequence[AnnotatorProgress]
    members: set[int]
    outside: Sequence[str]
    guidelines: str
    changes: Sequence[AuditLine]
    sign: StopSign | None = None


def details(visitor: Visitor, facts: CampaignFacts) -> str:
    """Return the section on one campaign."""
    campaign, done = facts.campaign, facts.done
    scores = campaign.kind == CampaignKind.satisfaction
    numbers = [
        (visitor.say("admin_scored" if scores else "admin_verdicts"), done.ballots.get(BallotState.voted, 0)),
        (visitor.say("admin_skipped"), done.ballots.get(BallotState.skipped, 0)),
        (visitor.say("admin_people"), len(facts.team)),
        (visitor.say("admin_models"), len(done.models)),
        (visitor.say("admin_questions"), done.n_questions),
        (visitor.say("admin_units" if scores else "admin_pairs"), done.n_pairs),
        (visitor.say("admin_overlap_each" if scores else "admin_overlap_short"), campaign.overlap),
    ]
    content = [_sign(visitor, facts.sign), parts.tiles(numbers), '<div class="stf-columns">', _raters(visitor, facts)]
    if not scores:
        content.append(parts.section(visitor.say("admin_by_pair"), _by_pair(visitor, done)))
    content.append("</div>")
    version = visitor.say("admin_version", version=campaign.guidelines_version)
    title = f"{visitor.say('admin_guidelines_shown')} ({version})"
    content.append(parts.fold(title, f'<div class="ev-content">{facts.guidelines}</div>', key="guidelines"))
    if facts.changes and visitor.may(Role.admin):
        content.append(
            parts.fold(visitor.say("staff_last_changes"), changes_table(visitor, facts.changes), key="changes")
        )
    state = CampaignState(campaign.state)
    kinds: dict[CampaignState, parts.BadgeKind] = {CampaignState.open: "is-open", CampaignState.closed: "is-done"}
    beside = parts.badge(visitor.say(f"admin_state_{state}"), kinds.get(state, "")).html
    return parts.card(
        campaign.name,
        "".join(content),
        identity="stf-campaign",
        beside=beside,
        closing=_actions(visitor, campaign) if visitor.may(Role.admin) else "",
    )


def _sign(visitor: Visitor, sign: StopSign | None) -> str:
    if sign is None:
        return ""
    kinds: dict[str, parts.BadgeKind] = {"decided": "is-done", "open": "is-open"}
    title, reason = sign_texts(sign, visitor.language)
    look = "" if sign.sign == "empty" else visitor.say("sign_look", hours=f"{PAUSE_HOURS:g}")
    words = f"{parts.badge(title, kinds.get(sign.sign, '')).html}{parts.lead(reason)}"
    after = f'<p class="ui-hint">{parts.html_of(look).html}</p>' if look else ""
    return parts.section(visitor.say("sign_title"), f'<div class="ui-row">{words}</div>{after}')


def _actions(visitor: Visitor, campaign: Campaign) -> str:
    number, state = int(campaign.id or 0), CampaignState(campaign.state)
    found = []
    if state is CampaignState.open:
        found.append(("admin_pause", "pause", ""))
    else:
        found.append(("staff_reopen" if state is CampaignState.closed else "admin_resume", "resume", "is-primary"))
    if state is not CampaignState.closed:
        found.append(("admin_close", "close", ""))
    found += [("staff_change", "change", ""), ("staff_clone", "clone", ""), ("staff_crowd", "crowd", "")]
    return "".join(
        parts.button(visitor.say(text), f"campaigns/{call}", kind=kind, key=call, campaign=number)  # type: ignore[arg-type]
        for text, call, kind in found
    )


def _raters(visitor: Visitor, facts: CampaignFacts) -> str:
    add = ""
    if visitor.may(Role.admin):
        form = FormParts(visitor, "add-people")
        options = [(name, name) for name in facts.outside]
        fields = form.boxes("people", visitor.say("admin_let_in"), options)
        button = parts.button(visitor.say("admin_let_in_button"), "")
        add = (
            form.wrap("campaigns/add", f'{fields}<div class="ui-row">{button}</div>')
            if options
            else parts.lead(visitor.say("staff_nobody_outside"))
        )
    return parts.section(visitor.say("admin_by_rater"), f"{_by_rater(visitor, facts)}{add}")


def _by_rater(visitor: Visitor, facts: CampaignFacts) -> str:
    if not facts.team:
        return parts.lead(visitor.say("admin_nobody"))
    may = visitor.may(Role.admin)
    is_scored = facts.campaign.kind == CampaignKind.satisfaction
    headings = [
        Heading(visitor.say("admin_rater")),
        Heading(visitor.say("admin_scored" if is_scored else "admin_done_count"), is_number=True),
        Heading(visitor.say("admin_skipped"), is_number=True),
        Heading(visitor.say("admin_median_seconds"), is_number=True),
        *([Heading("")] if may else []),
    ]
    rows: list[tuple[parts.Cell, ...]] = [
        (
            parts.name_of(one.name),
            one.ballots.get(BallotState.voted, 0),
            one.ballots.get(BallotState.skipped, 0),
            seconds_text(one.median_seconds, visitor.language),
            *([_removal(visitor, one, facts.members)] if may else []),
        )
        for one in facts.team
    ]
    return parts.table(visitor.say("admin_by_rater"), headings, rows)


def _removal(visitor: Visitor, one: AnnotatorProgress, members: set[int]) -> Markup:
    if one.rater_id not in members:
        return parts.badge(visitor.say("staff_left"))
    return Markup(
        parts.button(
            visitor.say("staff_remove"),
            "campaigns/remove",
            kind="is-quiet",
            key=f"remove-{one.rater_id}",
            rater=one.rater_id,
        )
    )


def _by_pair(visitor: Visitor, done: CampaignProgress) -> str:
    """Return vote counts of all pairs of the campaign's models, zeros included, fewest first."""
    names = sorted(done.models)
    pairs = {(one, other): 0 for place, one in enumerate(names) for other in names[place + 1 :]}
    counts = sorted((pairs | done.votes).items(), key=lambda item: (item[1], item[0]))
    if not counts:
        return parts.lead(visitor.say("admin_no_verdicts"))
    headings = [Heading(visitor.say("admin_pair")), Heading(visitor.say("admin_verdicts"), is_number=True)]
    rows = [
        (parts.html_of(parts.name_of(one), ' <span class="stf-versus">·</span> ', parts.name_of(other)), number)
        for (one, other), number in counts
    ]
    return parts.table(visitor.say("admin_by_pair"), headings, rows)

"""One campaign in detail: what can be done with it, its numbers, raters, pairs, guidelines, settings and changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.rendering.html import render_plain
from app.ui import markup
from app.ui.admin import parts
from app.ui.admin.campaigns.campaign_texts import CampaignTexts
from app.ui.admin.campaigns.setting_facts import check_facts, workload_facts
from app.ui.admin.changes_part import changes_table
from app.ui.admin.parts import FormParts, Heading
from app.ui.admin.searching import chip_search
from app.ui.markup import Markup, row_cut
from app.ui.visitor import Visitor
from app.views.board import seconds_text, share
from app.views.campaign_words import CHECKS, answer_sum, check_counts, kind_key, say_of
from app.views.decisions import sign_texts
from app.views.sentences import joined
from arena.campaigns.creation import CampaignProgress
from arena.campaigns.pairing import CellShape
from arena.campaigns.settings import DrawingSettings
from arena.decisions.blocks import PAUSE_HOURS
from arena.decisions.stop_sign import StopSign
from storage.audit import AuditLine
from storage.campaigns.gold_answers import GoldLine
from storage.campaigns.tallies import AnnotatorProgress
from storage.database.tables import Campaign
from storage.values import BallotState, CampaignState, Role

ShownState = Literal["open", "paused", "over", "complete", "closed"]
"""State of a campaign as the pages show it: an open one whose deadline has passed or that has all its votes says so."""
_TEXTS: Mapping[ShownState, str] = {"over": "staff_deadline_over", "complete": "staff_complete"}
_RARE = ("clone", "crowd")
"""Calls that are seldom made once a campaign runs."""
_KINDS: Mapping[ShownState, parts.BadgeKind] = {"open": "is-open", "complete": "is-done"}


@dataclass(frozen=True)
class CampaignFacts:
    """What the page shows of one campaign.

    Attributes:
        campaign: the campaign.
        shape: what its ballots show.
        done: its progress.
        state: its state as the page shows it.
        team: everybody who was added to it or has a ballot of it.
        members: ids of those who are in it now.
        outside: user names of people who could be added.
        guidelines: safe HTML of the present guidelines.
        changes: its latest changes.
        sign: whether it may stop; None where responses are scored.
        settings: its settings.
        gold: its gold items.
    """

    campaign: Campaign
    shape: CellShape
    done: CampaignProgress
    state: ShownState
    team: Sequence[AnnotatorProgress]
    members: set[int]
    outside: Sequence[str]
    guidelines: str
    changes: Sequence[AuditLine]
    sign: StopSign | None = None
    settings: DrawingSettings = field(default_factory=DrawingSettings)
    gold: Sequence[GoldLine] = ()


def shown_state(campaign: Campaign, done: CampaignProgress, *, is_over: bool) -> ShownState:
    """Return the state of a campaign as the pages show it; `is_over` says whether its deadline has passed."""
    state = CampaignState(campaign.state)
    if state is not CampaignState.open:
        return "paused" if state is CampaignState.paused else "closed"
    if 0 < done.votes_wanted <= done.votes_filled:
        return "complete"
    return "over" if is_over else "open"


def state_badge(visitor: Visitor, state: ShownState) -> Markup:
    """Return the chip with the state of a campaign."""
    return parts.badge(visitor.say(_TEXTS.get(state, f"admin_state_{state}")), _KINDS.get(state, ""))


def progress_bar(visitor: Visitor, campaign: Campaign, done: CampaignProgress) -> Markup:
    """Return the bar with the votes that a campaign has of those that it asks for."""
    label = visitor.say("admin_of", done=done.votes_filled, total=done.votes_wanted)
    name = f"{visitor.say('admin_progress')}: {campaign.name}"
    return markup.bar(share(done.votes_filled, done.votes_wanted), label, name=name)


def details(visitor: Visitor, facts: CampaignFacts) -> str:
    """Return the section on one campaign."""
    campaign, done = facts.campaign, facts.done
    content = [
        _state_note(visitor, facts),
        f'<div class="stf-progress">{progress_bar(visitor, campaign, done).html}</div>',
        f'<div class="stf-numbers">{parts.tiles(_numbers(visitor, facts))}{_sum_note(visitor, facts)}</div>',
        _sign(visitor, facts.sign),
        '<div class="stf-columns is-by-content">',
        _raters(visitor, facts),
    ]
    content.append(f'<div class="ui-stack">{_by_content(visitor, facts)}{_settings(visitor, facts)}</div></div>')
    title = visitor.say("admin_guidelines_shown", version=campaign.guidelines_version)
    content.append(parts.fold(title, f'<div class="ev-content">{facts.guidelines}</div>', key="guidelines"))
    if facts.changes and visitor.may(Role.admin):
        content.append(
            parts.fold(visitor.say("staff_last_changes"), changes_table(visitor, facts.changes), key="changes")
        )
    kind = parts.badge(visitor.say(f"staff_kind_{kind_key(campaign.kind, campaign.dimensions)}"))
    return parts.card(
        campaign.name,
        "".join(content),
        identity="stf-campaign",
        beside=f'<span class="ui-row stf-badges">{state_badge(visitor, facts.state).html}{kind.html}</span>',
        closing=_actions(visitor, facts) if visitor.may(Role.admin) else "",
    )


def _numbers(visitor: Visitor, facts: CampaignFacts) -> list[tuple[parts.Text, parts.Cell]]:
    done, worded = facts.done, CampaignTexts(visitor, facts.shape).say
    return [
        (worded("campaign_word_answers"), done.ballots.get(BallotState.voted, 0)),
        (visitor.say("admin_skipped"), done.ballots.get(BallotState.skipped, 0)),
        (visitor.say("admin_people"), len(facts.team)),
        (visitor.say("admin_models"), len(done.models)),
        (visitor.say("admin_questions"), done.n_questions),
        *([] if facts.shape == "question" else [(worded("campaign_word_units"), done.n_pairs)]),
    ]


def _sum_note(visitor: Visitor, facts: CampaignFacts) -> str:
    """Return what the raters' answers add up to, and how many are left out; "" where there is nothing to add."""
    done = facts.done
    told = answer_sum(visitor.language, facts.shape, done.ballots.get(BallotState.voted, 0), done.special)
    out = sum(one.ballots.get(BallotState.voted, 0) for one in facts.team if one.excluded)
    left_out = visitor.say("campaign_sum_excluded", n=out) if out else ""
    sentence = joined([one for one in (told, left_out) if one], visitor.language)
    return f'<p class="ui-hint stf-sum">{render_plain(sentence)}</p>' if sentence else ""


def _state_note(visitor: Visitor, facts: CampaignFacts) -> str:
    """Return what to do about an open campaign that collects no more votes; "" for any other."""
    if facts.state == "over":
        return parts.note(visitor.say("staff_over_text"))
    if facts.state != "complete":
        return ""
    is_undecided = _is_undecided(facts)
    text = say_of(
        visitor.language, facts.shape, "campaign_undecided_text" if is_undecided else "campaign_complete_text"
    )
    return parts.note(text, "" if is_undecided else "is-done")


def _is_undecided(facts: CampaignFacts) -> bool:
    """Whether a campaign has all votes that it asks for, and more of them may decide what these do not."""
    sign = facts.sign
    return facts.state == "complete" and sign is not None and sign.sign != "decided" and sign.reason != "too_close"


def _sign(visitor: Visitor, sign: StopSign | None) -> str:
    if sign is None:
        return ""
    kinds: dict[str, parts.BadgeKind] = {"decided": "is-done", "open": "is-open"}
    title, reason = sign_texts(sign, visitor.language)
    look = "" if sign.sign == "empty" else visitor.say("sign_look", hours=f"{PAUSE_HOURS:g}")
    words = f"{parts.badge(title, kinds.get(sign.sign, '')).html}{parts.lead(reason)}"
    after = f'<p class="ui-hint">{parts.html_of(look).html}</p>' if look else ""
    return parts.section(visitor.say("sign_title"), f'<div class="ui-row">{words}</div>{after}')


def _actions(visitor: Visitor, facts: CampaignFacts) -> str:
    """Return the buttons of a campaign, first the one that the state asks for."""
    texts = {
        "resume": "staff_reopen" if facts.state == "closed" else "admin_resume",
        "close": "admin_close",
        "pause": "admin_pause",
        "change": "staff_change",
        "clone": "staff_clone",
        "crowd": "staff_crowd",
    }
    states = {"paused": ("resume", "close"), "closed": ("resume",), "complete": ("close", "pause")}
    order = [*states.get(facts.state, ("pause", "close")), "change", "clone", "crowd"]
    first = "change" if facts.state == "over" or _is_undecided(facts) else order[0]
    order.sort(key=lambda call: call != first)
    is_due = facts.state != "open"
    number = int(facts.campaign.id or 0)
    made = {
        call: parts.button(
            visitor.say(texts[call]),
            f"campaigns/{call}",
            kind="is-primary" if is_due and call == first else "is-quiet" if call in _RARE else "",
            key=call,
            campaign=number,
        )
        for call in order
    }
    often, rare = ("".join(made[call] for call in order if (call in _RARE) == is_rare) for is_rare in (False, True))
    return f'{often}<span class="ui-row">{rare}</span>'


def _raters(visitor: Visitor, facts: CampaignFacts) -> str:
    add = ""
    if visitor.may(Role.admin):
        form = FormParts(visitor, "add-people")
        options = [(name, name) for name in facts.outside]
        boxes = form.boxes("people", visitor.say("admin_invite_people"), options)
        fields = chip_search(visitor, boxes, "staff_find_people", total=len(options))
        button = parts.button(visitor.say("admin_let_in_button"), "")
        body = (
            form.wrap("campaigns/add", f'{fields}<div class="ui-row">{button}</div>')
            if options
            else parts.lead(visitor.say("staff_nobody_outside"))
        )
        add = parts.fold(visitor.say("admin_let_in"), body, key="add-people")
    return parts.section(visitor.say("admin_by_rater"), f"{_by_rater(visitor, facts)}{add}")


def _by_rater(visitor: Visitor, facts: CampaignFacts) -> str:
    if not facts.team:
        return parts.lead(visitor.say("admin_nobody"))
    may = visitor.may(Role.admin)
    answers = say_of(visitor.language, facts.shape, "campaign_word_answers")
    checks = [name for name in CHECKS if any(check_counts(one.special)[name] for one in facts.team)]
    headings = [
        Heading(visitor.say("admin_rater")),
        Heading(answers, is_number=True),
        *(Heading(visitor.say(f"campaign_{name}"), is_number=True) for name in checks),
        Heading(visitor.say("admin_skipped"), is_number=True),
        Heading(visitor.say("admin_median_seconds"), is_number=True),
        *([Heading("")] if may else []),
    ]
    rows: list[tuple[parts.Cell, ...]] = [
        (
            _worker(visitor, one),
            one.ordinary,
            *(check_counts(one.special)[name] for name in checks),
            one.ballots.get(BallotState.skipped, 0),
            seconds_text(one.median_seconds, visitor.language),
            *([_removal(visitor, one, facts.members)] if may else []),
        )
        for one in facts.team
    ]
    cut = row_cut(len(rows), visitor.language)
    listed = parts.table(visitor.say("admin_by_rater"), headings, rows, cut=cut, is_cards=True)
    return f'<div id="stf-team">{listed}</div>'


def _worker(visitor: Visitor, one: AnnotatorProgress) -> Markup:
    """Return the name of a rater, and whether the answers are left out."""
    out = parts.badge(visitor.say("staff_votes_out"), "is-alert").html if one.excluded else ""
    return parts.html_of(parts.name_of(one.name), f" {out}" if out else "")


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


def _by_content(visitor: Visitor, facts: CampaignFacts) -> str:
    """Return the section with the answers on each pair of models, or on each model where responses are scored."""
    if facts.shape == "pair":
        return parts.section(visitor.say("admin_by_pair"), _by_pair(visitor, facts.done))
    return parts.section(visitor.say("staff_by_model"), _by_model(visitor, facts.done))


def _settings(visitor: Visitor, facts: CampaignFacts) -> str:
    """Return how much is asked of whom, and how raters are checked."""
    listed = [
        *workload_facts(visitor, facts.shape, facts.settings),
        *check_facts(visitor, facts.shape, facts.settings.rules, facts.gold),
    ]
    return parts.section(visitor.say("staff_settings"), parts.facts(listed))


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
    return parts.table(visitor.say("admin_by_pair"), headings, rows, cut=row_cut(len(rows), visitor.language))


def _by_model(visitor: Visitor, done: CampaignProgress) -> str:
    """Return the number of ratings of each model of the campaign, zeros included, fewest first."""
    counts = sorted((dict.fromkeys(done.models, 0) | done.scored).items(), key=lambda item: (item[1], item[0]))
    headings = [Heading(visitor.say("staff_model")), Heading(visitor.say("staff_ratings"), is_number=True)]
    rows = [(parts.name_of(name), number) for name, number in counts]
    return parts.table(visitor.say("staff_by_model"), headings, rows, cut=row_cut(len(rows), visitor.language))

"""Raters of one campaign with measures, flags and pauses, and the report of one of them."""

import re
from collections.abc import Sequence

from app.ui.admin import parts
from app.ui.admin.parts import Cell, Heading
from app.ui.markup import Markup, row_cut
from app.ui.visitor import Visitor
from app.views.judges import estimate_texts
from app.views.number_text import signed_text
from arena.agreement.concordance import Agreement
from arena.quality.flags import RaterFlag
from arena.quality.measures import CountedShare, RaterMeasures
from arena.quality.report import RaterQuality, RaterReport
from storage.campaigns.rules import PauseLine
from storage.values import Role, Winner

UNKNOWN = "–"
FIRST_ON_PHONE = 5
"""Raters that a phone shows at first, each as a card of half a screen."""


def raters_table(visitor: Visitor, lines: Sequence[RaterQuality], campaign_id: int, *, has_pairs: bool) -> str:
    """Return the table of all raters with a vote or score, those with flags first.

    Args:
        visitor: the reader.
        lines: the raters.
        campaign_id: the campaign.
        has_pairs: whether they vote on pairs; what only votes have is left out for scores.
    """
    if not lines:
        return parts.empty(visitor.say("quality_none"), visitor.say("quality_none_text"))
    headings = [
        Heading(visitor.say("admin_rater")),
        Heading(visitor.say("quality_flags")),
        Heading(visitor.say("quality_votes" if has_pairs else "quality_scores"), is_number=True),
        Heading(visitor.say("quality_seconds"), is_number=True),
        Heading(visitor.say("quality_gold"), is_number=True),
        Heading(visitor.say("quality_repeats"), is_number=True),
        *(_pair_headings(visitor) if has_pairs else ()),
        Heading(""),
    ]
    ordered = sorted(lines, key=lambda one: (not one.paused, not one.flags, by_number(one.name)))
    rows: list[Sequence[Cell]] = [
        (
            parts.name_of(line.name),
            _flags(visitor, line),
            line.measures.votes + line.measures.scored,
            _seconds(line.measures.pace.median_seconds),
            share_text(line.measures.gold),
            share_text(line.measures.consistency),
            *((share_text(line.measures.left), share_text(line.majority)) if has_pairs else ()),
            Markup(_actions(visitor, line, campaign_id)),
        )
        for line in ordered
    ]
    cut = row_cut(len(rows), visitor.language, on_phone=FIRST_ON_PHONE)
    return parts.table(visitor.say("quality_raters"), headings, rows, is_wide=True, cut=cut, is_cards=True)


def by_number(name: str) -> list[tuple[int, str]]:
    """A key that sorts numbers in names by their value, `rater 2` before `rater 10`."""
    pieces = re.split(r"(\d+)", name)
    return [(int(piece), "") if place % 2 else (0, piece.casefold()) for place, piece in enumerate(pieces)]


def report_card(visitor: Visitor, report: RaterReport, *, has_pairs: bool) -> str:
    """Return the report of one rater: flags as sentences, measures with intervals, influence, or what is unknown.

    Args:
        visitor: the reader.
        report: what is known of the rater.
        has_pairs: whether the rater votes on pairs; what only votes have is left out for scores.
    """
    line = report.quality
    flags = "".join(parts.note(flag_text(visitor, flag), "is-alert") for flag in line.flags)
    pace = line.measures.pace
    seconds = visitor.say("quality_seconds_long" if has_pairs else "quality_seconds")
    rows: list[Sequence[Cell]] = [
        (seconds, _seconds(pace.median_seconds), UNKNOWN, pace.timed),
        (visitor.say("quality_hidden"), _seconds(pace.hidden_seconds), UNKNOWN, pace.timed),
        *(
            (visitor.say(f"quality_measure_{name}"), share_text(share), _interval(share), share.total)
            for name, share in _shares(line, has_pairs=has_pairs)
        ),
        *_with_others(visitor, report.others),
    ]
    headings = [
        Heading(visitor.say("quality_measure")),
        Heading(visitor.say("quality_value"), is_number=True),
        Heading(visitor.say("quality_interval"), is_number=True),
        Heading(visitor.say("quality_cases"), is_number=True),
    ]
    table = parts.table(visitor.say("quality_report", name=line.name), headings, rows)
    influence = parts.lead(_influence(visitor, report)) if has_pairs else ""
    content = f"{flags or parts.lead(visitor.say('quality_no_flags'))}{table}{influence}"
    return parts.card(visitor.say("quality_report", name=line.name), content, identity="stf-quality-report")


def _shares(line: RaterQuality, *, has_pairs: bool) -> list[tuple[str, CountedShare]]:
    """The measures that are shares, with the ends of their keys among the texts."""
    found = line.measures
    common = [("gold", found.gold), ("onboarding", found.onboarding)]
    if not has_pairs:
        return [("fast_scores", found.pace.fast), *common, ("repeats_scores", found.consistency)]
    return [
        ("fast", found.pace.fast),
        *common,
        ("repeats", found.consistency),
        ("left", found.left),
        ("ties", _of_choices(found, Winner.tie)),
        ("both_bad", _of_choices(found, Winner.both_bad)),
        ("majority", line.majority),
    ]


def _of_choices(found: RaterMeasures, winner: Winner) -> CountedShare:
    """The share of a choice among the ordinary votes."""
    return CountedShare.of(found.choices.get(winner.value, 0), sum(found.choices.values()))


def _with_others(visitor: Visitor, others: Agreement | None) -> list[Sequence[Cell]]:
    """Rows on the agreement with all other raters, vote by vote; none without a common pair."""
    if others is None:
        return []
    rows: list[Sequence[Cell]] = []
    for name, estimate, as_share in (("others", others.agreement, True), ("kappa", others.kappa, False)):
        value, ends = estimate_texts(estimate, as_share=as_share)
        rows.append((visitor.say(f"quality_measure_{name}"), value, ends or UNKNOWN, others.pairs))
    return rows


def pauses_list(visitor: Visitor, pauses: Sequence[PauseLine]) -> str:
    """Return every pause of the campaign as a sentence, the latest first; nothing without one."""
    if not pauses:
        return ""
    rows: list[Sequence[Cell]] = [
        (
            parts.name_of(one.rater),
            visitor.say(f"quality_rule_{one.rule}", right=one.n_right or 0, total=one.n_total),
            one.since.strftime("%Y-%m-%d %H:%M"),
            visitor.say("quality_in_force") if one.lifted_at is None else one.lifted_at.strftime("%Y-%m-%d %H:%M"),
        )
        for one in reversed(pauses)
    ]
    headings = [
        Heading(visitor.say("admin_rater")),
        Heading(visitor.say("quality_rule")),
        Heading(visitor.say("quality_since")),
        Heading(visitor.say("quality_until")),
    ]
    return parts.section(
        visitor.say("quality_pauses"), parts.table(visitor.say("quality_pauses"), headings, rows, is_cards=True)
    )


def flag_text(visitor: Visitor, flag: RaterFlag) -> str:
    """Return what a flag says."""
    chance = UNKNOWN if flag.chance is None else f"{flag.chance:.2g}"
    return visitor.say(f"quality_flag_{flag.rule}_text", number=flag.n, total=flag.total, chance=chance)


def share_text(share: CountedShare) -> str:
    """Return a share in percent; a dash where it is unknown."""
    return UNKNOWN if share.share is None else f"{100 * share.share:.0f}%"


def _pair_headings(visitor: Visitor) -> list[Heading]:
    """Headings of the shares that only votes on pairs have."""
    return [
        Heading(visitor.say("quality_left"), is_number=True, is_minor=True),
        Heading(visitor.say("quality_majority"), is_number=True, is_minor=True),
    ]


def _interval(share: CountedShare) -> str:
    if share.low is None or share.high is None:
        return UNKNOWN
    return f"{100 * share.low:.0f} – {100 * share.high:.0f}%"


def _seconds(seconds: float | None) -> str:
    return UNKNOWN if seconds is None else f"{seconds:.1f}"


def _flags(visitor: Visitor, line: RaterQuality) -> Markup:
    chips = [parts.badge(visitor.say(f"quality_flag_{one.rule}"), "is-alert") for one in line.flags]
    if line.paused:
        chips.insert(0, parts.badge(visitor.say("quality_paused"), "is-alert"))
    if not chips:
        return Markup(visitor.say("admin_none"))
    return parts.html_of(*(part for chip in chips for part in (chip, " ")))


def _actions(visitor: Visitor, line: RaterQuality, campaign_id: int) -> str:
    shown = parts.button(
        visitor.say("quality_details"),
        "quality/rater",
        kind="is-quiet",
        key=f"quality-{line.rater_id}",
        rater=line.rater_id,
        campaign=campaign_id,
    )
    if not line.paused or not visitor.may(Role.admin):
        return shown
    lift = parts.button(
        visitor.say("quality_go_on"),
        "quality/go-on",
        key=f"quality-go-on-{line.rater_id}",
        rater=line.rater_id,
        campaign=campaign_id,
    )
    return f"{shown}{lift}"


def _influence(visitor: Visitor, report: RaterReport) -> str:
    found = report.influence
    if found is None or found.largest_change is None:
        return visitor.say("quality_influence_unknown")
    swaps = ", ".join(f"{one} / {other}" for one, other in found.swaps)
    order = visitor.say("quality_swaps", swaps=swaps) if swaps else visitor.say("quality_no_swaps")
    change = signed_text(found.largest_change, 1)
    return f"{visitor.say('quality_influence', votes=found.votes, model=found.model, change=change)} {order}"

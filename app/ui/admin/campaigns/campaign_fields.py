"""The fields of a campaign in the form for a new one and in the form that changes one, and what they hold."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.calls import StaffForm
from app.ui.admin.campaigns.campaign_texts import CampaignTexts
from app.ui.admin.parts import FormParts, Option
from app.ui.visitor import RefusedForm, Visitor
from app.views.campaign_words import say_of
from arena.campaigns.pairing import POLICIES
from arena.campaigns.settings import DrawingSettings
from arena.quality.presets import preset_of
from storage.campaigns.rules import QualityRules

LONGEST_NAME = 200
LONGEST_GUIDELINES = 20_000
MOST_OVERLAP = 100
MOST = 1_000_000
PAIRS_POLICY = "informative"
"""The policy that needs pairs; without them it is the same as `deficit`."""
PAIRS_ASK = "ask_strength"
"""The setting of the raters' page that needs pairs."""
ASKS = (PAIRS_ASK, "onboarding_feedback")
"""Settings of the raters' page that are on or off."""


def drawing_values(settings: DrawingSettings) -> dict[str, Any]:
    """Return the values of the fields for settings of a campaign."""
    rules = settings.rules
    deadline = rules.deadline
    return {
        "overlap": settings.overlap,
        "overlap_share": _percent(rules.overlap_share),
        "policy": settings.policy,
        "uniform_share": _percent(settings.uniform_share),
        "most_votes": rules.most_votes,
        "deadline": "" if deadline is None else deadline.astimezone(UTC).strftime("%Y-%m-%dT%H:%M"),
        "checks": preset_of(rules),
        **check_values(rules),
        "asks": [name for name in ASKS if getattr(rules, name)],
    }


def check_values(rules: QualityRules) -> dict[str, Any]:
    """Return the values of the fields on checks of the raters."""
    return {
        "gold_share": _percent(rules.gold_share),
        "repeat_share": _percent(rules.repeat_share),
        "repeat_gap": rules.repeat_gap,
        "pause_after": rules.pause_after,
        "pause_below": None if rules.pause_below is None else _percent(rules.pause_below),
        "pause_fast": rules.pause_fast,
    }


def bar(fields: Sequence[str]) -> str:
    """Return fields beside each other, at most three in a row."""
    return f'<div class="ui-bar stf-bar stf-thirds">{"".join(fields)}</div>'


def workload_fields(texts: CampaignTexts, form: FormParts) -> str:
    """Return the fields on how much is asked of whom, and until when; what is rarely changed opens on demand."""
    say, worded = texts.visitor.say, texts.say
    overlap, share = worded("campaign_overlap"), worded("campaign_overlap_share")
    every, drawn = worded("campaign_overlap_share_hint"), worded("campaign_uniform_share")
    first = [
        form.number("overlap", overlap, hint=worded("campaign_overlap_hint"), low=1, high=MOST_OVERLAP),
        form.number("most_votes", worded("campaign_most"), hint=say("staff_empty_no_limit"), low=1),
        form.line("deadline", say("staff_deadline"), hint=say("staff_empty_no_end"), kind="datetime-local"),
    ]
    shares = [
        form.number("overlap_share", share, hint=every, high=100),
        form.number("uniform_share", drawn, hint=worded("campaign_uniform_hint"), low=10, high=100),
    ]
    more = f'<div class="ui-stack">{bar(shares)}{_policy_field(texts, form)}</div>'
    return bar(first) + parts.fold(say("staff_more_options"), more, key="workload")


def _policy_field(texts: CampaignTexts, form: FormParts) -> str:
    """Return the field with the policies; that of close models is only there where models meet in pairs."""
    offered = [
        name for name in POLICIES if "pair" in texts.shapes or name != PAIRS_POLICY or form.is_chosen("policy", name)
    ]
    options: list[Option] = [(texts.say(f"campaign_policy_{name}"), name) for name in offered]
    asks = {PAIRS_POLICY: "pair"} if len(texts.shapes) > 1 else {}
    field = form.boxes("policy", texts.say("campaign_policy"), options, asks=asks, kind="radio")
    hint = render_plain(say_of(texts.visitor.language, "pair", "campaign_policy_hint"))
    return field + texts.only(f'<p class="ui-hint">{hint}</p>', "pair")


def guidelines_field(visitor: Visitor, form: FormParts, *, hint: str, shown: str) -> str:
    """Return the field for guidelines with its hint, and beside it the element `shown` for what raters will see."""
    area = form.area("guidelines", visitor.say("admin_guidelines"), hint=visitor.say(hint), rows=18)
    return beside(area, visitor, shown)


def beside(area: str, visitor: Visitor, shown: str, *, name: str = "staff_guidelines_preview") -> str:
    """Return a field for a text, and beside it the element `shown` for what becomes of it; `name` is its text."""
    preview = (
        f'<div class="ui-field"><span class="ui-name">{render_plain(visitor.say(name))}</span>'
        f'<div class="stf-preview ev-content" id="{shown}" tabindex="0"></div></div>'
    )
    return f'<div class="stf-write">{area}{preview}</div>'


def read_drawing(form: StaffForm, *, now: datetime, unchanged_deadline: datetime | None = None) -> DrawingSettings:
    """Return the settings that the fields describe.

    Args:
        form: the form.
        now: the present time; a deadline must be later.
        unchanged_deadline: deadline that the campaign has already and that may have passed.

    Raises:
        RefusedForm: a field has a value that cannot be; the message stands at it.
    """

    def count(name: str) -> int | None:
        return form.optional_number(name, "staff_need_number", low=1, high=MOST)

    below = form.optional_number("pause_below", "staff_need_percent", low=1, high=100)
    after = count("pause_after")
    if (after is None) != (below is None):
        missing = "pause_below" if below is None else "pause_after"
        raise RefusedForm(form.visitor.say("staff_need_both"), field=missing)
    rules = QualityRules(
        overlap_share=form.percent("overlap_share"),
        gold_share=form.percent("gold_share", high=50),
        repeat_share=form.percent("repeat_share", high=50),
        repeat_gap=form.number("repeat_gap", "staff_need_number", low=1, high=MOST),
        most_votes=count("most_votes"),
        deadline=_deadline(form, now, unchanged_deadline),
        pause_after=after,
        pause_below=None if below is None else below / 100,
        pause_fast=count("pause_fast"),
        **{name: name in form.several("asks") for name in ASKS},
    )
    if rules.gold_share + rules.repeat_share > 0.5:
        raise RefusedForm(form.visitor.say("staff_need_half"), field="repeat_share")
    return DrawingSettings(
        overlap=form.number("overlap", "staff_need_number", low=1, high=MOST_OVERLAP),
        policy=form.choice("policy", list(POLICIES)),
        uniform_share=form.percent("uniform_share", low=10),
        rules=rules,
    )


def default_values() -> Mapping[str, Any]:
    """Return the values of the fields for a new campaign."""
    return drawing_values(DrawingSettings())


def _deadline(form: StaffForm, now: datetime, unchanged: datetime | None) -> datetime | None:
    text = form.text("deadline")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise RefusedForm(form.visitor.say("staff_need_time"), field="deadline") from None
    same = unchanged is not None and unchanged.replace(second=0, microsecond=0) == moment
    if moment <= now and not same:
        shown = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        raise RefusedForm(form.visitor.say("staff_deadline_past", now=shown), field="deadline")
    return unchanged if same else moment


def _percent(share: float) -> int:
    return round(100 * share)

"""The fields on checks of the raters: ready-made checks to choose from, and each check by itself.

A preset fills the fields of the checks, so what is sent is always what the fields hold; `staff.css` shows the fields
to those who set their own.
"""

import orjson

from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.campaigns.campaign_fields import ASKS, PAIRS_ASK, bar, check_values
from app.ui.admin.campaigns.campaign_texts import CampaignTexts
from app.ui.admin.parts import FormParts, Option, Text
from app.ui.markup import Markup
from app.views.sentences import joined
from arena.quality.presets import OWN, PRESETS, extra_answers
from storage.campaigns.rules import QualityRules

COST = "stf-checks-cost"
"""Id of the element with what the checks add to the answers of the campaign."""


def quality_fields(texts: CampaignTexts, form: FormParts, *, n_gold: int | None, gold: str) -> str:
    """Return the choice of checks, and the fields of each check by the question that it answers.

    Args:
        texts: makes the texts.
        form: makes the fields.
        n_gold: number of gold items of the campaign; None where the form itself takes them.
        gold: HTML of the field that takes gold items, or what stands in its place.
    """
    say, worded = texts.visitor.say, texts.say
    titles: dict[str, Text] = {
        "repeat": worded("campaign_repeat_text"),
        "gold": say("staff_group_gold_text"),
        "fast": worded("campaign_fast_text"),
    }
    own = {name: f'<div class="stf-own">{bar(fields)}</div>' for name, fields in _check_fields(texts, form, n_gold)}
    sections = ""
    for name, text in titles.items():
        content = parts.lead(text) + own[name] + (gold if name == "gold" else "")
        section = parts.section(say(f"staff_group_{name}"), content)
        sections += section if name == "gold" else f'<div class="stf-own">{section}</div>'
    shown = [name for name in ASKS if name != PAIRS_ASK or "pair" in texts.shapes]
    asks: list[Option] = [(say(f"staff_{name}"), name) for name in shown]
    limits = {PAIRS_ASK: "pair"} if len(texts.shapes) > 1 else {}
    return (
        f'{_choices(texts, form)}<div id="{COST}" role="status"></div><div class="stf-groups">{sections}</div>'
        f"{form.boxes('asks', say('staff_asks'), asks, asks=limits)}"
    )


def _choices(texts: CampaignTexts, form: FormParts) -> str:
    """Return the presets and the choice of own checks: what each means for a rater, and what it costs."""
    options: list[Option] = [(_preset(texts, name, rules), name) for name, rules in PRESETS.items()]
    options.append((_described(texts.visitor.say("staff_checks_own"), texts.say("campaign_checks_own")), OWN))
    always = texts.say("campaign_checks_always", tab=texts.visitor.say("admin_tab_quality"))
    hint = Markup(joined([_html(texts.say("campaign_fast_text")), _html(always)], texts.visitor.language))
    chips = form.boxes("checks", texts.visitor.say("staff_checks"), options, hint=hint, kind="radio")
    filled = {
        name: {field: "" if value is None else str(value) for field, value in check_values(rules).items()}
        for name, rules in PRESETS.items()
    }
    return f'<div class="stf-kinds" data-fills="{render_plain(orjson.dumps(filled).decode())}">{chips}</div>'


def _preset(texts: CampaignTexts, name: str, rules: QualityRules) -> Markup:
    values = {field: "" if value is None else value for field, value in check_values(rules).items()}
    meaning = texts.say(f"campaign_checks_{name}", **values)
    n = extra_answers(rules, 100)
    cost = texts.say("campaign_checks_cost", n=n) if n else texts.say("campaign_checks_free")
    return _described(texts.visitor.say(f"staff_checks_{name}"), meaning, cost)


def _described(title: str, meaning: Text, cost: Text = "") -> Markup:
    """Return a choice with what it means below, and what it costs."""
    lines = {"stf-why": meaning, "stf-cost": cost}
    below = "".join(f'<span class="{kind}">{_html(line)}</span>' for kind, line in lines.items() if line)
    return Markup(f"<strong>{render_plain(title)}</strong>{below}")


def _html(text: Text) -> str:
    return text.html if isinstance(text, Markup) else render_plain(text)


def _check_fields(texts: CampaignTexts, form: FormParts, n_gold: int | None) -> list[tuple[str, list[str]]]:
    """Return the fields of each check."""
    say, worded = texts.visitor.say, texts.say
    held = "" if n_gold is None else say("staff_gold_hint", n=n_gold) if n_gold else say("staff_gold_none")
    never = say("staff_empty_never")
    gap, below = say("staff_repeat_gap_hint"), say("staff_pause_below_hint")
    return [
        (
            "repeat",
            [
                form.number("repeat_share", worded("campaign_repeat_share"), high=50),
                form.number("repeat_gap", worded("campaign_repeat_gap"), hint=gap, low=1),
            ],
        ),
        (
            "gold",
            [
                form.number("gold_share", say("staff_gold_share"), hint=held, high=50),
                form.number("pause_after", say("staff_pause_after"), hint=never, low=1),
                form.number("pause_below", say("staff_pause_below"), hint=below, low=1, high=100),
            ],
        ),
        ("fast", [form.number("pause_fast", worded("campaign_pause_fast"), hint=never, low=1)]),
    ]

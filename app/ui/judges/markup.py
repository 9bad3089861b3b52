"""HTML blocks of the Judges tab: means with their bounds, and the view of one judgment.

Model outputs go through the renderer or appear as plain text; all other text goes through `render_plain`.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal

from app.rendering.html import RenderedTurn, Renderer, render_plain
from app.ui import markup
from app.ui.markup import Markup
from app.views.judges import (
    OVERALL,
    Fact,
    call_facts,
    category_of,
    dimension_name,
    estimate_texts,
    judgment_words,
    tenths,
)
from app.views.sentences import say
from arena.agreement.clustered import Estimate
from arena.agreement.concordance import RANDOM_DECISIVE
from arena.bias.coverage import Bounds
from storage.judges.judgment_reading import CallLine, JudgmentDetails, JudgmentLine
from storage.values import Language, Turn, turn_plain_text

PicturesHtml = Callable[[Sequence[Turn]], str]
"""The pictures of some turns as safe HTML."""

_EXCERPT = 160


def subheading(title: str, text: str = "") -> Markup:
    """The heading of a part of a section, with a sentence below it."""
    below = f'<p class="adm-lead">{render_plain(text)}</p>' if text else ""
    return Markup(f'<div class="adm-heading"><h3>{render_plain(title)}</h3>{below}</div>')


def working(title: str, text: str) -> Markup:
    """The heading of a section whose statistics are being computed; `text` is for screen readers."""
    bars = "<i></i>" * 3
    hidden = f'<span class="ui-hidden">{render_plain(text)}</span>'
    return Markup(f'{markup.heading(title).html}<div class="ui-loading" role="status">{hidden}{bars}</div>')


def bounds_bar(bounds: Bounds) -> Markup:
    """A mean and its range on a line from 0 to 100 %; empty if there is no mean."""
    if bounds.mean is None or bounds.lowest is None or bounds.highest is None:
        return Markup("")
    left, width = 100 * bounds.lowest, 100 * (bounds.highest - bounds.lowest)
    return Markup(
        f'<div class="adm-bounds" aria-hidden="true"><i style="left:{left:.1f}%;width:{width:.1f}%"></i>'
        f'<b style="left:{100 * bounds.mean:.1f}%"></b></div>'
    )


def compared_bar(agreement: Estimate, people: float | None) -> Markup:
    """Agreement and its interval on a line from 0 to 100 %, with marks for chance and for people with each other."""
    if math.isnan(agreement.lower):
        return Markup("")
    left, width = 100 * agreement.lower, 100 * (agreement.upper - agreement.lower)
    other = "" if people is None or math.isnan(people) else f'<u style="left:{100 * people:.1f}%"></u>'
    return Markup(
        f'<div class="adm-bounds" aria-hidden="true"><s style="left:{100 * RANDOM_DECISIVE:.0f}%"></s>{other}'
        f'<i style="left:{left:.1f}%;width:{width:.1f}%"></i><b style="left:{100 * agreement.value:.1f}%"></b></div>'
    )


Mark = Literal["interval", "value", "chance", "people", "hollow", "band"]
"""A mark of the bars and plots, drawn in a legend as it is drawn there."""


def legend(entries: Sequence[tuple[Mark, str]]) -> Markup:
    """What the marks of bars or of a plot mean, above them."""
    return markup.legend(entries)


def bounds_text(bounds: Bounds) -> str:
    """The range of a mean with missing values; empty if nothing is missing."""
    if bounds.scored == bounds.asked or bounds.lowest is None:
        return ""
    return f"{100 * bounds.lowest:.1f} – {tenths(bounds.highest)}"


def estimate_cell(estimate: Estimate, *, as_share: bool = True) -> Markup:
    """A statistic with its interval, below it on narrow pages."""
    value, ends = (render_plain(text) for text in estimate_texts(estimate, as_share=as_share))
    return Markup(f"{value} <small>({ends})</small>" if ends else value)


def opener(line: JudgmentLine, language: Language) -> Markup:
    """The button that opens a judgment."""
    title = say(language, "judges_open", n=line.position)
    return markup.opener("judgment", line.position, f"{line.position:,}", title)


def question_cell(line: JudgmentLine, language: Language) -> Markup:
    """The beginning of a question, or its key if the text is not stored."""
    text = " ".join(line.question.split())
    if not text:
        text = say(language, "judges_question_only_key", key=line.key)
    shown = text if len(text) <= _EXCERPT else f"{text[:_EXCERPT].rstrip()}…"
    return markup.excerpt(shown)


def judgment_cell(line: JudgmentLine, language: Language) -> Markup:
    """A judgment in words; one without a score is highlighted."""
    words = judgment_words(line, language)
    if line.outcome.state == "scored":
        whole = " adm-nowrap" if line.outcome.dimension == OVERALL else ""
        return Markup(f'<span class="adm-result{whole}">{render_plain(words)}</span>')
    return markup.badge(words, kind="alert" if line.outcome.state == "failed" else "unsure")


def models_cell(line: JudgmentLine) -> Markup:
    """The models whose responses were judged."""
    return markup.versus(*line.models) if len(line.models) == 2 else markup.named(line.models[0])


def opened(found: JudgmentDetails, renderer: Renderer, language: Language, pictures: PicturesHtml) -> Markup:
    """One judgment: facts, question, responses side by side, and every call."""
    line = found.line
    title = render_plain(say(language, "judges_opened", n=line.position))
    void = markup.banner("", say(language, "judges_void")).html if found.is_void else ""
    sides = "".join(_side(found, place, renderer, language, pictures) for place in range(len(line.models)))
    calls = "".join(_call(call, line, number, renderer, language) for number, call in enumerate(found.calls, 1))
    if not found.calls:
        calls = markup.lead(say(language, "judges_calls_none")).html
    return Markup(
        f'<article class="adm-opened" data-entry="{line.position}" aria-label="{title}"><h2 tabindex="-1">{title} '
        f"{judgment_cell(line, language).html}</h2>{void}{markup.facts(_about(line, language)).html}"
        f"{_question(found, renderer, language, pictures)}"
        f'<div class="adm-sides">{sides}</div><h3>{render_plain(say(language, "judges_calls"))}</h3>{calls}</article>'
    )


def _about(line: JudgmentLine, language: Language) -> list[Fact]:
    entries = [
        ("judges_fact_question", line.key),
        ("judges_category", category_of(line.outcome.category, language)),
    ]
    if line.at is not None:
        entries.append(("judges_fact_at", f"{line.at:%Y-%m-%d %H:%M} UTC"))
    if line.outcome.dimension:
        entries.insert(2, ("judges_dimension", dimension_name(line.outcome.dimension, language)))
    if line.turn:
        entries.insert(1, ("judges_fact_turn", str(line.turn)))
    if line.sample:
        entries.append(("judges_fact_sample", str(line.sample)))
    return [(say(language, key), value) for key, value in entries]


def _question(found: JudgmentDetails, renderer: Renderer, language: Language, pictures: PicturesHtml) -> str:
    title = render_plain(say(language, "judges_question"))
    if not found.user_turns:
        missing = markup.lead(say(language, "judges_no_question", key=found.line.key)).html
        return f'<section class="adm-prompt"><h3>{title}</h3>{missing}</section>'
    texts = _turns(list(map(turn_plain_text, found.user_turns)), language, by_user=True)
    body = _panel(renderer.render_turns(texts) + pictures(found.user_turns), title)
    reference = ""
    if any(found.reference):
        label = say(language, "judges_reference")
        inside = _panel(renderer.render_turns(_turns(found.reference, language)), render_plain(label))
        reference = markup.folded(label, Markup(inside)).html
    return f'<section class="adm-prompt"><h3>{title}</h3>{body}{reference}</section>'


def _side(found: JudgmentDetails, place: int, renderer: Renderer, language: Language, pictures: PicturesHtml) -> str:
    """One response under its model's name."""
    models, turns = found.line.models, found.answered[place]
    name = render_plain(models[place])
    if turns is None:
        body = markup.lead(say(language, "judges_no_response")).html
    else:
        texts = _turns(list(map(turn_plain_text, turns)), language)
        body = _panel(renderer.render_turns(texts) + pictures(turns), name)
    return f'<section class="adm-side"><h3 dir="auto">{name}</h3>{body}</section>'


def _call(call: CallLine, line: JudgmentLine, number: int, renderer: Renderer, language: Language) -> str:
    """One call: facts, the rendered reply, and the reply as plain text."""
    title = say(language, "judges_call", n=number)
    label = f"{title}: {say(language, 'judges_reply')}"
    if call.reply is None:
        body = markup.lead(say(language, "judges_no_reply")).html
    elif not call.reply.strip():
        body = markup.lead(say(language, "judges_empty_reply")).html
    else:
        plain = markup.folded(say(language, "judges_plain"), markup.plain_text(call.reply, label)).html
        body = f"{_panel(renderer.render(call.reply), render_plain(label))}{plain}"
    return (
        f'<section class="adm-call"><h4>{render_plain(title)}</h4>{markup.facts(call_facts(call, line, language)).html}'
        f'<div class="adm-reply">{body}</div></section>'
    )


def _panel(rendered: str, label: str) -> str:
    """Rendered text in a scrolling box; `label` is already escaped."""
    return f'<div class="ev-content adm-scroll" role="region" tabindex="0" aria-label="{label}">{rendered}</div>'


def _turns(texts: Sequence[str], language: Language, *, by_user: bool = False) -> list[RenderedTurn]:
    several = len(texts) > 1
    return [
        RenderedTurn(
            text, by="user" if by_user else "model", heading=say(language, "judges_turn", n=number) if several else ""
        )
        for number, text in enumerate(texts, 1)
    ]

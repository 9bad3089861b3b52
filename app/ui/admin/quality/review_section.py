"""Disputed pairs with their texts and a form to decide, decisions, and remarks."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from app.rendering.html import render_plain, render_text
from app.ui.admin import parts
from app.ui.admin.parts import Cell, FormParts, Heading
from app.ui.markup import Markup, row_cut
from app.ui.visitor import Visitor
from app.views.sentences import sentences
from storage.campaigns.review import DisputedPair, Remark
from storage.values import Winner

MOST_PAIRS = 10
MOST_REMARKS = 100
WINNERS = ("model_a", "model_b", "tie", "both_bad")
LONGEST_TITLE = 80
_MARKDOWN = (
    (re.compile(r"^ {0,3}(?:`{3,}|~{3,}).*$", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|\*[ \t]+)+", re.MULTILINE), ""),
    (re.compile(r"(?<![a-zA-Z0-9*])\*\*(?=\S)([^\n]+?)(?<=\S)\*\*(?![a-zA-Z0-9*])"), r"\1"),
    (re.compile(r"`{1,2}([^`\n]+)`{1,2}"), r"\1"),
)
"""Marks of Markdown, with what is left of them: code fences, beginnings of lines, pairs around words."""
_DOLLARS = re.compile(r"(?<!\\)\$")
_PARAGRAPH = re.compile(r"<p[^>]*>((?:(?!<p[ >]).)*)</p>", re.DOTALL)
_BEFORE_DOTS = " .,;:。，；：、"
"""Characters that end a clause and are left out before three dots."""
_LONGEST_READ = 2_000
"""Characters from which a title is made."""


class PairTexts(NamedTuple):
    """A disputed pair as it is shown.

    Attributes:
        title: the question as plain text.
        question: safe HTML of the question.
        left: safe HTML of response A.
        right: safe HTML of response B.
    """

    title: str
    question: str
    left: str
    right: str


def queue(visitor: Visitor, pairs: Sequence[DisputedPair], texts: Callable[[DisputedPair], PairTexts]) -> str:
    """Return the first pairs that wait for a decision, without names of models, each with a form."""
    if not pairs:
        return parts.empty(visitor.say("quality_queue_none"), visitor.say("quality_queue_none_text"))
    shown = "".join(_pair(visitor, one, texts(one)) for one in pairs[:MOST_PAIRS])
    more = len(pairs) - MOST_PAIRS
    return shown + (parts.lead(visitor.say("quality_queue_more", n=more)) if more > 0 else "")


def decided_table(visitor: Visitor, pairs: Sequence[DisputedPair], names: Mapping[int, str]) -> str:
    """Return the decisions in force, each with a button that takes it back; nothing without one."""
    if not pairs:
        return ""
    headings = [
        Heading(visitor.say("quality_question")),
        Heading(visitor.say("quality_decision")),
        Heading(visitor.say("quality_reason")),
        Heading(visitor.say("quality_by")),
        Heading(""),
    ]
    rows: list[Sequence[Cell]] = []
    for one in pairs:
        made = one.decision
        if made is None:
            continue
        back = parts.button(
            visitor.say("quality_take_back"),
            "quality/take-back",
            kind="is-quiet",
            key=f"quality-back-{made.position}",
            decision=made.position,
            campaign=one.pair.campaign_id,
        )
        winner = {Winner.model_a: one.model_a, Winner.model_b: one.model_b}.get(made.winner)
        said = visitor.say(f"quality_winner_{made.winner}") if winner is None else winner
        by = visitor.say("staff_command_line") if made.actor_id is None else names.get(made.actor_id, "")
        question = parts.name_of(f"{one.question}: {one.model_a} / {one.model_b}")
        rows.append((question, parts.name_of(said), parts.name_of(made.reason), parts.name_of(by), Markup(back)))
    table = parts.table(visitor.say("quality_decisions"), headings, rows, is_wide=True, is_cards=True)
    return parts.section(visitor.say("quality_decisions"), table)


def remarks_table(visitor: Visitor, found: Sequence[Remark]) -> str:
    """Return flags, skip reasons and comments, the latest first."""
    if not found:
        return parts.lead(visitor.say("quality_remarks_none"))
    headings = [
        Heading(visitor.say("quality_at")),
        Heading(visitor.say("admin_rater")),
        Heading(visitor.say("quality_question")),
        Heading(visitor.say("quality_remark")),
        Heading(visitor.say("quality_comment")),
    ]
    rows: list[Sequence[Cell]] = [
        (
            one.at.strftime("%Y-%m-%d %H:%M"),
            parts.name_of(one.rater),
            parts.name_of(one.question),
            _what(visitor, one),
            parts.name_of(one.comment or ""),
        )
        for one in found[:MOST_REMARKS]
    ]
    cut = row_cut(len(rows), visitor.language)
    return parts.table(visitor.say("quality_remarks"), headings, rows, is_wide=True, cut=cut, is_cards=True)


def _pair(visitor: Visitor, one: DisputedPair, texts: PairTexts) -> str:
    comma = visitor.say("quality_comma")
    votes = comma.join(
        visitor.say("quality_votes_for", choice=visitor.say(f"quality_winner_{winner}"), number=one.votes[winner])
        for winner in WINNERS
        if one.votes[winner]
    )
    flags = comma.join(_fault(visitor, name) for name in one.flags)
    asked = short_title(texts.title, LONGEST_TITLE) or one.question
    said = (votes or visitor.say("quality_no_votes")) + (f" · {flags}" if flags else "")
    title = parts.html_of(with_formulas(asked), f' <small class="stf-said">{render_plain(said)}</small>')
    key = "-".join(map(str, one.pair))
    form = FormParts(visitor, f"decide-{key}")
    choices = [(visitor.say(f"quality_winner_{winner}"), winner) for winner in WINNERS]
    fields = form.boxes("winner", visitor.say("quality_decision"), choices, kind="radio")
    reason = form.line("reason", visitor.say("quality_reason"), hint=visitor.say("quality_reason_hint"))
    send = parts.button(visitor.say("quality_decide"), "", kind="is-primary")
    sends = {"pair": key, "campaign": one.pair.campaign_id}
    sides = "".join(
        f'<div class="ui-card"><h3>{render_plain(visitor.say(f"quality_side_{side}"))}</h3>'
        f'<div class="ev-content" dir="auto">{text}</div></div>'
        for side, text in (("a", texts.left), ("b", texts.right))
    )
    entries = form.wrap("quality/decide", f'{fields}{reason}<div class="ui-row">{send}</div>', sends=sends)
    content = (
        f'<div class="ev-content" dir="auto">{texts.question}</div><div class="stf-columns">{sides}</div>{entries}'
    )
    return parts.fold(title, f'<div class="ui-stack">{content}</div>', key=f"pair-{key}")


def short_title(text: str, longest: int) -> str:
    """The beginning of a text on one line without marks of Markdown, at most `longest` characters.

    It ends behind a word where there are words, and before a formula that does not fit.
    """
    text = text[:_LONGEST_READ]
    for marks, left in _MARKDOWN:
        text = marks.sub(left, text)
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    beginning = line[: longest - 1]
    if " " in beginning[longest // 2 :] and line[longest - 1] != " ":
        beginning = beginning[: beginning.rindex(" ")]
    if len(_DOLLARS.findall(beginning)) % 2:
        beginning = beginning[: beginning.rindex("$")]
    return f"{beginning.rstrip(_BEFORE_DOTS)}…"


def with_formulas(line: str) -> Markup:
    """A line of plain text as safe HTML, in which formulas are drawn."""
    drawn = _PARAGRAPH.fullmatch(render_text(line).strip())
    return Markup(drawn[1] if drawn and "<math" in drawn[1] and "<a " not in drawn[1] else render_plain(line))


def _what(visitor: Visitor, one: Remark) -> Cell:
    chips = []
    if one.flag is not None:
        chips.append(parts.badge(_fault(visitor, one.flag), "is-alert"))
    if one.skip is not None:
        chips.append(parts.badge(visitor.say("quality_skip", reason=_known(visitor, f"quality_skip_{one.skip}"))))
    return parts.html_of(*chips)


def _fault(visitor: Visitor, name: str) -> str:
    return _known(visitor, f"quality_fault_{name}")


def _known(visitor: Visitor, key: str) -> str:
    return sentences(visitor.language).get(key, key.rsplit("_", 1)[-1])

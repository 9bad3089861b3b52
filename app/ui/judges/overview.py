"""The list of judges with a verdict on each: the first thing on the Judges tab."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.rendering.html import render_plain
from app.ui import markup
from app.ui.judges.markup import Mark, compared_bar, estimate_cell, legend
from app.ui.markup import FIRST_ROWS, Cell, Column, Markup, row_cut
from app.views.board import DASH
from app.views.fused.judge_verdicts import (
    LEAST_COMPARED,
    LEAST_QUESTIONS,
    MARGIN,
    JudgeFigures,
    Trust,
    cautions,
    trust_of,
    trust_sentence,
)
from app.views.judges import tenths
from app.views.sentences import joined, say
from storage.judges.replies import JudgeLine
from storage.values import Language

_KINDS = {Trust.as_people: "open", Trust.not_above_chance: "alert", Trust.not_follows: "alert"}
"""Kinds of the badges; the others are neither a recommendation nor a warning."""


@dataclass(frozen=True)
class ListedJudge:
    """A judge in the list.

    Attributes:
        line: the judge.
        name: its name among all raters.
        is_excluded: whether it is excluded from leaderboards.
        figures: what its verdict rests on; None while they are computed.
    """

    line: JudgeLine
    name: str
    is_excluded: bool
    figures: JudgeFigures | None

    @property
    def judgments(self) -> int:
        """Number of its judgments and scores."""
        return self.line.judgments + self.line.scores


def judges_list(listed: Sequence[ListedJudge], chosen: int, language: Language) -> Markup:
    """All judges, those with the most judgments first, with a button that shows each.

    A phone ends the list at the chosen judge, whose sections follow there; `judges_after` goes on below them.

    Args:
        listed: the judges.
        chosen: rater id of the judge that is shown below.
        language: language of the reader.
    """
    ordered, shown = _order(listed, chosen)
    cut = row_cut(len(ordered), language, first=max(FIRST_ROWS, shown))  # the chosen judge keeps the focus: it is shown
    rows = [_row(one, language, is_chosen=one.line.rater_id == chosen) for one in ordered]
    table = markup.table(say(language, "judges_list"), _columns(language), rows, cut=cut, is_cards=True)
    keys = _legend(language) if any(one.figures and one.figures.pairs for one in listed) else Markup("")
    return Markup(f'<div class="jdg-list">{markup.together(keys, table, _how(language))}</div>')


def judges_after(listed: Sequence[ListedJudge], chosen: int, language: Language) -> Markup:
    """What a phone shows below the sections of the chosen judge: the judges after it in the list."""
    ordered, shown = _order(listed, chosen)
    rows = [_row(one, language, is_chosen=False) for one in ordered[shown:]]
    cut = row_cut(len(rows), language)
    table = markup.table(say(language, "judges_list"), _columns(language), rows, cut=cut, is_cards=True)
    parts = [table, _how(language)] if rows else [_how(language)]
    return Markup(f'<div class="jdg-after">{markup.together(*parts)}</div>')


def _order(listed: Sequence[ListedJudge], chosen: int) -> tuple[list[ListedJudge], int]:
    """The judges in the order of the list, and how many of them stand up to the chosen one."""
    ordered = sorted(listed, key=lambda one: (-one.judgments, one.name))
    return ordered, next((place for place, one in enumerate(ordered) if one.line.rater_id == chosen), 0) + 1


def _columns(language: Language) -> list[Column]:
    return [
        Column(say(language, "judges_judge")),
        Column(say(language, "judges_trust"), whole=True),
        Column(say(language, "judges_people_agreement"), whole=True),
        Column(say(language, "judges_first"), "number"),
        Column(say(language, "judges_missing_share"), "number"),
    ]


def _legend(language: Language) -> Markup:
    marks: tuple[Mark, ...] = ("value", "interval", "chance", "people")
    texts = ("agreement", "interval", "chance", "people")
    return legend([(mark, say(language, f"judges_key_{text}")) for mark, text in zip(marks, texts, strict=True)])


def _how(language: Language) -> Markup:
    numbers = {"margin": round(100 * MARGIN), "least": LEAST_COMPARED, "least_questions": LEAST_QUESTIONS}
    return markup.folded(
        say(language, "judges_how_verdicts"), markup.lead(say(language, "judges_trust_how", **numbers))
    )


def _row(one: ListedJudge, language: Language, *, is_chosen: bool) -> tuple[Cell, ...]:
    name = Markup(f"{_button(one, language, is_chosen=is_chosen).html}<br>{_number(one, language)}")
    found = one.figures
    if one.is_excluded:
        text = _verdict(say(language, "judges_left_out"), "unsure", say(language, "judges_left_out_text"))
        return (name, text, DASH, DASH, DASH)
    if found is None:
        waiting = Markup(f'…<span class="ui-hidden">{render_plain(say(language, "judges_working"))}</span>')
        return (name, waiting, "…", "…", "…")
    if not found.asked and found.pairs is None and found.scores is None:
        key = "judges_none_count" if one.judgments else "judges_no_judgments"
        return (name, say(language, key), DASH, DASH, DASH)
    trust = trust_of(found)
    badge, kind = say(language, f"judges_trust_{trust}"), _KINDS.get(trust, "unsure")
    verdict = _verdict(badge, kind, trust_sentence(found, language), joined(cautions(found, language), language))
    first = DASH if found.first is None else estimate_cell(found.first)
    return (name, verdict, _agreement(found, language), first, tenths(found.missing))


def _button(one: ListedJudge, language: Language, *, is_chosen: bool) -> Markup:
    """The button that shows a judge; `static/lists.js` extends it to the whole row."""
    current = ' aria-current="true"' if is_chosen else ""
    title = render_plain(say(language, "judges_select", name=one.name))
    return Markup(
        f'<button type="button" class="adm-opener" data-adm-judge="{one.line.rater_id}" aria-label="{title}"{current}>'
        f'<span dir="auto">{render_plain(one.name)}</span></button>'
    )


def _number(one: ListedJudge, language: Language) -> str:
    return f"<small>{render_plain(say(language, 'judges_n', n=one.judgments))}</small>"


def _verdict(badge: str, kind: str, sentence: str, warnings: str = "") -> Markup:
    warned = f'<p class="jdg-caution">{render_plain(warnings)}</p>' if warnings else ""
    return Markup(
        f'<div class="jdg-verdict">{markup.badge(badge, kind=kind).html}<p>{render_plain(sentence)}</p>{warned}</div>'
    )


def _agreement(found: JudgeFigures, language: Language) -> Cell:
    """Agreement on pairs with its bar, else the rank correlation of the scores; a dash without either."""
    if found.pairs is not None:
        people = None if found.people is None else found.people.decisive.value
        bar = compared_bar(found.pairs.decisive, people)
        return Markup(f"{estimate_cell(found.pairs.decisive).html}{bar.html}")
    if found.scores is not None:
        cell = estimate_cell(found.scores.spearman, as_share=False)
        return Markup(f"{cell.html}<div><small>{render_plain(say(language, 'judges_rank_correlation'))}</small></div>")
    return DASH

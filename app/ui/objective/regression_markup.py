"""HTML blocks of the comparison of two evaluations: its tasks, and the items that differ."""

from app.rendering.html import render_plain
from app.ui import markup
from app.ui.markup import Cell, Column, Markup, row_cut
from app.ui.objective.markup import RESULT_KINDS, short_text
from app.ui.objective.summary_markup import common_prefix, task_name
from app.views.objective import ending_name, excerpt
from app.views.regressions.comparison import RunComparison
from app.views.regressions.words import p_text, points
from app.views.sentences import say
from objective.evaluation.flipped_items import ItemFlip, WrittenAnswer
from objective.scoring.paired_comparison import PairedComparison
from storage.values import Language

MOST_FLIPS = 200
"""Largest number of items in the table of those that differ."""
FIRST_SHOWN = 6
"""Tasks, or items that differ, which are shown at first."""
_DECISIONS = {"better": "right", "worse": "alert", "equal": "unsure"}
_DIRECTIONS = {"lost": "alert", "gained": "right"}


def tasks_table(found: RunComparison, language: Language) -> Markup:
    """Each task by itself: the decision, the difference in points with its interval, and the items behind it.

    Tasks with an item that differs come first. A decision that is the same for all tasks is a sentence above the table.
    """
    level = found.options.level
    words = {task: say(language, f"regression_word_{found.decision_on(task)}") for task in found.tasks}
    is_same = len(set(words.values())) == 1
    columns = [
        Column(say(language, "regression_task")),
        *([] if is_same else [Column(say(language, "regression_decision"), whole=True)]),
        Column(say(language, "regression_points"), "number"),
        Column(say(language, "regression_interval", level=f"{level:.0%}"), "number"),
        Column(say(language, "regression_n"), "number", minor=True),
        *(Column(say(language, f"regression_{way}"), "number") for way in ("gained", "lost")),
        Column("p", "number", minor=True),
    ]
    prefix = common_prefix(list(found.tasks))
    rows: list[tuple[Cell, ...]] = []
    for task, one in sorted(found.tasks.items(), key=_is_level):
        shown = () if is_same else (_decision(found, task, words[task]),)
        interval = Markup(f'<span class="obj-number">{points(one.low)} – {points(one.high)}</span>')
        numbers = (points(one.difference), interval, one.items, one.only_a, one.only_b, p_text(one))
        rows.append((task_name(task, prefix), *shown, *numbers))
    cut = row_cut(len(rows), language, first=FIRST_SHOWN, on_phone=FIRST_SHOWN // 2)
    table = markup.table(say(language, "regression_tasks"), columns, rows, cut=cut, is_cards=True)
    word = next(iter(words.values()))
    above = markup.lead(say(language, "regression_same_decision", n=len(words), word=word)).html if is_same else ""
    return Markup(above + table.html)


def _is_level(task: tuple[str, PairedComparison]) -> bool:
    """Whether both runs have the same score on every item of a task."""
    return not task[1].only_a + task[1].only_b


def _decision(found: RunComparison, task: str, word: str) -> Cell:
    decision = found.decision_on(task)
    return word if decision == "open" else markup.badge(word, kind=_DECISIONS[decision])


def flips_table(found: RunComparison, language: Language) -> Markup:
    """The items that differ, lost ones first within a task; each row opens its item.

    On a phone a row is one or two lines: the beginning of the question and how both answers ended.
    """
    columns = [
        Column(say(language, "objective_item")),
        Column(say(language, "regression_change")),
        Column(say(language, "objective_question"), whole=True),
        Column(say(language, "objective_gold"), minor=True),
        Column(found.old),
        Column(found.new),
    ]
    flips = found.flips[:MOST_FLIPS]
    prefix = common_prefix([one.task for one in flips])
    prompts: dict[str, list[str]] = {}
    for one in flips:
        prompts.setdefault(one.task, []).append(one.prompt)
    rows = [
        (
            _opener(one, prefix, language),
            markup.badge(say(language, f"regression_change_{one.direction}"), kind=_DIRECTIONS[one.direction]),
            markup.excerpt(excerpt(one.prompt, prompts[one.task])),
            short_text(" | ".join(one.gold)),
            _answer(one.old, language),
            _answer(one.new, language),
        )
        for one in flips
    ]
    cut = row_cut(len(rows), language, first=FIRST_SHOWN)
    table = markup.table(say(language, "regression_flips"), columns, rows, cut=cut, is_cards=True)
    more = len(found.flips) - len(flips)
    return Markup(table.html + markup.lead(say(language, "regression_more", n=more)).html) if more else table


def _opener(one: ItemFlip, prefix: str, language: Language) -> Markup:
    """The button that opens an item, with its task below."""
    title = say(language, "objective_open", item=f"{one.task}/{one.item}")
    opener = markup.opener("item", one.prediction, one.item, title).html
    return Markup(f'{opener}<small class="obj-missing">{render_plain(one.task.removeprefix(prefix))}</small>')


def _answer(answer: WrittenAnswer, language: Language) -> Markup:
    """How an answer ended, what was read out of it, and its score where that is between none and full."""
    badge = markup.badge(ending_name(answer.ending, language), kind=RESULT_KINDS[answer.ending]).html
    text = short_text(answer.extracted).html if answer.extracted else ""
    score = f' <small class="obj-error">{render_plain(f"{answer.score:.2f}")}</small>' if 0 < answer.score < 1 else ""
    return Markup(f'<span class="obj-ending">{badge} {text}{score}</span>')

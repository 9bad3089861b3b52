"""HTML blocks of what failed or is missing: how the answers of each evaluation ended, and evaluations not finished."""

from collections import Counter
from collections.abc import Mapping, Sequence

from app.rendering.html import render_plain
from app.ui import markup
from app.ui.markup import Cell, Column, Markup
from app.views.objective import ending_name
from app.views.sentences import joined, say
from storage.evaluations.reading import ENDINGS, Ending
from storage.values import Language

_LACKING: tuple[Ending, ...] = ("unparsed", "failed", "grader_failed", "asked")

Endings = Mapping[str, Counter[Ending]]
"""Number of predictions by result for each evaluation, by its name."""


def missing_answer(endings: Endings, unfinished: Sequence[str], without_score: int, language: Language) -> Markup:
    """How many answers lack something, what has not finished, and how many tasks have no score, in a few sentences.

    Args:
        endings: results of each evaluation.
        unfinished: names of evaluations that have not finished.
        without_score: number of tasks without a score, over all evaluations.
        language: language of the reader.
    """
    counted: Counter[Ending] = sum(endings.values(), Counter())
    total = counted.total()
    told = [
        say(language, f"objective_missing_{what}", n=counted[what], total=total) for what in _LACKING if counted[what]
    ]
    told += [say(language, "objective_unfinished_title", model=name) for name in unfinished]
    if without_score:
        told.append(say(language, "objective_missing_tasks", n=without_score))
    if not told:
        told = [say(language, "objective_missing_nothing" if total else "objective_missing_no_answers", n=total)]
    return markup.summary(joined(told, language))


def endings_table(endings: Endings, language: Language) -> Markup:
    """How the answers of each evaluation ended: a bar of all, and their numbers under the marks of the bar."""
    there = [what for what in ENDINGS if any(counts[what] for counts in endings.values())]
    if not there:
        return Markup("")
    title = say(language, "objective_endings")
    columns = [
        Column(say(language, "objective_filter_by_run")),
        Column(title, whole=True),
        *(Column(ending_name(what, language), "number") for what in there),
    ]
    rows: list[tuple[Cell, ...]] = [
        (markup.named(name), _bar(counts), *(counts[what] for what in there)) for name, counts in endings.items()
    ]
    legend = markup.legend([(what.replace("_", "-"), ending_name(what, language)) for what in there])
    return Markup(legend.html + markup.table(title, columns, rows, is_cards=True).html)


def _bar(counts: Counter[Ending]) -> Markup:
    """The results as parts of one bar, in the order of the columns, which say the same in numbers."""
    total = max(1, counts.total())
    parts = "".join(
        f'<i class="is-{what.replace("_", "-")}" style="width:{100 * counts[what] / total:.2f}%"></i>'
        for what in ENDINGS
        if counts[what]
    )
    return Markup(f'<span class="obj-endings" aria-hidden="true">{parts}</span>')


def unfinished_notice(names: Sequence[str], endings: Endings, language: Language) -> Markup:
    """A notice for each evaluation that has not finished: how many answers it has, and how to go on."""
    return Markup(
        "".join(
            markup.banner(
                say(language, "objective_unfinished_title", model=name),
                say(language, "objective_unfinished_text", n=endings[name].total()),
            ).html
            for name in names
        )
    )


def no_evaluation(commands: Sequence[str], language: Language) -> Markup:
    """What the page says before the first evaluation, with the command that makes one."""
    title, text = (render_plain(say(language, key)) for key in ("objective_none_title", "objective_none"))
    return Markup(f'<div class="ui-empty"><strong>{title}</strong><p>{text}</p>{markup.commands(commands).html}</div>')

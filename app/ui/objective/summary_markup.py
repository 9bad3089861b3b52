"""HTML blocks of the summary: what evaluations say in one sentence, what is the same for all tasks, and the table."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from app.rendering.html import render_plain
from app.ui import markup
from app.ui.markup import Cell, Column, Markup, row_cut
from app.views.board import name_some
from app.views.objective import CellView, RowView, interval_of, metric_name, mode_name, shared_start
from app.views.sentences import say
from objective.summary.table import GROUP_METRIC, GROUP_METRICS, UNSCALED_METRICS, SummaryCell
from storage.values import Language

FIRST_TASKS = 12
"""Tasks or items that are shown at first."""
FIRST_ON_PHONE = 4
"""Tasks, and evaluations in full, that a phone shows at first."""
_RANKED_METRICS = GROUP_METRICS | {"accuracy"}
"""Metrics of which the highest value is the best."""


_NOTHING = Markup("")


@dataclass(frozen=True)
class SummaryAnswer:
    """The sentence above the summary.

    Attributes:
        markup: the sentence; empty where no number is the best.
        may_be_chance: whether it says who scores highest without a difference that is shown.
    """

    markup: Markup = _NOTHING
    may_be_chance: bool = False


def summary_answer(rows: Sequence[RowView], language: Language) -> SummaryAnswer:
    """Who scores highest on the first group, or on the only task, if all models have all its items.

    The highest score is called better than the others only where its difference from each of them is shown, see
    `_open_to`. Without a group, several tasks tell on how many of them one model is first.
    """
    row = rows[0] if rows and (rows[0].members or len(rows) == 1) else None
    if row is None:
        return _most_tasks(main_metrics(rows)[0], language)
    if row.line.metric not in _RANKED_METRICS:
        return SummaryAnswer()
    cells = row.line.cells
    if all(cell.value is None for cell in cells.values()):
        return SummaryAnswer()
    task = row.line.dataset
    lacking = [model for model, cell in cells.items() if cell.value is None or cell.partial]
    if lacking:
        return SummaryAnswer(_answer("incomplete", language, task=task, models=name_some(lacking, language)))
    shown = {model: view.value for model, view in zip(cells, row.cells, strict=True)}
    order = sorted(cells, key=lambda model: (-(cells[model].value or 0.0), model))
    levels = {value: [model for model in order if shown[model] == value] for value in map(shown.__getitem__, order)}
    (value, best), *others = levels.items()
    facts = {"task": task, "value": value, "model": best[0], "models": name_some(best, language)}
    if len(order) == 1:
        return SummaryAnswer(_answer("single", language, **facts))
    if len(best) > 1:
        return SummaryAnswer(_answer("level", language, **facts), may_be_chance=True)
    unclear = _open_to(cells, best[0])
    if unclear:
        told = [f"{model} ({shown[model]}%)" for model in order if model in unclear]
        return SummaryAnswer(_answer("open", language, **facts, others=name_some(told, language)), may_be_chance=True)
    other, second = others[0]
    facts |= {"other": other, "second": name_some(second, language)}
    return SummaryAnswer(_answer("first", language, **facts))


def _most_tasks(rows: Sequence[RowView], language: Language) -> SummaryAnswer:
    """The model that is first on most of the tasks that all models have answered in full, if there are several.

    The scores of a single model are a range.
    """
    ranked = [row.line.cells for row in rows if row.line.metric in _RANKED_METRICS]
    if len(ranked) < 2:
        return SummaryAnswer()
    if len(ranked[0]) < 2:
        return _range(ranked, language)
    whole = [cells for cells in ranked if not any(cell.value is None or cell.partial for cell in cells.values())]
    if len(whole) < 2:
        lacking = dict.fromkeys(
            model
            for cells in ranked
            if any(cell.value is not None for cell in cells.values())
            for model, cell in cells.items()
            if cell.value is None or cell.partial
        )
        models = name_some(list(lacking), language)
        return SummaryAnswer(_answer("incomplete_all", language, models=models)) if lacking else SummaryAnswer()
    wins: Counter[str] = Counter()
    for cells in whole:
        highest = max(cell.value or 0.0 for cell in cells.values())
        first = [model for model, cell in cells.items() if cell.value == highest]
        wins.update(first if len(first) == 1 else [])
    (model, n), (_, second) = [*wins.most_common(2), ("", 0), ("", 0)][:2]
    if n == second:
        return SummaryAnswer()
    facts = {"model": model, "n": f"{n}", "total": f"{len(whole)}"}
    return SummaryAnswer(_answer("most", language, **facts), may_be_chance=True)


def _range(ranked: Sequence[Mapping[str, SummaryCell]], language: Language) -> SummaryAnswer:
    """The lowest and the highest score of the only model."""
    values = sorted(cell.value for cells in ranked for cell in cells.values() if cell.value is not None)
    if not values or values[0] == values[-1]:
        return SummaryAnswer()
    ends = {"low": f"{values[0]:.1f}", "high": f"{values[-1]:.1f}", "n": f"{len(values)}"}
    return SummaryAnswer(_answer("range", language, model=next(iter(ranked[0])), **ends))


def main_metrics(rows: Sequence[RowView]) -> tuple[list[RowView], list[RowView]]:
    """The rows with the first metric of each group and task, and those with its other metrics."""
    main: dict[tuple[str, str, str], RowView] = {}
    others = []
    for row in rows:
        key = (row.line.dataset, row.line.version, row.line.mode)
        if main.setdefault(key, row) is not row:
            others.append(row)
    return list(main.values()), others


def _open_to(cells: Mapping[str, SummaryCell], best: str) -> set[str]:
    """The models from which the one with the highest score is not shown to differ.

    A difference is shown beyond its standard error times the normal quantile for 95 % of all differences together
    (Bonferroni). A standard error that is unknown, or 0 because all items have one mark, shows none.
    """
    others = {model: cell for model, cell in cells.items() if model != best}
    reach = NormalDist().inv_cdf(1.0 - 0.025 / len(others))
    first = cells[best]

    def is_shown(cell: SummaryCell) -> bool:
        if not first.error or not cell.error or first.value is None or cell.value is None:
            return False
        return first.value - cell.value > reach * math.hypot(first.error, cell.error)

    return {model for model, cell in others.items() if not is_shown(cell)}


def _answer(kind: str, language: Language, **facts: str) -> Markup:
    text = say(language, f"objective_answer_{kind}", **facts)
    return Markup(f'<p class="adm-summary obj-answer">{render_plain(text)}</p>')


def constants(rows: Sequence[RowView], language: Language) -> list[str]:
    """What is the same for all tasks, a sentence each: their metric, and how answers are made."""
    return [
        say(language, f"objective_same_{what}", value=words[0])
        for what, words in _words(rows, language).items()
        if len(set(words)) == 1
    ]


def _words(rows: Sequence[RowView], language: Language) -> dict[str, list[str]]:
    """The words for each row; a plain mean over tasks has no metric of its own, as its badge says what it is."""
    lines = [row.line for row in rows]
    metrics = [metric_name(one.metric, language) for one in lines if one.metric != GROUP_METRIC]
    return {"metric": metrics, "mode": [mode_name(one.mode, language) for one in lines]}


def summary_table(rows: Sequence[RowView], models: Sequence[str], language: Language) -> Markup:
    """Scores of tasks and groups by model, with bars; metric and mode stand below the name where they vary.

    On a phone each task is a card with a line for each model, so that no model is cut off.
    """
    varied = [what for what, words in _words(rows, language).items() if len(set(words)) > 1]
    columns = [Column(say(language, "objective_dataset")), *(Column(model, "number") for model in models)]
    prefix = common_prefix([row.line.dataset for row in rows if not row.members])
    body: list[tuple[Cell, ...]] = []
    for row in rows:
        line = row.line
        words = {"metric": metric_name(line.metric, language), "mode": mode_name(line.mode, language)}
        told = [words[one] for one in varied]
        numbers = (
            _number(view, cell, line.metric, is_strong=bool(row.members))
            for view, cell in zip(row.cells, line.cells.values(), strict=True)
        )
        body.append((_dataset(row, prefix, told, language), *numbers))
    cut = row_cut(len(body), language, first=FIRST_TASKS, on_phone=FIRST_ON_PHONE)
    return markup.table(say(language, "objective_summary"), columns, body, cut=cut, is_cards=True)


def common_prefix(names: Sequence[str]) -> str:
    """What all names begin with up to a hyphen, such as a family name; empty for a single one."""
    shared = shared_start(names) if len(set(names)) > 1 else ""
    return shared[: shared.rfind("-") + 1]


def summary_legend(language: Language) -> Markup:
    """The marks of the bars: the score, and its interval."""
    return markup.legend([(mark, say(language, f"objective_key_{mark}")) for mark in ("score", "reach")])


def versions(rows: Sequence[RowView], language: Language) -> Markup:
    """The version of each task: it matters for who repeats the evaluation."""
    found = dict.fromkeys((row.line.dataset, row.line.version) for row in rows if not row.members)
    title = render_plain(say(language, "objective_versions"))
    return Markup(f'<h3 class="obj-same">{title}</h3>{markup.facts(list(found)).html}')


def _dataset(row: RowView, prefix: str, below: Sequence[str], language: Language) -> Markup:
    """A dataset name with words below it."""
    name = row.line.dataset
    small = f'<small class="obj-words">{render_plain(" · ".join(below))}</small>' if below else ""
    if row.members:
        badge = markup.badge(say(language, "objective_mean_of", n=row.members), kind="group").html
        return Markup(f'<strong class="obj-group">{markup.named(name).html}</strong> {badge}{small}')
    return Markup(f"{task_name(name, prefix).html}{small}")


def task_name(name: str, prefix: str) -> Markup:
    """The name of a task, the beginning that all share in a lighter tone."""
    start = f'<span class="obj-prefix">{render_plain(prefix)}</span>' if prefix else ""
    own = render_plain(name.removeprefix(prefix))
    return Markup(f'<span class="obj-task"><span class="adm-name" dir="auto">{start}{own}</span></span>')


def _number(view: CellView, cell: SummaryCell, metric: str, *, is_strong: bool) -> Markup:
    """A score with its interval and what is missing behind it, and a bar from 0 to 100 where it is a share."""
    number = f"<strong>{render_plain(view.value)}</strong>" if is_strong else render_plain(view.value)
    beside = f' <small class="obj-error">({render_plain(view.interval)})</small>' if view.interval else ""
    notes = "".join(f'<small class="obj-missing">{render_plain(note)}</small>' for note in view.notes)
    behind = f'<span class="obj-behind">{notes}</span>' if notes else ""
    bar = "" if metric in UNSCALED_METRICS or cell.value is None else _bar(cell.value, interval_of(cell, metric))
    return Markup(f'<span class="obj-cell"><span class="obj-number">{number}{beside}</span>{bar}{behind}</span>')


def _bar(value: float, interval: tuple[float, float] | None) -> str:
    """A value as a bar, with its interval as a line on it."""
    low, high = interval or (value, value)
    reach = f'<s style="inset-inline-start:{low:.1f}%;width:{high - low:.1f}%"></s>' if high > low else ""
    return f'<span class="obj-bar" aria-hidden="true"><i style="width:{min(100.0, value):.1f}%"></i>{reach}</span>'

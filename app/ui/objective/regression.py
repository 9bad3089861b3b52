"""Two evaluations side by side on the Objective tab: is one better, on which tasks, and on which items they differ."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

import gradio as gr

from app.ui import markup
from app.ui.choices import number, offer
from app.ui.labels import label
from app.ui.objective.choice import ObjectiveSelection, choose
from app.ui.objective.regression_markup import flips_table, tasks_table
from app.ui.tab import Fill, block
from app.ui.visitor import AdminServices, Page, Visitor, requires
from app.views.regressions.comparison import RegressionOptions, RunComparison, compare_evaluations, has_common_tasks
from app.views.regressions.words import regression_answer, regression_basis
from app.views.sentences import joined
from storage.errors import BadInput
from storage.evaluations.runs import RunLine
from storage.values import Role

MARGIN = 0.05
"""Difference of the mean score that does not matter, as in `evenhand compare` by default."""
_KEPT = 16
"""Comparisons that are kept, because resampling thousands of items takes seconds."""

Runs = list[str] | None


class ObjectiveRegression(Page):
    """Compares two of the runs on screen on the items that both were asked alike."""

    def __init__(self, services: AdminServices) -> None:
        """Serve a part of the tab."""
        super().__init__(services)
        self._kept: OrderedDict[tuple[Any, ...], RunComparison | str] = OrderedDict()
        self._lock = Lock()

    @requires(Role.reviewer)
    def show(self, visitor: Visitor, runs: Runs, old: str | None, new: str | None) -> tuple[Any, ...]:
        """Show the choice of two runs and how they differ; hidden while fewer than two are on screen."""
        with self.services.database.reading() as session:
            chosen = choose(session, runs, None)
        if len(chosen.runs) < 2:
            return (gr.Column(visible=False), gr.skip(), gr.skip(), "")
        pair = _pair(chosen, number(old), number(new))
        offered = [(chosen.names[run_id], str(run_id)) for run_id in chosen.run_ids]
        choices = [offer(str(run.run_id), offered, sent=sent) for run, sent in zip(pair, (old, new), strict=True)]
        return (gr.Column(visible=True), *choices, self._differences(visitor, chosen, pair))

    def _differences(self, visitor: Visitor, chosen: ObjectiveSelection, pair: tuple[RunLine, RunLine]) -> str:
        old, new = pair
        if old.run_id == new.run_id:
            return markup.together(markup.nothing(visitor.say("regression_same")))
        found = self._compared(pair, (chosen.names[new.run_id], chosen.names[old.run_id]))
        if isinstance(found, str):
            unfinished = [chosen.names[run.run_id] for run in pair if run.finished_at is None]
            told = visitor.say("regression_unfinished", model=unfinished[0]) if unfinished else visitor.say(found)
            return markup.together(markup.nothing(told))
        ahead, interval, *left_out = regression_basis(found, visitor.language)
        parts = [markup.summary(regression_answer(found, visitor.language)), *map(markup.lead, left_out)]
        if len(found.tasks) > 1:
            parts.append(tasks_table(found, visitor.language))
        counts = visitor.say("regression_counts", lost=found.lost, gained=len(found.flips) - found.lost)
        parts.append(markup.lead(counts if found.flips else visitor.say("regression_none_differ")))
        if found.flips:
            parts.append(flips_table(found, visitor.language))
        how = [ahead, interval, visitor.say("regression_equal_means"), *_chance(visitor, found)]
        parts.append(markup.folded(visitor.say("regression_how"), markup.lead(joined(how, visitor.language))))
        return markup.together(*parts)

    def _compared(self, pair: tuple[RunLine, RunLine], names: tuple[str, str]) -> RunComparison | str:
        """Compare two runs, or take the comparison of the same scores; the key of a text if nothing can be compared."""
        old, new = pair
        key = (*names, *((run.run_id, run.finished_at) for run in pair))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        options = RegressionOptions(margin=MARGIN)
        found: RunComparison | str
        try:
            found = compare_evaluations(self.services.database, (new.run_id, old.run_id), names, options)
        except BadInput:
            is_asked_alike = has_common_tasks(self.services.database, new.run_id, old.run_id)
            found = "regression_nothing_answered" if is_asked_alike else "regression_nothing_common"
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def lay_out(self, runs: gr.Dropdown, events: Sequence[Any]) -> Fill:
        """Add both choices and the comparison, hidden at first; the choices and these events fill it."""
        with gr.Column(visible=False, elem_classes="obj-regression") as panel:
            gr.Markdown(label("regression_title"), elem_classes="adm-title")
            gr.Markdown(label("regression_text"), elem_classes="adm-intro-text")
            with gr.Row(elem_classes="adm-filters"):
                choices = [gr.Dropdown([], label=label(f"regression_{one}"), min_width=150) for one in ("old", "new")]
            shown = block()
        events = [*events, *(choice.input for choice in choices)]
        return Fill(self.show, [runs, *choices], [panel, *choices, shown], events)


def _chance(visitor: Visitor, found: RunComparison) -> list[str]:
    """How many tasks are called better or worse by chance, where each task is decided by itself."""
    level = found.options.level
    facts = {"level": f"{level:.0%}", "n": round(1.0 / (1.0 - level))}
    return [visitor.say("regression_chance", **facts)] if len(found.tasks) > 1 else []


def _pair(chosen: ObjectiveSelection, old: int | None, new: int | None) -> tuple[RunLine, RunLine]:
    """Return the old and the new run: those chosen, or the newest on screen and the latest before it.

    The latest one before it is that of the same model where there is one on screen. Runs that have not finished are
    left out while there are two others.
    """
    by_id = {run.run_id: run for run in chosen.runs}
    finished = [run for run in chosen.runs if run.finished_at is not None]
    offered = finished if len(finished) > 1 else chosen.runs
    newest = by_id.get(new or 0, offered[-1])
    return by_id.get(old or 0) or _before(offered, newest), newest


def _before(runs: Sequence[RunLine], newest: RunLine) -> RunLine:
    others = [run for run in runs if run.run_id != newest.run_id]
    return next((run for run in reversed(others) if run.model == newest.model), others[-1])

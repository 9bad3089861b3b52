"""The lower part of the Objective tab: the list of items, and one item with every run's predictions."""

from typing import Any, get_args

import gradio as gr

from app.ui import markup
from app.ui.choices import ALL, Choice, number, pick
from app.ui.labels import label
from app.ui.objective import markup as objective_markup
from app.ui.objective.choice import ObjectiveSelection, choose
from app.ui.tab import READS, Fill, action, block
from app.ui.visitor import Page, Visitor, requires
from app.views.objective import ending_name
from storage.errors import NotFound
from storage.evaluations.reading import (
    ENDINGS,
    Ending,
    ItemFilters,
    ItemLine,
    count_endings,
    count_items,
    first_prompts,
    list_items,
    open_item,
)
from storage.values import Role

PAGE = 20
"""Items per page."""
DIFFER = "differ"
"""The value of the choice "models differ"."""
_NUMBER = "(_, runs) => [document.querySelector('#adm-objective').dataset.item, runs]"
"""The row that `static/lists.js` stored on click, because a table row cannot call a handler."""
_COMPARED = 3
"""Prompts per task that are compared to find their common beginning."""

Runs = list[str] | None
Tasks = list[str] | None


class ObjectiveItems(Page):
    """Lists and opens items of the runs and tasks on screen."""

    @requires(Role.reviewer)
    def show(self, visitor: Visitor, runs: Runs, tasks: Tasks, *sent: str) -> tuple[Any, ...]:
        """Show the filters and the first page of the list; no item is open."""
        return (*self._page(visitor, (runs, tasks), sent, 0), "")

    @requires(Role.reviewer)
    def back(self, visitor: Visitor, page: int, runs: Runs, tasks: Tasks, *sent: str) -> tuple[Any, ...]:
        """Show the previous page of the list."""
        return self._page(visitor, (runs, tasks), sent, (number(page) or 0) - 1)

    @requires(Role.reviewer)
    def forward(self, visitor: Visitor, page: int, runs: Runs, tasks: Tasks, *sent: str) -> tuple[Any, ...]:
        """Show the next page of the list."""
        return self._page(visitor, (runs, tasks), sent, (number(page) or 0) + 1)

    @requires(Role.reviewer)
    def open(self, visitor: Visitor, sample: str | None, runs: Runs) -> str:
        """Open one item by the number of its row."""
        wanted = number(sample)
        if wanted is None:
            raise NotFound(f"expected the number of a stored sample, got {sample!r}; choose an item from the list")
        with self.services.database.reading() as session:
            chosen = choose(session, runs, None)
            found = open_item(session, chosen.run_ids, wanted)
        return markup.together(objective_markup.opened(found, chosen.names, visitor.language))

    def _page(self, visitor: Visitor, shown: tuple[Runs, Tasks], sent: tuple[str, ...], page: int) -> tuple[Any, ...]:
        with self.services.database.reading() as session:
            chosen = choose(session, *shown)
            if not chosen.runs:
                return (gr.Column(visible=False), *[gr.skip()] * 2, "", "", gr.skip(), gr.skip(), 0)
            counts = count_endings(session, chosen.run_ids)
            there = [ending for ending in ENDINGS if any(count[ending] for count in counts.values())]
            offered = _offers(visitor, chosen, there)
            values = [
                value if value in [meant for _, meant in options] else ALL
                for value, options in zip(sent, offered, strict=True)
            ]
            wanted = _wanted(chosen, values)
            total = count_items(session, wanted)
            last = max(0, (total - 1) // PAGE)
            page = min(max(0, page), last)
            lines = list_items(session, wanted, skip=page * PAGE, most=PAGE)
            tasks = dict.fromkeys(line.task for line in lines)
            shared = {task: first_prompts(session, chosen.run_ids[0], task, most=_COMPARED) for task in tasks}
        return (
            gr.Column(visible=True),
            *(pick(value, options) for value, options in zip(values, offered, strict=True)),
            _list(visitor, lines, chosen, shared),
            _range(visitor, page, len(lines), total),
            gr.Button(interactive=page > 0),
            gr.Button(interactive=page < last),
            page,
        )

    def lay_out(self, runs: gr.Dropdown, tasks: gr.Dropdown) -> Fill:
        """Add the list and the view of one item to the current Blocks."""
        with gr.Column(visible=False) as panel:
            gr.Markdown(label("objective_items"), elem_classes="adm-title")
            gr.Markdown(label("objective_items_text"), elem_classes="adm-intro-text")
            with gr.Row(elem_classes="adm-filters"):
                filters = [
                    gr.Dropdown([], label=label(f"objective_filter_{name}"), min_width=150)
                    for name in ("ending", "by_run")
                ]
            listed = block()
            with gr.Row(elem_classes="adm-pager"):
                back = action("objective_back")
                forward = action("objective_forward")
                place = block()
            opened = block()
        page = gr.State(0)
        number_sent = gr.Textbox(visible=False)
        opener = gr.Button(label("objective_chosen"), elem_id="adm-item-opener", elem_classes="adm-unseen")
        inputs = [runs, tasks, *filters]
        outputs = [panel, *filters, listed, place, back, forward, page]
        for control in filters:
            control.input(self.show, inputs, [*outputs, opened], **READS)
        back.click(self.back, [page, *inputs], outputs, **READS)
        forward.click(self.forward, [page, *inputs], outputs, **READS)
        opener.click(self.open, [number_sent, runs], [opened], js=_NUMBER, **READS)
        return Fill(self.show, inputs, [*outputs, opened])


def _offers(visitor: Visitor, chosen: ObjectiveSelection, there: list[Ending]) -> list[list[Choice]]:
    """Return the choices of each filter: results that occur, and runs."""
    endings: list[Choice] = [(visitor.say("admin_all"), ALL)]
    if len(chosen.runs) > 1:
        endings.append((visitor.say("objective_differ"), DIFFER))
    endings += [(ending_name(ending, visitor.language), ending) for ending in there]
    runs = [(chosen.names[run_id], str(run_id)) for run_id in chosen.run_ids]
    return [endings, [(visitor.say("objective_any_run"), ALL), *runs]]


def _wanted(chosen: ObjectiveSelection, values: list[str]) -> ItemFilters:
    ending, run = values
    known = next((one for one in get_args(Ending) if one == ending), None)
    return ItemFilters(
        run_ids=chosen.run_ids,
        tasks=chosen.tasks if chosen.picked else (),
        ending="differ" if ending == DIFFER else known,
        by_run=number(run),
    )


def _list(visitor: Visitor, lines: list[ItemLine], chosen: ObjectiveSelection, shared: dict[str, list[str]]) -> str:
    if not lines:
        return markup.together(markup.nothing(visitor.say("objective_list_none")))
    return markup.together(objective_markup.items_table(lines, chosen.names, shared, visitor.language))


def _range(visitor: Visitor, page: int, n: int, total: int) -> str:
    if not n:
        return ""
    first = page * PAGE + 1
    return markup.together(markup.lead(visitor.say("objective_range", first=first, last=first + n - 1, total=total)))

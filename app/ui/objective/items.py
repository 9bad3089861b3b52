"""The last section of the Objective tab: the list of items, and one item with every run's predictions."""

from collections.abc import Sequence
from typing import Any, get_args

import gradio as gr

from app.ui import markup
from app.ui.choices import ALL, Choice, number, offer
from app.ui.labels import label
from app.ui.lists import lay_out_list, page_at
from app.ui.objective import markup as objective_markup
from app.ui.objective.choice import ObjectiveSelection, choose
from app.ui.tab import READS, Fill
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

DIFFER = "differ"
"""The value of the choice "models differ"."""
_NUMBER = "(_, runs) => [document.querySelector('#adm-objective').dataset.item, runs]"
"""The row that `static/lists.js` stored on click, because a table row cannot call a handler."""
ITEMS_SHOWN = 10
"""Items per page: with their answers side by side a row is much to read."""
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
    def open(self, visitor: Visitor, sent: str | None, runs: Runs) -> str:
        """Open one item by the number of its row."""
        wanted = number(sent)
        if wanted is None:
            raise NotFound(f"expected the number of a stored prediction, got {sent!r}; choose an item from the list")
        with self.services.database.reading() as session:
            chosen = choose(session, runs, None)
            found = open_item(session, chosen.run_ids, wanted)
        return markup.together(objective_markup.opened(found, wanted, chosen.names, visitor.language))

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
            place = page_at(page, count_items(session, wanted), ITEMS_SHOWN)
            lines = list_items(session, wanted, skip=place.skip, most=ITEMS_SHOWN)
            tasks = dict.fromkeys(line.task for line in lines)
            shared = {task: first_prompts(session, chosen.run_ids[0], task, most=_COMPARED) for task in tasks}
        return (
            gr.Column(visible=True),
            *(offer(value, options, sent=came) for value, options, came in zip(values, offered, sent, strict=True)),
            _list(visitor, lines, chosen, shared),
            *place.outputs(visitor, len(lines), key="objective_range"),
        )

    def lay_out(self, runs: gr.Dropdown, tasks: gr.Dropdown, events: Sequence[Any]) -> Fill:
        """Add the list and the view of one item to the current Blocks; filters and these events fill the list."""
        filters = [f"objective_filter_{name}" for name in ("ending", "by_run")]
        parts = lay_out_list("objective_items", filters, previous="objective_back", following="objective_forward")
        number_sent = gr.Textbox(visible=False)
        opener = gr.Button(label("objective_chosen"), elem_id="adm-item-opener", elem_classes="adm-unseen")
        inputs = [runs, tasks, *parts.filters]
        outputs = [*parts.outputs, parts.opened]
        parts.previous.click(self.back, [parts.page, *inputs], parts.outputs, **READS)
        parts.following.click(self.forward, [parts.page, *inputs], parts.outputs, **READS)
        opener.click(self.open, [number_sent, runs], [parts.opened], js=_NUMBER, **READS)
        return Fill(self.show, inputs, outputs, [*events, *(control.input for control in parts.filters)])


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
        differing_first=True,
    )


def _list(visitor: Visitor, lines: list[ItemLine], chosen: ObjectiveSelection, shared: dict[str, list[str]]) -> str:
    if not lines:
        return markup.together(markup.nothing(visitor.say("objective_list_none")))
    return markup.together(objective_markup.items_table(lines, chosen.names, shared, visitor.language))

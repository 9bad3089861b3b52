"""The last section of the Judges tab: the list of judgments, and one judgment with every raw reply."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.ui import markup
from app.ui.choices import ALL, Choice, chosen, number, pick
from app.ui.judges import markup as judges_markup
from app.ui.judges.choice import chosen_judge
from app.ui.judges.watch import JudgeWatch
from app.ui.labels import label
from app.ui.lists import PAGE_SIZE, lay_out_list, page_at
from app.ui.markup import Column
from app.ui.tab import READS, Fill
from app.ui.visitor import AdminServices, Page, Visitor, requires
from app.views.judges import category_of, cause_name
from app.web.media.page_pictures import pictures_html, pictures_of
from storage.errors import NotFound
from storage.judges.judgment_reading import (
    JudgmentFilters,
    JudgmentLine,
    count_judged,
    judged_models,
    list_judged,
    open_judged,
)
from storage.judges.judgments import LedgerKind
from storage.judges.outcome_counts import JudgmentOutcome
from storage.judges.replies import judges
from storage.values import Role, Turn

WITHOUT = "(none)"
"""The value of the choice "no category"."""
_FILTERS = ("state", "cause", "category", "model")
_STATES = ("scored", "inconsistent", "cannot_judge", "failed")
_POSITION = "() => [document.querySelector('#adm-judges').dataset.judgment]"
"""The row that `static/lists.js` stored on click, because a table row cannot call a handler."""
KINDS: tuple[LedgerKind, ...] = ("judgement", "satisfaction")


class JudgesReader(Page):
    """Lists and opens judgments of the judge that the tab shows."""

    def __init__(self, services: AdminServices, watch: JudgeWatch | None = None) -> None:
        """Serve this part of the tab; `watch` shares counts with another part."""
        super().__init__(services)
        self._watch = watch or JudgeWatch(services.database, services.clock)

    @requires(Role.reviewer)
    def show(self, visitor: Visitor, selected: str | None, *sent: str) -> tuple[Any, ...]:
        """Show the filters and the first page of the selected judge's list; no judgment is open."""
        return (*self._page(visitor, selected, sent, 0), "")

    @requires(Role.reviewer)
    def newer(self, visitor: Visitor, selected: str | None, page: int, *sent: str) -> tuple[Any, ...]:
        """Show the previous page of the list."""
        return self._page(visitor, selected, sent, page - 1)

    @requires(Role.reviewer)
    def older(self, visitor: Visitor, selected: str | None, page: int, *sent: str) -> tuple[Any, ...]:
        """Show the next page of the list."""
        return self._page(visitor, selected, sent, page + 1)

    @requires(Role.reviewer)
    def open(self, visitor: Visitor, position: str | None) -> str:
        """Open one judgment by its ledger position."""
        wanted = number(position)
        if wanted is None:
            raise NotFound(f"expected the number of a judgment, got {position!r}; choose one from the list")
        with self.services.database.reading() as session:
            found = open_judged(session, wanted)

            def pictures(turns: Sequence[Turn]) -> str:
                return pictures_html(pictures_of(session, turns), visitor.say("admin_picture_gone"))

            return markup.together(judges_markup.opened(found, self.services.renderer, visitor.language, pictures))

    def _page(self, visitor: Visitor, selected: str | None, sent: Sequence[str], page: int) -> tuple[Any, ...]:
        with self.services.database.reading() as session:
            judge = chosen_judge(judges(session), selected)
            if judge is None:
                return (gr.Column(visible=False), *[gr.skip()] * 5, "", "", gr.skip(), gr.skip(), 0)
            outcomes = list(self._watch.look(judge.rater_id).outcomes)
            offered = _offers(visitor, outcomes, judged_models(session, judge.rater_id))
            values = [
                value if value in [meant for _, meant in options] else (options[0][1] if options else ALL)
                for value, options in zip(sent, offered, strict=True)
            ]
            wanted = _wanted(values)
            place = page_at(page, count_judged(session, judge.rater_id, wanted))
            lines = list_judged(session, judge.rater_id, wanted, skip=place.skip, most=PAGE_SIZE)
        filters = [
            pick(value, options, visible=index > 0 or len(options) > 1)
            for index, (value, options) in enumerate(zip(values, offered, strict=True))
        ]
        return (
            gr.Column(visible=True),
            *filters,
            _list(visitor, lines),
            *place.outputs(visitor, len(lines), key="judges_range"),
        )

    def lay_out(self, judge: gr.Dropdown) -> Fill:
        """Add the list and the view of one judgment to the current Blocks."""
        filters = ["judges_kind", *(f"judges_filter_{name}" for name in _FILTERS)]
        parts = lay_out_list("judges_reader", filters, previous="judges_newer", following="judges_older")
        position = gr.Textbox(visible=False)
        opener = gr.Button(label("judges_chosen"), elem_id="adm-judgment-opener", elem_classes="adm-unseen")
        outputs = [*parts.outputs, parts.opened]
        for control in parts.filters:
            control.input(self.show, [judge, *parts.filters], outputs, **READS)
        parts.previous.click(self.newer, [judge, parts.page, *parts.filters], parts.outputs, **READS)
        parts.following.click(self.older, [judge, parts.page, *parts.filters], parts.outputs, **READS)
        opener.click(self.open, [position], [parts.opened], js=_POSITION, **READS)
        return Fill(self.show, [judge, *parts.filters], outputs)


def _offers(visitor: Visitor, outcomes: Sequence[JudgmentOutcome], models: Sequence[str]) -> list[list[Choice]]:
    """Return the choices of each filter: "all" and the values that occur; the type of judgment has no "all"."""
    every = (visitor.say("admin_all"), ALL)
    there = {outcome.kind for outcome in outcomes}
    kinds: list[Choice] = [(visitor.say(f"judges_kind_{kind}"), kind) for kind in KINDS if kind in there]
    states = [state for state in _STATES if any(outcome.state == state for outcome in outcomes)]
    causes = sorted({outcome.cause for outcome in outcomes if outcome.cause})
    categories = sorted({outcome.category or "" for outcome in outcomes})
    return [
        kinds,
        [every, *((visitor.say(f"judges_{state}"), state) for state in states)],
        [every, *((cause_name(cause, visitor.language), cause) for cause in causes)],
        [every, *((category_of(one, visitor.language), one or WITHOUT) for one in categories)],
        [every, *((model, model) for model in models)],
    ]


def _wanted(values: Sequence[str]) -> JudgmentFilters:
    kind, state, cause, category, model = values
    return JudgmentFilters(
        kind="satisfaction" if kind == "satisfaction" else "judgement",
        state=chosen(state),
        cause=chosen(cause),
        category="" if category == WITHOUT else chosen(category),
        model=chosen(model),
    )


def _list(visitor: Visitor, lines: Sequence[JudgmentLine]) -> str:
    if not lines:
        return markup.together(markup.nothing(visitor.say("judges_list_none")))
    language = visitor.language
    columns = [
        Column(visitor.say("judges_row")),
        Column(visitor.say("judges_question")),
        Column(visitor.say("judges_models"), minor=True),
        Column(visitor.say("judges_category"), minor=True),
        Column(visitor.say("judges_verdict")),
    ]
    rows = [
        (
            judges_markup.opener(line, language),
            judges_markup.question_cell(line, language),
            judges_markup.models_cell(line),
            category_of(line.outcome.category, language),
            judges_markup.judgment_cell(line, language),
        )
        for line in lines
    ]
    return markup.together(markup.table(visitor.say("judges_reader"), columns, rows))

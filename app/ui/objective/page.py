"""The Objective tab: scores on tasks with fixed answers, as a table with bars, in pairs and item by item.

Scores are read from the store, not recomputed. The list of items is in `items.py`.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.ui import markup
from app.ui.choices import offer
from app.ui.labels import label
from app.ui.objective import markup as objective_markup
from app.ui.objective import summary_markup
from app.ui.objective.choice import MOST_RUNS, ObjectiveSelection, choose, run_choices, task_choices
from app.ui.objective.items import ObjectiveItems
from app.ui.objective.regression import ObjectiveRegression
from app.ui.tab import Fill, block, intro, outline
from app.ui.visitor import AdminServices, Page, Visitor, requires
from app.views.abilities.bars import ability_figure
from app.views.abilities.scores import ability_scores, has_means
from app.views.objective import RECORDED, RowView, rows_of, run_facts, summary_of
from app.views.objective_notes import remarks
from app.views.sentences import joined
from app.views.worlds.chart import worlds_figure
from app.views.worlds.words import score_rows, scores_by_task, worlds_answer, worlds_notes
from arena.leaderboard.live import LiveBoards
from arena.leaderboard.ranking import Board
from arena.leaderboard.two_worlds import ScoresByTask, compare_worlds
from objective.notes import Note, read_note
from objective.summary.table import Summary
from storage.database.evaluation_tables import TaskScore
from storage.errors import BadInput
from storage.evaluations.reading import count_endings
from storage.evaluations.runs import RunLine, newest_scores, scores_of
from storage.ledger.battle_reading import Selection
from storage.values import RaterKind, Role

COMMANDS = ("evenhand evaluate --model DIR --tasks evenhand-mini",)
"""Commands that start an evaluation, shown while there is none."""


_SEVERAL = {"multiselect": True, "visible": True}


class ObjectivePage(Page):
    """Shows runs side by side, by default the newest of each model."""

    def __init__(self, services: AdminServices) -> None:
        """Serve a tab."""
        super().__init__(services)
        self._items = ObjectiveItems(services)
        self._regression = ObjectiveRegression(services)
        self._boards = LiveBoards(services.database)

    @requires(Role.reviewer)
    def show(self, visitor: Visitor, runs: list[str] | None, tasks: list[str] | None) -> tuple[Any, ...]:
        """Show the run and task choices and the scores; the items follow by `ObjectiveItems.show`."""
        with self.services.database.reading() as session:
            chosen = choose(session, runs, tasks)
            if not chosen.runs:
                return _nothing_yet(visitor)
            stored, shown = [score for _, score in scores_of(session, chosen.run_ids)], set(chosen.tasks)
            scores = [score for score in stored if score.task in shown]
            summary = summary_of(scores, chosen.names, chosen.groups)
            endings = count_endings(session, chosen.run_ids)
            everything = scores_by_task(score_rows(newest_scores(session)))
        rows = rows_of(summary, chosen.groups, visitor.language)
        runs_told = [
            (chosen.names[run.run_id], run_facts(run, endings[run.run_id], _notes(stored, run), visitor.language))
            for run in chosen.runs
        ]
        shown_runs = [str(run_id) for run_id in chosen.run_ids]
        return (
            offer(shown_runs, run_choices(visitor, chosen), sent=runs, **_SEVERAL),
            offer(list(chosen.picked), task_choices(visitor, chosen), sent=tasks, **_SEVERAL),
            "",
            gr.Column(visible=True),
            _origin(visitor, chosen),
            _summary(visitor, summary, rows),
            *_abilities(visitor, scores, chosen),
            *self._worlds(visitor, everything),
            markup.together(
                markup.heading(visitor.say("objective_runs")), objective_markup.run_details(runs_told, visitor.language)
            ),
        )

    def _worlds(self, visitor: Visitor, scores: ScoresByTask) -> tuple[Any, ...]:
        """Return heading, scatter plot and remarks on ratings beside the newest scores of all models."""
        board = self._board()
        if board is None:
            return ("", gr.Plot(visible=False), "")
        worlds = compare_worlds(board.ratings, scores)
        by = visitor.say(f"worlds_by_{board.selection.kind}")
        text = visitor.say("worlds_text", by=by, level=f"{worlds.level:.0%}") if worlds.points else ""
        head = markup.heading(visitor.say("worlds_title"), text)
        answer = markup.lead(worlds_answer(worlds, visitor.language))
        notes = objective_markup.remarks_list(worlds_notes(worlds, visitor.language), visitor.language)
        plot = (
            gr.Plot(worlds_figure(worlds, visitor.language), visible=True) if worlds.points else gr.Plot(visible=False)
        )
        return (markup.together(head, answer), plot, markup.together(notes))

    def _board(self) -> Board | None:
        """Return the leaderboard of people, or else of judges; None without a vote or judgment."""
        for kind in RaterKind:
            try:
                return self._boards.rank(Selection(kind=kind))
            except BadInput:
                continue
        return None

    def lay_out(self) -> tuple[Fill, ...]:
        """Add the tab to the current Blocks; return the fills of its parts."""
        refresh = intro("objective_lead")
        outline()
        with gr.Row(elem_classes="adm-filters obj-choice"):
            runs = gr.Dropdown(
                [], label=label("objective_choose_runs"), multiselect=True, max_choices=MOST_RUNS, visible=False
            )
            tasks = gr.Dropdown(
                [], label=label("objective_choose_tasks"), multiselect=True, visible=False, elem_classes="obj-tasks"
            )
        none = block()
        with gr.Column(visible=False) as panel:
            origin, summary = block(), block()
            compared = self._regression.lay_out(runs, [runs.input, refresh.click])
            with gr.Column(elem_classes="adm-figure obj-abilities"):
                abilities, bars = block(), gr.Plot(show_label=False, container=False, visible=False)
            with gr.Column(elem_classes="adm-figure obj-worlds"):
                worlds, scatter = block(), gr.Plot(show_label=False, container=False, visible=False)
                misses = block()
            about = block()
        shown = [
            runs,
            tasks,
            none,
            panel,
            origin,
            summary,
            abilities,
            bars,
            worlds,
            scatter,
            misses,
            about,
        ]
        listed = self._items.lay_out(runs, tasks, [runs.input, tasks.input, refresh.click])
        return Fill(self.show, [runs, tasks], shown, [runs.input, tasks.input, refresh.click]), compared, listed


def _notes(scores: Sequence[TaskScore], run: RunLine) -> list[Note]:
    return [read_note(note) for score in scores if score.run_id == run.run_id for note in score.notes]


def _nothing_yet(visitor: Visitor) -> tuple[Any, ...]:
    none = markup.together(markup.nothing(visitor.say("objective_none")), markup.commands(COMMANDS))
    hidden = gr.Dropdown(visible=False, multiselect=True)
    no_plot = gr.Plot(visible=False)
    return (hidden, hidden, none, gr.Column(visible=False), "", "", *["", no_plot] * 2, "", "")


def _origin(visitor: Visitor, chosen: ObjectiveSelection) -> str:
    """Return a notice if the outputs were recorded elsewhere."""
    if not any(RECORDED in run.settings for run in chosen.runs):
        return ""
    notice = markup.banner(visitor.say("objective_recorded"), visitor.say("objective_recorded_text"), kind="example")
    return markup.together(notice)


def _summary(visitor: Visitor, summary: Summary, rows: list[RowView]) -> str:
    head = markup.heading(visitor.say("objective_summary"))
    language = visitor.language
    if not rows:
        return markup.together(head, markup.nothing(visitor.say("objective_no_scores")))
    answer = summary_markup.summary_answer(rows, language)
    told = [visitor.say("objective_answer_chance")] if answer.may_be_chance else []
    how = joined([visitor.say("objective_summary_text"), *summary_markup.constants(rows, language)], language)
    return markup.together(
        head,
        answer.markup,
        *map(markup.lead, [*told, how]),
        summary_markup.summary_table(rows, summary.models, language),
        objective_markup.remarks_list(remarks(summary, language), language),
        summary_markup.versions(rows, language),
    )


def _abilities(visitor: Visitor, scores: Sequence[TaskScore], chosen: ObjectiveSelection) -> tuple[Any, ...]:
    """Return heading and bars by ability; both hidden where no ability is tested by several tasks on screen."""
    found = ability_scores(scores_by_task(score_rows((chosen.names[one.run_id], one) for one in scores)))
    if not has_means(found):
        return ("", gr.Plot(visible=False))
    head = markup.heading(visitor.say("abilities_title"), visitor.say("abilities_text"))
    return (markup.together(head), gr.Plot(ability_figure(found, visitor.language), visible=True))

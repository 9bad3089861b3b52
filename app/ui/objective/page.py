"""The Objective tab: scores on tasks with fixed answers first, then comparisons, what is missing, and the answers.

Scores are read from the store, not recomputed. The list of items is in `items.py`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from app.ui import markup
from app.ui.choices import offer
from app.ui.labels import label
from app.ui.markup import Markup
from app.ui.objective import markup as objective_markup
from app.ui.objective import missing_markup, summary_markup
from app.ui.objective.choice import MOST_RUNS, ObjectiveSelection, choose, run_choices, task_choices
from app.ui.objective.items import ObjectiveItems
from app.ui.objective.regression import ObjectiveRegression
from app.ui.tab import Fill, block, intro, outlined, section
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
from storage.evaluations.reading import Ending, count_endings
from storage.evaluations.runs import RunLine, newest_scores, scores_of
from storage.ledger.battle_reading import Selection
from storage.values import RaterKind, Role

COMMANDS = ("evenhand evaluate --model DIR --tasks evenhand-mini",)
"""Commands that start an evaluation, shown while there is none."""


_SEVERAL = {"multiselect": True}


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
            some = count_endings(session, chosen.run_ids, chosen.tasks) if chosen.picked else endings
            everything = scores_by_task(score_rows(newest_scores(session)))
        rows = rows_of(summary, chosen.groups, visitor.language)
        found = {chosen.names[run_id]: counts for run_id, counts in some.items()}
        return (
            offer([str(run_id) for run_id in chosen.run_ids], run_choices(visitor, chosen), sent=runs, **_SEVERAL),
            offer(list(chosen.picked), task_choices(visitor, chosen), sent=tasks, **_SEVERAL),
            "",
            gr.Column(visible=True),
            _answer(visitor, chosen, rows, endings),
            _summary(visitor, summary, rows),
            *_abilities(visitor, scores, chosen),
            *self._worlds(visitor, everything),
            _missing(visitor, chosen, summary, found),
            _about(visitor, chosen, stored, endings),
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
        none = block()
        with gr.Column(visible=False) as panel:
            with gr.Accordion(label("objective_choose"), open=False, elem_classes="adm-fold obj-choice"):
                runs = gr.Dropdown([], label=label("objective_choose_runs"), multiselect=True, max_choices=MOST_RUNS)
                tasks = gr.Dropdown([], label=label("objective_choose_tasks"), multiselect=True)
            with outlined():
                with section("objective", "scores"):
                    scores = [block(), block(), *_lay_out_figure("obj-abilities")]
                with section("objective", "comparison"):
                    compared = self._regression.lay_out(runs, [runs.input, refresh.click])
                with section("objective", "ratings"):
                    worlds = [*_lay_out_figure("obj-worlds"), block()]
                with section("objective", "missing"):
                    missing = block()
                with section("objective", "runs"):
                    about = block()
                with section("objective", "items"):
                    listed = self._items.lay_out(runs, tasks, [runs.input, tasks.input, refresh.click])
        shown = [runs, tasks, none, panel, *scores, *worlds, missing, about]
        return Fill(self.show, [runs, tasks], shown, [runs.input, tasks.input, refresh.click]), compared, listed


def _lay_out_figure(kind: str) -> list[Any]:
    """Add a heading and a plot below it."""
    with gr.Column(elem_classes=f"adm-figure {kind}"):
        return [block(), gr.Plot(show_label=False, container=False, visible=False)]


def _notes(scores: Sequence[TaskScore], run: RunLine) -> list[Note]:
    return [read_note(note) for score in scores if score.run_id == run.run_id for note in score.notes]


def _nothing_yet(visitor: Visitor) -> tuple[Any, ...]:
    none = markup.together(missing_markup.no_evaluation(COMMANDS, visitor.language))
    empty, no_plot = gr.Dropdown(multiselect=True), gr.Plot(visible=False)
    return (empty, empty, none, gr.Column(visible=False), "", "", *["", no_plot] * 2, "", "", "")


def _answer(
    visitor: Visitor, chosen: ObjectiveSelection, rows: Sequence[RowView], endings: Mapping[int, Counter[Ending]]
) -> str:
    """The heading, who scores highest, and what must be known before the scores are read."""
    answer = summary_markup.summary_answer(rows, visitor.language)
    parts = [markup.heading(visitor.say("objective_summary")), answer.markup]
    if answer.may_be_chance:
        parts.append(markup.lead(visitor.say("objective_answer_chance")))
    if any(RECORDED in run.settings for run in chosen.runs):
        title, text = visitor.say("objective_recorded"), visitor.say("objective_recorded_short")
        parts.append(markup.banner(title, text, kind="example"))
    open_runs = {chosen.names[run.run_id]: endings[run.run_id] for run in chosen.runs if run.finished_at is None}
    return markup.together(*parts, missing_markup.unfinished_notice(list(open_runs), open_runs, visitor.language))


def _summary(visitor: Visitor, summary: Summary, rows: Sequence[RowView]) -> str:
    """The scores with their bars, and how they are computed."""
    language = visitor.language
    if not rows:
        return markup.together(markup.nothing(visitor.say("objective_no_scores")))
    main, others = summary_markup.main_metrics(rows)
    more = summary_markup.summary_table(others, summary.models, language) if others else Markup("")
    how = joined([visitor.say("objective_summary_text"), *summary_markup.constants(main, language)], language)
    explained = markup.together(markup.lead(how), summary_markup.versions(rows, language))
    return markup.together(
        summary_markup.summary_legend(language),
        summary_markup.summary_table(main, summary.models, language),
        markup.folded(visitor.say("objective_other_metrics"), more) if others else more,
        markup.folded(visitor.say("objective_how"), Markup(explained)),
    )


def _missing(visitor: Visitor, chosen: ObjectiveSelection, summary: Summary, endings: missing_markup.Endings) -> str:
    """What failed or is missing: in a line, by evaluation, and with its causes."""
    language = visitor.language
    unfinished = [chosen.names[run.run_id] for run in chosen.runs if run.finished_at is None]
    scored = {(one.model, one.task) for one in summary.results if one.state == "scored"}
    without_score = {(one.model, one.task) for one in summary.results} - scored
    return markup.together(
        markup.heading(visitor.say("objective_missing")),
        missing_markup.missing_answer(endings, unfinished, len(without_score), language),
        missing_markup.endings_table(endings, language),
        objective_markup.remarks_list(remarks(summary, language), language, "objective_remarks"),
    )


def _about(
    visitor: Visitor,
    chosen: ObjectiveSelection,
    stored: Sequence[TaskScore],
    endings: Mapping[int, Counter[Ending]],
) -> str:
    """How each evaluation was run."""
    told = [
        (chosen.names[run.run_id], run_facts(run, endings[run.run_id], _notes(stored, run), visitor.language))
        for run in chosen.runs
    ]
    is_recorded = any(RECORDED in run.settings for run in chosen.runs)
    return markup.together(
        markup.heading(visitor.say("objective_runs"), visitor.say("objective_recorded_text") if is_recorded else ""),
        objective_markup.run_details(told, visitor.language),
    )


def _abilities(visitor: Visitor, scores: Sequence[TaskScore], chosen: ObjectiveSelection) -> tuple[Any, ...]:
    """Return heading and bars by ability; both hidden where no ability is tested by several tasks on screen."""
    found = ability_scores(scores_by_task(score_rows((chosen.names[one.run_id], one) for one in scores)))
    if not has_means(found):
        return ("", gr.Plot(visible=False))
    head = markup.heading(visitor.say("abilities_title"), visitor.say("objective_abilities_text"))
    return (markup.together(head), gr.Plot(ability_figure(found, visitor.language), visible=True))

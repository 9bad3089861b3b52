"""The Judges tab: all judges with a verdict on each, and everything about one of them, one section at a time.

Counts follow the ledger while the tab is open; statistics are computed on request, once per ledger position.
The list of judgments is in `reader.py`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.ui import markup
from app.ui.choices import pick
from app.ui.judges.choice import chosen_judge, judge_choices
from app.ui.judges.markup import subheading
from app.ui.judges.overview import ListedJudge, judges_after, judges_list
from app.ui.judges.reader import JudgesReader
from app.ui.judges.report import N_REPORT, report_outputs, waiting_outputs
from app.ui.judges.watch import RECENT, JudgeStatistics, JudgeStatus, JudgeWatch
from app.ui.labels import label
from app.ui.markup import FIRST_ROWS, Column, Markup, row_cut
from app.ui.tab import READS, Fill, block, intro, outlined, section
from app.ui.visitor import AdminServices, Page, Visitor, requires
from app.views.fused.judge_sentences import progress_sentence, results_sentence
from app.views.fused.judge_verdicts import judge_figures
from app.views.judge_charts.rows import (
    MOST_CATEGORIES,
    category_figure,
    n_categories,
    of_kind,
    pair_figure,
)
from app.views.judge_charts.scores import MOST_DIMENSIONS, MOST_MEANS, category_means_figure, is_crowded, score_figure
from app.views.judges import call_tiles, facts, failures, judgment_tiles, prompt_digests, spending_notes
from app.views.sentences import joined
from storage.judges.judgment_reading import reasons_left_out
from storage.judges.outcome_counts import JudgmentOutcome
from storage.judges.replies import JudgeLine, judges
from storage.questions.names import rater_names
from storage.values import Role

LOOKS_EVERY = 5
"""Seconds between checks of the ledger while the tab is open."""
_FIGURES = ("pairs", "categories_pairs", "scores", "categories_scores")
"""Figures that follow the ledger, in page order; each has a heading and a plot."""
_N_FIGURES = 1 + 2 * len(_FIGURES)
"""Number of outputs of the section with these figures: its heading, and both parts of each figure."""
_JUDGE = "() => [document.querySelector('#adm-judges').dataset.judge]"
"""The judge that `static/lists.js` stored on click, because a table row cannot call a handler."""
COMMANDS = ("evenhand judge pairwise --model MODEL --base-url https://HOST/v1",)
"""Commands that start a judge, shown while there is none."""

Seen = tuple[int, int, int, int | None]
"""The judge, the version of its counts, the number of recent replies, and the ledger position of the statistics on
screen; None while they are computed."""


@dataclass(frozen=True)
class StoredJudges:
    """The judges of the store.

    Attributes:
        judges: all of them.
        names: names of all raters by id.
        reasons: why a judge is excluded from leaderboards, by id; only of those that are.
    """

    judges: Sequence[JudgeLine]
    names: dict[int, str]
    reasons: dict[int, str]


class JudgesPage(Page):
    """Shows one judge at a time, the newest first."""

    def __init__(self, services: AdminServices) -> None:
        """Serve the tab; counts of each judge are cached."""
        super().__init__(services)
        self._watch = JudgeWatch(services.database, services.clock)
        self._reader = JudgesReader(services, self._watch)

    @requires(Role.reviewer)
    def show(self, visitor: Visitor, selected: str | None) -> tuple[Any, ...]:
        """Show the judges and the progress of the selected one; its statistics follow by `examine`."""
        store = self._store()
        judge = chosen_judge(store.judges, selected)
        if judge is None:
            none = markup.together(markup.nothing(visitor.say("judges_none")), markup.commands(COMMANDS))
            kept = [gr.skip()] * (_N_FIGURES + N_REPORT + 2)
            return (gr.Dropdown(visible=False), none, gr.Column(visible=False), "", "", *kept, None)
        found, ready = self._watch.look(judge.rater_id), self._watch.ready()
        name = store.names[judge.rater_id]
        if ready is None:
            report = waiting_outputs(visitor, compares=judge.judgments > 0)
        else:
            report = report_outputs(visitor, ready, name)
        choices = judge_choices(visitor, store.judges, store.names)
        return (
            pick(str(judge.rater_id), choices, visible=len(store.judges) > FIRST_ROWS),
            "",
            gr.Column(visible=True),
            _about(visitor, judge, name, store.reasons.get(judge.rater_id)),
            _progress(visitor, found),
            *_figures(visitor, found),
            *report,
            *_overview(visitor, store, ready, judge),
            (judge.rater_id, found.version, found.recent, None if ready is None else ready.position),
        )

    @requires(Role.reviewer)
    def look(self, visitor: Visitor, seen: Seen | None) -> Any:  # noqa: ANN401  what Gradio calls updates
        """Update the progress of the judge on screen if it has changed."""
        if seen is None:
            return gr.skip()
        rater_id, version, recent, position = seen
        found = self._watch.look(rater_id)
        if (found.version, found.recent) == (version, recent):
            return gr.skip()
        figures = [gr.skip()] * _N_FIGURES if found.version == version else _figures(visitor, found)
        return (_progress(visitor, found), *figures, (rater_id, found.version, found.recent, position))

    @requires(Role.reviewer)
    def examine(self, visitor: Visitor, selected: str | None, seen: Seen | None = None) -> tuple[Any, ...]:
        """Show the statistics of the selected judge, and the verdicts on all, unless `show` has just done so."""
        store = self._store()
        judge = chosen_judge(store.judges, selected)
        if judge is None:
            return (gr.skip(),) * (N_REPORT + 2)
        found = self._watch.examine()
        if seen is not None and (seen[0], seen[3]) == (judge.rater_id, found.position):
            return (gr.skip(),) * (N_REPORT + 2)
        report = report_outputs(visitor, found, store.names[judge.rater_id])
        return (*report, *_overview(visitor, store, found, judge))

    def _store(self) -> StoredJudges:
        with self.services.database.reading() as session:
            return StoredJudges(judges(session), rater_names(session), reasons_left_out(session))

    def lay_out(self) -> tuple[Fill, Fill, Fill, gr.Timer]:
        """Add the tab to the current Blocks.

        Returns:
            Fills for opening the tab, for its statistics after that, and for the list in parallel; and the timer that
            must be active only while the tab is open.
        """
        refresh = intro("judges_lead")
        overview = block()
        asked = gr.Textbox(visible=False)
        opener = gr.Button(label("judges_select_plain"), elem_id="adm-judge-opener", elem_classes="adm-unseen")
        selected = gr.Dropdown([], label=label("judges_judge"), elem_classes="adm-narrow jdg-chooser", visible=False)
        none = block()
        with gr.Column(elem_classes="jdg-opened"):
            about = block()
            with outlined():
                with gr.Column(visible=False) as panel:
                    with section("judges", "agreement"):
                        agreement = [*_lay_out_figures(1), block()]
                    with section("judges", "bias"):
                        bias = [*_lay_out_figures(1), block()]
                    with section("judges", "results"):
                        results = block()
                        with gr.Row(elem_classes="adm-pairs"):
                            figures = [results, *_lay_out_figures(len(_FIGURES))]
                    with section("judges", "coverage"):
                        coverage = block()
                    with section("judges", "calibration"):
                        calibration = block()
                    with section("judges", "progress"):
                        progress = block()
                with section("judges", "judgments"):
                    listed = self._reader.lay_out(selected)
        after = block()
        seen, timer = gr.State(None), gr.Timer(LOOKS_EVERY, active=False)
        examined = [*agreement, *bias, coverage, calibration, after, overview]
        shown = [selected, none, panel, about, progress, *figures, *examined, seen]
        for event in (selected.input, refresh.click):
            event(self.show, [selected], shown, **READS).then(self.examine, [selected, seen], examined, **READS)
            event(listed.show, listed.inputs, listed.outputs, **READS)
        chosen = opener.click(self.show, [asked], shown, js=_JUDGE, **READS)
        chosen.then(self.examine, [selected, seen], examined, **READS)
        chosen.then(listed.show, listed.inputs, listed.outputs, **READS)
        timer.tick(self.look, [seen], [progress, *figures, seen], **READS)
        return (
            Fill(self.show, [selected], shown),
            Fill(self.examine, [selected, seen], examined),
            listed,
            timer,
        )


def _overview(
    visitor: Visitor, store: StoredJudges, found: JudgeStatistics | None, shown: JudgeLine
) -> tuple[str, str]:
    """The judges after the shown one, and all of them, with verdicts; without statistics these are being computed."""
    listed = [
        ListedJudge(
            line=line,
            name=store.names[line.rater_id],
            is_excluded=line.rater_id in store.reasons,
            figures=None if found is None else judge_figures(store.names[line.rater_id], found.agreement, found.bias),
        )
        for line in store.judges
    ]
    after, everything = (make(listed, shown.rater_id, visitor.language) for make in (judges_after, judges_list))
    return after.html, everything.html


def _about(visitor: Visitor, judge: JudgeLine, name: str, reason: str | None) -> str:
    """The name of the judge, whether it is excluded from leaderboards, and how it was run."""
    left_out = markup.banner("", visitor.say("judges_excluded", reason=reason)) if reason is not None else Markup("")
    found = prompt_digests(judge)
    digests = markup.folded(visitor.say("judges_digests"), markup.facts(found)) if found else Markup("")
    told = Markup(markup.together(markup.facts(facts(judge, visitor.language)), digests))
    title = markup.heading(name)
    return markup.together(title, left_out, markup.folded(visitor.say("judges_facts"), told))


def _progress(visitor: Visitor, found: JudgeStatus) -> str:
    """Counts, and failures by cause."""
    language = visitor.language
    notes = spending_notes(found.spending, language)
    last = notes[:1] if found.spending.last else []
    sentence = joined([progress_sentence(found.outcomes, language), *last], visitor.language)
    parts = [
        markup.heading(visitor.say("judges_state")),
        markup.summary(sentence),
        markup.tiles(judgment_tiles(found.outcomes, language)),
    ]
    calls = call_tiles(found.spending, found.recent, RECENT.seconds // 60, language)
    if calls:
        parts.append(markup.tiles(calls))
    failed = failures(found.outcomes, language)
    if failed:
        columns = [
            Column(visitor.say("judges_failures")),
            Column(visitor.say("judges_number"), "number"),
            Column(visitor.say("judges_share"), "number"),
        ]
        cut = row_cut(len(failed), language)
        parts.append(markup.table(visitor.say("judges_failures"), columns, failed, cut=cut))
    explained = markup.lead(joined([*notes[len(last) :], visitor.say("judges_follows")], visitor.language))
    parts.append(markup.folded(visitor.say("judges_how"), explained))
    return markup.together(*parts)


def _figures(visitor: Visitor, found: JudgeStatus) -> list[Any]:
    """Return the heading of the section, and a heading and a plot for each of `_FIGURES`, hidden if without data."""
    pairs, scores = of_kind(found.outcomes, "judgement"), of_kind(found.outcomes, "satisfaction")
    language = visitor.language
    several = {kind: n_categories(some) > 1 for kind, some in (("pairs", pairs), ("scores", scores))}
    drawn = {
        "pairs": pair_figure(pairs, language) if pairs else None,
        "categories_pairs": category_figure(pairs, language) if several["pairs"] else None,
        "scores": score_figure(scores, language) if scores else None,
        "categories_scores": category_means_figure(scores, language) if several["scores"] else None,
    }
    title = markup.heading(visitor.say("judges_results"))
    sentence = markup.summary(results_sentence(found.outcomes, language))
    outputs: list[Any] = [markup.together(title, sentence) if found.outcomes else ""]
    for name in _FIGURES:
        figure = drawn[name]
        if figure is None:
            outputs += ["", gr.Plot(visible=False)]
            continue
        family = "categories" if name.startswith("categories") else "distribution"
        kind, some = ("pairs", pairs) if name.endswith("pairs") else ("scores", scores)
        sentences = [visitor.say(f"judges_{family}_{kind}"), *_cut(visitor, family, kind, some)]
        text = joined(sentences, visitor.language)
        outputs += [
            markup.together(subheading(visitor.say(f"judges_{family}"), text)),
            gr.Plot(figure, visible=True),
        ]
    return outputs


def _cut(visitor: Visitor, family: str, kind: str, outcomes: Counter[JudgmentOutcome]) -> list[str]:
    """Return notes on how to read a large figure and what it leaves out."""
    cut = []
    if family == "categories" and n_categories(outcomes) > MOST_CATEGORIES:
        cut.append(visitor.say("judges_more_categories", n=MOST_CATEGORIES))
    if family == "distribution" and kind == "scores" and is_crowded(outcomes):
        cut.append(visitor.say("judges_distribution_cells"))
    most = MOST_MEANS if family == "categories" else MOST_DIMENSIONS
    if kind == "scores" and len({outcome.dimension for outcome in outcomes}) > most:
        cut.append(visitor.say("judges_more_dimensions", n=most))
    return cut


def _lay_out_figures(n: int) -> list[Any]:
    """Add `n` pairs of heading and plot, one below the other."""
    parts: list[Any] = []
    for _ in range(n):
        with gr.Column(elem_classes="adm-figure", min_width=480):
            parts += [block(), gr.Plot(show_label=False, container=False, visible=False)]
    return parts

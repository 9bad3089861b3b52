"""The statistics of one judge as figures and tables: sections of the Judges tab that are computed on request."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from app.rendering.html import render_plain
from app.ui import markup
from app.ui.judges import markup as judges_markup
from app.ui.judges.watch import JudgeStatistics
from app.ui.markup import Cell, Column, Markup
from app.ui.visitor import Visitor
from app.views.fused.calibration import calibration_tables
from app.views.judge_interval_charts import agreement_figure, effect_figure
from app.views.judges import (
    OVERALL,
    agreement_lines,
    best_first,
    dimension_name,
    ends_text,
    estimate_texts,
    other_name,
    score_agreement_rows,
    tenths,
)
from app.views.missing_effects import missing_effects
from arena.agreement.clustered import Estimate
from arena.agreement.concordance import RANDOM_AGREEMENT, RANDOM_DECISIVE
from arena.agreement.report import AgreementReport
from arena.bias.coverage import Bounds
from arena.bias.effects import Effect
from arena.bias.report import RaterBias
from arena.calibration.report import CalibrationReport
from arena.rating.style_features import STYLE_FEATURES

N_REPORT = 8
"""Number of report outputs: heading, plot and tables of agreement and of bias, coverage, and calibration."""


def report_outputs(visitor: Visitor, found: JudgeStatistics, name: str) -> tuple[Any, ...]:
    """Return agreement and bias as heading, plot and tables, coverage, and calibration.

    Args:
        visitor: the reader.
        found: the statistics.
        name: name of the judge among all raters.
    """
    row = next((one for one in found.bias.rows if one.rater == name), None) if found.bias is not None else None
    if row is None:
        title = markup.heading(visitor.say("judges_agreement"))
        message = markup.together(title, markup.nothing(visitor.say("judges_nothing")))
        return (message, gr.Plot(visible=False), "", "", gr.Plot(visible=False), "", "", "")
    return (
        *_agreement(visitor, found.agreement, name),
        *_bias(visitor, row, _people_effects(found)),
        markup.together(*_coverage(visitor, row)),
        markup.together(*_calibration(visitor, row, found.calibration)),
    )


def waiting_outputs(visitor: Visitor, *, compares: bool) -> tuple[Any, ...]:
    """Return the outputs of a report that is being computed; `compares` says whether the judge compares responses."""
    hidden = gr.Plot(visible=False)
    agreement, bias, coverage, calibration = (
        judges_markup.working(visitor.say(f"judges_{name}"), visitor.say("judges_working")).html
        if compares or name in ("agreement", "coverage")
        else ""
        for name in ("agreement", "bias", "coverage", "calibration")
    )
    return (agreement, hidden, "", bias, hidden, "", coverage, calibration)


def _people_effects(found: JudgeStatistics) -> dict[str, Effect]:
    """Return the effects on people's votes, by feature."""
    people = found.people.rows[0].effects.effects if found.people is not None and found.people.rows else ()
    return {effect.feature: effect for effect in people}


def _calibration(visitor: Visitor, row: RaterBias, report: CalibrationReport | None) -> list[Markup]:
    """Return the calibration of a judge against people; empty for a judge that does not compare responses."""
    if row.coverage is None:
        return []
    title = markup.heading(visitor.say("judges_calibration"))
    one = None if report is None else next((judge for judge in report.judges if judge.judge == row.rater), None)
    if one is None:
        return [title, markup.nothing(visitor.say("judges_calibration_none"))]
    found = []
    for part in calibration_tables(one, visitor.language, share=_shown, signed=_signed):
        heads = list(part.rows[0]) if part.rows else []
        columns = [Column(head, "number" if head in part.numbers else "text") for head in heads]
        pieces = [Markup(f"<h3>{render_plain(part.title)}</h3>")]
        if heads:
            pieces.append(markup.table(part.title, columns, [tuple(row[head] for head in heads) for row in part.rows]))
        if part.text:
            pieces.append(markup.lead(part.text))
        found.append(f'<section class="adm-part">{markup.together(*pieces)}</section>')
    return [title, Markup(f'<div class="adm-parts">{"".join(found)}</div>')]


def _shown(estimate: Estimate) -> str:
    value, ends = estimate_texts(estimate)
    return f"{value} ({ends})" if ends else value


def _signed(estimate: Estimate) -> str:
    value, ends = estimate_texts(estimate, as_share=False)
    return f"{value} ({ends})" if ends else value


def _coverage(visitor: Visitor, row: RaterBias) -> list[Markup]:
    parts = [markup.heading(visitor.say("judges_coverage"), visitor.say("judges_coverage_text"))]
    if row.coverage is not None:
        bounds = best_first(row.coverage.win_rates)
        parts.append(_bounds_table(visitor, bounds, first="judges_model", mean="judges_win_rate"))
    if row.scores:
        scores = sorted(row.scores, key=lambda one: (one.dimension != OVERALL, -one.bounds.asked, one.dimension))
        bounds = [replace(one.bounds, name=dimension_name(one.dimension, visitor.language)) for one in scores]
        parts.append(_bounds_table(visitor, bounds, first="judges_dimension", mean="judges_mean"))
    return parts


def _bounds_table(visitor: Visitor, bounds: Sequence[Bounds], *, first: str, mean: str) -> Markup:
    columns = [
        Column(visitor.say(first)),
        Column(visitor.say("judges_asked"), "number", minor=True),
        Column(visitor.say("judges_have"), "number"),
        Column(visitor.say(mean), "number"),
        Column(visitor.say("judges_worst"), "number"),
        Column(visitor.say("judges_bounds"), minor=True),
    ]
    rows = [
        (
            markup.named(one.name),
            one.asked,
            one.scored,
            tenths(one.mean),
            judges_markup.bounds_text(one),
            judges_markup.bounds_bar(one),
        )
        for one in bounds
    ]
    return markup.table(visitor.say("judges_coverage"), columns, rows)


def _agreement(visitor: Visitor, report: AgreementReport | None, name: str) -> tuple[Any, ...]:
    """Heading, plot and table."""
    chance = {"all": tenths(RANDOM_AGREEMENT), "decisive": tenths(RANDOM_DECISIVE)}
    title = visitor.say("judges_agreement")
    lines = [] if report is None else agreement_lines(report, name, visitor.language)
    scores = [] if report is None else score_agreement_rows(report, name)
    if not lines and not scores:
        none = markup.nothing(visitor.say("judges_agreement_none"))
        return (markup.together(markup.heading(title), none), gr.Plot(visible=False), "")
    tables = []
    if lines:
        columns = [Column(visitor.say("judges_with"))]
        columns += [Column(visitor.say(f"judges_{what}"), "number") for what in ("pairs", "agrees", "decisive")]
        minor = ("kappa", "alpha", "pairs_inconsistent", "pairs_failed")
        columns += [Column(visitor.say(f"judges_{what}"), "number", minor=True) for what in minor]
        rows = [
            (
                markup.named(line.name),
                line.row.found.pairs,
                judges_markup.estimate_cell(line.row.found.agreement),
                judges_markup.estimate_cell(line.row.found.decisive),
                judges_markup.estimate_cell(line.row.found.kappa, as_share=False),
                judges_markup.estimate_cell(line.row.found.alpha, as_share=False),
                line.row.found.inconsistent,
                line.row.found.failed,
            )
            for line in lines
        ]
        tables.append(markup.table(title, columns, rows))
    if scores:
        tables += _score_agreement(visitor, scores, name)
    if not lines:
        return (markup.together(markup.heading(title)), gr.Plot(visible=False), markup.together(*tables))
    head = markup.together(markup.heading(title, visitor.say("judges_agreement_text", **chance)))
    return (head, gr.Plot(agreement_figure(lines, visitor.language), visible=True), markup.together(*tables))


def _score_agreement(visitor: Visitor, scores: Sequence[Any], name: str) -> list[Markup]:
    columns = [Column(visitor.say("judges_with")), Column(visitor.say("judges_dimension"))]
    columns.append(Column(visitor.say("judges_pairs"), "number", minor=True))
    columns += [Column(visitor.say(f"judges_{what}"), "number") for what in ("equal", "pearson", "spearman")]
    minor = ("kappa", "weighted_kappa", "alpha", "difference")
    columns += [Column(visitor.say(f"judges_{what}"), "number", minor=True) for what in minor]
    rows = [
        (
            markup.named(other_name(row.one, row.other, name, visitor.language)),
            dimension_name(row.dimension, visitor.language),
            row.found.pairs,
            judges_markup.estimate_cell(row.found.exact),
            judges_markup.estimate_cell(row.found.pearson, as_share=False),
            judges_markup.estimate_cell(row.found.spearman, as_share=False),
            judges_markup.estimate_cell(row.found.kappa, as_share=False),
            judges_markup.estimate_cell(row.found.weighted_kappa, as_share=False),
            judges_markup.estimate_cell(row.found.alpha, as_share=False),
            judges_markup.estimate_cell(row.found.difference, as_share=False),
        )
        for row in scores
    ]
    title = visitor.say("judges_score_agreement")
    text = visitor.say("judges_difference_text")
    return [judges_markup.subheading(title, text), markup.table(title, columns, rows)]


def _bias(visitor: Visitor, row: RaterBias, people: dict[str, Effect]) -> tuple[Any, ...]:
    """Heading, plot and tables; empty for a judge that does not compare responses."""
    if row.coverage is None:
        return ("", gr.Plot(visible=False), "")
    title, language = visitor.say("judges_bias"), visitor.language
    estimated = {effect.feature for effect in row.effects.effects}
    features = [feature for feature in STYLE_FEATURES if feature in estimated]
    if features:
        head = markup.together(markup.heading(title, visitor.say("judges_bias_text")))
        plot = gr.Plot(effect_figure(row.effects.effects, people, features, language), visible=True)
    else:
        none = markup.nothing(visitor.say("judges_bias_none"))
        head, plot = markup.together(markup.heading(title), none), gr.Plot(visible=False)
    parts = []
    if features:
        parts += [_effect_table(visitor, row.effects.effects), markup.lead(visitor.say("judges_effect_fits"))]
    if sentence := missing_effects(row.effects.missing, visitor.language):
        parts.append(markup.lead(sentence))
    habits = _habits(visitor, row)
    if habits:
        columns = [Column(visitor.say("judges_habits")), Column(visitor.say("judges_of"), "number")]
        columns.append(Column(visitor.say("judges_share"), "number"))
        habits_title = judges_markup.subheading(visitor.say("judges_habits"))
        parts += [habits_title, markup.table(visitor.say("judges_habits"), columns, habits)]
    return (head, plot, markup.together(*parts))


def _effect_table(visitor: Visitor, effects: Sequence[Effect]) -> Markup:
    columns = [Column(visitor.say("judges_feature"))]
    columns += [Column(visitor.say(f"judges_{what}"), "number") for what in ("expected", "interval", "points")]
    rows = [
        (
            visitor.say(f"judges_feature_{effect.feature}"),
            tenths(effect.wins),
            ends_text(effect.wins_lower, effect.wins_upper),
            f"{effect.points:+.0f}",
        )
        for effect in effects
    ]
    return markup.table(visitor.say("judges_bias"), columns, rows)


def _habits(visitor: Visitor, row: RaterBias) -> list[tuple[Cell, ...]]:
    found: list[tuple[Cell, ...]] = []
    orders, longer = row.orders, row.longer
    first = judges_markup.estimate_cell(row.first)
    if row.verdicts:
        n = "" if orders is None else f"{orders.decisive_calls:,}"
        found.append((visitor.say("judges_habit_first"), n, first))
    if longer is not None:
        found.append((visitor.say("judges_habit_longer"), longer.verdicts, judges_markup.estimate_cell(longer.share)))
    if orders is not None:
        for what, estimate in (("consistent", orders.consistent), ("flips", orders.flips)):
            found.append((visitor.say(f"judges_habit_{what}"), orders.pairs, judges_markup.estimate_cell(estimate)))
    return found

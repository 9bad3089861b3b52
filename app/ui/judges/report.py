"""The statistics of one judge as figures and tables: sections of the Judges tab that are computed on request."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from app.rendering.html import render_plain
from app.ui import markup
from app.ui.judges import markup as judges_markup
from app.ui.judges.markup import Mark
from app.ui.judges.watch import JudgeStatistics
from app.ui.markup import Cell, Column, Markup, row_cut
from app.ui.visitor import Visitor
from app.views.fused.calibration import CalibrationTable, corrected_table, folded_tables
from app.views.fused.judge_sentences import (
    agreement_sentence,
    bias_sentence,
    calibration_sentence,
    coverage_sentence,
)
from app.views.fused.judge_verdicts import MARGIN, judge_figures
from app.views.judge_charts.intervals import agreement_figure, effect_figure
from app.views.judges import (
    OVERALL,
    AgreementLine,
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
from app.views.number_text import signed_text
from app.views.sentences import joined
from arena.agreement.clustered import Estimate
from arena.agreement.concordance import RANDOM_AGREEMENT, RANDOM_DECISIVE
from arena.agreement.report import ScoreRow
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
        *_agreement(visitor, found, name),
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
    language = visitor.language
    main = _calibration_part(visitor, corrected_table(one, language, share=_shown), is_cards=True)
    folds = []
    for fold in folded_tables(one, language, share=_shown, signed=_signed):
        parts = "".join(_calibration_part(visitor, part) for part in fold.tables)
        folds.append(markup.folded(fold.title, Markup(f'<div class="adm-parts">{parts}</div>')))
    return [title, markup.summary(calibration_sentence(one, language)), Markup(main), *folds]


def _calibration_part(visitor: Visitor, part: CalibrationTable, *, is_cards: bool = False) -> str:
    heads = list(part.rows[0]) if part.rows else []
    columns = [Column(head, "number" if head in part.numbers else "text") for head in heads]
    pieces = [Markup(f"<h3>{render_plain(part.title)}</h3>")]
    if heads:
        rows = [
            tuple(_bracketed(row[head]) if head in part.numbers else row[head] for head in heads) for row in part.rows
        ]
        cut = row_cut(len(rows), visitor.language)
        pieces.append(markup.table(part.title, columns, rows, cut=cut, is_cards=is_cards))
    if part.text:
        pieces.append(markup.lead(part.text))
    return f'<section class="adm-part">{markup.together(*pieces)}</section>'


def _shown(estimate: Estimate) -> str:
    return _in_brackets(*estimate_texts(estimate))


def _signed(estimate: Estimate) -> str:
    return _in_brackets(*estimate_texts(estimate, as_share=False))


def _in_brackets(value: str, ends: str) -> str:
    return f"{value} ({ends})" if ends else value


def _bracketed(text: str) -> Markup:
    """A number with its interval in small print, which no line breaks."""
    value, bracket, ends = (render_plain(part) for part in text.partition(" ("))
    return Markup(f"{value} <small>({ends}</small>" if bracket else value)


def _coverage(visitor: Visitor, row: RaterBias) -> list[Markup]:
    sentence = markup.summary(coverage_sentence(row, visitor.language))
    parts = [markup.heading(visitor.say("judges_coverage")), sentence]
    if row.coverage is not None:
        bounds = best_first(row.coverage.win_rates)
        parts.append(_bounds_table(visitor, bounds, first="judges_model", mean="judges_win_rate"))
    if row.scores:
        scores = sorted(row.scores, key=lambda one: (one.dimension != OVERALL, -one.bounds.asked, one.dimension))
        bounds = [replace(one.bounds, name=dimension_name(one.dimension, visitor.language)) for one in scores]
        parts.append(_bounds_table(visitor, bounds, first="judges_dimension", mean="judges_mean"))
    keys: list[tuple[Mark, str]] = [
        ("value", visitor.say("judges_key_mean")),
        ("interval", visitor.say("judges_key_bounds")),
    ]
    return [*parts[:2], judges_markup.legend(keys), *parts[2:], _how(visitor, "judges_coverage_text")]


def _how(visitor: Visitor, *keys: str, **values: object) -> Markup:
    """Return the folded explanation of a section."""
    text = joined((visitor.say(key, **values) for key in keys), visitor.language)
    return markup.folded(visitor.say("judges_how"), markup.lead(text))


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
    return markup.table(visitor.say("judges_coverage"), columns, rows, cut=row_cut(len(rows), visitor.language))


def _agreement(visitor: Visitor, found: JudgeStatistics, name: str) -> tuple[Any, ...]:
    """Heading with the sentence, plot, and tables."""
    report, language = found.agreement, visitor.language
    heading = markup.heading(visitor.say("judges_agreement"))
    lines = [] if report is None else agreement_lines(report, name, language)
    scores = [] if report is None else score_agreement_rows(report, name)
    if not lines and not scores:
        none = markup.nothing(visitor.say("judges_agreement_none"))
        return (markup.together(heading, none), gr.Plot(visible=False), "")
    sentence = agreement_sentence(judge_figures(name, report, found.bias), language)
    tables, more = [], []
    if lines:
        tables.append(_agreement_table(visitor, lines, ("agreement", "decisive")))
        more.append(_agreement_table(visitor, lines, ("kappa", "alpha")))
    if scores:
        tables.append(judges_markup.subheading(visitor.say("judges_score_agreement")))
        tables.append(_score_table(visitor, scores, name, ("exact", "spearman")))
        more.append(_score_table(visitor, scores, name, ("pearson", "kappa", "weighted_kappa", "alpha", "difference")))
    tables.append(markup.folded(visitor.say("judges_more_coefficients"), Markup(markup.together(*more))))
    chance = {"all": tenths(RANDOM_AGREEMENT), "decisive": tenths(RANDOM_DECISIVE)}
    explained = [*(["judges_agreement_text"] if lines else []), *(["judges_difference_text"] if scores else [])]
    tables.append(_how(visitor, *explained, "judges_as_of", **chance))
    plot = gr.Plot(agreement_figure(lines, language), visible=True) if lines else gr.Plot(visible=False)
    keys: list[tuple[Mark, str]] = [
        ("chance", visitor.say("judges_key_chances")),
        ("hollow", visitor.say("judges_key_hollow")),
    ]
    marks = judges_markup.legend(keys) if lines else Markup("")
    return (markup.together(heading, markup.summary(sentence), marks), plot, markup.together(*tables))


def _agreement_table(visitor: Visitor, lines: Sequence[AgreementLine], chosen: Sequence[str]) -> Markup:
    """The chosen statistics of each line; beside the coefficients stand what was not compared."""
    is_main = "agreement" in chosen
    heads = {"agreement": "agrees"}
    counts = ("pairs",) if is_main else ("pairs_inconsistent", "pairs_failed")
    columns = [Column(visitor.say("judges_with"))]
    columns += [Column(visitor.say(f"judges_{what}"), "number") for what in counts]
    columns += [Column(visitor.say(f"judges_{heads.get(what, what)}"), "number") for what in chosen]
    rows: list[tuple[Cell, ...]] = []
    for line in lines:
        found = line.row.found
        numbers = (found.pairs,) if is_main else (found.inconsistent, found.failed)
        cells = [judges_markup.estimate_cell(getattr(found, what), as_share=is_main) for what in chosen]
        rows.append((markup.named(line.name), *numbers, *cells))
    title = visitor.say("judges_agreement" if is_main else "judges_more_coefficients")
    return markup.table(title, columns, rows, cut=row_cut(len(rows), visitor.language))


def _score_table(visitor: Visitor, scores: Sequence[ScoreRow], name: str, chosen: Sequence[str]) -> Markup:
    """The chosen statistics of a judge's scores with each other rater, by dimension."""
    heads = {"exact": "equal"}
    columns = [Column(visitor.say("judges_with")), Column(visitor.say("judges_dimension"))]
    columns.append(Column(visitor.say("judges_pairs"), "number", minor=True))
    columns += [Column(visitor.say(f"judges_{heads.get(what, what)}"), "number") for what in chosen]
    rows: list[tuple[Cell, ...]] = [
        (
            markup.named(other_name(row.one, row.other, name, visitor.language)),
            dimension_name(row.dimension, visitor.language),
            row.found.pairs,
            *(judges_markup.estimate_cell(getattr(row.found, what), as_share=what == "exact") for what in chosen),
        )
        for row in scores
    ]
    return markup.table(visitor.say("judges_score_agreement"), columns, rows, cut=row_cut(len(rows), visitor.language))


def _bias(visitor: Visitor, row: RaterBias, people: dict[str, Effect]) -> tuple[Any, ...]:
    """Heading, plot and tables; empty for a judge that does not compare responses."""
    if row.coverage is None:
        return ("", gr.Plot(visible=False), "")
    title, language = visitor.say("judges_bias"), visitor.language
    estimated = {effect.feature for effect in row.effects.effects}
    features = [feature for feature in STYLE_FEATURES if feature in estimated]
    margin = round(100 * MARGIN)
    heading, parts, how = markup.heading(title), [], []
    if features:
        sentence = bias_sentence(row.effects.effects, language)
        within = visitor.say("judges_key_margin", margin=margin)
        head = markup.together(heading, markup.summary(sentence), judges_markup.legend([("band", within)]))
        plot = gr.Plot(effect_figure(row.effects.effects, people, features, language, margin=MARGIN), visible=True)
        parts.append((visitor.say("judges_effects"), _effect_table(visitor, row.effects.effects)))
        how.append(_how(visitor, "judges_bias_text", "judges_effect_fits", "judges_as_of", margin=margin))
    else:
        none = markup.nothing(visitor.say("judges_bias_none"))
        head, plot = markup.together(heading, none), gr.Plot(visible=False)
    habits = _habits(visitor, row)
    if habits:
        columns = [Column(visitor.say("judges_habits")), Column(visitor.say("judges_of"), "number")]
        columns.append(Column(visitor.say("judges_share"), "number"))
        parts.append((visitor.say("judges_habits"), markup.table(visitor.say("judges_habits"), columns, habits)))
    missing = missing_effects(row.effects.missing, language)
    below = [*([markup.lead(missing)] if missing else []), *how]
    return (head, plot, markup.together(_beside(parts), *below))


def _beside(parts: Sequence[tuple[str, Markup]]) -> Markup:
    """Tables with their headings beside each other, where there is room."""
    shown = "".join(
        f'<section class="adm-part"><h3>{render_plain(title)}</h3>{table.html}</section>' for title, table in parts
    )
    return Markup(f'<div class="adm-parts">{shown}</div>' if shown else "")


def _effect_table(visitor: Visitor, effects: Sequence[Effect]) -> Markup:
    columns = [Column(visitor.say("judges_feature"))]
    columns += [Column(visitor.say(f"judges_{what}"), "number") for what in ("expected", "interval", "points")]
    rows = [
        (
            visitor.say(f"judges_feature_{effect.feature}"),
            tenths(effect.wins),
            ends_text(effect.wins_lower, effect.wins_upper),
            signed_text(effect.points, 0),
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

"""HTML blocks of the Objective tab: details of runs, list of items, and the view of one item.

Model outputs, like all other text, appear as exact plain text from `render_plain`.
"""

from collections.abc import Mapping, Sequence

from app.rendering.html import render_plain
from app.ui import markup
from app.ui.markup import Cell, Column, Markup, row_cut
from app.ui.objective.summary_markup import common_prefix
from app.views.board import DASH
from app.views.objective import Fact, ending_name, excerpt, line_endings, sample_facts
from app.views.objective_causes import cause_text
from app.views.objective_reasons import reason
from app.views.sentences import say
from storage.evaluations.reading import ItemDetails, ItemLine, PredictionDetails
from storage.values import Language

RESULT_KINDS = {
    "right": "right",
    "wrong": "wrong",
    "unparsed": "unsure",
    "grader_failed": "alert",
    "failed": "alert",
    "asked": "unsure",
}
"""Badge of each result."""


def run_details(runs: Sequence[tuple[str, Sequence[Fact]]], language: Language) -> Markup:
    """Facts of each run: what is the same for all of them once, and the rest as a table with a row for each."""
    if len(runs) == 1:
        return markup.facts(runs[0][1])
    found = {name: dict(facts) for name, facts in runs}
    names = list(dict.fromkeys(fact for facts in found.values() for fact in facts))
    values = {name: [facts.get(name) for facts in found.values()] for name in names}
    same = [(name, str(told[0])) for name, told in values.items() if len(set(told)) == 1]
    varied = [name for name in names if len(set(values[name])) > 1]
    parts = []
    if varied:
        columns = [Column(say(language, "objective_filter_by_run")), *(Column(name, whole=True) for name in varied)]
        rows: list[tuple[Cell, ...]] = [
            (markup.named(run), *(_fact(values[name][place]) for name in varied)) for place, run in enumerate(found)
        ]
        cut = row_cut(len(rows), language, first=len(rows), on_phone=1)
        parts.append(markup.table(say(language, "objective_runs"), columns, rows, cut=cut, is_cards=True).html)
    if same:
        title = render_plain(say(language, "objective_runs_same", n=len(runs)))
        parts.append(f'<h3 class="obj-same">{title}</h3>{markup.facts(same).html}')
    return Markup("".join(parts))


def _fact(value: str | None) -> Cell:
    """A fact of a run; a phone shows no dash where a run has none."""
    return Markup(f'<span class="obj-none">{DASH}</span>') if value is None else value


def remarks_list(sentences: Sequence[str], language: Language, title: str = "objective_notes") -> Markup:
    """Notes as a list under a small heading, which is no mark of the outline; empty without notes."""
    if not sentences:
        return Markup("")
    items = "".join(f"<li>{render_plain(sentence)}</li>" for sentence in sentences)
    head = render_plain(say(language, title))
    return Markup(f'<div class="adm-notes"><h3 class="obj-same">{head}</h3><ul>{items}</ul></div>')


def items_table(
    lines: Sequence[ItemLine], names: Mapping[int, str], shared: Mapping[str, Sequence[str]], language: Language
) -> Markup:
    """Items with the result of each run's predictions; on a phone a row is a line or two, as in `regression_markup`.

    Args:
        lines: items of the page.
        names: run names by id.
        shared: some prompts by task, to find their common beginning.
        language: language of the headings.
    """
    prefix = common_prefix([line.task for line in lines])
    columns = [
        Column(say(language, "objective_item")),
        Column(say(language, "objective_question"), whole=True),
        Column(say(language, "objective_gold"), minor=True, whole=True),
        *(Column(name) for name in names.values()),
    ]
    rows = [
        (
            _opener(line, prefix, language),
            markup.excerpt(excerpt(line.prompt, shared.get(line.task, ()))),
            short_text(" | ".join(line.gold)),
            *(_endings(line, run_id, language) for run_id in names),
        )
        for line in lines
    ]
    return markup.table(say(language, "objective_items"), columns, rows, is_cards=True)


def _opener(line: ItemLine, prefix: str, language: Language) -> Markup:
    """The button that opens an item, after the name of its task unless the key of the item begins with it."""
    title = say(language, "objective_open", item=f"{line.task}/{line.item}")
    opener = markup.opener("item", int(line.number), line.item, title)
    task = line.task.removeprefix(prefix)
    if line.item.startswith(task):
        return opener
    return Markup(f'<small class="obj-of">{render_plain(task)}</small> {opener.html}')


def short_text(text: str) -> Markup:
    """An answer in a cell, in its own direction."""
    return Markup(f'<span class="obj-short" dir="auto">{render_plain(text)}</span>')


def _endings(line: ItemLine, run_id: int, language: Language) -> Markup:
    """A badge for each prediction, with the extracted answer."""
    endings = line_endings(line, run_id)
    if not endings:
        return Markup(f'<span class="obj-missing">{render_plain(say(language, "objective_not_asked"))}</span>')
    parts = []
    for ending, extracted in endings:
        badge = markup.badge(ending_name(ending, language), kind=RESULT_KINDS[ending]).html
        parts.append(f'<span class="obj-ending">{badge} {short_text(extracted).html if extracted else ""}</span>')
    return Markup("".join(parts))


def opened(found: ItemDetails, number: int, names: Mapping[int, str], language: Language) -> Markup:
    """One item: the exact prompt, the accepted answers, and each run's predictions side by side.

    Args:
        found: the item.
        number: number of its row, by which `static/lists.js` knows it.
        names: run names by id.
        language: language of the headings.
    """
    title = render_plain(f"{found.task} / {found.item}")
    prompts = {prediction.prompt for prediction in found.predictions if prediction.prompt}
    common = prompts.pop() if len(prompts) == 1 else None
    prompt = "" if common is None else _prompt(common, language)
    gold = "".join(f"<li>{short_text(answer).html}</li>" for answer in found.gold)
    sides = "".join(
        _side(
            name,
            [one for one in found.predictions if one.run_id == run_id],
            language,
            found.gold,
            with_prompt=not prompt,
        )
        for run_id, name in names.items()
    )
    return Markup(
        f'<article class="adm-opened obj-opened" data-entry="{number}" aria-label="{title}">'
        f'<h2 tabindex="-1">{title}</h2>{prompt}'
        f'<section class="obj-gold"><h3>{render_plain(say(language, "objective_gold"))}</h3><ul>{gold}</ul></section>'
        f'<div class="adm-sides">{sides}</div></article>'
    )


def _prompt(text: str, language: Language) -> str:
    heading = say(language, "objective_prompt")
    body = markup.plain_text(text, heading).html
    return f'<section class="adm-prompt"><h3>{render_plain(heading)}</h3>{body}</section>'


def _side(
    name: str, predictions: Sequence[PredictionDetails], language: Language, gold: Sequence[str], *, with_prompt: bool
) -> str:
    heading = f'<h3 dir="auto">{render_plain(name)}</h3>'
    if not predictions:
        none = markup.lead(say(language, "objective_not_asked")).html
        return f'<section class="adm-side">{heading}{none}</section>'
    several = len(predictions) > 1
    parts = []
    if with_prompt and predictions[0].prompt:
        parts.append(_prompt(predictions[0].prompt, language))
    for prediction in predictions:
        if several:
            parts.append(f"<h4>{render_plain(say(language, 'objective_sample', n=prediction.sample + 1))}</h4>")
        parts.append(_prediction(prediction, name, language, gold))
    return f'<section class="adm-side">{heading}{"".join(parts)}</section>'


def _prediction(prediction: PredictionDetails, name: str, language: Language, gold: Sequence[str]) -> str:
    badge = markup.badge(ending_name(prediction.ending, language), kind=RESULT_KINDS[prediction.ending]).html
    why = render_plain(reason(prediction, gold, language))
    facts: list[Fact] = []
    if prediction.score is not None:
        read = DASH if prediction.extracted is None else prediction.extracted
        facts.append((say(language, "objective_extracted"), read))
        facts.append((say(language, "objective_score"), f"{prediction.score:g}"))
    facts += sample_facts(prediction, language)
    listed = markup.folded(say(language, "objective_details"), markup.facts(facts)).html if facts else ""
    result = f'<p class="obj-result">{badge} <span>{why}</span></p>'
    return f"{result}{_output(prediction, name, language, gold)}{listed}"


def _output(prediction: PredictionDetails, name: str, language: Language, gold: Sequence[str]) -> str:
    """The output: a text, likelihoods of options, or the cause of failure."""
    if prediction.cause:
        return markup.banner("", cause_text(prediction.cause, language)).html
    if "nats" in prediction.details:
        return _likelihoods(prediction, language, gold)
    if prediction.output is None:
        return markup.lead(say(language, "objective_no_output")).html
    if not prediction.output.strip() and prediction.ending == "unparsed":
        return ""  # the reason above says so
    if not prediction.output:
        return markup.lead(say(language, "objective_empty_output")).html
    return markup.plain_text(prediction.output, f"{name}: {say(language, 'objective_output')}").html


def _likelihoods(prediction: PredictionDetails, language: Language, gold: Sequence[str]) -> str:
    """Each option with its log-likelihood; the likeliest and the correct one are marked."""
    details = prediction.details
    columns = [Column(say(language, "objective_option"))]
    columns += [Column(say(language, f"objective_{what}"), "number") for what in ("nats", "tokens", "per_token")]
    columns.append(Column(""))
    rows = []
    options = zip(details["options"], details["nats"], details["tokens"], strict=True)
    for letter, (option, nats, tokens) in zip("ABCDEFGHIJ", options, strict=False):
        marks = (
            [markup.badge(say(language, "objective_taken"), kind="open").html] if letter == prediction.extracted else []
        )
        if letter in gold:
            marks.append(markup.badge(say(language, "objective_end_right"), kind="right").html)
        per_token = f"{nats / tokens:.3f}" if tokens else DASH
        content = str(option).strip()
        text = short_text(content if content == letter else f"{letter}. {content}")
        rows.append((text, f"{nats:.3f}", int(tokens), per_token, Markup(" ".join(marks))))
    return markup.table(say(language, "objective_output"), columns, rows).html

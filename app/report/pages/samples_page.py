"""The samples of evaluation runs as one HTML page, which works from a file: filter by state, task, model and words.

All data stand in one JSON block, and the script of the page writes every text as text, never as markup.
"""

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from app.rendering.html import render_plain
from app.report.wording import report_texts
from app.views.objective_causes import cause_text
from objective.evaluation.grading import GRADE
from storage.database.evaluation_tables import Prediction
from storage.evaluations.reading import ENDINGS, ending_of
from storage.values import LANGUAGES, Json, Language

_SHEETS = (
    ("ui", "static", "tokens.css"),
    ("ui", "static", "parts.css"),
    ("report", "pages", "report.css"),
    ("report", "pages", "samples.css"),
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'"
_TEXTS = "samples_"


def samples_page(runs: Mapping[str, Sequence[Prediction]], *, language: Language = "en") -> str:
    """The page with the samples of some runs.

    Args:
        runs: predictions by the name of their model, in the order of the page.
        language: language that the page starts in; a button changes it.
    """
    samples = [_sample(model, one) for model, predictions in runs.items() for one in predictions]
    present = {one["state"] for one in samples}
    data = {
        "samples": samples,
        "models": list(runs),
        "tasks": list(dict.fromkeys(one["task"] for one in samples)),
        "states": [ending for ending in ENDINGS if ending in present],
        "texts": {each: _texts(each) for each in LANGUAGES},
    }
    return "\n".join([*_head(language), *_body(language, data), ""])


def _sample(model: str, one: Prediction) -> Json:
    grade: Mapping[str, Any] = one.details.get(GRADE) or {}
    likelihoods = zip(one.details.get("options", ()), one.details.get("nats", ()), strict=False)
    cause = one.cause or grade.get("cause")
    return {
        "model": model,
        "task": one.task,
        "item": one.item if not one.sample else f"{one.item} #{one.sample + 1}",
        "state": ending_of(one.state, one.score),
        "prompt": one.prompt,
        "output": one.output
        if one.output is not None
        else "\n".join(f"{nats:.3f} {text}" for text, nats in likelihoods),
        "gold": list(one.gold),
        "extracted": one.extracted,
        "score": one.score,
        "grader": grade.get("grader"),
        "reply": grade.get("reply"),
        "cause": cause and {each: cause_text(cause, each) for each in LANGUAGES},
    }


def _texts(language: Language) -> dict[str, str]:
    return {key: text for key, text in report_texts(language).items() if key.startswith(_TEXTS)}


def _head(language: Language) -> list[str]:
    style = "\n".join(_file(*place) for place in _SHEETS)
    return [
        "<!doctype html>",
        f'<html lang="{language}" class="ev-plain">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<link rel="icon" href="data:,">',
        f"<title>{render_plain(report_texts(language)['samples_title'])}</title>",
        f"<style>\n{style}</style>",
        "</head>",
    ]


def _body(language: Language, data: Json) -> list[str]:
    told = report_texts(language)

    def words(key: str, tag: str, more: str = "") -> str:
        return f'<{tag} data-say="{key}"{more}>{render_plain(told[key])}</{tag}>'

    every = f'<option value="" data-say="samples_all">{render_plain(told["samples_all"])}</option>'
    return [
        '<body class="ev">',
        '<header class="r-top">',
        words("samples_title", "h1"),
        words("samples_language", "button", ' id="language" type="button" class="ui-button"'),
        "</header>",
        "<main>",
        "<section>",
        words("samples_lead", "p"),
        '<div id="states"></div>',
        '<div class="s-filters">',
        f'<label>{words("samples_task", "span")}<select id="task">{every}</select></label>',
        f'<label>{words("samples_model", "span")}<select id="model">{every}</select></label>',
        f'<label>{words("samples_words", "span")}<input id="words" type="search"></label>',
        "</div>",
        '<div class="s-moves">',
        words("samples_back", "button", ' id="back" type="button" class="s-move"'),
        '<span id="range" class="s-soft" aria-live="polite"></span>',
        words("samples_forward", "button", ' id="forward" type="button" class="s-move"'),
        "</div>",
        '<div id="list"></div>',
        "</section>",
        "</main>",
        f'<script type="application/json" id="samples">{_json_block(data)}</script>',
        f"<script>\n{_file('report', 'pages', 'samples.js')}</script>",
        "</body>",
        "</html>",
    ]


def _json_block(data: Json) -> str:
    """JSON that cannot end its script element."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _file(*parts: str) -> str:
    return resources.files("app").joinpath(*parts).read_text(encoding="utf-8")

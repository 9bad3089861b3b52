"""Texts and numbers of the Judges tab in the reader's language, without markup.

Outcomes are never merged: ties, fractional, inconsistent and failed judgments each have a name and a count.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.views.board import DASH, category_name, percent
from app.views.number_text import decimal_text
from app.views.sentences import say, sentences
from arena.agreement.clustered import Estimate
from arena.agreement.report import PEOPLE, AgreementReport, AgreementRow, ScoreRow
from arena.bias.coverage import Bounds
from judging.prompts import dimensions
from judging.run.judge import LOCAL_SOURCE
from storage.judges.judgment_reading import CallLine, JudgmentLine
from storage.judges.outcome_counts import JudgmentOutcome, Spending
from storage.judges.replies import JudgeLine
from storage.values import Json, Language, canonical_json

PAIR_ENDS = ("a", "tie", "b", "fractional", "inconsistent", "failed")
"""Results of judgments on pairs, in the order of the figures."""
MISSING_ENDS = ("failed", "cannot_judge")
"""States of missing scores of single responses."""
OVERALL = dimensions.OVERALL["en"]
"""The dimension of a score for the response as a whole."""
SALT = "salt"
"""The secret setting that determines a judge's fences: it must not be shown."""
_TOLD = ("prompts", "settings", "orders", "rules", "expected", "texts", SALT)
_DIGEST_SHOWN = 8

Fact = tuple[str, str]


@dataclass(frozen=True)
class AgreementLine:
    """One pair of raters in the agreement figure.

    Attributes:
        name: the rater that the judge is compared with, or the name of a reference line.
        row: the agreement statistics.
        is_reference: whether the line does not involve the judge.
    """

    name: str
    row: AgreementRow
    is_reference: bool


def pair_end(outcome: JudgmentOutcome) -> str:
    """Return the result of a judgment on a pair, one of `PAIR_ENDS`."""
    if outcome.state != "scored" or outcome.score is None:
        return outcome.state
    return {1.0: "a", 0.5: "tie", 0.0: "b"}.get(outcome.score, "fractional")


def facts(judge: JudgeLine, language: Language) -> list[Fact]:
    """Return everything that a judge's judgments depend on, except the secret salt."""
    unknown, settings = say(language, "judges_fact_unknown"), judge.settings
    prompts = [str(name) for name, _ in settings.get("prompts", ())]
    entries = [
        ("model", judge.model or unknown),
        ("source", say(language, "judges_fact_source_ours") if judge.source == LOCAL_SOURCE else judge.source),
        ("prompts", ", ".join(prompts) or unknown),
        ("settings", _settings(settings.get("settings")) or unknown),
    ]
    if judge.judgments or not judge.scores:
        entries.append(("orders", _worded(language, "judges_orders", settings.get("orders")) or unknown))
    if settings.get("rules"):
        entries.append(("rules", _worded(language, "judges_rules", settings["rules"])))
    if settings.get("expected") is not None:
        entries.append(("expected", say(language, "judges_fact_expected_on", mass=settings["expected"])))
    if settings.get("texts"):
        entries.append(("texts", ", ".join(sorted(settings["texts"]))))
    other = {name: value for name, value in settings.items() if name not in _TOLD}
    if other:
        entries.append(("other", _settings(other)))
    return [(say(language, f"judges_fact_{what}"), value) for what, value in entries]


def prompt_digests(judge: JudgeLine) -> list[Fact]:
    """Return the name and the shortened digest of each of a judge's prompts."""
    return [(str(name), str(digest)[:_DIGEST_SHOWN]) for name, digest in judge.settings.get("prompts", ())]


def judgment_tiles(outcomes: Counter[JudgmentOutcome], language: Language) -> list[tuple[str, int]]:
    """Return the number of judgments, in total and by state."""
    states: Counter[str] = Counter()
    for outcome, number in outcomes.items():
        states[outcome.state] += number
    kinds = {outcome.kind for outcome in outcomes}
    shown = [("verdicts", states.total()), ("scored", states["scored"])]
    if "judgement" in kinds or states["inconsistent"]:
        shown.append(("inconsistent", states["inconsistent"]))
    shown.append(("failed", states["failed"]))
    if states["cannot_judge"]:
        shown.append(("cannot_judge", states["cannot_judge"]))
    return [(say(language, f"judges_{what}"), number) for what, number in shown]


def call_tiles(spending: Spending, recent: int, minutes: int, language: Language) -> list[tuple[str, str]]:
    """Return counts, tokens and cost of the calls; `recent` is the number of replies in the last `minutes`."""
    if not spending.replies + spending.failures:
        return []
    unknown = say(language, "judges_unknown")
    is_counted, is_priced = spending.uncounted < spending.replies, spending.unpriced < spending.replies
    return [
        (say(language, "judges_replies"), f"{spending.replies:,}"),
        (say(language, "judges_recent", minutes=minutes), f"{recent:,}"),
        (say(language, "judges_tokens_read"), f"{spending.prompt_tokens:,}" if is_counted else unknown),
        (say(language, "judges_tokens_written"), f"{spending.completion_tokens:,}" if is_counted else unknown),
        (say(language, "judges_cost"), cost_text(spending.cost) if is_priced else unknown),
    ]


def spending_notes(spending: Spending, language: Language) -> list[str]:
    """Return notes on tokens and cost."""
    notes = []
    if spending.last:
        time = f"{datetime.fromtimestamp(spending.last, UTC):%Y-%m-%d %H:%M:%S}"
        notes.append(say(language, "judges_last", time=time))
    if spending.uncounted > 0:
        notes.append(say(language, "judges_uncounted", n=spending.uncounted))
    if spending.unpriced > 0:
        notes.append(say(language, "judges_unpriced", n=spending.unpriced))
    if spending.replies:
        notes.append(say(language, "judges_cost_text"))
    return notes


def failures(outcomes: Counter[JudgmentOutcome], language: Language) -> list[tuple[str, int, str]]:
    """Return cause, number and share of all judgments for the failed ones; most frequent first."""
    causes: Counter[str] = Counter()
    for outcome, number in outcomes.items():
        if outcome.state == "failed":
            causes[outcome.cause or "unknown"] += number
    total = outcomes.total()
    return [(cause_name(cause, language), n, tenths(n / total)) for cause, n in causes.most_common()]


def best_first(bounds: Iterable[Bounds]) -> list[Bounds]:
    """Sort means best first; those without a value last."""
    return sorted(bounds, key=lambda one: (one.mean is None, -(one.mean or 0.0), one.name))


def agreement_lines(report: AgreementReport, name: str, language: Language) -> list[AgreementLine]:
    """Return the raters that a judge was compared with, people first, then the references: people and baselines."""
    lines = [
        AgreementLine(other_name(row.one, row.other, name, language), row, is_reference=False)
        for row in report.rows
        if name in (row.one, row.other)
    ]
    lines.sort(key=lambda line: PEOPLE not in (line.row.one, line.row.other))
    if not lines:
        return []
    lines += [
        AgreementLine(say(language, "judges_majority"), row, is_reference=False)
        for row in report.majority
        if row.one == name
    ]
    people = [row for row in report.rows if row.one == row.other == PEOPLE]
    references = [(say(language, "judges_people_themselves"), row) for row in people]
    references += [(say(language, f"judges_baseline_{row.one}"), row) for row in report.baselines]
    return [*lines, *(AgreementLine(text, row, is_reference=True) for text, row in references)]


def score_agreement_rows(report: AgreementReport, name: str) -> list[ScoreRow]:
    """Return the rows of a judge's scores, people first."""
    rows = [row for row in report.scores if name in (row.one, row.other)]
    return sorted(rows, key=lambda row: PEOPLE not in (row.one, row.other))


def other_name(one: str, other: str, name: str, language: Language) -> str:
    """Return the rater of the two that is not the judge `name`."""
    found = other if one == name else one
    return say(language, "judges_people") if found == PEOPLE else found


def estimate_texts(estimate: Estimate, *, as_share: bool = True) -> tuple[str, str]:
    """Return a statistic and its interval; the interval is empty if unknown.

    Shares are percentages with one decimal; other numbers have two decimals.
    """
    if math.isnan(estimate.value):
        return DASH, ""
    value = tenths(estimate.value) if as_share else decimal_text(estimate.value, 2)
    return value, ends_text(estimate.lower, estimate.upper, as_share=as_share)


def ends_text(lower: float, upper: float, *, as_share: bool = True) -> str:
    """Return an interval as text; empty if unknown."""
    if math.isnan(lower) or math.isnan(upper):
        return ""
    if as_share:
        return f"{100 * lower:.1f} {DASH} {100 * upper:.1f}"
    return f"{decimal_text(lower, 2)} {DASH} {decimal_text(upper, 2)}"


def tenths(value: float | None) -> str:
    """Return a share of 0 to 1 in percent with one decimal; a dash if unknown."""
    return DASH if value is None or math.isnan(value) else f"{100 * value:.1f}%"


def cost_text(cost: float) -> str:
    """Return an amount with four significant digits, at least two decimals from 10 on."""
    return f"{cost:,.2f}" if cost >= 10.0 or cost == 0.0 else f"{cost:.4g}"


def number_text(value: float) -> str:
    """Return a score without needless decimals."""
    return f"{value:.4g}"


def end_name(end: str, language: Language) -> str:
    """Return the name of a result in a figure."""
    return say(language, f"judges_end_{end}")


def cause_name(cause: str | None, language: Language) -> str:
    """Return the name of a cause of failure; an unknown one is returned as stored."""
    found = cause or "unknown"
    return sentences(language).get(f"judges_cause_{found}", found)


def category_of(category: str | None, language: Language) -> str:
    """Return the name of a category, or "(no category)"."""
    return category_name(category, language) if category else say(language, "judges_no_category")


def dimension_name(dimension: str, language: Language) -> str:
    """Return the name of a dimension; the overall one is translated, others are named by the prompt."""
    return sentences(language).get(f"judges_dimension_{dimension}", dimension)


def judgment_words(line: JudgmentLine, language: Language) -> str:
    """Return a judgment in words."""
    outcome = line.outcome
    if outcome.state == "failed":
        return say(language, "judges_word_failed", cause=cause_name(outcome.cause, language))
    if outcome.state != "scored" or outcome.score is None:
        return say(language, f"judges_word_{outcome.state}")
    if outcome.kind == "judgement":
        return share_words(outcome.score, line.models, language)
    text = score_words(outcome.score, outcome.low, outcome.high, language)
    return text if outcome.dimension == OVERALL else f"{dimension_name(outcome.dimension, language)}: {text}"


def share_words(share: float, models: Sequence[str], language: Language) -> str:
    """Return a result in words; `share` is the first model's share of the point, 0 to 1."""
    if share == 0.5 or len(models) != 2:
        return say(language, "judges_word_tie") if share == 0.5 else number_text(share)
    first, second = models
    if share in (0.0, 1.0):
        return say(language, "judges_word_wins", model=first if share else second)
    best, part = (first, share) if share > 0.5 else (second, 1.0 - share)
    return say(language, "judges_word_share", model=best, share=percent(part))


def score_words(score: float, low: float, high: float, language: Language) -> str:
    """Return a score with its scale."""
    shown = {"score": number_text(score), "low": number_text(low), "high": number_text(high)}
    return say(language, "judges_word_score", **shown)


def call_words(call: CallLine, line: JudgmentLine, language: Language) -> str:
    """Return the verdict of one call in words."""
    value, values = call.noted.get("value"), call.noted.get("values")
    if call.cause is not None:
        return say(language, "judges_call_none", cause=cause_name(call.cause, language))
    if isinstance(value, int | float):
        if line.outcome.kind == "judgement":
            return share_words(float(value), call.models, language)
        return score_words(float(value), line.outcome.low, line.outcome.high, language)
    if isinstance(values, Mapping):
        shown = {name: number_text(one) if isinstance(one, int | float) else str(one) for name, one in values.items()}
        return ", ".join(f"{_valued(str(name), call.models)}: {one}" for name, one in shown.items())
    return DASH


def _valued(name: str, models: Sequence[str]) -> str:
    """Return the model at this place, or the dimension."""
    if len(models) > 1 and name.isdigit() and 0 < int(name) <= len(models):
        return models[int(name) - 1]
    return name


def call_facts(call: CallLine, line: JudgmentLine, language: Language) -> list[Fact]:
    """Return the facts of one call."""
    noted = call.noted
    entries: list[tuple[str, str]] = []
    if len(call.models) == 2:
        entries += [("first", call.models[0]), ("second", call.models[1])]
    elif call.models[2:]:
        entries.append(("order", " → ".join(call.models)))
    entries.append(("said", call_words(call, line, language)))
    if noted.get("marker"):
        entries.append(("marker", str(noted["marker"])))
    if call.prompt_tokens is not None and call.completion_tokens is not None:
        tokens = {"read": call.prompt_tokens, "written": call.completion_tokens}
        entries.append(("tokens", say(language, "judges_call_tokens_text", **tokens)))
    found = [(say(language, f"judges_call_{what}"), value) for what, value in entries]
    if call.cost is not None:
        found.append((say(language, "judges_cost"), cost_text(call.cost)))
    if call.latency_seconds is not None:
        text = say(language, "judges_call_seconds", seconds=f"{call.latency_seconds:.1f}")
        found.append((say(language, "judges_call_latency"), text))
    for what, name in (("model", "model"), ("finish", "finish"), ("error", "said")):
        if noted.get(name):
            found.append((say(language, f"judges_call_{what}"), str(noted[name])))
    attempts = noted.get("attempts")
    if isinstance(attempts, int):
        text = str(attempts) if attempts else say(language, "judges_reused")
        found.append((say(language, "judges_call_attempts"), text))
    return found


def _settings(settings: Json | None) -> str:
    """Return settings as `name value`, sorted by name; values other than strings are JSON."""
    pairs = sorted((settings or {}).items())
    return ", ".join(f"{name} {value if isinstance(value, str) else canonical_json(value)}" for name, value in pairs)


def _worded(language: Language, family: str, value: object) -> str:
    """Return the name of a setting; an unknown one is returned as stored."""
    return "" if value is None else sentences(language).get(f"{family}_{value}", str(value))

"""Calibration of a judge as tables in the reader's language, without markup."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.views.board import category_name
from app.views.judges import tenths
from app.views.sentences import say
from arena.agreement.clustered import Estimate
from arena.agreement.drift import Drift
from arena.calibration.confusion import ROWS, Confusion
from arena.calibration.corrected import FEW_VOTES
from arena.calibration.errors import GroupError
from arena.calibration.report import JudgeCalibration
from storage.values import Language

Shown = Callable[[Estimate], str]
"""An estimate as text."""


@dataclass(frozen=True)
class CalibrationTable:
    """One table.

    Attributes:
        title: heading.
        rows: text by heading of the column.
        numbers: headings of columns that are aligned to the right.
        text: explanation below; empty for none.
    """

    title: str
    rows: Sequence[dict[str, str]]
    numbers: Sequence[str]
    text: str = ""


@dataclass(frozen=True)
class FoldedTables:
    """Tables that a page folds away.

    Attributes:
        title: what they are about, and what they show.
        tables: the tables.
    """

    title: str
    tables: Sequence[CalibrationTable]


def calibration_tables(
    one: JudgeCalibration, language: Language, *, share: Shown, signed: Shown
) -> Iterator[CalibrationTable]:
    """The tables of one judge: confusion, curve, errors, corrected win rates, drift.

    Args:
        one: calibration of a judge.
        language: language of the reader.
        share: shows a fraction as a percentage with its interval.
        signed: shows a difference with its sign and interval.
    """
    yield _whole_confusion(one, language, share)
    yield from _by_order(one, language, share)
    yield _curve(one, language, share)
    yield _errors(one.errors, language, share, signed)
    yield corrected_table(one, language, share=share)
    if one.drift is not None:
        yield _drift(one.drift, language, share, signed)


def folded_tables(one: JudgeCalibration, language: Language, *, share: Shown, signed: Shown) -> Iterator[FoldedTables]:
    """The tables beside `corrected_table`, each under a title that says what it shows.

    Args:
        one: calibration of a judge.
        language: language of the reader.
        share: shows a fraction as a percentage with its interval.
        signed: shows a difference with its sign and interval.
    """
    agreement = tenths(one.confusion.agreement.value)
    whole = _whole_confusion(one, language, share)
    yield FoldedTables(say(language, "calibration_fold_confusion", agreement=agreement), [whole])
    if by_order := list(_by_order(one, language, share)):
        shares = {found.order: tenths(found.found.agreement.value) for found in one.by_order}
        yield FoldedTables(say(language, "calibration_fold_orders", **shares), by_order)
    error = tenths(one.curve.error)
    yield FoldedTables(say(language, "calibration_fold_curve", error=error), [_curve(one, language, share)])
    for by in dict.fromkeys(error.by for error in one.errors):
        errors = [error for error in one.errors if error.by == by]
        yield FoldedTables(_error_range(by, errors, language), [_errors(errors, language, share, signed, is_one=True)])
    if one.drift is not None:
        title = say(language, "calibration_fold_drift", changed=tenths(one.drift.changed.value), n=one.drift.items)
        yield FoldedTables(title, [_drift(one.drift, language, share, signed)])


def _error_range(by: str, errors: Sequence[GroupError], language: Language) -> str:
    """The parts with the smallest and the largest error."""
    name = say(language, f"calibration_by_{by}")
    known = sorted((one for one in errors if not math.isnan(one.error.value)), key=lambda one: one.error.value)
    if not known:
        return say(language, "calibration_fold_by", by=name)
    ends = {
        f"{end}{key}": text
        for end, one in (("low", known[0]), ("high", known[-1]))
        for key, text in (("", tenths(one.error.value)), ("_group", _group(one, language)))
    }
    return say(language, f"calibration_fold_{'errors' if len(known) > 1 else 'error'}", by=name, **ends)


def _whole_confusion(one: JudgeCalibration, language: Language, share: Shown) -> CalibrationTable:
    orders = say(language, f"fused_orders_{one.orders}")
    title = say(language, "calibration_confusion", judge=one.judge, votes=one.votes, orders=orders)
    return _confusion(title, one.confusion, language, share)


def _by_order(one: JudgeCalibration, language: Language, share: Shown) -> Iterator[CalibrationTable]:
    """The confusion in each order; empty with a single one."""
    for found in one.by_order if len(one.by_order) > 1 else ():
        yield _confusion(say(language, f"calibration_order_{found.order}"), found.found, language, share, brief=True)


def _drift(drift: Drift, language: Language, share: Shown, signed: Shown) -> CalibrationTable:
    numbers = {"items": f"{drift.items:,}", "change": signed(drift.change), "changed": share(drift.changed)}
    row = {say(language, f"calibration_{key}"): value for key, value in numbers.items()}
    title = say(language, "calibration_drift")
    return CalibrationTable(title, [row], list(row), say(language, "calibration_drift_text"))


def _confusion(
    title: str, found: Confusion, language: Language, share: Shown, *, brief: bool = False
) -> CalibrationTable:
    person = say(language, "calibration_person")
    names = [say(language, f"calibration_said_{name}") for name in ROWS]
    rows = [
        {person: name} | {head: f"{number:,}" for head, number in zip(names, line, strict=True)}
        for name, line in zip(names, found.counts, strict=True)
    ]
    rates = {"agreement": share(found.agreement), "decisive": share(found.decisive)}
    text = say(language, "calibration_rates", **rates)
    explained = "" if brief else say(language, "calibration_confusion_text")
    words = f"{text}{'' if language == 'zh' else ' '}{explained}".strip()
    return CalibrationTable(title, rows, names, words)


def _curve(one: JudgeCalibration, language: Language, share: Shown) -> CalibrationTable:
    heads = [say(language, f"calibration_{key}") for key in ("judge_share", "rows", "people_share")]
    rows = [
        dict(zip(heads, (tenths(point.said), f"{point.votes:,}", share(point.people)), strict=True))
        for point in one.curve.points
    ]
    numbers = {
        "error": tenths(one.curve.error),
        "brier": f"{one.curve.brier.value:.3f}",
        "even": f"{one.curve.brier_even:.3f}",
    }
    title = say(language, "calibration_curve")
    return CalibrationTable(title, rows, heads, say(language, "calibration_curve_text", **numbers))


def _errors(
    errors: Sequence[GroupError], language: Language, share: Shown, signed: Shown, *, is_one: bool = False
) -> CalibrationTable:
    """Errors by part; of one kind of parts no column says which, nor the lean where it is unknown for all."""
    heads = {key: say(language, f"calibration_{key}") for key in ("by", "group", "votes", "error", "lean")}
    left_out = {heads["by"]} if is_one else set()
    if is_one and all(math.isnan(one.lean.value) for one in errors):
        left_out.add(heads["lean"])
    rows = [
        {
            heads["by"]: say(language, f"calibration_by_{one.by}"),
            heads["group"]: _group(one, language),
            heads["votes"]: f"{one.votes:,}",
            heads["error"]: share(one.error),
            heads["lean"]: signed(one.lean),
        }
        for one in errors
    ]
    rows = [{head: text for head, text in row.items() if head not in left_out} for row in rows]
    numbers = [heads[key] for key in ("votes", "error", "lean") if heads[key] not in left_out]
    return CalibrationTable(
        say(language, "calibration_errors"), rows, numbers, say(language, "calibration_errors_text")
    )


def _group(one: GroupError, language: Language) -> str:
    if one.by == "category":
        return category_name(one.group, language)
    return one.group if one.by == "model" else say(language, f"calibration_length_{one.group.replace(' ', '_')}")


def corrected_table(one: JudgeCalibration, language: Language, *, share: Shown) -> CalibrationTable:
    """Win rates by the judge alone, corrected for its errors, and by people: what a calibration is for."""
    keys = ("model", "judged", "votes", "raw", "corrected", "people")
    heads = {key: say(language, f"calibration_{key}") for key in keys}
    rows = [
        {
            heads["model"]: found.model,
            heads["judged"]: f"{found.judged:,}",
            heads["votes"]: f"{found.votes:,}",
            heads["raw"]: share(found.raw),
            heads["corrected"]: share(found.corrected)
            if found.reason is None
            else say(language, f"calibration_{found.reason}"),
            heads["people"]: share(found.people),
        }
        for found in one.corrected
    ]
    text = say(language, "calibration_corrected_text", least=FEW_VOTES)
    return CalibrationTable(say(language, "calibration_corrected_title"), rows, [heads[key] for key in keys[1:]], text)

"""Calibration of a judge as tables in the reader's language, without markup."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.views.board import category_name
from app.views.judges import tenths
from app.views.sentences import say
from arena.agreement.clustered import Estimate
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
        is_detail: whether a page may fold the table away.
    """

    title: str
    rows: Sequence[dict[str, str]]
    numbers: Sequence[str]
    text: str = ""
    is_detail: bool = False


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
    orders = say(language, f"fused_orders_{one.orders}")
    title = say(language, "calibration_confusion", judge=one.judge, votes=one.votes, orders=orders)
    yield _confusion(title, one.confusion, language, share)
    for found in one.by_order if len(one.by_order) > 1 else ():
        yield _confusion(say(language, f"calibration_order_{found.order}"), found.found, language, share, brief=True)
    yield _curve(one, language, share)
    yield _errors(one.errors, language, share, signed)
    yield _corrected(one, language, share)
    if one.drift is not None:
        numbers = {"items": one.drift.items, "change": signed(one.drift.change), "changed": share(one.drift.changed)}
        row = {say(language, f"calibration_{key}"): str(value) for key, value in numbers.items()}
        title = say(language, "calibration_drift")
        yield CalibrationTable(title, [row], list(row), say(language, "calibration_drift_text"))


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
    return CalibrationTable(title, rows, names, words, is_detail=brief)


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


def _errors(errors: Sequence[GroupError], language: Language, share: Shown, signed: Shown) -> CalibrationTable:
    heads = {key: say(language, f"calibration_{key}") for key in ("by", "group", "votes", "error", "lean")}
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
    numbers = [heads[key] for key in ("votes", "error", "lean")]
    return CalibrationTable(
        say(language, "calibration_errors"), rows, numbers, say(language, "calibration_errors_text")
    )


def _group(one: GroupError, language: Language) -> str:
    if one.by == "category":
        return category_name(one.group, language)
    return one.group if one.by == "model" else say(language, f"calibration_length_{one.group.replace(' ', '_')}")


def _corrected(one: JudgeCalibration, language: Language, share: Shown) -> CalibrationTable:
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

"""Calibration of a judge: one table, and the others folded under titles that say what they show."""

import math
from typing import Any

import pytest

from app.views.fused.calibration import calibration_tables, corrected_table, folded_tables
from arena.agreement.clustered import Estimate
from arena.agreement.drift import Drift
from arena.calibration.confusion import Confusion, Curve
from arena.calibration.errors import GroupError
from arena.calibration.report import JudgeCalibration, OrderConfusion
from storage.values import Language

NONE = Estimate(math.nan)


def shown(estimate: Estimate) -> str:
    return "–" if math.isnan(estimate.value) else f"{estimate.value:.2f}"


def error(by: str, group: str, value: float, lean: float = math.nan) -> GroupError:
    return GroupError(by, group, 10, Estimate(value), Estimate(lean))


def confusion(agreement: float) -> Confusion:
    return Confusion(((1, 2, 3), (4, 5, 6), (7, 8, 9)), Estimate(agreement), Estimate(agreement))


def calibrated(errors: tuple[GroupError, ...], *, orders: int = 2, drift: Drift | None = None) -> JudgeCalibration:
    by_order = tuple(OrderConfusion(one, confusion(0.4)) for one in ("same", "swapped")[:orders])
    curve = Curve((), 0.22, Estimate(0.3), 0.25)
    return JudgeCalibration("j", 45, 90, orders, confusion(0.5), by_order, curve, errors, (), drift)


def folds(one: JudgeCalibration, language: Language = "en") -> list[Any]:
    return list(folded_tables(one, language, share=shown, signed=shown))


def test_each_fold_says_what_it_shows() -> None:
    errors = (
        error("category", "code", 0.4),
        error("category", "safety", 0.1),
        error("model", "m1", math.nan, 0.0),
        error("model", "m2", 0.3, 0.1),
    )
    one = calibrated(errors, drift=Drift(1234, 9, 0.5, 0.6, Estimate(0.1), 0.01, 0.02, Estimate(0.25), Estimate(0.1)))
    assert [fold.title for fold in folds(one)] == [
        "Verdicts beside those of people: the same in 50.0%",
        "The same by display order: 40.0% with the left response first, 40.0% with the right one first",
        "Calibration curve: shares of a win are 22.0% off on average",
        "Error by category: from 10.0% (Safety) to 40.0% (Code)",
        "Error by model: 30.0% (m2)",
        "Drift: another verdict on 25.0% of 1,234 pairs that were judged twice",
    ]
    category, model = folds(one)[3:5]
    assert list(category.tables[0].rows[0]) == ["Part", "Votes", "Error"], "no lean where no side is meant"
    assert list(model.tables[0].rows[0]) == ["Part", "Votes", "Error", "Lean"]
    assert "（安全）到 40.0%" in folds(one, "zh")[3].title


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_leaves_out_no_table_of_the_command(language: Language) -> None:
    one = calibrated((error("length", "similar", 0.2, 0.1),))
    apart = [table for fold in folds(one, language) for table in fold.tables]
    apart.append(corrected_table(one, language, share=shown))
    whole = list(calibration_tables(one, language, share=shown, signed=shown))
    assert sorted(table.title for table in apart) == sorted(table.title for table in whole)


def test_unknown_errors_have_no_range_and_one_order_no_comparison() -> None:
    titles = [fold.title for fold in folds(calibrated((error("model", "m", math.nan),), orders=1))]
    assert titles[1:] == ["Calibration curve: shares of a win are 22.0% off on average", "Error by model"]

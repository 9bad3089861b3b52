"""Sections of the judge report that a small store seldom fills: scores side by side, calibration, and bars."""

import math
import re
from dataclasses import replace

import pytest

from app.ui.judges import markup
from app.ui.judges.report import report_outputs
from app.ui.judges.watch import JudgeStatistics
from app.ui.visitor import Visitor
from app.views.sentences import say
from arena.agreement.clustered import Estimate
from arena.bias.coverage import Bounds
from arena.bias.report import measure_bias
from arena.calibration.report import CalibrationReport
from storage.ledger.battle_reading import Selection
from storage.values import Language, RaterKind, Role
from tests.app.judged_site import JudgedSite
from tests.app.ui.admin.judges.conftest import change, examine, first_is_m1, shown
from tests.app.views.test_calibration import calibrated, error


def test_scores_of_two_judges_are_compared_by_dimension(site: JudgedSite) -> None:
    """Eleven scores: the same, but for three of them. 8 of 11 are equal: 72.7 %."""
    site.judge_singles(lambda _: "[[7]]", n=11, name="steady")
    said = iter([*["[[7]]"] * 8, *["[[9]]"] * 3])
    judge = site.judge_singles(lambda _: next(said), n=11, prompt="single-10-zh", name="varied")
    answer = examine(site, judge)
    assert change(answer[1]) == {"visible": False}, "no pairs, so no plot of their agreement"
    table = answer[2].split(say("en", "judges_score_agreement"), 1)[1]
    row = next(row for row in re.findall(r"<tr>(.*?)</tr>", table) if ">steady<" in row)
    texts = [re.sub(r"<[^>]+>", " ", cell).split() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
    assert texts[1] == ["11"] and texts[2][0] == "72.7%"
    assert say("en", "judges_difference_text") in answer[2]


def statistics(site: JudgedSite, calibration: CalibrationReport | None) -> JudgeStatistics:
    """Those of a judge of pairs, without agreement."""
    bias = measure_bias(site.database, Selection(rater="pairs"), kinds=(RaterKind.judge,))
    return JudgeStatistics(None, bias, None, calibration, 0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_calibration_is_one_table_and_folded_ones(site: JudgedSite, language: Language) -> None:
    site.judge_pairs(first_is_m1, name="pairs")
    one = replace(calibrated((error("category", "code", 0.4), error("category", "safety", 0.1))), judge="pairs")
    visitor = Visitor(1, "rev", Role.reviewer, language, "")
    html = report_outputs(visitor, statistics(site, CalibrationReport((one,), (), 0)), "pairs")[-1]
    assert html.count("<h2") == 1 and say(language, "judges_calibration") in html
    assert html.count("<details") == 4, "verdicts, orders, curve, categories"
    assert ">40.0%" in html and ">10.0%" in html
    none = report_outputs(visitor, statistics(site, CalibrationReport((), ("pairs",), 0)), "pairs")[-1]
    assert say(language, "judges_calibration_none") in none and "<table" not in none


def test_a_bar_shows_the_range_of_what_is_known_and_nothing_where_nothing_is() -> None:
    bounds = Bounds("m", 4, 3, 0.5, 0.375, 0.625)
    assert "left:37.5%;width:25.0%" in markup.bounds_bar(bounds).html
    assert markup.bounds_text(bounds) == "37.5 – 62.5%"
    assert markup.bounds_text(replace(bounds, scored=4)) == "", "nothing is missing"
    unknown = Bounds("m", 0, 0, None, None, None)
    assert (markup.bounds_bar(unknown).html, markup.bounds_text(unknown)) == ("", "")


def test_agreement_is_drawn_with_its_interval_beside_chance_and_people() -> None:
    agreement = Estimate(0.7, 0.6, 0.85)
    bar = markup.compared_bar(agreement, 0.8).html
    assert '<s style="left:50%">' in bar and '<u style="left:80.0%">' in bar
    assert "left:60.0%;width:25.0%" in bar and '<b style="left:70.0%">' in bar
    for people in (None, math.nan):
        assert "<u" not in markup.compared_bar(agreement, people).html
    assert markup.compared_bar(Estimate(0.7), 0.8).html == "", "no interval"
    assert shown(markup.compared_bar(Estimate(math.nan), None).html) == ""

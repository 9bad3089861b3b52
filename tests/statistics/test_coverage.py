"""Default intervals hold the truth, and bounds refuse intervals that are known to be wrong.

Two hundred replicates of ten or more models: the standard error of a coverage is about half a percent, so that a method
which covers 92.5 % of the truth passes with a probability of one in six. Five equal newcomers in a replicate make a
thousand intervals, all but independent: an error of 0.7 % at 95 %, and 0.8 % at 92.5 %, which passes with a probability
of one in four, as with one newcomer in each of a thousand replicates.
"""

from functools import cache

import pytest

from tests.statistics.coverage import SCENARIOS, IntervalCoverage, measure

pytestmark = pytest.mark.timeout(400)  # hundreds of replicates take their time on a busy machine

REPLICATES = 200
WRONG = [name for name in SCENARIOS if name not in ("independent votes", "80 repeated questions")]
"""Where the known-wrong intervals fall below the bounds in so few replicates."""


def accepted(coverage: float) -> bool:
    return 0.93 <= coverage <= 0.97


@cache
def measured(name: str) -> IntervalCoverage:
    return measure(SCENARIOS[name], REPLICATES, seed=5)


@pytest.mark.parametrize("name", SCENARIOS)
def test_default_intervals_hold_the_truth(name: str) -> None:
    assert accepted(measured(name).default)


@pytest.mark.parametrize("name", WRONG)
def test_known_wrong_intervals_are_refused(name: str) -> None:
    found = measured(name)
    assert not accepted(found.wrong)
    assert found.wrong < 0.93


@pytest.mark.parametrize("name", ["200 raters with own tastes", "raters and questions"])
def test_intervals_a_tenth_narrower_are_refused(name: str) -> None:
    assert not accepted(measured(name).narrow)

"""Default intervals hold the truth where votes are alike, and bounds refuse intervals that are known to be wrong.

Two hundred replicates of twelve models: the standard error of a coverage is about half a percent.
"""

import pytest

from tests.statistics.coverage import WORLDS, measure

REPLICATES = 200


def accepted(coverage: float) -> bool:
    return 0.93 <= coverage <= 0.97


@pytest.mark.parametrize("name", WORLDS)
def test_default_intervals_hold_the_truth(name: str) -> None:
    assert accepted(measure(WORLDS[name], REPLICATES, seed=5).clustered)


@pytest.mark.parametrize("name", ["200 raters with own tastes", "raters and questions"])
def test_intervals_that_take_votes_as_independent_are_refused(name: str) -> None:
    found = measure(WORLDS[name], REPLICATES, seed=5)
    assert not accepted(found.plain)
    assert found.plain < 0.93
    assert not accepted(found.narrow)

"""The chart of ratings against objective scores: one point per model, its whiskers, and none for an unknown end."""

import pytest
from scipy.special import ndtri

from app.views.worlds.chart import worlds_figure
from arena.agreement.clustered import Estimate
from arena.agreement.rank_correlation import RankCorrelation
from arena.leaderboard.two_worlds import TwoWorlds, WorldPoint

UNKNOWN = RankCorrelation(2, Estimate(float("nan")), Estimate(float("nan")))


def test_each_model_is_a_point_with_both_intervals_and_an_unknown_one_has_no_whisker() -> None:
    points = (
        WorldPoint("Heron", 1100.0, 1080.0, 1130.0, 0.75, 0.1, 1, 1),
        WorldPoint("Crow<b>", 900.0, None, None, 0.5, None, 2, 2),
    )
    figure = worlds_figure(TwoWorlds(points, ("t",), (), UNKNOWN, (), (), (), (), level=0.9), "en")
    (drawn,) = figure.data
    assert (list(drawn.x), list(drawn.y)) == ([75.0, 50.0], [1100.0, 900.0])
    assert list(drawn.error_x.array) == [pytest.approx(10.0 * ndtri(0.95)), 0.0]
    assert (list(drawn.error_y.array), list(drawn.error_y.arrayminus)) == ([30.0, 0.0], [20.0, 0.0])
    assert "Heron" in drawn.customdata[0] and "1100" in drawn.customdata[0] and "75.0" in drawn.customdata[0]
    assert "<b>" not in drawn.customdata[1] and "<b>" not in drawn.text[1]
    titles = [worlds_figure(TwoWorlds(points, (), (), UNKNOWN, (), (), (), ()), each).layout for each in ("en", "zh")]
    assert titles[0].xaxis.title.text != titles[1].xaxis.title.text
    assert titles[0].yaxis.title.text != titles[1].yaxis.title.text

"""Figures hold the numbers of their board, in its order, and read on light and dark."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from app.views.board_charts import LONGEST_LABEL, MANY, board_figures, interval_figure
from storage.values import LANGUAGES, Language
from tests.app.views.test_board import EVEN, board

HOSTILE = '<a href="http://evil.example">x</a>&amp;<script>'


def axis(figure: go.Figure, name: str) -> dict[str, object]:
    return dict(figure.to_dict()["layout"][name])


def test_heatmaps_are_in_the_order_of_the_table() -> None:
    rows = [*EVEN, *[("z", "x", "model_a")] * 5, ("x", "z", "model_a")]
    fitted = board(rows)
    figures = board_figures(fitted, "en")
    names = [row.model for row in fitted.rows]
    assert names[0] == "z"
    z = figures.observed.to_dict()["data"][0]["z"]
    x = names.index("x")
    assert z[0][x] == pytest.approx(5 / 6)
    assert z[x][0] == pytest.approx(1 / 6)
    assert z[0][names.index("y")] is None, "never met is not even"
    assert figures.counts.to_dict()["data"][0]["z"][0][x] == 6
    assert figures.predicted is not None
    predicted = figures.predicted.to_dict()["data"][0]["z"]
    assert predicted[0][x] + predicted[x][0] == pytest.approx(1.0)
    assert [text.split()[-1] for text in axis(figures.observed, "yaxis")["ticktext"]] == names  # type: ignore[attr-defined]


def test_intervals_run_from_end_to_end() -> None:
    fitted = board(EVEN)
    dots = interval_figure(fitted, "en").to_dict()["data"][0]
    for place, row in enumerate(fitted.rows):
        assert row.rating is not None and row.upper is not None and row.lower is not None
        assert dots["x"][place] + dots["error_x"]["array"][place] == pytest.approx(row.upper)
        assert dots["x"][place] - dots["error_x"]["arrayminus"][place] == pytest.approx(row.lower)


def test_an_open_end_is_an_arrow_at_the_edge_not_a_number() -> None:
    figure = interval_figure(board([*EVEN, *[("best", "x", "model_a")] * 3]), "en").to_dict()
    dots, arrows = figure["data"]
    edge = figure["layout"]["xaxis"]["range"][1]
    assert list(arrows["marker"]["symbol"]) == ["triangle-right"]
    assert arrows["x"][0] == edge
    assert np.isfinite(dots["error_x"]["array"]).all()


def test_a_model_with_few_battles_is_hollow() -> None:
    dots = interval_figure(board([*EVEN, ("x", "z", "model_a"), ("z", "x", "model_a")]), "en").to_dict()["data"][0]
    assert sorted(dots["marker"]["symbol"]) == ["circle", "circle", "circle-open"]


def test_islands_have_scales_of_their_own() -> None:
    layout = interval_figure(board([*EVEN, ("p", "q", "model_a"), ("p", "q", "model_b")]), "en").to_dict()["layout"]
    assert layout["xaxis"]["range"] != layout["xaxis2"]["range"]
    assert [note["text"] for note in layout["annotations"]] == ["Group 1", "Group 2"]


def test_a_method_without_intervals_draws_dots_alone() -> None:
    dots = interval_figure(board(EVEN, method="elo"), "en").to_dict()["data"][0]
    assert np.isnan(dots["error_x"]["array"]).all()
    assert "no intervals" in dots["text"][0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_text_to_plotly(language: Language) -> None:
    figures = board_figures(board([(HOSTILE, "y", "model_a"), ("y", HOSTILE, "model_a")] * 20), language)
    for figure in (figures.intervals, figures.observed, figures.predicted, figures.counts):
        assert figure is not None
        drawn = json.loads(figure.to_json())
        assert "<a " not in json.dumps(drawn), "a link in a label"
        assert "<script" not in json.dumps(drawn)


def test_long_names_keep_their_ends_because_sizes_come_last() -> None:
    name = "Some Vendor Instruction Tuned Model (70B)"
    labels = axis(board_figures(board([(name, "y", "tie"), ("y", name, "tie")] * 5), "en").observed, "yaxis")[
        "ticktext"
    ]
    label = next(text for text in labels if "…" in text)  # type: ignore[attr-defined]
    assert label.endswith("(70B)")
    assert len(label) <= LONGEST_LABEL + len("1  ")


def test_figures_are_transparent_fixed_and_make_no_request() -> None:
    figures = board_figures(board(EVEN), "en")
    for figure in (figures.intervals, figures.observed, figures.predicted, figures.counts):
        assert figure is not None
        layout = figure.to_dict()["layout"]
        assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
        assert layout["xaxis"]["fixedrange"] and layout["yaxis"]["fixedrange"], "a finger must scroll the page"
        assert "http" not in figure.to_json()


def test_many_models_still_fit() -> None:
    rows: list[tuple[str, str, str | float]] = [
        (f"m{i:02}", f"m{i + 1:02}", winner) for i in range(MANY + 4) for winner in ("model_a", "model_b")
    ]
    figures = board_figures(board(rows), "en")
    assert figures.observed.to_dict()["data"][0].get("texttemplate") is None
    assert figures.intervals.layout.height < 30 * (MANY + 5)

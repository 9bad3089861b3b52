"""A leaderboard as one object: its answer is what the ranks say, and its numbers are those of the fit."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from app.views.board_table import MOST_LINES, board_view
from app.views.columns import BoardFacts, ModelCost
from app.views.leaderboard.answer import board_answer, board_counts
from app.views.leaderboard.page_object import MOST_CELLS, board_object, matrices, slices_object
from app.views.sentences import say
from arena.leaderboard.slices import Slice, SliceBoard, SliceCell
from arena.rating.catalog import RATING_METHODS
from arena.rating.method import RatingSettings
from storage.questions.response_costs import ResponseCost
from storage.values import LANGUAGES, Language
from tests.app.views.test_board import EVEN, board

CLEAR = [("best", "x", "model_a")] * 60 + [("x", "best", "model_a")] * 10 + [("x", "y", "model_a")] * 60
CLEAR += [("y", "x", "model_a")] * 20 + [("best", "y", "model_a")] * 50 + [("y", "best", "model_a")] * 2
HOSTILE = '<a href="http://evil.example">x</a>&amp;<script>'


def test_a_clear_winner_is_called_the_best() -> None:
    fitted = board(CLEAR)
    answer = board_answer(fitted, "en")
    assert answer.is_certain
    assert answer.title == "best is the best of 3 models"
    assert "95%" in answer.text and re.search(r">99%|9\d%", answer.text)


def test_models_that_could_be_first_are_named_instead_of_a_winner() -> None:
    answer = board_answer(board(EVEN), "en")
    assert not answer.is_certain
    assert "not certain" in answer.title
    assert "x, y" in answer.text


def test_a_method_without_intervals_claims_no_certainty() -> None:
    answer = board_answer(board(CLEAR, method="elo"), "en")
    assert not answer.is_certain
    assert answer.title == say("en", "board_answer_unknown_human", model="best", n=3)


def test_an_answer_names_what_weakens_it() -> None:
    apart = board([*CLEAR, ("u", "v", "model_a"), ("v", "u", "model_a")])
    assert say("en", "board_answer_groups", n=2) in board_answer(apart, "en").text
    few = board([("x", "y", "model_a"), ("y", "x", "model_a")])
    assert say("en", "board_answer_provisional", n=2) in board_answer(few, "en").text


def test_counts_add_up_what_was_left_out_and_say_why() -> None:
    unused = board_counts(board(EVEN, flagged=3, excluded=12), "en")[-1]
    assert (unused.number, unused.text) == (15, "12 by excluded raters; 3 on flagged pairs")
    assert board_counts(board(EVEN), "en")[-1].text == say("en", "board_left_out_none")


def test_ranks_by_category_say_that_only_the_first_models_are_shown() -> None:
    row = board(EVEN).rows[0]
    for number, tail in ((MOST_LINES, ""), (MOST_LINES + 1, " The first 1,000 of 1,001 models are shown.")):
        rows = tuple(replace(row, model=f"m{place}") for place in range(number))
        one = Slice("code", 4, {line.model: SliceCell(line) for line in rows}, 1)
        found = slices_object(SliceBoard(rows, (one,), (), 0), "en")
        assert found["text"] == say("en", "board_by_category_text", n=0) + tail
        assert len(found["models"]) == MOST_LINES


def test_rows_keep_open_ends_apart_from_numbers() -> None:
    shown = board_object(board([*EVEN, *[("best", "x", "model_a")] * 3]), "en")
    rows = {row["cells"]["model"]: row for group in shown["groups"] for row in group["rows"]}
    assert (rows["best"]["upper"], rows["best"]["open"]) == (None, [False, True])
    assert rows["x"]["lower"] < rows["x"]["rating"] < rows["x"]["upper"]
    assert rows["best"]["provisional"] and not rows["x"]["provisional"]


def test_heatmaps_are_in_the_order_of_the_table() -> None:
    fitted = board([*EVEN, *[("z", "x", "model_a")] * 5, ("x", "z", "model_a")])
    found = {matrix["key"]: matrix for matrix in matrices(fitted, "en")}
    names = found["observed"]["names"]
    assert names == [row.model for row in fitted.rows]
    z, x, y = (names.index(name) for name in "zxy")
    assert found["observed"]["shares"][z][x] == pytest.approx(5 / 6, abs=1e-4)
    assert found["observed"]["shares"][z][y] is None, "never met is not even"
    assert found["counts"]["texts"][z][x] == "6"
    assert found["predicted"]["shares"][z][x] + found["predicted"]["shares"][x][z] == pytest.approx(1, abs=1e-3)


def test_of_many_models_the_grids_show_the_first_and_say_so() -> None:
    names = [f"m{code:03d}" for code in range(MOST_CELLS + 5)]
    chain = [(one, other, winner) for one, other in pairwise(names) for winner in ("model_a", "model_b", "model_a")]
    few, many = board(chain[: 3 * (MOST_CELLS - 1)]), board(chain)
    for grid in matrices(few, "en"):
        assert len(grid["names"]) == len(grid["shares"]) == MOST_CELLS and "are shown" not in grid["text"]
    for grid in matrices(many, "en"):
        assert grid["names"] == [row.model for row in many.rows][:MOST_CELLS]
        assert grid["text"].endswith("The first 60 of 65 models are shown.")
    assert matrices(many, "zh")[0]["text"].endswith("。仅显示 65 个模型中的前 60 个。")


def test_a_table_of_very_many_models_holds_the_first_and_those_asked_for() -> None:
    names = [f"m{code:04d}" for code in range(MOST_LINES + 4)]
    fitted = board([*EVEN, *[(one, "x", "tie") for one in names]], method="elo")
    last = fitted.rows[-1].model
    asked = replace(fitted.recipe, settings=RatingSettings(intervals_for=(last,)))
    told: dict[Language, str] = {"en": "5 more models are not in this table", "zh": "表中未列出其余 5 个模型"}
    for language, said in told.items():
        view = board_view(BoardFacts(replace(fitted, recipe=asked)), language, "terminal")
        assert [len(group.lines) for group in view.groups] == [MOST_LINES + 1]
        assert view.groups[0].lines[-1].cells["model"] == last
        assert said in view.notes[0]
    assert not any("not in this table" in note for note in board_view(BoardFacts(board(EVEN)), "en", "page").notes)


def test_costs_are_columns_and_points_where_two_models_have_one_and_unknown_is_no_zero() -> None:
    fitted = board([*EVEN, *[("z", "x", "model_a")] * 5, ("x", "z", "model_a")])
    known = ModelCost(ResponseCost(4, 60.0, 120.0, 2.5))
    costs = {
        "x": known,
        "y": ModelCost(ResponseCost(4, None, 90.0, None)),
        "z": ModelCost(ResponseCost(4, *[None] * 3)),
    }
    shown = board_object(fitted, "en", costs)
    keys = [column["key"] for column in shown["columns"]]
    assert "mean_latency_seconds" in keys and "price_per_thousand_responses" not in keys
    assert [axis["key"] for axis in shown["costs"]["axes"]] == ["mean_completion_tokens"]
    values = {point["model"]: point["values"]["mean_completion_tokens"] for point in shown["costs"]["points"]}
    assert values == {"x": 120.0, "y": 90.0, "z": None}
    assert board_object(fitted, "en")["costs"] is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("method", sorted(RATING_METHODS.keys() - {"satisfaction"}))
def test_every_heading_is_explained_and_the_object_is_json(method: str, language: Language) -> None:
    shown = board_object(board([*CLEAR, ("x", "y", "both_bad"), (HOSTILE, "x", "tie")], method=method), language)
    json.dumps(shown, allow_nan=False)
    assert all(column["heading"] and column["why"] and "{" not in column["why"] for column in shown["columns"])
    keys = [column["key"] for column in shown["columns"]]
    rows = [row for group in shown["groups"] for row in group["rows"]]
    assert all(any(row["cells"][key] for row in rows) for key in keys), "no empty column"
    assert HOSTILE in {row["cells"]["model"] for row in rows}, "names arrive as they are; the page makes text of them"

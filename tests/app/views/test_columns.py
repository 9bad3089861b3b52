"""The table of leaderboard columns: every output is made from it, so a new column is one more entry."""

import csv
import json
from pathlib import Path

import pytest

from app.commands.rank.output import BoardOutput, compared
from app.views import columns
from app.views.board_table import board_view
from app.views.columns import BOARD_COLUMNS, EVERYWHERE, BoardColumn, BoardFacts, board_records, shown_columns
from storage.errors import BadInput
from storage.values import LANGUAGES, Language
from tests.app.views.test_board import EVEN, board

OF_0_1 = ("model", "rating", "lower", "upper", "battles", "rank_low", "rank_high", "win_rate")
"""Headings of the CSV file of version 0.1, in its order."""


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_new_column_is_one_entry(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    entry = BoardColumn(
        "losses",
        lambda facts: [round(row.battles * (1 - (row.win_rate or 0))) for row in facts.board.rows],
        EVERYWHERE,
        {"en": "Losses", "zh": "负场"},
    )
    monkeypatch.setattr(columns, "BOARD_COLUMNS", (*BOARD_COLUMNS, entry))
    fitted = board(EVEN)
    BoardOutput("human", csv=tmp_path / "board.csv").show(fitted)
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].split()[-1] == "losses" and lines[5].split()[-1] == "20"
    BoardOutput("human", as_json=True).show(fitted)
    assert [row["losses"] for row in json.loads(capsys.readouterr().out)["ratings"]] == [20, 20]
    assert [row["losses"] for row in read_csv(tmp_path / "board.csv")] == ["20", "20"]
    heading: dict[Language, str] = {"en": "Losses", "zh": "负场"}
    for language in LANGUAGES:
        view = board_view(BoardFacts(fitted), language, "page")
        assert view.headings["losses"] == heading[language]
        assert [line.cells["losses"] for line in view.groups[0].lines] == ["20", "20"]


def test_keys_are_unique_and_what_people_see_has_a_heading_in_both_languages() -> None:
    assert len({column.key for column in BOARD_COLUMNS}) == len(BOARD_COLUMNS)
    for column in BOARD_COLUMNS:
        assert set(column.headings) == (set(LANGUAGES) if column.places & columns.PEOPLE else set()), column.key


def test_headings_of_the_csv_file_stay_in_their_order_and_differences_follow() -> None:
    fitted = board([*EVEN, *[("y", "z", "model_a"), ("y", "z", "model_b")] * 5])
    facts = compared(fitted, "x")
    assert [column.key for column in shown_columns(BoardFacts(fitted), "csv")] == [*OF_0_1, "probability_first"]
    assert [column.key for column in shown_columns(facts, "csv")][-3:] == [
        "difference", "difference_lower", "difference_upper"
    ]  # fmt: skip
    records = {row["model"]: row for row in board_records(facts, "csv")}
    assert records["x"]["difference"] is None
    assert records["z"]["difference_lower"] < records["z"]["difference"] < records["z"]["difference_upper"]
    with pytest.raises(BadInput, match="nobody"):
        compared(fitted, "nobody")


def test_what_is_unknown_is_empty_for_people_and_null_for_programs() -> None:
    unbeaten = BoardFacts(board([*EVEN, *[("best", "x", "model_a")] * 3]))
    (best, *_) = board_records(unbeaten, "json")
    assert (best["model"], best["upper"], best["probability_first"]) == ("best", None, None)
    view = board_view(unbeaten, "en", "terminal")
    cells = view.groups[0].lines[0].cells
    assert cells["interval"].endswith("or more") and cells["probability_first"] == ""
    json.dumps(board_records(unbeaten, "json"), allow_nan=False)


@pytest.mark.parametrize(("value", "text"), [(0.0, "<1%"), (0.004, "<1%"), (0.5, "50%"), (0.994, "99%"), (1.0, ">99%")])
def test_a_probability_from_draws_is_never_shown_as_certain(value: float, text: str) -> None:
    (column,) = (one for one in BOARD_COLUMNS if one.key == "probability_first")
    assert column.text(value, BoardFacts(board(EVEN)), "en") == text

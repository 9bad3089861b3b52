"""What reaches the screen: aligned, complete, and harmless to a terminal."""

import pytest

from app.commands.tables import print_json, print_table, visible


def test_numbers_stand_to_the_right_and_nothing_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([{"model": "Swift", "votes": 7}, {"model": "鹭", "votes": 12}, {"model": "Crow", "votes": None}])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "model   votes"
    assert lines[2:] == ["Swift       7", "鹭         12", "Crow        -"]


def test_a_long_cell_stays_whole_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([{"text": "word " * 100}])
    assert "word " * 99 in capsys.readouterr().out


@pytest.mark.parametrize("markup", ["[red]Swift[/red]", "Swift [1]", ":smile:"])
def test_markup_of_data_is_text(markup: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_table([{"model": markup}], title=markup)
    assert capsys.readouterr().out.count(markup) == 2


def test_what_a_terminal_would_obey_becomes_visible(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([{"model": "a\x1b[2Jb\rc\u202ed"}])
    assert "a\\x1b[2Jb\\rc\\u202ed" in capsys.readouterr().out
    assert visible("模型 é") == "模型 é"


def test_json_keeps_letters_and_refuses_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"model": "鹭"})
    assert capsys.readouterr().out == '{\n  "model": "鹭"\n}\n'
    with pytest.raises(ValueError, match="JSON"):
        print_json({"rating": float("nan")})

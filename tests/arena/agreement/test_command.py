"""`evenhand agreement` and `evenhand bias`: what they print, as tables and as JSON, and how they refuse."""

from pathlib import Path

import pytest

from app import cli
from app.commands import agreement, bias
from app.views.sentences import say
from storage.database.engine import open_database
from tests.app.commands.conftest import Console
from tests.arena.bias.test_report import biased_panel, fill
from tests.arena.panel import Panel, make_panel


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Console:
    """A console in a folder of its own that knows both commands."""
    known = {command.name for command in cli.app.registered_commands}
    for name, command in (("agreement", agreement.agreement), ("bias", bias.bias)):
        if name not in known:
            cli.app.command(name)(command)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVENHAND_DATABASE", raising=False)
    return Console(tmp_path, capsys)


def filled(console: Console) -> Panel:
    """Two people and two judges on four questions; claude has gaps."""
    database = open_database(f"sqlite:///{console.folder / 'evenhand.db'}", create=True)
    panel = make_panel(database)
    for question, ann, bo in (("q1", "model_a", "model_a"), ("q2", "model_b", "tie"), ("q3", "model_a", "model_a")):
        panel.preference("ann", question, "x", "y", ann)
        panel.preference("bo", question, "x", "y", bo)
        panel.score("ann", question, "x", 4 if ann == "model_a" else 2)
        panel.score("gpt", question, "x", 8 if bo == "model_a" else 3)
    panel.score("gpt", "q4", "x", None, cause="out_of_range")
    fill(panel, "gpt", [("q1", "x", "y", 1.0, 0.0), ("q2", "x", "y", 0.0, 1.0), ("q3", "y", "x", 0.0, 1.0)])
    fill(panel, "claude", [("q1", "x", "y", 1.0, 1.0), ("q2", "x", "y", None, 1.0), ("q3", "x", "y", 1.0, 0.0)])
    database.close()
    return panel


def test_agreement_shows_every_group_and_the_chance_level(console: Console) -> None:
    filled(console)
    shown = console("agreement")
    assert shown.code == 0, shown.err
    for words in (
        "people among themselves",
        "gpt – people",
        "claude – gpt",
        "judges – people",
        "33 % and decisive 50 %",
        "Pearson",
    ):
        assert words in shown.out
    assert f"Not counted: {say('en', 'board_left_failed', n=2)}." in shown.out
    assert "longest" not in shown.out  # no text is known
    rows = {(row["one"], row["other"]): row["found"] for row in console("agreement --json").json["rows"]}
    assert rows["people", "people"]["pairs"] == 3
    assert rows["people", "people"]["agreement"]["value"] == pytest.approx(2 / 3)
    assert rows["gpt", "people"]["decisive"]["value"] == 1.0


def test_a_judge_that_always_says_first_does_not_agree_with_one_that_always_says_tie(console: Console) -> None:
    database = open_database(f"sqlite:///{console.folder / 'evenhand.db'}", create=True)
    panel = make_panel(database)
    questions = ["q1", "q2", "q3", "q4"]
    fill(panel, "gpt", [(question, "x", "y", 1.0, 1.0) for question in questions])
    fill(panel, "claude", [(question, "x", "y", 0.5, 0.5) for question in questions])
    for question in questions:
        panel.preference("ann", question, "x", "y", "tie")
        panel.score("ann", question, "x", 4)
        panel.score("bo", question, "x", 4 if question == "q1" else 5)
    database.close()
    report = console("agreement --json").json
    pairs = {(row["one"], row["other"]): row["found"] for row in report["rater_pairs"]}
    found = pairs["claude", "gpt"] if ("claude", "gpt") in pairs else pairs["gpt", "claude"]
    assert (found["agreement"]["value"], found["pairs"], found["inconsistent"]) == (0.0, 4, 4)
    assert pairs["ann", "claude"]["agreement"]["value"] == 1.0
    majority = {row["one"]: row["found"]["agreement"]["value"] for row in report["majority"]}
    assert majority == {"gpt": 0.0}, "only its others are two with one preference"
    (scores,) = report["scores"]
    assert scores["found"]["exact"]["value"] == 0.25
    shown = console("agreement").out
    assert "Each two raters" in shown
    assert "majority of the others" in shown
    assert "equal %" in shown
    assert "Each two raters" not in console("agreement --most 0").out


def test_filters_limit_the_agreement(console: Console) -> None:
    filled(console)
    found = console("agreement --category odd --json").json
    assert next(row for row in found["rows"] if row["other"] == "people")["found"]["questions"] == 2
    assert found["by_category"] == []
    one = console("agreement --category even --json").json["rows"][0]["found"]
    assert (one["questions"], one["agreement"]["lower"]) == (1, None)
    assert console("agreement --category none").code == 1
    narrow = console("agreement --level 0.5 --json").json["rows"][0]["found"]["agreement"]
    wide = console("agreement --level 0.95 --json").json["rows"][0]["found"]["agreement"]
    assert wide["lower"] < narrow["lower"] < narrow["upper"] < wide["upper"]


def test_versions_and_times_are_compared_instead(console: Console) -> None:
    filled(console)
    shown = console("agreement --versions gpt claude")
    assert shown.code == 0, shown.err
    assert "gpt → claude" in shown.out
    (row,) = console("agreement --versions gpt claude --json").json["drift"]
    assert (row["found"]["items"], row["found"]["flips"]["value"]) == (1, 0.0)
    nothing = console("agreement --drift-at 2020-01-01")
    assert nothing.code == 1
    assert nothing.err.startswith("evenhand: expected a judge with judgments on the same before 2020-01-01")
    assert console("agreement --versions gpt claude --drift-at 2026-01-01").code == 2
    assert console("agreement --level 95").code == 2


def test_bias_shows_effects_habits_and_gaps(console: Console) -> None:
    filled(console)
    shown = console("bias")
    assert shown.code == 0, shown.err
    for words in ("first wins %", "no_marker 1", "out_of_range 1", "all missing lost %", "the texts of the responses"):
        assert words in shown.out
    claude = next(row for row in console("bias --json").json["rows"] if row["rater"] == "claude")
    assert claude["coverage"]["causes"] == {"no_marker": 1}
    assert (claude["coverage"]["asked"], claude["coverage"]["scored"], claude["coverage"]["inconsistent"]) == (3, 1, 1)
    assert claude["orders"]["flips"]["value"] == 0.5


def test_bias_shows_known_effects_in_points_and_wins(console: Console) -> None:
    database = open_database(f"sqlite:///{console.folder / 'evenhand.db'}", create=True)
    biased_panel(database, n_questions=25)
    database.close()
    shown = console("bias --by judge:gpt")
    assert "shown left or first" in shown.out
    assert "of the judge's own organisation, compared with people" in shown.out
    assert "people, " not in shown.out
    (row,) = console("bias --by judge:gpt --feature side --feature own --json").json["rows"]
    assert [one["feature"] for one in row["effects"]["effects"]] == ["side", "own"]
    assert row["effects"]["effects"][0]["wins"] > 0.6


def test_an_empty_store_is_refused_by_both_commands(console: Console) -> None:
    database = open_database(f"sqlite:///{console.folder / 'evenhand.db'}", create=True)
    make_panel(database)
    database.close()
    for line, words in (("agreement", "expected two raters"), ("bias", "got none")):
        shown = console(line)
        assert (shown.code, shown.out) == (1, "")
        assert words in shown.err
        assert len(shown.err.splitlines()) == 1
    assert console("bias --feature height").code == 2
    assert console("bias --by fused").code == 2
    assert console("bias --by judge:nobody").code == 1

"""What commands print of the quality of raters, and of the votes that first place rests on."""

import pytest

from app.commands.rater_quality import flag_sentence, print_report
from arena.campaigns.pairing import CellShape
from arena.quality.flags import RaterFlag
from arena.quality.report import measure_raters, report_rater
from storage.campaigns.rules import QualityRules
from storage.database.engine import open_database
from tests.app.commands.conftest import Console
from tests.arena.quality.team import make_team, vote_as

RULES = QualityRules(gold_share=0.2, repeat_share=0.1, repeat_gap=5, pause_fast=6)


@pytest.fixture
def judged_team(console: Console) -> Console:
    """A console beside a store in which one rater looks at each pair and another votes after one second."""
    database = open_database("evenhand.db", durable=False)
    team = make_team(database, questions=6, rules=RULES, n_gold=4, seed=4)
    for habit, most in (("careful", 20), ("one_second", 20)):
        vote_as(team, habit, most=most, seed=4)
    database.close()
    return console


def test_a_fast_rater_is_paused_and_named_with_the_reason(judged_team: Console) -> None:
    lines = {line["name"]: line for line in judged_team("campaign quality team --json").json["raters"]}
    assert (lines["careful"]["flags"], lines["careful"]["paused"]) == ([], False)
    assert [flag["rule"] for flag in lines["one_second"]["flags"]] == ["fast"]
    assert lines["one_second"]["paused"] is True
    n_fast = lines["one_second"]["measures"]["pace"]["fast"]["n"]
    table = judged_team("campaign quality team").out
    said = f"{n_fast} of {n_fast} timed votes were too fast to have looked at the pair"
    assert f"one_second, fast: {said}" in table


def test_the_report_of_a_rater_begins_with_flags_and_ends_with_what_leaving_them_out_changes(
    judged_team: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    database = open_database("evenhand.db")
    with database.reading() as session:
        reports = {line.name: report_rater(session, line.rater_id, 1) for line in measure_raters(session, 1)}
    database.close()
    fast, careful = reports["one_second"], reports["careful"]
    assert fast is not None
    assert careful is not None
    print_report(fast, "pair")
    told = capsys.readouterr().out
    assert told.startswith("one_second, paused by a rule of the campaign\n  flag fast: ")
    assert "median seconds per vote" in told
    assert f"Without the {fast.quality.measures.votes} votes of this rater," in told
    print_report(careful, "pair")
    assert "  no flags" in capsys.readouterr().out
    print_report(careful, "response")
    ratings = capsys.readouterr().out
    assert "median seconds per rating" in ratings and "ratings too fast to have looked" in ratings
    assert not any(word in ratings for word in ("left side", "the majority", "seconds per vote", "Without")), ratings


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("pair", "3 of 4 timed votes were too fast to have looked at the pair"),
        ("response", "3 of 4 timed ratings were too fast to have looked at the response"),
        ("question", "3 of 4 timed answers were too fast to have looked at the question"),
    ],
)
def test_a_flag_speaks_of_what_the_campaign_shows(shape: CellShape, said: str) -> None:
    assert flag_sentence(RaterFlag("fast", 3, 4, None), shape) == said


def test_remarks_and_decisions_are_tables_and_a_decision_is_taken_back(example: Console) -> None:
    name = example("campaign list --json").json["campaigns"][0]["name"]
    shown = example("campaign remarks", name).out
    assert shown.splitlines()[0] == name
    pair = example("campaign disagreements", name, "--json").json["pairs"][0]
    words = [name, f"{pair['source']}/{pair['question']}", pair["model_a"], pair["model_b"], "tie", "--reason", "equal"]
    number = int(example("campaign decide", *words).out.removeprefix("Decision ").partition(":")[0])
    assert "equal" in example("campaign disagreements --decided", name).out
    taken = example(f"campaign decide --undo {number} --reason wrong", name)
    assert taken.out == f"Took decision {number} back; the votes on its pair count again.\n"
    assert example("campaign disagreements --decided", name).out == f"{name} has no decisions.\n"


def test_what_first_place_rests_on_is_said_in_sentences(example: Console) -> None:
    found = example("rank --robustness --json").json["robustness"]
    assert 0 < found["votes"] < found["total"]
    said = example("rank --robustness").out
    assert f"{found['first']} would lose first place to {found['rival']} without {found['votes']} votes of" in said
    assert f"stays first without any single rater ({found['raters_tried']} raters tried, the most influential)" in said


def test_one_model_alone_has_no_first_place_to_lose(console: Console) -> None:
    console.write("v.jsonl", {"model_a": "a", "model_b": "b", "winner": "model_a"})
    assert console("import preferences v.jsonl --rater-kind human").code == 0
    said = console("rank --robustness").out
    assert "No removal of votes was found that takes first place from a." in said or "without 1 vote" in said

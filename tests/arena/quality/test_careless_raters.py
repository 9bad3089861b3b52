"""A rater who votes carelessly is caught by the rules, an honest quick one is not: through the real service."""

from pathlib import Path

import pytest

from arena.campaigns.ends import EndCause
from arena.quality.report import RaterQuality, measure_raters, report_rater
from storage.campaigns.rules import QualityRules, pauses
from storage.database.engine import Database, open_database
from tests.arena.quality.team import HABITS, Team, make_team, vote_as

RULES = QualityRules(gold_share=0.2, repeat_share=0.1, repeat_gap=5, pause_after=8, pause_below=0.6)
VOTES = 55


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Team:
    database = open_database(str(tmp_path_factory.mktemp("team") / "evenhand.db"), durable=False)
    made = make_team(database, questions=20, rules=RULES, n_gold=14, seed=4)
    for habit in HABITS:
        vote_as(made, habit, most=VOTES, seed=4)
    return made


@pytest.fixture(scope="module")
def lines(team: Team) -> dict[str, RaterQuality]:
    with team.database.reading() as session:
        return {one.name: one for one in measure_raters(session, team.campaign)}


def flags(line: RaterQuality) -> set[str]:
    return {one.rule for one in line.flags}


def test_honest_raters_are_not_flagged_however_quick(lines: dict[str, RaterQuality]) -> None:
    for habit in ("careful", "usual", "quick"):
        assert flags(lines[habit]) == set(), habit
        assert not lines[habit].paused
    assert (lines["quick"].measures.pace.median_seconds or 0) < 12


def test_votes_of_one_second_are_flagged_though_they_are_right(lines: dict[str, RaterQuality]) -> None:
    assert flags(lines["one_second"]) == {"fast"}
    assert lines["one_second"].measures.pace.fast.n > 40


def test_one_sided_and_random_votes_are_flagged(lines: dict[str, RaterQuality]) -> None:
    assert "one_sided" in flags(lines["one_sided"])
    assert flags(lines["random"]) & {"disagrees", "gold"}


def test_the_gold_rule_pauses_those_who_do_not_look(team: Team) -> None:
    with team.database.reading() as session:
        paused = {line.rater for line in pauses(session, team.campaign)}
    assert "random" in paused
    assert paused <= {"random", "one_sided"}
    assert team.voting.open_ballots(team.raters["random"]).end is EndCause.quality_paused


def test_a_report_says_how_a_rater_agrees_and_what_leaving_them_out_changes(team: Team) -> None:
    with team.database.reading() as session:
        good = report_rater(session, team.raters["usual"], team.campaign)
        bad = report_rater(session, team.raters["one_sided"], team.campaign)
    assert good is not None
    assert bad is not None
    assert good.majority is not None
    assert bad.majority is not None
    assert good.majority.agreement.value > bad.majority.agreement.value + 0.1
    assert good.influence is not None
    assert good.influence.largest_change is not None
    assert good.quality.measures.consistency.total >= 3
    unknown = [one for one in (good.quality.measures.onboarding,) if one.share is None and one.total == 0]
    assert len(unknown) == 1  # no onboarding item was answered, which is unknown and not zero


def test_twelve_votes_of_one_second_pause_a_rater_where_the_rule_is_set(tmp_path: Path) -> None:
    database: Database = open_database(str(tmp_path / "evenhand.db"), durable=False)
    made = make_team(database, questions=4, rules=QualityRules(pause_fast=12), n_gold=0, seed=1)
    assert vote_as(made, "quick", most=20, seed=1) == 20
    assert vote_as(made, "one_second", most=20, seed=1) == 12
    assert made.voting.open_ballots(made.raters["one_second"]).end is EndCause.quality_paused
    database.close()

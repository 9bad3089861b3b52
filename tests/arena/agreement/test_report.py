"""Agreement reports of a store: paired rows, counts of unused ones, equal results on both databases."""

import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from arena.agreement.report import NothingToCompare, measure, measure_times, measure_versions
from storage.database.engine import Database, open_database
from storage.errors import NotFound
from storage.ledger.battle_reading import Selection
from storage.ledger.entries import FAILED, INCONSISTENT
from storage.ledger.pair_votes import SCORED, failure_causes, read_calls, read_pair_votes
from storage.values import RaterKind
from tests.arena.panel import NOW, make_panel

HUMAN, JUDGE = Selection(kind=RaterKind.human), Selection(kind=RaterKind.judge)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url, create=True)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url, create=True)
    yield opened
    opened.close()


def test_inconsistent_and_failed_judgments_stay_in_and_others_stand_as_on_a_leaderboard(
    database: Database,
) -> None:
    panel = make_panel(database)
    panel.judgment("gpt", "q1", "x", "y", "model_a")
    panel.judgment("gpt", "q2", "x", "y", None, state="inconsistent")
    panel.judgment("gpt", "q3", "x", "y", None, state="failed", cause="no_marker")
    gone = panel.judgment("gpt", "q4", "x", "y", None, state="failed", cause="empty")
    panel.void(gone)
    panel.judgment("claude", "q1", "x", "y", "tie")
    panel.leave_out(rater_id=panel.raters["claude"])
    with database.reading() as session:
        votes = read_pair_votes(session, JUDGE)
        causes = failure_causes(session)
        assert len(read_pair_votes(session, HUMAN).battles) == 0
    assert votes.state.tolist() == [SCORED, INCONSISTENT, FAILED]
    assert votes.battles.counts == {"void": 1, "excluded": 1}
    assert [causes.get(position) for position in votes.battles.position.tolist()] == [None, None, "no_marker"]


def test_a_turn_matters_only_where_there_are_several(database: Database) -> None:
    panel = make_panel(database, turns=2)
    panel.preference("ann", "q1", "x", "y", "model_a", turn=2)
    panel.preference("ann", "q1", "x", "y", "model_a")
    with database.reading() as session:
        assert read_pair_votes(session, HUMAN).turn.tolist() == [2, 0]


def test_the_only_turn_of_a_question_is_the_whole_of_it(sqlite: Database) -> None:
    panel = make_panel(sqlite)
    panel.preference("ann", "q1", "x", "y", "model_a", turn=1)
    panel.judgment("gpt", "q1", "y", "x", "model_b")
    (row,) = measure(sqlite, Selection()).rows
    assert (row.one, row.other, row.found.pairs, row.found.agreement.value) == ("gpt", "people", 1, 1.0)


def test_the_last_of_several_calls_in_one_order_counts(database: Database) -> None:
    panel = make_panel(database)
    calls = [(False, None), (False, 1.0), (True, 0.25), (True, 0.5), (True, None)]
    position = panel.judgment("gpt", "q1", "x", "y", "model_a", calls=calls)
    with database.reading() as session:
        read = read_calls(session)
    rows = sorted(zip(read.judgment.tolist(), read.swapped.tolist(), read.share.tolist(), strict=True))
    assert rows == [(position, False, 1.0), (position, True, 0.5)]


def test_people_meet_each_other_and_every_judge(sqlite: Database) -> None:
    panel = make_panel(sqlite)
    for question, ann, bo, gpt, claude in (
        ("q1", "model_a", "model_a", "model_a", "model_b"),
        ("q2", "model_a", "tie", "tie", "model_b"),
        ("q3", "model_b", "model_b", "model_b", "model_b"),
    ):
        panel.preference("ann", question, "x", "y", ann)
        panel.preference("bo", question, "x", "y", bo)
        panel.judgment("gpt", question, "x", "y", gpt)
        panel.judgment("claude", question, "x", "y", claude)
    report = measure(sqlite, Selection())
    found = {(row.one, row.other): row.found for row in report.rows}
    assert {key: (one.pairs, round(one.agreement.value * one.pairs)) for key, one in found.items()} == {
        ("people", "people"): (3, 2),
        ("gpt", "people"): (6, 5),
        ("claude", "people"): (6, 2),
        ("judges", "people"): (12, 7),
        ("claude", "gpt"): (3, 1),
    }
    assert found["people", "people"].decisive_pairs == 2
    assert {row.category for row in report.by_category} == {"odd", "even"}
    whole = sum(row.found.pairs for row in report.by_category if (row.one, row.other) == ("gpt", "people"))
    assert whole == 6


def test_baselines_show_their_agreement_with_people(sqlite: Database) -> None:
    texts = {(f"q{i}", model): text for i in range(1, 5) for model, text in (("x", "long " * 20), ("y", "short"))}
    panel = make_panel(sqlite, texts=texts)
    for number, winner in enumerate(("model_a", "model_a", "model_b", "tie"), 1):
        panel.preference("ann", f"q{number}", "y", "x", winner)
        panel.preference("bo", f"q{number}", "x", "y", "model_a")
    found = {row.one: row.found for row in measure(sqlite, Selection()).baselines}
    # x is longer: ann chose it once in 4, bo always. The response shown left: ann twice in 4, bo always.
    assert found["longest"].agreement.value == pytest.approx(5 / 8)
    assert found["first"].agreement.value == pytest.approx(6 / 8)
    assert found["first"].decisive.value == pytest.approx(6 / 7)
    assert found["longest"].items == 4
    assert found["random"].pairs == 8


def test_scores_meet_by_response_and_dimension(database: Database) -> None:
    panel = make_panel(database)
    for question, ann, gpt in (("q1", 2, 4), ("q2", 5, 7), ("q3", 8, 10)):
        panel.score("ann", question, "x", ann)
        panel.score("gpt", question, "x", gpt)
        panel.score("gpt", question, "y", 9)
        panel.score("gpt", question, "x", 1, dimension="style")
    panel.score("claude", "q1", "x", None, cause="empty")
    report = measure(database, Selection())
    (row,) = report.scores
    assert (row.one, row.other, row.dimension, row.found.pairs) == ("gpt", "people", "overall", 3)
    assert row.found.pearson.value == pytest.approx(1.0)
    assert row.found.difference.value == pytest.approx(-2 / 9)
    assert report.rows == ()
    assert report.left_out == {"failed": 1}
    assert measure(database, Selection(dimension="overall")).scores == report.scores


def test_nothing_in_common_is_refused_with_one_sentence(sqlite: Database) -> None:
    panel = make_panel(sqlite)
    panel.preference("ann", "q1", "x", "y", "model_a")
    panel.judgment("gpt", "q2", "x", "y", "model_a")
    with pytest.raises(NothingToCompare, match="got none in 2 preferences and 0 scores"):
        measure(sqlite, Selection())


def test_a_report_of_the_past_stays_what_it_was(sqlite: Database) -> None:
    panel = make_panel(sqlite)
    panel.preference("ann", "q1", "x", "y", "model_a")
    last = panel.preference("bo", "q1", "x", "y", "model_a")
    before = measure(sqlite, Selection())
    panel.preference("bo", "q2", "x", "y", "model_a")
    panel.preference("ann", "q2", "x", "y", "model_b")
    assert repr(measure(sqlite, Selection(position=last))) == repr(before)
    assert measure(sqlite, Selection()).rows[0].found.pairs == 2


def test_two_versions_of_a_judge_are_paired_on_what_both_judged(sqlite: Database) -> None:
    panel = make_panel(sqlite)
    for question, before, after in (
        ("q1", "model_a", "model_b"),
        ("q2", "model_a", "model_a"),
        ("q3", "tie", "model_a"),
    ):
        panel.judgment("gpt", question, "x", "y", before)
        panel.judgment("claude", question, "y", "x", {"model_a": "model_b", "model_b": "model_a"}[after])
        panel.score("gpt", question, "x", 4)
        panel.score("claude", question, "x", 5)
    panel.judgment("gpt", "q4", "x", "y", "model_a")
    verdicts, scores = measure_versions(sqlite, Selection(), before="gpt", after="claude")
    assert (verdicts.before, verdicts.after, verdicts.what, verdicts.found.items) == ("gpt", "claude", "verdicts", 3)
    assert verdicts.found.before == pytest.approx(2.5 / 3)
    assert verdicts.found.after == pytest.approx(2 / 3)
    assert verdicts.found.flips.value == pytest.approx(1 / 3)
    assert verdicts.found.changed.value == pytest.approx(2 / 3)
    assert scores.what == "overall"
    assert scores.found.change.value == pytest.approx(1 / 9)
    with pytest.raises(NotFound):
        measure_versions(sqlite, Selection(), before="gpt", after="nobody")


def test_a_judge_before_and_after_a_day(sqlite: Database) -> None:
    panel = make_panel(sqlite)
    later = NOW + timedelta(days=9)
    for question in ("q1", "q2"):
        panel.judgment("gpt", question, "x", "y", "model_a")
        panel.judgment("gpt", question, "x", "y", "model_b", sample=1, created_at=later)
        panel.judgment("claude", question, "x", "y", "tie")
    at = NOW + timedelta(days=1)
    (row,) = measure_times(sqlite, Selection(), at=at)
    assert (row.before, row.after, row.found.items) == ("gpt", "gpt", 2)
    assert row.found.flips.value == 1.0
    with pytest.raises(NothingToCompare):
        measure_times(sqlite, Selection(), at=later + timedelta(days=1))


def test_a_real_store_of_people_and_judges_agrees_with_the_files(sqlite: Database, shared_data: Path) -> None:
    from storage.exchange.importing import ImportOptions, import_file
    from storage.exchange.rows.canonical import RowKind
    from tests.arena.agreement.test_votes import read_llmfao

    for name, kind in (("crowd", "human"), ("gpt4_crowd", "judge"), ("gpt3_crowd", "judge")):
        path = shared_data / "battles" / f"llmfao_{name}.csv"
        options = ImportOptions(now=NOW, salt="salt", rater_kind=RaterKind(kind), source="llmfao")
        import_file(sqlite, RowKind.preferences, path, options)
    report = measure(sqlite, Selection())
    crowd, _, gpt3 = read_llmfao(shared_data)
    assert [(row.one, row.other) for row in report.rows][:2] == [
        ("people", "people"),
        ("gpt-3.5-turbo-instruct", "people"),
    ]
    counted: dict[object, list[str]] = {}
    for question, _, left, right, winner in gpt3:
        counted[question, left, right] = [winner]
    pairs = [(counted[q, a, b][0], winner) for q, _, a, b, winner in crowd]
    found = report.rows[1].found
    assert found.pairs == len(pairs)
    assert found.agreement.value == pytest.approx(np.mean([one == other for one, other in pairs]))
    assert math.isfinite(found.alpha.lower)
    assert len({row.category for row in report.by_category}) > 3

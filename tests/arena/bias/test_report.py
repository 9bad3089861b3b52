"""Bias reports of a store: sides of calls, worst cases of gaps, and known biases that are found."""

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.optimize import minimize

from arena.bias.effects import MissingEffect
from arena.bias.report import NothingToExamine, measure_bias
from arena.bias.single_calls import battles_of_calls, shares_by_order
from storage.database.engine import Database, open_database
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import FRACTIONAL, MODEL_A, MODEL_B, TIE
from storage.ledger.pair_votes import read_calls, read_pair_votes
from storage.values import RaterKind
from tests.arena.panel import Panel, make_panel


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url, create=True)
    yield opened
    opened.close()


def fill(panel: Panel, judge: str, rows: list[tuple[str, str, str, float | None, float | None]]) -> None:
    """Store judgments of a judge: question, a, b, share of the first response in the one order and in the other."""
    for question, a, b, plain, swapped in rows:
        calls = [(False, plain), (True, swapped)]
        if plain is None or swapped is None:
            panel.judgment(judge, question, a, b, None, calls=calls, state="failed", cause="no_marker")
        elif (plain - 0.5) * (0.5 - swapped) < 0:
            panel.judgment(judge, question, a, b, None, calls=calls, state="inconsistent")
        else:
            winner = "model_a" if plain + 1 - swapped > 1 else "model_b" if plain + 1 - swapped < 1 else "tie"
            panel.judgment(judge, question, a, b, winner, calls=calls)


def test_calls_become_battles_with_sides_as_shown_even_if_inconsistent(database: Database) -> None:
    panel = make_panel(database)
    fill(panel, "gpt", [("q1", "x", "y", 1.0, 1.0), ("q2", "x", "z", 0.5, 0.25), ("q3", "y", "z", None, 0.0)])
    panel.judgment("gpt", "q4", "x", "y", "model_b")  # imported: no calls
    panel.judgment("gpt", "q4", "x", "z", None, state="failed", cause="empty")
    with database.reading() as session:
        votes, calls = read_pair_votes(session, Selection(kind=RaterKind.judge)), read_calls(session)
    single = battles_of_calls(votes, calls)
    named = [
        (single.models[a], single.models[b], outcome, score, single.questions[question])
        for a, b, outcome, score, question in zip(
            single.a, single.b, single.outcome, single.score, single.question, strict=True
        )
    ]
    assert sorted(named) == sorted(
        [
            ("x", "y", MODEL_A, 1.0, "s/q1"),
            ("y", "x", MODEL_A, 1.0, "s/q1"),
            ("x", "z", TIE, 0.5, "s/q2"),
            ("z", "x", FRACTIONAL, 0.25, "s/q2"),
            ("z", "y", MODEL_B, 0.0, "s/q3"),
            ("x", "y", MODEL_B, 0.0, "s/q4"),
        ]
    )
    plain, swapped = shares_by_order(votes, calls)
    assert np.array_equal(plain, [1.0, 0.5, np.nan, np.nan, np.nan], equal_nan=True)
    assert np.array_equal(swapped, [1.0, 0.25, 0.0, np.nan, np.nan], equal_nan=True)


def test_gaps_are_counted_by_cause_and_bound_every_mean(database: Database) -> None:
    panel = make_panel(database)
    fill(panel, "gpt", [("q1", "x", "y", 1.0, 0.0), ("q2", "x", "y", 1.0, 1.0), ("q3", "x", "y", None, 0.0)])
    panel.judgment("gpt", "q4", "x", "y", None, state="failed", cause="empty")
    for question, score in (("q1", 10.0), ("q2", 1.0), ("q3", None), ("q4", None)):
        panel.score("gpt", question, "x", score, cause=None if score else "out_of_range")
    panel.void(panel.score("gpt", "q4", "y", None, cause="empty"))
    (row,) = measure_bias(database, Selection()).rows
    coverage = row.coverage
    assert coverage is not None
    assert (coverage.asked, coverage.scored, coverage.inconsistent) == (4, 1, 1)
    assert coverage.causes == {"no_marker": 1, "empty": 1}
    bounds = {one.name: (one.mean, one.lowest, one.highest) for one in coverage.win_rates}
    assert bounds == {"x": (1.0, 0.25, 1.0), "y": (0.0, 0.0, 0.75)}
    (scores,) = row.scores
    assert (scores.bounds.asked, scores.bounds.mean, scores.bounds.lowest, scores.bounds.highest) == (
        4,
        0.5,
        0.25,
        0.75,
    )
    assert scores.causes == {"out_of_range": 2}
    orders = row.orders
    assert orders is not None
    assert (orders.pairs, orders.first_twice, orders.consistent.value) == (2, 1, 0.5)
    # Calls 1, 0, 1, 1, 0 of the response shown first.
    assert orders.decisive_calls == 5
    assert orders.first.value == pytest.approx(3 / 5)
    assert row.first.value == pytest.approx(3 / 5)


def biased_panel(database: Database, *, n_questions: int = 60) -> Panel:
    """People without a bias; a judge that likes the first position, long responses and its own organisation, x."""
    rng = np.random.default_rng(7)
    questions = [f"q{number}" for number in range(n_questions)]
    length = {(question, model): int(rng.integers(5, 120)) for question in questions for model in "xyz"}
    texts = {key: "word " * number for key, number in length.items()}
    panel = make_panel(database, questions=questions, texts=texts)
    strength = {"x": 0.0, "y": 0.4, "z": -0.4}

    def share(first: str, second: str, question: str, bias: float) -> float:
        one, other = length[question, first], length[question, second]
        liking = 1.0 + 2.5 * (one - other) / (one + other + 1) + 1.5 * ((first == "x") - (second == "x"))
        chance = 1.0 / (1.0 + np.exp(-(strength[first] - strength[second] + bias * liking)))
        return float(rng.random() < chance)

    for question in questions:
        for a, b in (("x", "y"), ("y", "z"), ("z", "x")):
            for person in ("ann", "bo"):
                pair = (a, b) if rng.random() < 0.5 else (b, a)
                won = share(*pair, question, 0.0)
                panel.preference(person, question, *pair, "model_a" if won else "model_b")
            fill(panel, "gpt", [(question, a, b, share(a, b, question, 1.0), share(b, a, question, 1.0))])
    return panel


def test_biases_of_a_judge_are_found_and_unbiased_people_show_none(database: Database) -> None:
    biased_panel(database)
    report = measure_bias(database, Selection())
    people, judge = report.rows
    assert (people.rater, judge.rater) == ("people", "gpt")
    assert people.verdicts == 360
    assert people.orders is None
    assert people.coverage is None
    told = {one.feature: one for one in people.effects.effects}
    assert set(told) == {"length", "side"}
    assert all(one.lower < 0.0 < one.upper for one in told.values())
    found = {one.feature: one for one in judge.effects.effects}
    assert set(found) == {"length", "side", "own"}
    nat = 400.0 / np.log(10.0)
    for name, planted in (("side", 1.0), ("length", 2.5), ("own", 1.5)):
        one = found[name]
        assert one.joint
        assert 0.0 < one.lower / one.unit < planted * nat < one.upper / one.unit
    assert found["own"].against == "people"
    assert judge.effects.verdicts == 360
    assert judge.first.lower > 0.5
    assert judge.orders is not None
    assert judge.orders.first_twice > 5 * judge.orders.second_twice
    assert judge.longer is not None and people.longer is not None
    assert judge.longer.share.lower > 0.5
    assert people.longer.share.lower < 0.5 < people.longer.share.upper
    assert set(judge.effects.missing) >= {"headers", "lists", "bold"}


def test_a_judge_alone_has_no_own_family_effect(database: Database) -> None:
    panel = make_panel(database)
    for question in panel.questions:
        for winner, pair in (("model_a", "xy"), ("model_a", "yz"), ("model_b", "zx"), ("model_b", "xz")):
            panel.judgment("gpt", question, pair[0], pair[1], winner, sample=len(panel.questions))
    (judge,) = measure_bias(database, Selection(), features=("own",)).rows
    assert judge.effects.effects == ()
    assert judge.effects.missing["own"] == MissingEffect.no_other_raters


def test_an_own_family_effect_is_the_maximum_of_the_written_out_likelihood(database: Database) -> None:
    biased_panel(database, n_questions=30)
    (judge,) = measure_bias(database, Selection(), kinds=(RaterKind.judge,), features=("own", "side")).rows
    effect = next(one for one in judge.effects.effects if one.feature == "own")
    rows = []
    with database.reading() as session:
        for kind in RaterKind:
            votes = read_pair_votes(session, Selection(kind=kind))
            battles = battles_of_calls(votes, read_calls(session)) if kind is RaterKind.judge else votes.battles
            names = [(battles.models[a], battles.models[b]) for a, b in zip(battles.a, battles.b, strict=True)]
            rows += [(a, b, y, kind is RaterKind.judge) for (a, b), y in zip(names, battles.score, strict=True)]

    def loss(point: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        strength = {"x": 0.0, "y": point[0], "z": point[1]}
        total = 0.0
        for a, b, won, is_judge in rows:
            gap = strength[a] - strength[b] + (point[2] if is_judge else point[3])
            gap += point[4] * ((a == "x") - (b == "x")) if is_judge else 0.0
            total += np.logaddexp(0.0, gap) - won * gap
        return total

    best = minimize(loss, np.zeros(5), method="BFGS").x
    assert effect.points == pytest.approx(best[4] * 400.0 / np.log(10.0), abs=0.1)
    assert effect.wins == pytest.approx(1.0 / (1.0 + np.exp(-best[4])), abs=1e-3)


def test_other_judges_are_the_reference_without_people(database: Database) -> None:
    panel = make_panel(database, questions=[f"q{i}" for i in range(20)])
    rng = np.random.default_rng(1)
    for question in panel.questions:
        for a, b in (("x", "y"), ("y", "z"), ("z", "x")):
            for judge, liking in (("gpt", 2.0), ("claude", 0.0)):
                chance = 1.0 / (1.0 + np.exp(-liking * ((a == "x") - (b == "x"))))
                panel.judgment(judge, question, a, b, "model_a" if rng.random() < chance else "model_b")
    for by in (None, "gpt"):
        rows = measure_bias(database, Selection(rater=by), kinds=(RaterKind.judge,), features=("own",)).rows
        (effect,) = next(row for row in rows if row.rater == "gpt").effects.effects
        assert effect.against == "other judges"
        assert effect.lower > 0.0
        assert len(rows) == (1 if by else 2)


def test_an_empty_store_is_refused_with_one_sentence(database: Database) -> None:
    make_panel(database)
    with pytest.raises(NothingToExamine, match="got none"):
        measure_bias(database, Selection())


def test_a_judge_without_texts_or_calls_still_has_a_side_effect(database: Database) -> None:
    panel = make_panel(database, questions=[f"q{i}" for i in range(12)])
    for number, question in enumerate(panel.questions):
        for a, b in (("x", "y"), ("y", "z"), ("z", "x")):
            panel.judgment("claude", question, a, b, "model_a" if number % 4 else "model_b")
    (row,) = measure_bias(database, Selection()).rows
    assert row.first.value == pytest.approx(0.75)
    assert row.orders is None
    assert row.longer is None
    (side,) = row.effects.effects
    # Every model wins as often as any other, so the side alone tells the results: odds 3 : 1.
    assert side.wins == pytest.approx(0.75)
    assert row.effects.missing["length"] == MissingEffect.unknown_texts


def test_a_judge_whose_judgments_all_failed_has_no_verdicts_to_estimate_from(database: Database) -> None:
    panel = make_panel(database)
    fill(panel, "gpt", [("q1", "x", "y", None, 1.0), ("q2", "y", "z", None, 1.0)])
    panel.judgment("claude", "q1", "x", "y", None, state="failed", cause="empty")
    (row, _) = measure_bias(database, Selection()).rows
    assert row.rater == "claude" and row.verdicts == 0
    assert {row.effects.missing[feature] for feature in ("length", "side", "own")} == {MissingEffect.no_verdicts}

"""The running fold holds what a recount from zero holds, after any sequence of events."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from arena.leaderboard.live_counts import RunningBattles
from arena.rating.counts import PairCounts, count_pairs
from storage.database.engine import Database, open_database
from storage.database.tables import Model, Question, Rater
from storage.ledger import chain, preferences
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.battles import COLUMNS, Battles
from storage.values import RaterKind
from tests.clocks import START
from tests.stores import open_store, void_row

WINNERS = ["model_a", "model_b", "tie", "both_bad"]
SCORES = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5, "both_bad": 0.5}

events = st.lists(
    st.one_of(
        st.tuples(
            st.just("vote"), st.integers(1, 3), st.integers(1, 3),
            st.sampled_from([(1, 2), (2, 3), (3, 1), (4, 2), (1, 1)]),
            st.sampled_from(WINNERS), st.sampled_from([{}, {}, {}, {"flag": "broken"}, {"blind": False}]),
        ),
        st.tuples(st.just("change"), st.integers(0, 30), st.sampled_from([*WINNERS, None])),
        st.tuples(
            st.just("judge"), st.sampled_from([(1, 2), (2, 4)]), st.sampled_from(["tie", 0.3, "failed", "inconsistent"])
        ),
        st.tuples(st.just("exclude"), st.sampled_from(["rater_id", "question_id"]), st.integers(1, 3)),
        st.tuples(st.just("void"), st.integers(0, 30)),
        st.tuples(st.just("restore"), st.integers(0, 30)),
        st.tuples(st.just("look")),
    ),
    max_size=25,
)  # fmt: skip


class Recount:
    """Reference model of the standing votes: a dictionary of rows, and sets of excluded ones."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.votes: dict[int, dict[str, Any]] = {}
        self.replaced: dict[int, int] = {}
        self.voids: dict[int, int] = {}
        self.excluded: set[tuple[str, int]] = set()
        self.judged: list[tuple[int, int, float]] = []

    def play(self, event: tuple[Any, ...]) -> None:
        """Write one event to the store, if it can happen, and remember it here."""
        getattr(self, f"_{event[0]}")(*event[1:])

    def live(self) -> list[dict[str, Any]]:
        """Votes that count by the usual rules."""
        return [
            vote
            for position, vote in self.votes.items()
            if position not in self.replaced
            and vote["winner"] is not None
            and position not in self.voids.values()
            and not vote.get("flag")
            and vote.get("blind") is not False
            and ("rater_id", vote["rater_id"]) not in self.excluded
            and ("question_id", vote["question_id"]) not in self.excluded
        ]

    def _vote(self, rater: int, question: int, pair: tuple[int, int], winner: str, rest: dict[str, Any]) -> None:
        self._write(
            {"rater_id": rater, "question_id": question, "model_a_id": pair[0], "model_b_id": pair[1], "winner": winner}
            | rest
        )

    def _change(self, number: int, winner: str | None) -> None:
        open_ones = [position for position in self.votes if position not in self.replaced]
        if open_ones:
            old = open_ones[number % len(open_ones)]
            self.replaced[old] = self._write(self.votes[old] | {"winner": winner, "supersedes": old})

    def _judge(self, pair: tuple[int, int], result: str | float) -> None:
        state = result if result in ("failed", "inconsistent") else "scored"
        score = None if state != "scored" else SCORES.get(str(result), result)
        row = {
            "rater_id": 4, "question_id": 1, "model_a_id": pair[0], "model_b_id": pair[1], "form": "three_way",
            "state": state, "winner": result if result == "tie" else None, "score": score, "sample": 0,
            "created_at": START,
        }  # fmt: skip
        with self.database.writing() as session:
            chain.append(session, "judgement", [row], now=START)
        if score is not None:
            self.judged.append((*pair, float(score)))

    def _exclude(self, what: str, target: int) -> None:
        change = preferences.readmit if (what, target) in self.excluded else preferences.exclude
        with self.database.writing() as session:
            change(session, **{what: target}, actor_id=None, reason="test", now=START)
        self.excluded ^= {(what, target)}

    def _void(self, number: int) -> None:
        if self.votes:
            position = list(self.votes)[number % len(self.votes)]
            with self.database.writing() as session:
                self.voids[void_row(session, position, now=START)] = position

    def _restore(self, number: int) -> None:
        if self.voids:
            given = list(self.voids)[number % len(self.voids)]
            row = {
                "voids": self.voids.pop(given),
                "actor_id": None,
                "reason": "test",
                "reverses": given,
                "created_at": START,
            }
            with self.database.writing() as session:
                chain.append(session, "void", [row], now=START)

    def _look(self) -> None:
        """Read the new rows without an event."""

    def _write(self, row: dict[str, Any]) -> int:
        with self.database.writing() as session:
            position = preferences.record(session, row | {"created_at": START}, now=START)
        self.votes[position] = row
        return position


def fill(database: Database) -> Database:
    with database.writing() as session:
        session.add_all([Model(name=name) for name in ("beta", "alpha", "delta", "gamma")])
        for number in range(1, 4):
            session.add(Question(source="s", key=f"q{number}", created_at=START))
            session.add(Rater(kind=RaterKind.human, source="s", key=f"r{number}", created_at=START))
            session.flush()
        session.add(Rater(kind=RaterKind.judge, source="s", key="judge", judge_model="j", created_at=START))
    return database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = fill(open_database(database_url))
    yield opened
    opened.close()


def same(one: Battles, other: Battles) -> bool:
    columns = all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name in ("probability", "time"))
        for name in COLUMNS
    )
    return columns and (one.models, one.raters, one.questions, one.counts) == (
        other.models,
        other.raters,
        other.questions,
        other.counts,
    )


def by_name(counts: PairCounts, names: tuple[str, ...]) -> dict[tuple[str, str], list[float]]:
    """Points and squares of each pair by the names of its models, as seen from the alphabetically first."""
    found = {}
    for i, (first, second) in enumerate(zip(counts.first, counts.second, strict=True)):
        pair = (names[first], names[second])
        won, lost = counts.wins[i], counts.losses[i]
        total, squares = counts.scored_sum[i], counts.scored_squares[i]
        if pair[0] > pair[1]:
            pair = (pair[1], pair[0])
            won, lost = lost, won
            total, squares = counts.scored[i] - total, counts.scored[i] - 2 * total + squares
        values = [won, lost, counts.ties[i], counts.both_bad[i], counts.scored[i], total, squares]
        if any(values):
            found[pair] = [round(float(value), 9) for value in values]
    return found


def check(database: Database, running: RunningBattles, kind: RaterKind) -> Battles:
    """The running fold, caught up, is the one-off read, in rows and in counts."""
    with database.reading() as session:
        running.catch_up(session)
        again = read_battles(session, Selection(kind=kind))
        kept = running.battles(session, Selection(kind=kind))
        names = {model.id: model.name for model in session.exec(select(Model))}
    assert same(kept, again)
    counts = count_pairs(again)
    assert by_name(running.counts(), tuple(names[one] for one in running.model_ids)) == by_name(counts, again.models)
    assert running.counts().self_battles == counts.self_battles
    return again


def play(database: Database, happened: list[tuple[Any, ...]]) -> None:
    recount, human, judge = Recount(database), RunningBattles(RaterKind.human), RunningBattles(RaterKind.judge)
    for event in [*happened, ("look",)]:
        recount.play(event)
        if event[0] != "look":
            continue
        battles = check(database, human, RaterKind.human)
        assert sorted(battles.score.tolist()) == sorted(SCORES[vote["winner"]] for vote in recount.live())
        assert sorted(zip(battles.raters and (battles.raters[code] for code in battles.rater), strict=True)) == sorted(
            (f"r{vote['rater_id']}",) for vote in recount.live()
        )
        check(database, judge, RaterKind.judge)
    late = RunningBattles(RaterKind.human)
    check(database, late, RaterKind.human)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=events)
def test_the_fold_equals_a_recount_after_any_sequence(
    happened: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    opened = fill(open_store(tmp_path_factory.mktemp("fold") / "store.db"))
    try:
        play(opened, happened)
    finally:
        opened.close()


def test_a_long_sequence_holds_on_every_database(database: Database) -> None:
    happened: list[tuple[Any, ...]] = [
        ("vote", 1, 1, (1, 2), "model_a", {}),
        ("vote", 2, 1, (2, 3), "tie", {}),
        ("look",),
    ]
    happened += [
        ("change", 0, None),
        ("look",),
        ("change", 1, "model_b"),
        ("void", 1),
        ("look",),
        ("restore", 0),
        ("look",),
    ]
    happened += [
        ("exclude", "rater_id", 2),
        ("look",),
        ("vote", 2, 2, (4, 2), "model_a", {}),
        ("exclude", "rater_id", 2),
        ("look",),
    ]
    happened += [
        ("judge", (1, 2), 0.3),
        ("judge", (2, 4), "tie"),
        ("judge", (1, 2), "failed"),
        ("exclude", "question_id", 1),
    ]
    play(database, happened)


def test_a_void_subtracts_exactly_its_vote_and_its_reversal_adds_it_back(database: Database) -> None:
    recount, running = Recount(database), RunningBattles(RaterKind.human)
    for _ in range(3):
        recount.play(("vote", 1, 1, (1, 2), "model_a", {}))
    changed = []
    for event in (("look",), ("void", 0), ("restore", 0)):
        recount.play(event)
        with database.reading() as session:
            changed.append((running.catch_up(session), running.counts().wins.tolist()))
    assert changed == [(3, [3.0]), (1, [2.0]), (1, [3.0])]


def test_another_kind_of_rater_is_refused(tmp_path: Path) -> None:
    opened = fill(open_store(tmp_path / "store.db"))
    running = RunningBattles(RaterKind.human)
    with opened.reading() as session, pytest.raises(ValueError, match="expected battles by human"):
        running.battles(session, Selection(kind=RaterKind.judge))
    opened.close()

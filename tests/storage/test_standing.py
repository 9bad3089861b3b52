"""Which ledger rows stand: every reader of the store agrees with a reference in plain Python, at every position."""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
import pytest
from sqlmodel import Session

from storage.campaigns import tallies
from storage.database.engine import Database, open_database
from storage.database.tables import Model, Question, Rater, Response
from storage.exchange import store_rows
from storage.exchange.row_keys import TABLES
from storage.exchange.voted_pairs import read_voted_pairs
from storage.judges.judgeable import compared_pairs
from storage.judges.judgment_reading import JudgmentFilters, count_judged, list_judged, open_judged
from storage.judges.judgments import CallRecord, FinishedItem, JudgmentKey, LedgerKind, add_finished, judged
from storage.judges.outcome_counts import read_outcomes
from storage.judges.replies import judges, judgments_with_replies, member_judgments, replies_of
from storage.ledger import chain, standing
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.pair_votes import failed_scores, read_pair_votes
from storage.ledger.scores import read_scores
from storage.ledger.standing_fold import StandingFold
from storage.values import RaterKind, ResponseState, as_turn
from tests.clocks import START
from tests.stores import void_row

PEOPLE, JUDGE, QUESTIONS = (1, 2), 3, (1, 2)
KINDS = ("preference", "judgement", "satisfaction")
JUDGE_KINDS: tuple[LedgerKind, ...] = ("judgement", "satisfaction")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Two models with a response to each of two questions (1, 2), two people (1, 2) and a judge (3)."""
    opened = open_database(database_url)
    with opened.writing() as session:
        for name in ("one", "two"):
            session.add(Model(name=name))
            session.flush()
        for rater, kind in (*((key, RaterKind.human) for key in ("ann", "bob")), ("gpt", RaterKind.judge)):
            session.add(Rater(kind=kind, source="evenhand", key=rater, created_at=START))
            session.flush()
        for key in ("1", "2"):
            session.add(Question(source="s", key=key, turns=[as_turn("?")], created_at=START))
            session.flush()
        for question in QUESTIONS:
            for model in (1, 2):
                session.add(
                    Response(
                        question_id=question, model_id=model, turns=[as_turn("!")], settings={}, settings_digest="0",
                        sample=0, state=ResponseState.ok, created_at=START,
                    )
                )  # fmt: skip
                session.flush()
    yield opened
    opened.close()


@dataclass
class WrittenLedger:
    """A ledger as it is written, and the reference of what stands in it: `rows` holds each row by its position."""

    session: Session
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    samples: Iterator[int] = field(default_factory=count)

    def write(self, kind: str, **columns: Any) -> int:
        position = chain.append(self.session, kind, [columns | {"created_at": START}], now=START)[0]
        self.rows[position] = columns | {"kind": kind}
        return position

    def note(self, kind: str, positions: Sequence[int], columns: dict[str, Any]) -> None:
        self.rows.update({position: columns | {"kind": kind} for position in positions})

    def of(self, kind: str, up_to: int) -> dict[int, dict[str, Any]]:
        return {at: row for at, row in self.rows.items() if row["kind"] == kind and at <= up_to}

    def in_force(self, kind: str, up_to: int) -> list[dict[str, Any]]:
        rows = self.of(kind, up_to)
        taken_back = {row.get("reverses") for row in rows.values()}
        return [row for at, row in rows.items() if not row.get("reverses") and at not in taken_back]

    def standing(self, kind: str, up_to: int) -> dict[int, dict[str, Any]]:
        rows = self.of(kind, up_to)
        silent = {row.get("supersedes") for row in rows.values()}
        silent |= {row["voids"] for row in self.in_force("void", up_to)}
        return {at: row for at, row in rows.items() if at not in silent and (kind != "preference" or row["winner"])}

    def counting(self, kind: str, up_to: int) -> dict[int, dict[str, Any]]:
        out = self.in_force("exclusion", up_to)
        raters = {row["rater_id"] for row in out if "rater_id" in row}
        questions = {row["question_id"] for row in out if "question_id" in row}
        return {
            at: row
            for at, row in self.standing(kind, up_to).items()
            if row["rater_id"] not in raters and row["question_id"] not in questions
        }

    @property
    def head(self) -> int:
        return max(self.rows, default=0)


def sides(question: int) -> dict[str, int]:
    first = 2 * question - 1
    return {"model_a_id": 1, "model_b_id": 2, "response_a_id": first, "response_b_id": first + 1}


def vote(ledger: WrittenLedger, i: int, j: int) -> None:
    question = QUESTIONS[j % 2]
    ledger.write("preference", rater_id=PEOPLE[i % 2], question_id=question, winner="model_a", **sides(question))


def change(ledger: WrittenLedger, i: int, j: int) -> None:
    """Replace a vote or a score of a person, or take a vote back."""
    kind = ("preference", "satisfaction")[j % 2]
    replaced = {row.get("supersedes") for row in ledger.rows.values()}
    live = [at for at, row in ledger.of(kind, ledger.head).items() if at not in replaced and row["rater_id"] != JUDGE]
    if live:
        at = live[i % len(live)]
        again = {name: value for name, value in ledger.rows[at].items() if name != "kind"} | {"supersedes": at}
        if kind == "preference":
            again["winner"] = None if j % 4 == 0 and again["winner"] else "tie"
        ledger.write(kind, **again)


def score(ledger: WrittenLedger, i: int, j: int) -> None:
    state = ("scored", "scored", "failed", "cannot_judge")[i % 4]
    columns = scored_response(QUESTIONS[i % 2]) | {"response_id": None, "rater_id": PEOPLE[j % 2]}
    columns |= {"state": state, "score": 3.0 if state == "scored" else None}
    ledger.write("satisfaction", **columns, sample=next(ledger.samples))


def scored_response(question: int) -> dict[str, Any]:
    return {
        "question_id": question, "model_id": 1, "response_id": 2 * question - 1, "dimension": "overall",
        "scale_low": 1.0, "scale_high": 5.0,
    }  # fmt: skip


def judge(ledger: WrittenLedger, i: int, j: int) -> None:
    """A new judgment, or another attempt at a failed one, which voids the failure."""
    kind = JUDGE_KINDS[j % 2]
    question = QUESTIONS[j // 2 % 2]
    failed = [(at, row) for at, row in ledger.standing(kind, ledger.head).items()
              if row["state"] == "failed" and row["rater_id"] == JUDGE and row["question_id"] == question]  # fmt: skip
    state = ("scored", "failed", "scored")[i % 3]
    if kind == "judgement":
        columns: dict[str, Any] = {**sides(question), "question_id": question, "form": "three_way"}
        columns["winner"] = "model_a" if state == "scored" else None
    else:
        columns = scored_response(question)
    columns |= {"state": state, "score": 1.0 if state == "scored" else None, "sample": next(ledger.samples)}
    before: tuple[int, ...] = ()
    if failed and i % 2:
        position, row = failed[i % len(failed)]
        columns["sample"], before = row["sample"], (position,)
    call = CallRecord("0" * 64, False, "A", {"value": 1.0, "values": {"overall": 1.0}}, None)
    item = FinishedItem([columns], calls=[call], failed_before=before)
    first = add_finished(ledger.session, kind, JUDGE, [item], now=START)[0]
    ledger.note(kind, [first], columns | {"rater_id": JUDGE})
    for number, voided in enumerate(before):
        ledger.note("void", [first + 1 + number], {"voids": voided})


def void(ledger: WrittenLedger, i: int, j: int) -> None:
    rows = sorted(ledger.of(KINDS[j % 3], ledger.head))
    if rows:
        position = rows[i % len(rows)]
        at = void_row(ledger.session, position, now=START)
        ledger.note("void", [at], {"voids": position})


def exclude(ledger: WrittenLedger, i: int, j: int) -> None:
    """Exclude a rater or a question, which may be excluded already."""
    target = {"rater_id": (*PEOPLE, JUDGE)[i % 3]} if j % 2 else {"question_id": QUESTIONS[i % 2]}
    ledger.write("exclusion", reason="test", **target)


def take_back(ledger: WrittenLedger, i: int, j: int) -> None:
    """Reverse a void or an exclusion, or a reversal, which changes nothing."""
    kind = ("void", "exclusion")[j % 2]
    reversed_before = {row.get("reverses") for row in ledger.of(kind, ledger.head).values()}
    rows = [(at, row) for at, row in ledger.of(kind, ledger.head).items() if at not in reversed_before]
    if rows:
        at, row = rows[i % len(rows)]
        names = ("voids",) if kind == "void" else ("rater_id", "question_id")
        ledger.write(kind, reason="test", reverses=at, **{name: row[name] for name in names if name in row})


STEPS = (vote, change, score, judge, void, exclude, take_back)


def positions(rows: Any) -> list[int]:
    """The ledger positions in the keys of exported rows."""
    return [int(re.findall(r"\d+", row.row_key)[0]) for row in rows]


def check_boards(ledger: WrittenLedger, up_to: int) -> None:
    session = ledger.session
    people, judge_only = Selection(position=up_to), Selection(kind=RaterKind.judge, position=up_to)
    votes, judgments = ledger.counting("preference", up_to), ledger.counting("judgement", up_to)
    scored = {at for at, row in judgments.items() if row["state"] == "scored"}
    assert set(read_battles(session, people).position) == set(votes)
    assert set(read_battles(session, judge_only).position) == scored
    assert set(read_pair_votes(session, people).battles.position) == set(votes)
    assert set(read_pair_votes(session, judge_only).battles.position) == set(judgments)
    scores = ledger.counting("satisfaction", up_to)
    for selection in (people, judge_only):
        mine = {at: row for at, row in scores.items() if (row["rater_id"] == JUDGE) == (selection is judge_only)}
        by_state = Counter(str(row["state"]) for row in mine.values())
        read = read_scores(session, selection)
        assert set(read.position) == {at for at, row in mine.items() if row["state"] == "scored"}
        assert sum(sum(causes.values()) for causes in failed_scores(session, selection).values()) == by_state["failed"]


def check_exports(ledger: WrittenLedger) -> None:
    readers = {
        "preference": store_rows.preference_rows,
        "judgement": store_rows.judgment_rows,
        "satisfaction": store_rows.satisfaction_rows,
    }
    for kind, read in readers.items():
        table = TABLES[kind]
        kept = sorted(ledger.counting(kind, ledger.head))
        assert positions(read(ledger.session, standing.counts(table))) == kept
        left_out = store_rows.left_out(ledger.session, table)
        assert sum(left_out.values()) == len(ledger.of(kind, ledger.head)) - len(kept)
    votes = ledger.counting("preference", ledger.head)
    assert len(list(read_voted_pairs(ledger.session, Counter()))) == len(votes)
    assert {question for question, *_ in compared_pairs(ledger.session)} == {v["question_id"] for v in votes.values()}


def check_tallies(ledger: WrittenLedger) -> None:
    session, head = ledger.session, ledger.head
    votes = Counter(row["rater_id"] for row in ledger.standing("preference", head).values())
    scored = ledger.standing("satisfaction", head).values()
    rated = {(row["rater_id"], row.get("ballot_id"), row["question_id"], row["model_id"]) for row in scored}
    ratings = Counter(rater for rater, *_ in rated)
    out = {row["rater_id"] for row in ledger.in_force("exclusion", head) if "rater_id" in row}
    for line in tallies.raters(session):
        assert line.votes == votes[line.rater_id]
        assert line.ratings == ratings[line.rater_id]
        assert (line.exclusion is not None) == (line.rater_id in out)
    (source,) = tallies.sources(session)
    assert (source.votes, source.judgments, source.scores) == tuple(len(ledger.standing(k, head)) for k in KINDS)
    (judge_line,) = judges(session)
    mine = [sum(row["rater_id"] == JUDGE for row in ledger.standing(k, head).values()) for k in JUDGE_KINDS]
    assert [judge_line.judgments, judge_line.scores] == mine


def check_judge(ledger: WrittenLedger, kind: LedgerKind) -> None:
    session, head = ledger.session, ledger.head
    rows = {at: row for at, row in ledger.of(kind, head).items() if row["rater_id"] == JUDGE}
    stand = {at: rows[at] for at in ledger.standing(kind, head) if at in rows}
    assert [reply.position for reply in replies_of(session, kind, JUDGE)] == sorted(stand)
    assert [one.position for one in judgments_with_replies(session, kind, JUDGE)] == sorted(stand)
    latest = {(row["question_id"], row["sample"]): row["state"] for _, row in sorted(stand.items())}
    members = member_judgments(session, kind, JUDGE)
    assert {(key.question, key.sample): one.state for key, one in members.items()} == latest
    wanted = JudgmentFilters(kind)
    assert count_judged(session, JUDGE, wanted) == len(stand)
    assert {line.position for line in list_judged(session, JUDGE, wanted, skip=0, most=1000)} == set(stand)
    assert all(open_judged(session, at).is_void == (at not in stand) for at in rows)
    expected: dict[JudgmentKey, tuple[int, ...]] = {}
    for at, row in sorted(rows.items()):
        first = 2 * row["question_id"] - 1
        key = JudgmentKey((first, first + 1) if kind == "judgement" else (first,), 0, row["sample"])
        if row["state"] != "failed":  # even a void one keeps its place: a unique index allows no second
            expected[key] = ()
        elif at in stand and expected.get(key) != ():
            expected[key] = (*expected.get(key, ()), at)
    assert judged(session, kind, JUDGE) == expected


def check_outcomes(ledger: WrittenLedger, middle: int) -> None:
    session, head = ledger.session, ledger.head
    stand = [row for k in JUDGE_KINDS for row in ledger.standing(k, head).values() if row["rater_id"] == JUDGE]
    at_once = read_outcomes(session, JUDGE, 0, head)
    assert at_once.total() == len(stand)
    assert Counter(row["state"] for row in stand) == sum(
        (Counter({one.state: number}) for one, number in at_once.items()), Counter[str]()
    )
    stepwise = read_outcomes(session, JUDGE, 0, middle)
    stepwise.update(read_outcomes(session, JUDGE, middle, head))
    assert +stepwise == +at_once


def check_fold(ledger: WrittenLedger) -> None:
    """A fold that goes on row by row knows at each position what counts there, and says which rows changed."""
    for kind, name in ((RaterKind.human, "preference"), (RaterKind.judge, "judgement")):
        fold = StandingFold(kind)
        for up_to in range(1, ledger.head + 1):
            before, n = fold.standing(slice(None)), len(fold)
            change_of = fold.catch_up(ledger.session, up_to)
            now = fold.standing(slice(None))
            counting = ledger.counting(name, up_to)
            scored = {at for at, row in counting.items() if row.get("state", "scored") == "scored"}
            assert set(fold.column("position")[now]) == scored
            assert set(np.flatnonzero(before != now[:n])) <= set(change_of.touched)


@pytest.mark.parametrize("seed", range(4))
def test_every_reader_agrees_on_which_rows_stand(database: Database, seed: int) -> None:
    draw = random.Random(seed)
    with database.writing() as session:
        ledger = WrittenLedger(session)
        for _ in range(40):
            draw.choice(STEPS)(ledger, draw.randrange(12), draw.randrange(12))
        for up_to in {ledger.head, ledger.head // 2}:
            check_boards(ledger, up_to)
        check_exports(ledger)
        check_tallies(ledger)
        for kind in JUDGE_KINDS:
            check_judge(ledger, kind)
        check_outcomes(ledger, ledger.head // 2)
        check_fold(ledger)


def test_a_judgment_whose_void_was_taken_back_is_not_asked_for_again(database: Database) -> None:
    with database.writing() as session:
        ledger = WrittenLedger(session)
        failed = {"rater_id": JUDGE, "question_id": 1, "form": "three_way", "state": "failed", "sample": 0, **sides(1)}
        position = ledger.write("judgement", **failed)
        key = JudgmentKey((1, 2), 0, 0)
        void_row(session, position, now=START)
        assert judged(session, "judgement", JUDGE) == {}
        ledger.write("void", voids=position, reverses=position + 1, reason="was none")
        assert judged(session, "judgement", JUDGE) == {key: (position,)}

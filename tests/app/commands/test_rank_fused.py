"""`evenhand rank --by fused`: what judges can save comes first, and what is not known is said on every output."""

import csv
import itertools
from contextlib import closing

import numpy as np
import pytest

from app.views.leaderboard.answer import board_answer
from app.views.sentences import say
from arena.fused.sources import FusionChoice
from arena.leaderboard.ranking import rank
from storage.database.engine import open_database
from storage.ledger.battle_reading import Selection
from storage.values import LANGUAGES
from tests.app.commands.conftest import Console

MODELS = ("Crow", "Heron", "Swift")


def rows_of(seed: int = 0, *, votes: int = 90, judged: int = 400, spread: float = 1.5) -> list[dict[str, object]]:
    """Votes of three people on the first pairs, and judgments of one judge, in one order, on all of them."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for number, (a, b) in zip(range(judged), itertools.cycle(itertools.permutations(MODELS, 2)), strict=False):
        gap = 0.5 * (MODELS.index(a) - MODELS.index(b)) + rng.normal(0.0, spread)
        seen = ["model_a" if rng.random() < 1.0 / (1.0 + np.exp(-2.0 * gap)) else "model_b" for _ in range(2)]
        row: dict[str, object] = {"source": "own", "question": f"q{number}", "model_a": a, "model_b": b}
        if number < votes:
            rater = ("ann", "bo", "cy")[number % 3]
            rows.append(row | {"winner": seen[0], "rater": rater, "rater_kind": "human", "row_key": f"v{number}"})
        rows.append(row | {"winner": seen[1], "rater": "umpire", "rater_kind": "judge", "row_key": f"j{number}"})
    return rows


@pytest.fixture
def judged(console: Console) -> Console:
    """A store with such rows."""
    console.write("rows.jsonl", *rows_of())
    assert console("import preferences rows.jsonl").code == 0
    return console


def test_the_ceiling_stands_before_the_ratings_and_the_assumption_on_every_output(judged: Console) -> None:
    shown = judged("rank --by fused --assume-random")
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert lines[0] == "People and judges together (fused), bradley-terry"
    place = {word: next(at for at, line in enumerate(lines) if word in line) for word in ("can save", "people alone  ")}
    assert place["can save"] < place["people alone  "]
    assert "Assumed, not known: the 90 votes are taken as a random part" in shown.out
    assert "Judged in one order only: umpire" in shown.out
    found = judged("rank --by fused --assume-random --json --csv board.csv").json
    fusion = found["fusion"]
    assert (found["by"], fusion["assume_random"], fusion["sampling"]["unknown"]) == ("fused", True, 90)
    assert (fusion["ceiling"]["voted"], fusion["ceiling"]["unvoted"]) == (90, 310)
    assert fusion["ceiling"]["possible"] == pytest.approx(fusion["ceiling"]["rho_squared"] * 310 / 400)
    assert [one["name"] for one in fusion["judges"]] == ["umpire", "side: umpire"]
    assert sum(one["votes"] for one in fusion["labelled"]) == 90
    assert sum(one["judged"] for one in fusion["labelled"]) == 400
    table = list(csv.DictReader((judged.folder / "board.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["assume_random"] for row in table} == {"True"}
    people = {row["model"]: row["rating"] for row in judged("rank --json").json["ratings"]}
    assert {row["model"]: float(row["people_rating"]) for row in table} == pytest.approx(people)


@pytest.mark.parametrize(("spread", "key"), [(6.0, "fused"), (0.0, "fused_people")])
def test_the_answer_names_judges_only_where_a_saving_is_claimed(spread: float, key: str, console: Console) -> None:
    console.write("rows.jsonl", *rows_of(spread=spread))
    assert console("import preferences rows.jsonl").code == 0
    with closing(open_database(str(console.folder / "evenhand.db"))) as database:
        board = rank(database, Selection(), fusion=FusionChoice(assume_random=True))
    assert board.fusion is not None and board.fusion.ceiling.is_claimed == (key == "fused")
    for language in LANGUAGES:
        assert say(language, f"board_by_text_{key}") in board_answer(board, language).text


def test_unknown_probabilities_are_refused_unless_said_to_be_random(judged: Console) -> None:
    refused = judged("rank --by fused")
    assert (refused.code, refused.out) == (1, "")
    assert "90 of 90 votes without one" in refused.err and "--assume-random" in refused.err
    assert judged("rank --assume-random").code == 2


def test_a_fused_run_is_computed_again_exactly(judged: Console) -> None:
    assert judged("rank --by fused --assume-random").out.splitlines()[-1] == "Stored as rating run 1."
    again = judged("rank --run 1")
    assert again.code == 0 and again.out.splitlines()[-1] == "All numbers equal the stored ones."
    assert "Assumed, not known" in again.out


@pytest.mark.parametrize("method", ["win-rate", "bradley-terry"])
def test_both_methods_on_pairs_stay_close_to_people(judged: Console, method: str) -> None:
    found = judged(f"rank --by fused --assume-random --method {method} --json").json
    for row in found["ratings"]:
        assert row["lower"] < row["rating"] < row["upper"]
        assert abs(row["rating"] - row["people_rating"]) < 0.7 * (row["upper"] - row["lower"])


def test_a_judge_that_saw_votes_is_left_out(judged: Console) -> None:
    refused = judged("rank --by fused --assume-random --saw-votes umpire")
    assert refused.code == 1 and "expected a judge that has not seen the votes, got only umpire" in refused.err
    more = [row | {"rater": "arbiter", "row_key": f"{row['row_key']} more"} for row in rows_of(0, votes=0)]
    judged.write("more.jsonl", *more)
    assert judged("import preferences more.jsonl").code == 0
    shown = judged("rank --by fused --assume-random --saw-votes umpire")
    assert "Left out, because they were made from votes: umpire." in shown.out
    one = judged("rank --by fused:arbiter --assume-random --json").json["fusion"]["judges"]
    assert [row["name"] for row in one] == ["arbiter", "side: arbiter"]


def test_what_is_missing_is_said_with_what_to_collect(console: Console) -> None:
    rows = rows_of(votes=60, judged=80)
    judgments = [row for row in rows if row["rater_kind"] == "judge"]
    votes = [row for row in rows if row["rater_kind"] == "human"]
    console.write("judgments.jsonl", *judgments[60:])
    assert console("import preferences judgments.jsonl").code == 0
    assert "got none; people fix what the ratings mean" in console("rank --by fused --assume-random").err
    missed = console("rank --by judge").out
    assert "not known by how much this board misses" in missed
    console.write("votes.jsonl", *[row | {"rater": "ann"} for row in votes])
    assert console("import preferences votes.jsonl").code == 0
    apart = console("rank --by fused --assume-random").err
    assert "rated, got none among 60 votes and 20 judged pairs" in apart and "judge some 300" in apart
    console.write("common.jsonl", *judgments[:60])
    assert console("import preferences common.jsonl").code == 0
    shown = console("rank --by fused --assume-random").out
    assert "All votes come from one person" in shown and "Only 60 votes are on judged pairs" in shown
    assert "these ratings miss theirs by" in console("rank --by judge").out
    assert console("rank --by judge --json").json["missed_people"]["models"] == 3


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("rank --by fused: --assume-random", 2, "name of a judge after fused:"),
        ("rank --by fused --assume-random --slices category", 2, "expected no --slices"),
        ("rank --by fused --assume-random --method davidson", 1, "bradley-terry, win-rate, satisfaction"),
        ("rank --by fused --assume-random --weights pairs", 1, "expected no --weights"),
        ("rank --by fused --assume-random --interval bootstrap", 1, "got 'bootstrap'"),
        ("rank --by fused:nobody --assume-random", 1, "no judge rater 'nobody'"),
        ("rank --by fused --assume-random --method satisfaction", 1, "expected votes of people"),
    ],
)
def test_what_cannot_be_fused_is_one_sentence(line: str, code: int, said: str, judged: Console) -> None:
    ran = judged(line)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_calibration_of_a_judge_against_people(judged: Console) -> None:
    shown = judged("judge calibration")
    assert shown.code == 0
    assert "umpire and people: 90 votes on judged pairs (orders: one)" in shown.out
    for title in ("Calibration curve", "Errors by category, length and model", "Win rates, corrected for the judge's"):
        assert title in shown.out
    (one,) = judged("judge calibration --judge umpire --json").json["judges"]
    assert sum(sum(line) for line in one["confusion"]["counts"]) == one["votes"] == 90
    assert {row["model"] for row in one["corrected"]} == set(MODELS)
    assert all(row["corrected"]["lower"] <= row["corrected"]["upper"] for row in one["corrected"] if not row["reason"])
    assert judged("judge calibration --judge nobody").code == 1

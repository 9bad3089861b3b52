"""Agreement of preferences: equal to a count pair by pair, whatever the names and sides, and on real votes."""

import csv
import gzip
import itertools
import json
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.agreement.concordance import (
    RANDOM_AGREEMENT,
    RANDOM_DECISIVE,
    measure_against,
    measure_agreement,
    pair_tables,
)
from arena.agreement.single_raters import leading_preferences, measure_majorities, measure_pairs
from arena.agreement.votes import FIRST, NO_ORDER, NO_VERDICT, SECOND, TIE, AlignedRatings, line_up
from storage.ledger.battles import OUTCOME_CODES, SCORE_OF_OUTCOME, Battles
from storage.ledger.entries import FAILED, INCONSISTENT
from storage.ledger.pair_votes import SCORED, PairVotes
from storage.values import RaterKind

Row = tuple[str, str, str, str, str]
"""Question, rater, model shown left, the other, winner."""


def read_as(kind: RaterKind, rows: list[Row], *, turns: list[int] | None = None, responses: object = None) -> PairVotes:
    """Preferences as read from a store; `inconsistent` and `failed` are winners too."""
    raters = tuple(dict.fromkeys(row[1] for row in rows))
    questions = tuple(dict.fromkeys(row[0] for row in rows))
    models = tuple(dict.fromkeys(name for row in rows for name in row[2:4]))
    states = [{"inconsistent": INCONSISTENT, "failed": FAILED}.get(row[4], SCORED) for row in rows]
    outcome = np.array([OUTCOME_CODES.get(row[4], OUTCOME_CODES["tie"]) for row in rows], np.int8)
    shown = np.full((len(rows), 2), -1, np.int64) if responses is None else np.array(responses, np.int64)
    battles = Battles(
        models=models,
        raters=raters,
        questions=questions,
        a=np.array([models.index(row[2]) for row in rows], np.int32),
        b=np.array([models.index(row[3]) for row in rows], np.int32),
        outcome=outcome,
        score=SCORE_OF_OUTCOME[outcome],
        rater=np.array([raters.index(row[1]) for row in rows], np.int32),
        question=np.array([questions.index(row[0]) for row in rows], np.int32),
        position=np.arange(1, len(rows) + 1),
        probability=np.full(len(rows), np.nan),
        response_a=shown[:, 0],
        response_b=shown[:, 1],
        time=np.full(len(rows), np.nan),
    )
    return PairVotes(kind, battles, np.array(states, np.int64), np.array(turns or [0] * len(rows), np.int64))


def group(votes: AlignedRatings, *names: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([name in names for name in votes.raters])


def by_hand(rows: list[Row], one: set[str], other: set[str], *, decisive: bool) -> tuple[int, int]:
    """Pairs that agree, and all pairs, of different raters on the same question and models; one by one."""
    turned = []
    for question, rater, left, right, winner in rows:
        better = {"model_a": left, "model_b": right, "inconsistent": "no order"}.get(winner)
        turned.append((question, frozenset((left, right)), rater, better))
    agree = total = 0
    for (q1, m1, r1, v1), (q2, m2, r2, v2) in itertools.combinations(turned, 2):
        between = (r1 in one and r2 in other) or (r2 in one and r1 in other)
        if (q1, m1) == (q2, m2) and r1 != r2 and between and not (decisive and {None, "no order"} & {v1, v2}):
            total += 1
            agree += v1 == v2
    return agree, total


ROW = st.tuples(
    st.sampled_from(["q1", "q2", "q3"]),
    st.sampled_from(["ann", "bo", "cy"]),
    st.sampled_from([("x", "y"), ("y", "x"), ("x", "z")]),
    st.sampled_from(["model_a", "model_b", "tie", "both_bad"]),
).map(lambda row: (row[0], row[1], *row[2], row[3]))
JUDGED = st.tuples(
    st.sampled_from(["q1", "q2", "q3"]),
    st.sampled_from(["gpt", "claude"]),
    st.sampled_from([("x", "y"), ("y", "x"), ("z", "x")]),
    st.sampled_from(["model_a", "model_b", "tie", "inconsistent"]),
).map(lambda row: (row[0], row[1], *row[2], row[3]))


@given(st.lists(ROW, max_size=14), st.lists(JUDGED, max_size=10))
def test_agreement_counts_every_pair_of_preferences_once(people: list[Row], judged: list[Row]) -> None:
    votes = line_up([read_as(RaterKind.human, people), read_as(RaterKind.judge, judged)])
    human, judge = {"ann", "bo", "cy"}, {"gpt", "claude"}
    for one, other in ((human, human), (human, judge), (judge, judge), ({"gpt"}, human), ({"gpt"}, {"claude"})):
        found = measure_agreement(votes, group(votes, *one), group(votes, *other), level=0.95)
        agree, total = by_hand(people + judged, one, other, decisive=False)
        if found is None:
            assert total == 0
            continue
        assert found.pairs == total
        assert found.agreement.value == pytest.approx(agree / total)
        agree, total = by_hand(people + judged, one, other, decisive=True)
        assert found.decisive_pairs == total
        assert found.decisive.value == pytest.approx(agree / total if total else math.nan, nan_ok=True)


@given(
    st.lists(ROW, min_size=2, max_size=14),
    st.permutations(["x", "y", "z"]),
    st.lists(st.booleans(), min_size=14, max_size=14),
)
def test_names_of_models_and_sides_change_nothing(rows: list[Row], names: list[str], turned: list[bool]) -> None:
    renamed = dict(zip("xyz", names, strict=True))
    swapped = {"model_a": "model_b", "model_b": "model_a"}
    other: list[Row] = []
    for (question, rater, left, right, winner), turn in zip(rows, turned, strict=False):
        pair = (renamed[right], renamed[left]) if turn else (renamed[left], renamed[right])
        other.append((question, rater, *pair, swapped.get(winner, winner) if turn else winner))
    found = []
    for version in (rows, other):
        votes = line_up([read_as(RaterKind.human, version)])
        everyone = votes.is_known
        measured = measure_agreement(votes, everyone, everyone, level=0.95)
        found.append(None if measured is None else measured)
    if found[0] is None or found[1] is None:
        assert found[0] is found[1]
        return
    for name in ("agreement", "decisive", "kappa", "alpha"):
        assert getattr(found[0], name).value == pytest.approx(getattr(found[1], name).value, nan_ok=True)


def test_kappa_and_alpha_count_each_item_in_both_directions() -> None:
    said = [("model_a", "model_a"), ("model_a", "tie"), ("model_b", "model_b"), ("model_a", "model_b")]
    rows: list[Row] = []
    for number, (one, other) in enumerate(said):
        rows += [(f"q{number}", "ann", "x", "y", one), (f"q{number}", "bo", "x", "y", other)]
    votes = line_up([read_as(RaterKind.human, rows)])
    found = measure_agreement(votes, group(votes, "ann"), group(votes, "bo"), level=0.95)
    assert found is not None
    # 8 pairs, each item in both directions: ann prefers each model 4 times; bo prefers each 3 times and ties twice.
    # p_o = 4/8, p_e = 1/2 * 3/8 + 1/2 * 3/8 = 3/8, kappa = (1/2 - 3/8) / (5/8) = 0.2.
    assert found.kappa.value == pytest.approx(0.2)
    # 8 values, each item in both directions at half weight: 3.5 for each model, 1 tie. D_o = 1/2;
    # D_e = (8 * 8 - 3.5**2 - 3.5**2 - 1) / (8 * 7) = 38.5 / 56 = 0.6875; alpha = 1 - 0.5 / 0.6875 = 3 / 11.
    assert found.alpha.value == pytest.approx(3 / 11)


def test_preferences_are_aligned_by_question_pair_and_turn() -> None:
    people = [("q", "ann", "x", "y", "model_a"), ("q", "ann", "x", "y", "model_a"), ("q", "bo", "y", "x", "both_bad")]
    votes = line_up([read_as(RaterKind.human, people, turns=[1, 2, 2])])
    assert votes.preference.tolist() == [FIRST, FIRST, TIE]
    assert votes.left.tolist() == [True, True, False]
    assert votes.item[1] == votes.item[2] != votes.item[0]


def test_different_samples_of_the_same_models_are_different_items() -> None:
    rows = [("q", name, "x", "y", "model_a") for name in ("ann", "bo", "cy")]
    votes = line_up([read_as(RaterKind.human, rows, responses=[[1, 2], [1, 2], [3, 2]])])
    assert votes.item[0] == votes.item[1] != votes.item[2]
    unknown = line_up([read_as(RaterKind.human, rows, responses=[[1, 2], [1, 2], [-1, -1]])])
    assert len(set(unknown.item.tolist())) == 1


def test_failed_and_inconsistent_judgments_are_states_of_their_own() -> None:
    rows = [("q", "gpt", "y", "x", winner) for winner in ("model_a", "inconsistent", "failed", "tie")]
    votes = line_up([read_as(RaterKind.judge, rows)])
    assert votes.preference.tolist() == [SECOND, NO_ORDER, NO_VERDICT, TIE]
    assert votes.left_out == {"failed": 1}
    assert votes.is_last.tolist() == [False, False, False, True]


def test_a_judge_that_always_says_first_agrees_with_one_that_always_says_tie_on_nothing() -> None:
    rows: list[Row] = []
    for number in range(6):
        rows += [(f"q{number}", "first", "x", "y", "inconsistent"), (f"q{number}", "tie", "x", "y", "tie")]
    rows += [("q7", "first", "x", "y", "failed"), ("q7", "tie", "x", "y", "tie")]
    votes = line_up([read_as(RaterKind.judge, rows)])
    found = measure_agreement(votes, group(votes, "first"), group(votes, "tie"), level=0.95)
    assert found is not None
    assert (found.pairs, found.agreement.value, found.decisive_pairs) == (6, 0.0, 0)
    assert (found.inconsistent, found.failed) == (6, 1)
    assert found.kappa.value == 0.0


def test_two_judges_with_failures_only_have_nothing_to_compare() -> None:
    rows = [("q", name, "x", "y", "failed") for name in ("one", "two")]
    votes = line_up([read_as(RaterKind.judge, rows)])
    assert measure_agreement(votes, group(votes, "one"), group(votes, "two"), level=0.95) is None


def test_the_majority_of_the_others_leaves_the_rater_out() -> None:
    said = {"ann": "model_a", "bo": "model_a", "cy": "model_b", "judge": "inconsistent"}
    votes = line_up([read_as(RaterKind.judge, [("q", name, "x", "y", winner) for name, winner in said.items()])])
    leading = dict(zip([votes.raters[code] for code in votes.rater], leading_preferences(votes).tolist(), strict=True))
    # Of ann's others, bo and cy disagree; cy's and the judge's others prefer the first model.
    assert leading == {"ann": -1, "bo": -1, "cy": FIRST, "judge": FIRST}
    found = {votes.raters[code]: one for code, one in measure_majorities(votes, 9, level=0.95)}
    assert {name: (one.items, one.agreement.value) for name, one in found.items()} == {
        "cy": (1, 0.0),
        "judge": (1, 0.0),
    }


@given(st.lists(ROW, min_size=2, max_size=14))
def test_each_two_raters_are_measured_as_two_groups_of_one(rows: list[Row]) -> None:
    votes = line_up([read_as(RaterKind.human, rows)])
    for one, other, found in measure_pairs(votes, 99, level=0.95):
        alone = measure_agreement(votes, group(votes, votes.raters[one]), group(votes, votes.raters[other]), level=0.95)
        assert alone is not None
        assert (found.pairs, found.agreement) == (alone.pairs, alone.agreement)


def test_unknown_raters_count_as_one() -> None:
    rows = [("q", "ann", "x", "y", "model_a"), ("q", "bo", "x", "y", "model_a")]
    part = read_as(RaterKind.human, rows)
    part.battles.rater[:] = -1
    votes = line_up([part, read_as(RaterKind.judge, [("q", "gpt", "x", "y", "model_a")])])
    assert measure_agreement(votes, ~votes.is_judge, ~votes.is_judge, level=0.95) is None
    with_judge = measure_agreement(votes, ~votes.is_judge, votes.is_judge, level=0.95)
    assert with_judge is not None
    assert with_judge.pairs == 2


def test_groups_that_overlap_in_part_are_refused() -> None:
    votes = line_up([read_as(RaterKind.human, [("q", "ann", "x", "y", "tie"), ("q", "bo", "x", "y", "tie")])])
    with pytest.raises(ValueError, match="in common"):
        pair_tables(votes, group(votes, "ann", "bo"), group(votes, "bo"))


def test_a_judge_that_votes_at_random_agrees_a_third_of_the_time() -> None:
    rng = np.random.default_rng(3)
    winners = np.array(["model_a", "model_b", "tie"])
    people: list[Row] = [(f"q{i}", "ann", "x", "y", str(rng.choice(winners, p=[0.6, 0.3, 0.1]))) for i in range(4000)]
    judged: list[Row] = [(f"q{i}", "coin", "x", "y", str(rng.choice(winners))) for i in range(4000)]
    votes = line_up([read_as(RaterKind.human, people), read_as(RaterKind.judge, judged)])
    found = measure_agreement(votes, ~votes.is_judge, votes.is_judge, level=0.999)
    assert found is not None
    assert found.agreement.lower <= RANDOM_AGREEMENT <= found.agreement.upper
    assert found.decisive.lower <= RANDOM_DECISIVE <= found.decisive.upper
    assert found.kappa.lower <= 0.0 <= found.kappa.upper
    assert found.agreement.upper - found.agreement.lower < 0.06


def read_llmfao(folder: Path) -> tuple[list[Row], list[Row], list[Row]]:
    """The crowd's, GPT-4's and GPT-3.5's preferences on the same pairs."""
    found = []
    for name in ("llmfao_crowd", "llmfao_gpt4_crowd", "llmfao_gpt3_crowd"):
        with (folder / "battles" / f"{name}.csv").open(encoding="utf-8") as file:
            rows = csv.DictReader(file)
            found.append([(r["question_id"], r["annotator"], r["model_a"], r["model_b"], r["winner"]) for r in rows])
    return found[0], found[1], found[2]


def test_real_votes_of_a_crowd_and_two_judges_agree_as_counted_by_the_paper(shared_data: Path) -> None:
    crowd, gpt4, gpt3 = read_llmfao(shared_data)
    votes = line_up([read_as(RaterKind.human, crowd), read_as(RaterKind.judge, gpt4 + gpt3)])
    # Counted as in MT-bench's script: preferences are listed by question and pair, and people are matched with judges.
    by_item: dict[tuple[str, str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for rows, who in ((crowd, "human"), (gpt4, "gpt-4"), (gpt3, "gpt-3.5-turbo-instruct")):
        for question, _, left, right, winner in rows:
            turned = {"model_a": "model_b", "model_b": "model_a"}.get(winner, winner)
            key, said = ((question, left, right), winner) if left < right else ((question, right, left), turned)
            by_item[key][who].append(said)
    for judge in ("gpt-4", "gpt-3.5-turbo-instruct"):
        for ban in ((), ("tie",)):
            pairs = [
                (said, vote)
                for item in by_item.values()
                for said in item[judge]
                for vote in item["human"]
                if said not in ban and vote not in ban
            ]
            share = sum(said == vote for said, vote in pairs) / len(pairs)
            found = measure_agreement(votes, ~votes.is_judge & votes.is_known, group(votes, judge), level=0.95)
            assert found is not None
            estimate, number = (found.decisive, found.decisive_pairs) if ban else (found.agreement, found.pairs)
            assert number == len(pairs)
            assert estimate.value == pytest.approx(share)
            assert estimate.lower < estimate.value < estimate.upper
    judges = measure_agreement(votes, group(votes, "gpt-4"), group(votes, "gpt-3.5-turbo-instruct"), level=0.95)
    assert judges is not None
    assert judges.items >= 2000


def test_clustered_intervals_of_real_agreement_are_wider_than_independent_ones(shared_data: Path) -> None:
    crowd, gpt4, _ = read_llmfao(shared_data)
    votes = line_up([read_as(RaterKind.human, crowd), read_as(RaterKind.judge, gpt4)])
    found = measure_agreement(votes, ~votes.is_judge, votes.is_judge, level=0.95)
    assert found is not None
    alone = 1.96 * math.sqrt(found.agreement.value * (1 - found.agreement.value) / found.pairs)
    assert found.questions == 13
    assert found.agreement.upper - found.agreement.lower > 3 * alone


def test_the_humans_of_faireval_agree_with_the_longer_response_as_counted_by_hand(shared_data: Path) -> None:
    folder = shared_data / "subjective" / "faireval"
    said = (folder / "review_gpt35_vicuna-13b_human.txt").read_text(encoding="utf-8").split()
    length = {}
    for name in ("gpt35", "vicuna-13b"):
        with gzip.open(folder / f"answer_{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            length[name] = [len(json.loads(line)["text"]) for line in file]
    word = {"CHATGPT": "model_a", "VICUNA13B": "model_b", "TIE": "tie"}
    rows: list[Row] = [(f"q{i}", "majority", "gpt35", "vicuna-13b", word[one]) for i, one in enumerate(said)]
    votes = line_up([read_as(RaterKind.human, rows)])
    longer = [FIRST if a > b else SECOND if a < b else TIE for a, b in zip(*length.values(), strict=True)]
    order = np.array([int(name[1:]) for name in np.array(votes.questions)[votes.question]])
    found = measure_against(votes, np.ones(len(votes), bool), np.array(longer)[order], level=0.95)
    assert found is not None
    hits = sum(word[one] == ("model_a", "tie", "model_b")[code] for one, code in zip(said, longer, strict=True))
    assert (found.items, found.pairs) == (80, 80)
    assert found.agreement.value == pytest.approx(hits / 80)
    assert found.decisive_pairs == 66

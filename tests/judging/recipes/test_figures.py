"""Figures are computed as published: worked examples with their derivation, and properties for any verdicts."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.recipes import alignbench, arena_hard, llmbar, mt_bench, wildbench
from judging.recipes.catalog import RECIPES
from judging.recipes.figures import kappa, match_orders, model_share, tie_unless_agreed, win_rate
from judging.recipes.recipe import BenchmarkFacts, BenchmarkFigure, RecipeJudgment, collect_facts
from judging.verdicts.verdict import Verdict, VerdictCause
from storage.errors import BadInput
from tests.judging.recipes.recordings import judge_recordings, parse_recording

NONE = Verdict(cause=VerdictCause.no_marker)


def pair(question: str, first: str, second: str, share: float | None, turn: int = 1) -> RecipeJudgment:
    return RecipeJudgment(question, (first, second), NONE if share is None else Verdict(value=share), turn)


def single(question: str, model: str, score: float | None, turn: int = 1) -> RecipeJudgment:
    return RecipeJudgment(question, (model,), NONE if score is None else Verdict(value=score), turn)


def values(figures: list[BenchmarkFigure]) -> dict[tuple[str, str], float | None]:
    return {(figure.subject, figure.name): figure.value for figure in figures}


def test_a_win_rate_counts_ties_half() -> None:
    """Worked: (1 + 1 + 0.5 + 0) / 4 = 62.5 %; sd of 1, 1, 0.5, 0 is sqrt(0.6875 / 3), over sqrt(4): 23.94 points."""
    found = win_rate([1.0, 1.0, 0.5, 0.0])
    assert (found.rate, found.wins, found.draws, found.losses) == (62.5, 2, 1, 1)
    assert found.standard_error == pytest.approx(100.0 * (0.6875 / 3) ** 0.5 / 2)
    assert win_rate([0.9, 0.1]).discrete == 50.0
    assert (win_rate([]).rate, win_rate([0.3]).standard_error) == (None, None)


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=30))
def test_the_win_rates_of_both_sides_add_up_to_a_hundred(shares: list[float]) -> None:
    mirrored = [1.0 - share for share in shares]
    assert (win_rate(shares).rate or 0.0) + (win_rate(mirrored).rate or 0.0) == pytest.approx(100.0)
    assert win_rate(shares).wins == win_rate(mirrored).losses


def test_kappa_is_agreement_beyond_chance() -> None:
    """Worked: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: p_o = 0.7, p_e = 0.5 x 0.6 + 0.5 x 0.4 = 0.5, kappa 0.4."""
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert kappa(first, second) == pytest.approx(0.4)
    assert kappa(["yes", "yes"], ["yes", "yes"]) is None
    assert kappa([], []) is None
    with pytest.raises(BadInput, match="equal length"):
        kappa(["yes"], [])


def test_both_orders_of_a_pair_are_matched_in_any_sequence() -> None:
    rows = [pair("q", "b", "a", 0.0), pair("q", "a", "b", 1.0), pair("r", "a", "b", 0.5)]
    assert match_orders(rows) == [(rows[1], rows[0])] == match_orders(rows[::-1])
    assert [model_share(row, "a") for row in rows[:2]] == [1.0, 1.0]
    with pytest.raises(BadInput, match="got two"):
        match_orders([rows[0], rows[0]])
    with pytest.raises(BadInput, match="'c'"):
        model_share(rows[0], "c")


def test_mt_bench_scores_are_means_over_turns_and_categories() -> None:
    """Worked: turn 1 scores 8 and 6, turn 2 scores 4 and none: 7, 4 and together 18 / 3 = 6."""
    rows = [single("1", "m", 8.0), single("2", "m", 6.0), single("1", "m", 4.0, 2), single("2", "m", None, 2)]
    figures = mt_bench.summarise_scores(rows, BenchmarkFacts({"1": "math", "2": "writing"}))
    assert values(figures) == {
        ("m", "score"): 6.0,
        ("m", "score turn 1"): 7.0,
        ("m", "score turn 2"): 4.0,
        ("m", "score math"): 6.0,
        ("m", "score writing"): 6.0,
    }
    assert {figure.name: figure.unparsed for figure in figures}["score"] == 1


def test_mt_bench_pairs_count_orders_that_disagree_as_a_tie() -> None:
    """Worked: a wins once in both orders, the orders disagree once, one reply fails: a has (1 + 0.5) / 2 = 75 %."""
    rows = [
        pair("1", "a", "b", 1.0), pair("1", "b", "a", 0.0),
        pair("2", "a", "b", 1.0), pair("2", "b", "a", 1.0),
        pair("3", "a", "b", 1.0), pair("3", "b", "a", None),
    ]  # fmt: skip
    figures = mt_bench.summarise_pairs(rows, BenchmarkFacts())
    found = values(figures)
    assert found["a", "win rate"] == 75.0
    assert found["b", "win rate"] == 25.0
    assert (found["a", "wins"], found["a", "draws"], found["a", "losses"]) == (1.0, 1.0, 0.0)
    assert {figure.unparsed for figure in figures} == {1}
    assert {figure.subject for figure in mt_bench.summarise_pairs(rows, BenchmarkFacts(baseline="b"))} == {"a"}
    assert [tie_unless_agreed(*both) for both in ((1.0, 1.0), (1.0, 0.5), (0.0, 1.0))] == [1.0, 0.5, 0.5]


def test_mt_bench_judgments_are_read_with_the_models_in_the_order_shown(tmp_path: Path) -> None:
    """In the second game the models change places, and recorded winners are named by the place in the first."""
    folder = tmp_path / "mt_bench"
    (folder / "model_judgment").mkdir(parents=True)
    (folder / "question.jsonl").write_text('{"question_id": 81, "category": "math", "turns": ["One?", "Two?"]}\n')
    row = {
        "question_id": 81, "model_1": "x", "model_2": "y", "g1_winner": "model_1", "g2_winner": "model_1",
        "judge": ["gpt-4", "pair-v2"], "g1_judgment": "So [[A]]", "g2_judgment": "So [[B]]", "turn": 1,
    }  # fmt: skip
    (folder / "model_judgment" / "gpt-4_pair.jsonl").write_text(json.dumps(row) + "\n")
    recipe = RECIPES["mt-bench-pair"]
    material = recipe.read(tmp_path)
    assert [recording.models for recording in material.recordings] == [("x", "y"), ("y", "x")]
    for recording in material.recordings:
        assert recording.verdict is not None
        assert parse_recording(recipe, recording).value == recording.verdict.value
    figures = values(recipe.summarise(judge_recordings(recipe, material.recordings), collect_facts(material)))
    assert figures["x", "win rate"] == 100.0


def test_arena_hard_counts_a_clear_win_three_times_and_drops_questions_with_a_failure() -> None:
    """Worked: game 1 shows the baseline first. q1: B>>A and A>B: 3 wins and 1 win. q2: A=B and B>A: a tie and a loss.

    q3 has a failure and is left out. Score: (3 + 1 + 0.5 + 0) / 6 = 75 %.
    """
    base, model = "o3-mini-2025-01-31", "m"
    rows = [
        pair("q1", base, model, 0.0), pair("q1", model, base, 0.75),
        pair("q2", base, model, 0.5), pair("q2", model, base, 0.25),
        pair("q3", base, model, 0.0), pair("q3", model, base, None),
    ]  # fmt: skip
    (figure,) = arena_hard.summarise(rows, BenchmarkFacts())
    assert (figure.subject, figure.value, figure.count, figure.unparsed) == ("m", 75.0, 6, 1)


def test_alignbench_overall_is_the_mean_of_two_group_means() -> None:
    """Worked: reasoning (4 + 6) / 2 = 5, language all at 8: overall 6.5, though the mean of all categories is 7.25."""
    rows, categories = [], {}
    for number, category in enumerate(alignbench.GROUPS["reasoning"] + alignbench.GROUPS["language"]):
        score = {0: 4.0, 1: 6.0}.get(number, 8.0)
        rows.append(RecipeJudgment(str(number), ("m",), Verdict(values={alignbench.OVERALL: score})))
        categories[str(number)] = category
    found = values(alignbench.summarise(rows, BenchmarkFacts(categories)))
    assert [found["m", name] for name in ("reasoning", "language", "overall")] == [5.0, 8.0, 6.5]
    assert found["m", "overall with failures as -1"] == 6.5


def test_alignbench_counts_a_failure_as_minus_one_only_in_the_figure_named_so() -> None:
    """Worked: one more failed reply in 数学计算 makes its mean (4 - 1) / 2 = 1.5, reasoning 3.75, overall 5.875."""
    rows, categories = [], {}
    for number, category in enumerate(alignbench.GROUPS["reasoning"] + alignbench.GROUPS["language"]):
        score = {0: 4.0, 1: 6.0}.get(number, 8.0)
        rows.append(RecipeJudgment(str(number), ("m",), Verdict(values={alignbench.OVERALL: score})))
        categories[str(number)] = category
    rows.append(RecipeJudgment("x", ("m",), NONE))
    figures = alignbench.summarise(rows, BenchmarkFacts(categories | {"x": "数学计算"}))
    found = values(figures)
    assert found["m", "overall"] == 6.5
    assert found["m", "overall with failures as -1"] == 5.875
    assert {figure.unparsed for figure in figures if figure.name.startswith("overall")} == {1}


def test_wildbench_rewards_with_and_without_its_length_margin() -> None:
    """Worked against one baseline: A++ 100, slight win 50, tie 0, B++ -100: mean 12.5.

    The slight winner is 501 characters longer: with K = 500 its win is a tie, the mean 0; with K = 1000 it stays.
    """
    base = wildbench.BASELINES[0]
    rows = [pair("1", "m", base, 1.0), pair("2", base, "m", 0.25), pair("3", "m", base, 0.5), pair("4", "m", base, 0.0)]
    lengths = {("2", "m"): 1501, ("2", base): 1000}
    found = values(wildbench.summarise_pairs(rows, BenchmarkFacts(lengths=lengths)))
    assert [found["m", f"reward{suffix}"] for suffix in ("", " K=500", " K=1000", " K=1500")] == [12.5, 0.0, 12.5, 12.5]
    clear = wildbench.reward_of(rows[0], "m", BenchmarkFacts(), margin=500)
    assert clear == 100.0


def test_wildbench_averages_its_baselines_not_its_pairs() -> None:
    """Worked: 100 and 100 against one, -100 against another: (100 - 100) / 2 = 0, where pairs would give 33."""
    first, second, _ = wildbench.BASELINES
    rows = [pair("1", "m", first, 1.0), pair("2", "m", first, 1.0), pair("1", "m", second, 0.0)]
    assert values(wildbench.summarise_pairs(rows, BenchmarkFacts(lengths={})))["m", "reward"] == 0.0


def test_wildbench_pairs_are_read_with_their_recorded_winner(tmp_path: Path) -> None:
    row = {
        "session_id": "s", "parsed_result": {"choice": "B++"}, "model_A": "x", "model_B": "y", "winner": "y",
        "extent": 2, "model_outputs": {"x": "short", "y": "longer"},
    }  # fmt: skip
    (tmp_path / "x.json").write_text(json.dumps([row]))
    recipe = RECIPES["wildbench-pair"]
    (recording,) = recipe.read(tmp_path).recordings
    assert recording.models == ("x", "y")
    assert recording.verdict == Verdict(value=0.0)
    assert parse_recording(recipe, recording).value == 0.0


def test_llmbar_ratings_that_are_equal_are_for_the_second_in_each_order_and_failures_for_the_first() -> None:
    first, second = llmbar.NAMES
    gold: dict[str, str | None] = {"1": first, "2": first, "3": first}
    rows = [
        single("1", first, 5.0), single("1", second, 5.0),
        single("2", first, 7.0), single("2", second, 5.0),
        single("3", first, None), single("3", second, 5.0),
    ]  # fmt: skip
    figures = llmbar.summarise_ratings(rows, BenchmarkFacts(gold=gold))
    found = {figure.name: figure.value for figure in figures}
    assert found["accuracy first"] == pytest.approx(200 / 3)
    assert found["accuracy second"] == pytest.approx(200 / 3)
    assert found["both right"] == pytest.approx(100 / 3)
    assert {figure.unparsed for figure in figures} == {1}


def test_without_verdicts_there_is_no_figure() -> None:
    for recipe in RECIPES.values():
        assert recipe.summarise([], BenchmarkFacts()) == []

"""Each recipe parses a reply by its published rule, even where the strict parser would not; texts are our own."""

from dataclasses import replace
from pathlib import Path

import pytest

from judging.prompts.prompt_file import bundled_prompt_folders, read_prompts
from judging.recipes import alpaca_eval, arena_hard, judgebench, llmbar, vicuna_bench
from judging.recipes.catalog import RECIPES, find_recipe
from judging.recipes.recipe import Recipe, RecipeData, Recording
from judging.recipes.recipe_run import make_import_rows
from judging.verdicts.token_scores import TokenProbabilities
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.errors import BadInput, NotFound
from tests.judging.recipes.recordings import parse_recording

UNVERIFIED = {
    "alignbench", "arena-hard", "arena-hard-v0.1", "auto-j-single", "llmeval-2", "mt-bench-pair", "mt-bench-single",
    "pandalm", "wildbench-pair",
}  # fmt: skip
"""Recipes of which no recorded reply reproduces a published figure."""


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_every_substitute_is_bundled_and_has_the_kind_of_its_recipe(recipe: Recipe) -> None:
    shipped = read_prompts([*bundled_prompt_folders()])
    names = [
        name
        for turn in (1, 2)
        for has_reference in (False, True)
        if (name := recipe.substitutes.choose(turn=turn, has_reference=has_reference))
    ]
    assert names
    assert {shipped[name].kind for name in names} == {recipe.kind}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_no_rule_reads_a_verdict_in_an_empty_reply_or_in_prose(recipe: Recipe) -> None:
    for reply in ("", " \n", "Both answers have their merits.\nI cannot decide."):
        verdict = recipe.parse(reply)
        assert verdict.cause is not None
        assert verdict.value is None
        assert not verdict.values


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_a_recipe_refuses_a_folder_that_is_missing_or_empty(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="folder"):
        recipe.read(tmp_path / "nowhere")
    with pytest.raises(NotFound, match="published files"):
        recipe.read(tmp_path)


def test_a_recipe_is_found_by_name() -> None:
    assert find_recipe("judgebench") is judgebench.JUDGEBENCH
    with pytest.raises(NotFound, match="recipe among"):
        find_recipe("judge-bench")


def test_a_recipe_with_inconsistent_rules_is_refused() -> None:
    with pytest.raises(BadInput, match="swaps"):
        replace(judgebench.JUDGEBENCH, order="seeded by item")
    with pytest.raises(BadInput, match="pairwise form"):
        replace(judgebench.JUDGEBENCH, form=OutputForm("score"))


def test_a_recording_without_a_reply_is_imported_with_its_recorded_verdict_and_one_without_both_is_not() -> None:
    recipe = judgebench.JUDGEBENCH
    recorded = Recording("q", ("a", "b"), None, verdict=Verdict(value=0.5))
    blank = Recording("q", ("b", "a"), None)
    rows = make_import_rows(recipe, RecipeData([{"source": "s", "key": "q"}], [], [recorded, blank]))
    assert [(row["score"], row["state"], row["cause"]) for row in rows] == [(0.5, "scored", None)]


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("[[A]] or [[A>B]]? My verdict is [[A>>B]].", None),
        ("my verdict: [[b>a]]", 0.25),
        ("First [[A>B]], on reflection [[B>>A]]", 0.0),
        ("a tie [[B=A]]", 0.5),
        ("[[A<B]]", 0.25),
        ("only [A>B] in single brackets", 0.75),
        ("[B>A] is what I lean to, but [[A=B]]", 0.5),
        ("[[A>>>B]]", None),
    ],
)
def test_arena_hard_takes_the_last_marker_in_capitals(reply: str, value: float | None) -> None:
    expected = 1.0 if value is None and "[[A>>B]]" in reply else value
    assert arena_hard.parse(reply).value == expected


@pytest.mark.parametrize(
    ("reply", "value", "cause"),
    [
        ("Rating: [[7]]", 7.0, None),
        ("Rating: [[7.5]], so [[7.5]]", 7.5, None),
        ("[[7]] at first, then [[8]]", None, VerdictCause.contradiction),
        ("Rating: 7", None, VerdictCause.no_marker),
    ],
)
def test_arena_bench_takes_the_only_score(reply: str, value: float | None, cause: VerdictCause | None) -> None:
    verdict = arena_hard.parse_score(reply)
    assert (verdict.value, verdict.cause) == (value, cause)


@pytest.mark.parametrize(
    ("reply", "value", "cause"),
    [
        ("[[A>>B]] and again [[A>>B]]", 1.0, None),
        ("[[A>B]]", 1.0, None),
        ("[[A=B]]", 0.5, None),
        ("[[B>>A]]", 0.0, None),
        ("[[A>B]] or [[A>>B]]", None, VerdictCause.contradiction),
        ("[[A<B]]", None, VerdictCause.wrong_schema),
        ("[[a>b]]", None, VerdictCause.no_marker),
    ],
)
def test_judgebench_takes_the_only_marker_without_its_strength(
    reply: str, value: float | None, cause: VerdictCause | None
) -> None:
    verdict = judgebench.parse(reply)
    assert (verdict.value, verdict.cause) == (value, cause)


def test_llmbar_prefers_the_first_output_wherever_it_occurs() -> None:
    assert llmbar.parse("Output (b)\nOutput (a)").value == 1.0
    assert llmbar.parse(" Output (b) is better").value == 0.0
    assert llmbar.parse("I choose Output (a)").cause is VerdictCause.no_marker
    assert llmbar.parse_explained("Output (b) is better, or not: Output (a) is better.").value == 1.0
    assert llmbar.parse_explained("Output (a)").cause is VerdictCause.no_marker


def test_llmbar_ratings_are_whole_numbers_and_nothing_else() -> None:
    assert llmbar.parse_rating(" 7\n").value == 7.0
    assert llmbar.parse_rating("7.5").cause is VerdictCause.no_marker
    assert llmbar.parse_rating("Score: 7").cause is VerdictCause.no_marker


def test_vicuna_bench_takes_two_numbers_on_the_first_line() -> None:
    assert dict(vicuna_bench.parse("9 8.5\nThe first is better.").values) == {"1": 9.0, "2": 8.5}
    assert dict(vicuna_bench.parse("9,8").values) == {"1": 9.0, "2": 8.0}
    for reply in ("9, 8", "9", "9 8 7", "nine eight", "First, let me see.\n9 8"):
        assert vicuna_bench.parse(reply).cause is VerdictCause.no_marker


def test_alpaca_eval_is_the_share_of_the_first_of_two_tokens() -> None:
    """Worked: exp(-1) / (exp(-1) + exp(-2)) = 1 / (1 + exp(-1)) = 0.7310585786, with ten decimals."""
    token = TokenProbabilities("m", {"m": -1.0, "M": -2.0, "Neither": -0.1})
    assert alpaca_eval.parse_tokens([token]).value == 0.7310585786
    assert alpaca_eval.parse_tokens([TokenProbabilities("M", {"M": -0.1})]).value == 0.0
    assert alpaca_eval.parse_tokens([TokenProbabilities("Neither", {"Neither": -0.1})]).cause is VerdictCause.no_marker
    assert alpaca_eval.parse_tokens([]).cause is VerdictCause.no_marker
    assert alpaca_eval.parse("M").value == 0.0


def test_a_recipe_of_token_probabilities_does_not_fall_back_to_the_text() -> None:
    recording = Recording("q", ("a", "b"), "m")
    assert parse_recording(alpaca_eval.ALPACA_EVAL, recording).cause is VerdictCause.no_marker


def test_the_coin_of_alpaca_eval_falls_on_both_sides_and_always_the_same_for_an_item() -> None:
    falls = [alpaca_eval.swaps(f"Name {number} rivers.") for number in range(200)]
    assert falls == [alpaca_eval.swaps(f"Name {number} rivers.") for number in range(200)]
    assert 70 < sum(falls) < 130


def test_recipes_without_a_reproduced_figure_are_marked_as_unverified() -> None:
    unverified = {name for name, recipe in RECIPES.items() if not recipe.is_verified}
    assert unverified == UNVERIFIED, "say in `reproduced` what a recipe reproduces, or list it in UNVERIFIED"

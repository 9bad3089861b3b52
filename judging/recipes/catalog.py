"""All recipes by name."""

from collections.abc import Mapping

from judging.recipes.alignbench import ALIGNBENCH
from judging.recipes.alpaca_eval import ALPACA_EVAL, ALPACA_EVAL_1
from judging.recipes.arena_hard import ARENA_BENCH_V1, ARENA_HARD, ARENA_HARD_FIRST
from judging.recipes.autoj import AUTOJ_PAIR, AUTOJ_SINGLE
from judging.recipes.judgebench import JUDGEBENCH
from judging.recipes.llmbar import LLMBAR, LLMBAR_COT, LLMBAR_RATING
from judging.recipes.llmeval1 import LLMEVAL1
from judging.recipes.llmeval2 import LLMEVAL2
from judging.recipes.llmzoo import LLM_ZOO
from judging.recipes.mt_bench import MT_BENCH_PAIR, MT_BENCH_SINGLE
from judging.recipes.pandalm import PANDALM
from judging.recipes.recipe import Recipe
from judging.recipes.vicuna_bench import VICUNA_BENCH
from judging.recipes.wildbench import WILDBENCH_PAIR, WILDBENCH_SCORE
from storage.errors import NotFound

RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        ALIGNBENCH,
        ALPACA_EVAL_1,
        ALPACA_EVAL,
        ARENA_BENCH_V1,
        ARENA_HARD_FIRST,
        ARENA_HARD,
        AUTOJ_PAIR,
        AUTOJ_SINGLE,
        JUDGEBENCH,
        LLMBAR,
        LLMBAR_COT,
        LLMBAR_RATING,
        LLMEVAL1,
        LLMEVAL2,
        LLM_ZOO,
        MT_BENCH_PAIR,
        MT_BENCH_SINGLE,
        PANDALM,
        VICUNA_BENCH,
        WILDBENCH_PAIR,
        WILDBENCH_SCORE,
    )
}


def find_recipe(name: str) -> Recipe:
    """Find a recipe by name.

    Raises:
        NotFound: There is no recipe of this name.
    """
    if name not in RECIPES:
        raise NotFound(f"expected a recipe among {', '.join(RECIPES)}, got {name!r}; choose one of them")
    return RECIPES[name]

"""Every recipe by name."""

from collections.abc import Mapping

from judging.recipes.alpaca_eval import ALPACA_EVAL
from judging.recipes.arena_hard import ARENA_BENCH_V1, ARENA_HARD
from judging.recipes.judgebench import JUDGEBENCH
from judging.recipes.llmbar import LLMBAR, LLMBAR_COT, LLMBAR_RATING
from judging.recipes.recipe import Recipe
from judging.recipes.vicuna_bench import VICUNA_BENCH
from storage.errors import NotFound

RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        ALPACA_EVAL,
        ARENA_BENCH_V1,
        ARENA_HARD,
        JUDGEBENCH,
        LLMBAR,
        LLMBAR_COT,
        LLMBAR_RATING,
        VICUNA_BENCH,
    )
}


def find_recipe(name: str) -> Recipe:
    """The recipe of this name.

    Raises:
        NotFound: there is none.
    """
    if name not in RECIPES:
        raise NotFound(f"expected a recipe among {', '.join(RECIPES)}, got {name!r}; choose one of them")
    return RECIPES[name]

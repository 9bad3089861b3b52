"""What a response of each model costs: tokens and latency from the store, prices from the bundled table."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from app.views.board import interval_ends
from app.views.columns import BOARD_COLUMNS, BoardFacts, ModelCost
from app.views.sentences import say
from arena.leaderboard.ranking import Board
from judging.chat.prices import BUNDLED, find_price, read_prices
from storage.questions.response_costs import response_costs
from storage.values import Language

COST_KEYS = (
    "price_per_thousand_responses",
    "mean_latency_seconds",
    "mean_completion_tokens",
    "mean_prompt_tokens",
)
"""Keys of the columns of costs, in the order in which they are offered for the plot."""


def model_costs(session: Session) -> dict[str, ModelCost]:
    """The mean cost of a response of each model, with the price where the bundled table knows the model's name."""
    prices = read_prices(BUNDLED)
    found = {}
    for name, cost in response_costs(session).items():
        listed = find_price(prices, name)
        price = None
        if listed is not None and cost.prompt_tokens is not None and cost.completion_tokens is not None:
            rate = listed.price
            price = (rate.prompt * cost.prompt_tokens + rate.completion * cost.completion_tokens) / 1e6
        found[name] = ModelCost(cost, price)
    return found


def costs_object(board: Board, costs: Mapping[str, ModelCost], language: Language) -> dict[str, Any] | None:
    """Return ratings beside costs for the plot of the page; None unless two models have a rating and one same cost."""
    facts = BoardFacts(board, costs=costs)
    columns = {column.key: column for column in BOARD_COLUMNS if column.key in COST_KEYS}
    ends = interval_ends(board.ratings)
    values = {key: columns[key].values(facts) for key in COST_KEYS}
    rated = [place for place, row in enumerate(board.rows) if row.rating is not None and row.island == 0]
    shown = [key for key in COST_KEYS if sum(values[key][place] is not None for place in rated) > 1]
    if not shown:
        return None
    points = []
    for place in rated:
        row = board.rows[place]
        lower, upper = (end if abs(end) < float("inf") else None for end in ends[row.model])
        own = {key: values[key][place] for key in shown}
        points.append({"model": row.model, "rating": row.rating, "lower": lower, "upper": upper, "values": own})
    return {
        "title": say(language, "board_costs"),
        "text": say(language, "board_costs_text"),
        "axes": [{"key": key, "title": say(language, f"board_cost_{key}")} for key in shown],
        "y": say(language, f"board_axis_{board.ratings.scale}"),
        "points": points,
    }

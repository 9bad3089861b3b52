"""The columns of a leaderboard: the one table that the terminal, JSON, CSV and the Leaderboard page are made from.

A new column is one more entry in `BOARD_COLUMNS`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from app.views.board import interval_ends, interval_level, interval_text, rank_text
from app.views.number_text import decimal_text, signed_text
from arena.leaderboard.board import LeaderboardRow
from arena.leaderboard.ranking import Board
from arena.rating.ranks import Difference, first_probabilities
from storage.questions.response_costs import ResponseCost
from storage.values import Language

Place = Literal["terminal", "page", "json", "csv"]
"""A leaderboard as text, as HTML, as an object for programs, as a file."""

EVERYWHERE: frozenset[Place] = frozenset(get_args(Place))
PEOPLE: frozenset[Place] = frozenset({"terminal", "page"})
PROGRAMS: frozenset[Place] = frozenset({"json", "csv"})

FIRST_DRAWS = 10_000
"""Draws for the probability of being first, with a standard error of at most half a percentage point."""
FIRST_VALUES = 1_000_000
"""Largest number of drawn ratings; more than 100 models get fewer draws, but at least a thousand."""


@dataclass(frozen=True)
class ModelCost:
    """The mean cost of a model's responses.

    Attributes:
        measured: tokens and latency.
        price: price of a mean response in the currency of the table of prices; None if unknown.
    """

    measured: ResponseCost
    price: float | None = None


@dataclass(frozen=True)
class BoardFacts:
    """What the values of columns are computed from.

    Attributes:
        board: a fitted leaderboard.
        against: model that all others are compared with; None without a comparison.
        differences: difference of each other model from `against`, by model.
        costs: mean cost of a response, by model; None if not asked for.
    """

    board: Board
    against: str | None = None
    differences: Mapping[str, Difference] = field(default_factory=dict)
    costs: Mapping[str, ModelCost] | None = None


Values = Callable[[BoardFacts], Sequence[Any]]


@dataclass(frozen=True)
class BoardColumn:
    """One column of a leaderboard.

    Attributes:
        key: key in JSON and heading in CSV; unique.
        values: value of each row of the board, in the order of the rows; None or NaN if unknown.
        places: outputs that have the column.
        headings: heading by language, with the blanks `level` (of the intervals) and `against`; the terminal
            takes the English one in lower case. Empty for a column that only programs see.
        text: value as text for people; it is not called for None and NaN, which are empty cells.
        kind: `text` is aligned to the left, `number` to the right; `rank` and `name` are marked up on the page.
        is_minor: whether a phone hides the column.
        is_shown: whether a board has the column; by default every one.
    """

    key: str
    values: Values
    places: frozenset[Place]
    headings: Mapping[Language, str] = field(default_factory=dict)
    text: Callable[[Any, BoardFacts, Language], str] = lambda value, _facts, _language: str(value)
    kind: Literal["text", "number", "rank", "name"] = "number"
    is_minor: bool = False
    is_shown: Callable[[BoardFacts], bool] = lambda _facts: True

    def heading(self, facts: BoardFacts, language: Language) -> str:
        """The heading for people."""
        level = f"{interval_level(facts.board.ratings):.0%}"
        return self.headings[language].format(level=level, against=facts.against)

    def texts(self, facts: BoardFacts, language: Language) -> list[str]:
        """The cells for people, in the order of the rows."""
        return ["" if is_unknown(value) else self.text(value, facts, language) for value in self.values(facts)]


def is_unknown(value: object) -> bool:
    """Whether a value is None or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def shown_columns(facts: BoardFacts, place: Place) -> list[BoardColumn]:
    """The columns of a board in one place, from left to right."""
    return [column for column in BOARD_COLUMNS if place in column.places and column.is_shown(facts)]


def board_records(facts: BoardFacts, place: Literal["json", "csv"]) -> list[dict[str, Any]]:
    """The rows of a board for programs; unknown and infinite values are None."""
    columns = shown_columns(facts, place)
    rows = zip(*(map(_finite, column.values(facts)) for column in columns), strict=True)
    return [dict(zip((column.key for column in columns), row, strict=True)) for row in rows]


def _finite(value: Any) -> Any:  # noqa: ANN401  a value of a column
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _per_row(value: Callable[[LeaderboardRow], Any]) -> Values:
    """Values that depend on nothing but the row."""
    return lambda facts: [value(row) for row in facts.board.rows]


def _per_difference(value: Callable[[Difference], Any]) -> Values:
    return lambda facts: [
        None if (found := facts.differences.get(row.model)) is None else value(found) for row in facts.board.rows
    ]


def _intervals(facts: BoardFacts) -> list[tuple[float, float] | None]:
    ends = interval_ends(facts.board.ratings)
    return [None if all(map(math.isnan, ends[row.model])) else ends[row.model] for row in facts.board.rows]


def _plain_ratings(facts: BoardFacts) -> list[float | None]:
    ratings = facts.board.ratings
    if ratings.plain_rating is None:
        return [None] * len(facts.board.rows)
    found = dict(zip(ratings.models, ratings.plain_rating.tolist(), strict=True))
    return [found[row.model] for row in facts.board.rows]


def _is_fused(facts: BoardFacts) -> bool:
    return facts.board.fusion is not None


def _people_ratings(facts: BoardFacts) -> list[float | None]:
    fusion = facts.board.fusion
    if fusion is None:
        return [None] * len(facts.board.rows)
    found = dict(zip(fusion.people.models, fusion.people.rating.tolist(), strict=True))
    return [found[row.model] for row in facts.board.rows]


def _assumed(facts: BoardFacts) -> list[bool]:
    """Whether votes were taken as random, in every row, so that no copy of the file loses it."""
    fusion = facts.board.fusion
    return [fusion is not None and fusion.sampling.assumed] * len(facts.board.rows)


def first_probabilities_of(facts: BoardFacts) -> list[float]:
    """The probability of each row's model to be the first of its group, 0 to 1; NaN if unknown."""
    ratings, seed = facts.board.ratings, facts.board.recipe.settings.seed
    draws = min(FIRST_DRAWS, max(FIRST_VALUES // max(len(ratings.models), 1), 1000))
    chances = first_probabilities(ratings, draws=draws, seed=seed)
    found = dict(zip(ratings.models, chances.tolist(), strict=True))
    return [found[row.model] for row in facts.board.rows]


def _decimals(facts: BoardFacts) -> int:
    """Percentages have one decimal, Elo points none."""
    return 1 if facts.board.ratings.scale == "percent" else 0


def _rating_text(value: float, facts: BoardFacts, _language: Language) -> str:
    return decimal_text(value, _decimals(facts))


def _interval_text(value: tuple[float, float], facts: BoardFacts, language: Language) -> str:
    return interval_text(*value, language, decimals=_decimals(facts))


def chance_text(value: float, _facts: BoardFacts | None = None, _language: Language = "en") -> str:
    """Whole percent; a probability from draws is never shown as 0 or 100 %."""
    return "<1%" if value < 0.005 else ">99%" if value >= 0.995 else f"{value:.0%}"


def _difference_text(value: Difference, _facts: BoardFacts, _language: Language) -> str:
    if math.isnan(value.difference):
        return ""
    if math.isnan(value.lower):
        return signed_text(value.difference, 0)
    return f"{signed_text(value.difference, 0)} ({signed_text(value.lower, 0)} – {signed_text(value.upper, 0)})"


def _cost_column(
    key: str,
    value: Callable[[ModelCost], float | None],
    headings: Mapping[Language, str],
    form: str,
    places: frozenset[Place] = EVERYWHERE,
) -> BoardColumn:
    """A column of the cost of responses, on boards that were asked for it."""
    return BoardColumn(
        key,
        lambda facts: [
            None if (found := (facts.costs or {}).get(row.model)) is None else value(found) for row in facts.board.rows
        ],
        places,
        headings,
        lambda value, _facts, _language: form.format(value),
        is_minor=True,
        is_shown=lambda facts: facts.costs is not None,
    )


def _is_compared(facts: BoardFacts) -> bool:
    return facts.against is not None


def _difference_column(key: str, value: Callable[[Difference], float]) -> BoardColumn:
    return BoardColumn(key, _per_difference(value), frozenset({"csv"}), is_shown=_is_compared)


BOARD_COLUMNS: tuple[BoardColumn, ...] = (
    BoardColumn("rank", _per_row(lambda row: row.rank), frozenset({"json"})),
    BoardColumn(
        "ranks",
        _per_row(lambda row: row),
        PEOPLE,
        {"en": "Rank", "zh": "名次"},
        lambda row, _facts, _language: rank_text(row),
        kind="rank",
    ),
    BoardColumn("model", _per_row(lambda row: row.model), EVERYWHERE, {"en": "Model", "zh": "模型"}, kind="name"),
    BoardColumn("rating", _per_row(lambda row: row.rating), EVERYWHERE, {"en": "Rating", "zh": "评分"}, _rating_text),
    BoardColumn(
        "plain_rating",
        _plain_ratings,
        PEOPLE,
        {"en": "Without style control", "zh": "未校正风格"},
        lambda value, _facts, _language: f"{value:.0f}",
        is_shown=lambda facts: facts.board.ratings.plain_rating is not None,
    ),
    BoardColumn(
        "people_rating",
        _people_ratings,
        EVERYWHERE,
        {"en": "People alone", "zh": "仅人工"},
        _rating_text,
        is_minor=True,
        is_shown=_is_fused,
    ),
    BoardColumn("lower", _per_row(lambda row: row.lower), PROGRAMS),
    BoardColumn("upper", _per_row(lambda row: row.upper), PROGRAMS),
    BoardColumn("interval", _intervals, PEOPLE, {"en": "{level} interval", "zh": "{level} 置信区间"}, _interval_text),
    BoardColumn(
        "battles",
        _per_row(lambda row: row.battles),
        EVERYWHERE,
        {"en": "Comparisons", "zh": "对比次数"},
        lambda value, _facts, _language: f"{value:,}",
    ),
    BoardColumn("rank_low", _per_row(lambda row: row.rank_low), PROGRAMS),
    BoardColumn("rank_high", _per_row(lambda row: row.rank_high), PROGRAMS),
    BoardColumn(
        "win_rate",
        _per_row(lambda row: row.win_rate),
        EVERYWHERE,
        {"en": "Win rate", "zh": "胜率"},
        lambda value, _facts, _language: f"{value:.1%}",
    ),
    BoardColumn(
        "probability_first",
        first_probabilities_of,
        EVERYWHERE,
        {"en": "Chance of 1st", "zh": "第一名概率"},
        chance_text,
        is_minor=True,
    ),
    BoardColumn(
        "difference_text",
        _per_difference(lambda found: found),
        frozenset({"terminal"}),
        {"en": "Above {against}", "zh": "高于 {against}"},
        _difference_text,
        kind="text",
        is_shown=_is_compared,
    ),
    _difference_column("difference", lambda found: found.difference),
    _difference_column("difference_lower", lambda found: found.lower),
    _difference_column("difference_upper", lambda found: found.upper),
    _cost_column(
        "mean_latency_seconds",
        lambda cost: cost.measured.latency_seconds,
        {"en": "Seconds", "zh": "秒数"},
        "{:.1f}",
    ),
    _cost_column(
        "mean_prompt_tokens",
        lambda cost: cost.measured.prompt_tokens,
        {"en": "Tokens in", "zh": "输入词元"},
        "{:,.0f}",
        EVERYWHERE - {"page"},
    ),
    _cost_column(
        "mean_completion_tokens",
        lambda cost: cost.measured.completion_tokens,
        {"en": "Tokens out", "zh": "输出词元"},
        "{:,.0f}",
    ),
    _cost_column(
        "price_per_thousand_responses",
        lambda cost: None if cost.price is None else 1000.0 * cost.price,
        {"en": "Price of 1,000", "zh": "每千条价格"},
        "{:,.2f}",
    ),
    BoardColumn("both_bad", _per_row(lambda row: row.both_bad), frozenset({"json"})),
    BoardColumn("provisional", _per_row(lambda row: row.provisional), frozenset({"json"})),
    BoardColumn("island", _per_row(lambda row: row.island), frozenset({"json"})),
    BoardColumn("freedom", _per_row(lambda row: row.freedom), frozenset({"json"})),
    BoardColumn("assume_random", _assumed, frozenset({"csv"}), is_shown=_is_fused),
)
"""All columns, from left to right."""

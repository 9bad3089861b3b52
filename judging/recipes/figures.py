"""Figures of benchmarks: pure functions of verdicts, with the number of replies without a verdict."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from judging.recipes.recipe import BenchmarkFacts, BenchmarkFigure, CombineShares, RecipeJudgment
from judging.verdicts.verdict import Verdict
from storage.errors import BadInput


@dataclass(frozen=True)
class WinRate:
    """Win rate of one model.

    Attributes:
        rate: Mean share of the point in percent; None without a verdict.
        standard_error: Standard error of the rate in percentage points, for independent values; None below two.
        discrete: Rate with each share rounded to a win, a draw or a loss first.
        wins: Number of shares above one half.
        losses: Number of shares below one half.
        draws: Number of shares of exactly one half.
    """

    rate: float | None
    standard_error: float | None
    discrete: float | None
    wins: int
    losses: int
    draws: int


def win_rate(shares: Sequence[float]) -> WinRate:
    """Win rate from a model's shares of the point in [0, 1], where a tie is half a win."""
    wins, losses = sum(share > 0.5 for share in shares), sum(share < 0.5 for share in shares)
    draws = len(shares) - wins - losses
    mean, error = mean_and_error(shares)
    discrete = 100.0 * (wins + 0.5 * draws) / len(shares) if shares else None
    return WinRate(_percent(mean), _percent(error), discrete, wins, losses, draws)


def mean_and_error(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean, None without values, and its standard error s / sqrt(n) with n - 1 in s, None below two values."""
    if not values:
        return None, None
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, None
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))


def mean_figure(subject: str, name: str, values: Sequence[float], *, unparsed: int = 0) -> BenchmarkFigure:
    """Figure of a mean, None without values; it has no standard error, since the values may be dependent."""
    return BenchmarkFigure(subject, name, mean_and_error(values)[0], len(values), unparsed)


def mean_score_figures(rows: Sequence[RecipeJudgment], name: str = "mean score") -> list[BenchmarkFigure]:
    """The mean of the single scores of each model."""
    figures = []
    for model, scores in group_scores(rows, lambda row: row.models[0]).items():
        values, unparsed = split_known(scores)
        figures.append(mean_figure(model, name, values, unparsed=unparsed))
    return figures


def summarise_mean_scores(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """The mean score of each model, as the summary of a recipe."""
    del facts
    return mean_score_figures(rows)


def percent_figure(subject: str, name: str, hits: Sequence[bool], *, unparsed: int = 0) -> BenchmarkFigure:
    """Figure of the share of hits in percent."""
    value = 100.0 * sum(hits) / len(hits) if hits else None
    return BenchmarkFigure(subject, name, value, len(hits), unparsed)


def win_figures(subject: str, shares: Sequence[float], *, unparsed: int = 0) -> list[BenchmarkFigure]:
    """Figures of a model: win rate with standard error, discrete win rate, wins, losses and draws."""
    found, count = win_rate(shares), len(shares)
    return [
        BenchmarkFigure(subject, "win rate", found.rate, count, unparsed, found.standard_error),
        BenchmarkFigure(subject, "discrete win rate", found.discrete, count, unparsed),
        BenchmarkFigure(subject, "wins", float(found.wins), count, unparsed),
        BenchmarkFigure(subject, "losses", float(found.losses), count, unparsed),
        BenchmarkFigure(subject, "draws", float(found.draws), count, unparsed),
    ]


def model_share(row: RecipeJudgment, model: str) -> float | None:
    """A model's share of the point in [0, 1], None without a verdict.

    Raises:
        BadInput: The verdict is not about a pair with this model.
    """
    if len(row.models) != 2 or model not in row.models:
        raise BadInput(f"expected a verdict on a pair with {model!r}, got one on {', '.join(row.models)}")
    if row.verdict.value is None:
        return None
    return row.verdict.value if model == row.models[0] else 1.0 - row.verdict.value


def shares_by_model(rows: Iterable[RecipeJudgment], *, against: str = "") -> dict[str, list[float | None]]:
    """Shares of each model in its pairs; with a baseline `against`, only in pairs with it and without its own."""
    found: dict[str, list[float | None]] = defaultdict(list)
    for row in rows:
        if against and against not in row.models:
            continue
        for model in row.models:
            if model != against:
                found[model].append(model_share(row, model))
    return dict(sorted(found.items()))


def split_known(values: Iterable[float | None]) -> tuple[list[float], int]:
    """The known values, and the number of unknown ones."""
    listed = list(values)
    present = [value for value in listed if value is not None]
    return present, len(listed) - len(present)


def group_scores(rows: Iterable[RecipeJudgment], key: Callable[[RecipeJudgment], str]) -> dict[str, list[float | None]]:
    """Single scores of each group, None without a verdict."""
    found: dict[str, list[float | None]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row.verdict.value)
    return dict(sorted(found.items()))


def judge_label(row: RecipeJudgment) -> str:
    """A judge with its prompt, as subject of figures about judges."""
    return f"{row.judge} {row.prompt}".strip() or "judge"


def find_category(row: RecipeJudgment, facts: BenchmarkFacts) -> str:
    """Category of a verdict's question, `other` if the data has none."""
    return facts.categories.get(row.question, "other")


OrderPair = tuple[RecipeJudgment, RecipeJudgment]


def match_orders(rows: Iterable[RecipeJudgment]) -> list[OrderPair]:
    """Pairs of verdicts on the same two responses, first the one with sorted model names.

    Verdicts without a verdict in the other order are left out.

    Raises:
        BadInput: There are two verdicts on the same pair in the same order.
    """
    found: dict[Hashable, dict[bool, RecipeJudgment]] = defaultdict(dict)
    for row in rows:
        first, second = row.models
        key = (row.question, frozenset(row.models), row.judge, row.prompt, row.turn, row.sample)
        if (first < second) in found[key]:
            raise BadInput(f"expected one verdict for each order of question {row.question}, got two; keep one of them")
        found[key][first < second] = row
    return [(orders[True], orders[False]) for orders in found.values() if len(orders) == 2]


def combine_shares(
    rows: Iterable[RecipeJudgment], combine: CombineShares
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Each model's share in each pair judged in both orders, and its number of pairs without a verdict.

    Inconsistent orders count as half a point, as in published rules that know no third state.
    """
    shares: dict[str, list[float]] = defaultdict(list)
    lacking: Counter[str] = Counter()
    for game in match_orders(rows):
        for model in sorted(game[0].models):
            first, second = (model_share(row, model) for row in game)
            if first is None or second is None:
                lacking[model] += 1
                continue
            outcome = combine(first, second)
            shares[model].append(0.5 if outcome == "inconsistent" else float(outcome))
    return dict(sorted(shares.items())), lacking


def tie_unless_agreed(first: float, second: float) -> float:
    """Combine a model's shares in both orders; any disagreement is a tie."""
    return first if first == second else 0.5


def preferred_model(row: RecipeJudgment) -> str | None:
    """The model that a verdict on a pair prefers; None for a tie or without a verdict."""
    value = row.verdict.value
    if value is None or value == 0.5:
        return None
    return row.models[0] if value > 0.5 else row.models[1]


def kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Cohen's kappa of two lists of labels: (p_o - p_e) / (1 - p_e), None if undefined.

    Raises:
        BadInput: The lists have different lengths.
    """
    if len(first) != len(second):
        raise BadInput(
            f"expected two lists of labels of equal length, got {len(first)} and {len(second)}; pass one label per item"
        )
    if not first:
        return None
    total = len(first)
    agreed = sum(one == other for one, other in zip(first, second, strict=True)) / total
    left, right = Counter(first), Counter(second)
    chance = sum(left[label] * right[label] for label in left) / total**2
    return None if chance == 1.0 else (agreed - chance) / (1.0 - chance)


def group_means(groups: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Mean of each group that has values."""
    return {name: math.fsum(values) / len(values) for name, values in groups.items() if values}


def has_numbers(verdict: Verdict) -> bool:
    """Whether a verdict has one or several numbers."""
    return verdict.value is not None or bool(verdict.values)


def _percent(value: float | None) -> float | None:
    return None if value is None else 100.0 * value

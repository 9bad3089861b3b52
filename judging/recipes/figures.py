"""How benchmarks count: pure functions from verdicts to figures; what has no verdict is counted beside them."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from judging.recipes.recipe import BenchmarkFacts, BenchmarkFigure, CombineShares, RecipeJudgment
from judging.verdicts.verdict import Verdict
from storage.errors import BadInput


@dataclass(frozen=True)
class WinRate:
    """One model against others.

    Attributes:
        rate: mean share of a point, in percent; None of no verdict.
        standard_error: of it in percentage points, as that of a mean of independent values; None below two.
        discrete: rate when each share is first made a win, a draw or a loss.
        wins: shares above a half.
        losses: shares below.
        draws: the rest.
    """

    rate: float | None
    standard_error: float | None
    discrete: float | None
    wins: int
    losses: int
    draws: int


def win_rate(shares: Sequence[float]) -> WinRate:
    """Of a model's shares of a point in [0, 1]; a tie is half a win, so this is the net win rate with ties half."""
    wins, losses = sum(share > 0.5 for share in shares), sum(share < 0.5 for share in shares)
    draws = len(shares) - wins - losses
    mean, error = mean_and_error(shares)
    discrete = 100.0 * (wins + 0.5 * draws) / len(shares) if shares else None
    return WinRate(_percent(mean), _percent(error), discrete, wins, losses, draws)


def mean_and_error(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The mean, None of nothing, and its standard error s / sqrt(n) with n - 1 in s, None below two values."""
    if not values:
        return None, None
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, None
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))


def mean_figure(subject: str, name: str, values: Sequence[float], *, unparsed: int = 0) -> BenchmarkFigure:
    """A mean, None of nothing; without a standard error, since the values need not be independent."""
    return BenchmarkFigure(subject, name, mean_and_error(values)[0], len(values), unparsed)


def percent_figure(subject: str, name: str, hits: Sequence[bool], *, unparsed: int = 0) -> BenchmarkFigure:
    """The share of hits in percent."""
    value = 100.0 * sum(hits) / len(hits) if hits else None
    return BenchmarkFigure(subject, name, value, len(hits), unparsed)


def win_figures(subject: str, shares: Sequence[float], *, unparsed: int = 0) -> list[BenchmarkFigure]:
    """Win rate with standard error, discrete win rate, wins, losses and draws of a model."""
    found, count = win_rate(shares), len(shares)
    return [
        BenchmarkFigure(subject, "win rate", found.rate, count, unparsed, found.standard_error),
        BenchmarkFigure(subject, "discrete win rate", found.discrete, count, unparsed),
        BenchmarkFigure(subject, "wins", float(found.wins), count, unparsed),
        BenchmarkFigure(subject, "losses", float(found.losses), count, unparsed),
        BenchmarkFigure(subject, "draws", float(found.draws), count, unparsed),
    ]


def model_share(row: RecipeJudgment, model: str) -> float | None:
    """The share of a point in [0, 1] of one of the two models, None without a verdict.

    Raises:
        BadInput: the verdict is not about a pair, or not about this model.
    """
    if len(row.models) != 2 or model not in row.models:
        raise BadInput(f"expected a verdict on a pair with {model!r}, got one on {', '.join(row.models)}")
    if row.verdict.value is None:
        return None
    return row.verdict.value if model == row.models[0] else 1.0 - row.verdict.value


def shares_by_model(rows: Iterable[RecipeJudgment], *, against: str = "") -> dict[str, list[float | None]]:
    """The shares of every model in its pairs, or only of those that met the baseline `against`, and not of that."""
    found: dict[str, list[float | None]] = defaultdict(list)
    for row in rows:
        if against and against not in row.models:
            continue
        for model in row.models:
            if model != against:
                found[model].append(model_share(row, model))
    return dict(sorted(found.items()))


def split_known(values: Iterable[float | None]) -> tuple[list[float], int]:
    """The values that are there, and how many are not."""
    listed = list(values)
    present = [value for value in listed if value is not None]
    return present, len(listed) - len(present)


def group_scores(rows: Iterable[RecipeJudgment], key: Callable[[RecipeJudgment], str]) -> dict[str, list[float | None]]:
    """The single scores of each group, None where there is no verdict."""
    found: dict[str, list[float | None]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row.verdict.value)
    return dict(sorted(found.items()))


def judge_label(row: RecipeJudgment) -> str:
    """A judge with its prompt, as the subject of figures about judges."""
    return f"{row.judge} {row.prompt}".strip() or "judge"


def find_category(row: RecipeJudgment, facts: BenchmarkFacts) -> str:
    """The category of a verdict's question, `other` where the data has none."""
    return facts.categories.get(row.question, "other")


OrderPair = tuple[RecipeJudgment, RecipeJudgment]


def match_orders(rows: Iterable[RecipeJudgment]) -> list[OrderPair]:
    """Pairs of verdicts on the same two responses, first the order in which the models' names are sorted.

    Verdicts whose other order is missing are left out.

    Raises:
        BadInput: two verdicts on the same pair in the same order.
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
    """Each model's outcome of every pair judged in both orders, and how many of its pairs lack a verdict.

    An inconsistent outcome is half a point, as published rules have it that know no third outcome.
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
    """One outcome from a model's shares in both orders, where disagreement of any kind is a tie."""
    return first if first == second else 0.5


def preferred_model(row: RecipeJudgment) -> str | None:
    """The model that a verdict on a pair prefers; None for a tie and without a verdict."""
    value = row.verdict.value
    if value is None or value == 0.5:
        return None
    return row.models[0] if value > 0.5 else row.models[1]


def kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Cohen's kappa of two equally long lists of labels: (p_o - p_e) / (1 - p_e), None where it is not defined."""
    if len(first) != len(second):
        raise BadInput(f"expected two lists of labels of one length, got {len(first)} and {len(second)}")
    if not first:
        return None
    total = len(first)
    agreed = sum(one == other for one, other in zip(first, second, strict=True)) / total
    left, right = Counter(first), Counter(second)
    chance = sum(left[label] * right[label] for label in left) / total**2
    return None if chance == 1.0 else (agreed - chance) / (1.0 - chance)


def group_means(groups: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The mean of each group that has values."""
    return {name: math.fsum(values) / len(values) for name, values in groups.items() if values}


def has_numbers(verdict: Verdict) -> bool:
    """Whether there is a number in it, one or several."""
    return verdict.value is not None or bool(verdict.values)


def _percent(value: float | None) -> float | None:
    return None if value is None else 100.0 * value

"""Looks at a study after every rater: how often equal models are called different, and what stopping early costs.

    python -m tests.benchmarks.decision_looks [--studies 2000] [--costs 600]

A study is a stream of raters, each with a taste of their own (standard deviation 0.5 nat) and a number of votes of
their own; a fifth of the votes are ties. The cost is the number of votes until the sequence decides, relative to a
t-test on the same raters whose size was chosen, knowing the difference, for a power of 80 %.
"""

import argparse
import math
from collections.abc import Callable

import numpy as np
from scipy.special import expit
from scipy.stats import t as student

from arena.decisions.sequence import LEAST_BLOCKS, block_weights, log_capital
from arena.rating.counts import IntArray
from storage.ledger.battles import FloatArray

Sizes = Callable[[np.random.Generator, int], IntArray]
TIES, TASTE, LEVEL = 0.2, 0.5, 0.95
SIZES: dict[str, Sizes] = {
    "1 vote each": lambda _rng, n: np.ones(n, np.int64),
    "10 votes each": lambda _rng, n: np.full(n, 10, np.int64),
    "2 to 60 votes, mean 16": lambda rng, n: 1 + rng.geometric(1 / 15, n),
}


def study(rng: np.random.Generator, raters: int, sizes: Sizes, gap: float, taste: float) -> tuple[FloatArray, IntArray]:
    """Share of the new model and number of votes of each rater; `gap` is the strength of the new model in nats."""
    votes = sizes(rng, raters)
    ties = rng.binomial(votes, TIES)
    wins = rng.binomial(votes - ties, expit(gap + rng.normal(0.0, taste, raters)))
    return (wins + ties / 2.0) / votes, votes


def decided_at(share: FloatArray, votes: IntArray) -> int | None:
    """Number of raters after which the sequence leaves one half out; None if it never does."""
    capital = log_capital(share, votes, 0.5)
    hits = np.flatnonzero(capital[LEAST_BLOCKS - 1 :] >= -math.log(1.0 - LEVEL))
    return int(hits[0]) + LEAST_BLOCKS if len(hits) else None


def false_alarms(studies: int, sizes: Sizes, taste: float, horizon: int) -> float:
    """Share of studies of equal models that call them different at any look."""
    alarms = 0
    for seed in range(studies):
        share, votes = study(np.random.default_rng(seed), horizon, sizes, 0.0, taste)
        alarms += decided_at(share, votes) is not None
    return alarms / studies


def power(size: int, sizes: Sizes, gap: float, rng: np.random.Generator, draws: int = 4000) -> float:
    """Power of the two-sided t-test of weighted means at a fixed number of raters."""
    share, votes = study(rng, draws * size, sizes, gap, TASTE)
    share, weights = share.reshape(draws, size), block_weights(votes).reshape(draws, size)
    mean = (weights * share).sum(axis=1) / weights.sum(axis=1)
    residual = weights * (share - mean[:, None])
    error = np.sqrt((residual**2).sum(axis=1) * size / (size - 1)) / weights.sum(axis=1)
    return float(np.mean(np.abs(mean - 0.5) / error > student.ppf(0.5 + LEVEL / 2.0, size - 1)))


def gap_of_size(size: int, sizes: Sizes) -> float:
    """Strength in nats that the t-test finds with a power of 80 % at a number of raters."""
    low, high = 0.0, 3.0
    for _ in range(14):
        middle = (low + high) / 2.0
        low, high = (middle, high) if power(size, sizes, middle, np.random.default_rng(1)) < 0.8 else (low, middle)
    return high


def cost(size: int, sizes: Sizes, studies: int) -> tuple[float, float, float]:
    """Votes until a decision relative to the fixed size: mean and 80 % quantile; and the share decided by 5 sizes."""
    gap, ratios, decided = gap_of_size(size, sizes), [], 0
    for seed in range(studies):
        share, votes = study(np.random.default_rng((size, seed)), 5 * size, sizes, gap, TASTE)
        at = decided_at(share, votes)
        decided += at is not None
        ratios.append((at or 5 * size) / size)
    return float(np.mean(ratios)), float(np.quantile(ratios, 0.8)), decided / studies


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--studies", type=int, default=2000)
    options.add_argument("--costs", type=int, default=600)
    options.add_argument("--horizon", type=int, default=300)
    given = options.parse_args()
    print(f"equal models, {given.studies} studies, a look after each of {given.horizon} raters")
    for name, sizes in SIZES.items():
        for taste in (0.5, 1.0):
            found = false_alarms(given.studies, sizes, taste, given.horizon)
            print(f"  {name}, taste {taste}: ever called different {found:.4f}", flush=True)
    print(f"votes until a decision / t-test with a power of 80 %, {given.costs} studies")
    for name, sizes in SIZES.items():
        for size in (50, 100, 200):
            mean, quantile, decided = cost(size, sizes, given.costs)
            print(
                f"  {name}, fixed size {size} raters: mean {mean:.2f}, 80 % quantile {quantile:.2f}, decided "
                f"{decided:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

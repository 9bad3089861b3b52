"""Votes until a ranking is right: pairs drawn uniformly, and by the choice of `next_pairs` with a tenth of uniform
draws.

    python -m tests.benchmarks.pair_choice [--worlds 40]

30 models with a standard deviation of 120 Elo points, batches of 100 votes, a fit after each batch. Reported is the
number of votes until the mean over worlds of Kendall's tau reaches 0.90, and of the share of the true top five among
the first five reaches 0.9; curves are means of five batches. Both choices are fitted alike, with a weak prior.
"""

import argparse

import numpy as np
from scipy.special import expit

from arena.rating.counts import PairCounts
from arena.rating.method import ELO_PER_NAT
from arena.rating.next_pairs import pair_gains
from storage.ledger.battles import FloatArray

MODELS, SPREAD, BATCH, MOST, UNIFORM = 30, 120.0, 100, 8000, 0.1
FIRST, SECOND = np.triu_indices(MODELS, 1)


def counted(wins: FloatArray, losses: FloatArray) -> PairCounts:
    """Pair counts of all pairs, whether they met or not."""
    none = np.zeros(len(wins))
    return PairCounts(MODELS, FIRST, SECOND, wins, losses, none, none, none, none, none, 0)


def curve(truth: FloatArray, *, optimal: bool, seed: int) -> FloatArray:
    """Kendall's tau and the share of the top five found, after each batch; (n_batches, 2)."""
    rng = np.random.default_rng(seed)
    chance = expit(truth[FIRST] - truth[SECOND])
    wins, losses = np.zeros(len(FIRST)), np.zeros(len(FIRST))
    best, found = set(np.argsort(-truth)[:5].tolist()), []
    gains = pair_gains(counted(wins, losses))
    for _ in range(0, MOST, BATCH):
        weights = gains.weights if optimal else np.ones(len(FIRST))
        drawn = rng.choice(len(FIRST), BATCH, p=(1 - UNIFORM) * weights / weights.sum() + UNIFORM / len(FIRST))
        won = rng.random(BATCH) < chance[drawn]
        wins += np.bincount(drawn[won], minlength=len(FIRST))
        losses += np.bincount(drawn[~won], minlength=len(FIRST))
        gains = pair_gains(counted(wins, losses))
        order = (gains.strength[FIRST] > gains.strength[SECOND]) == (truth[FIRST] > truth[SECOND])
        top = set(np.argsort(-gains.strength)[:5].tolist())
        found.append((2.0 * order.mean() - 1.0, len(top & best) / 5.0))
    return np.array(found)


def votes_until(curve_mean: FloatArray, target: float) -> int | None:
    """Votes until a mean curve, smoothed over five batches, reaches a target; None if it does not."""
    padded = np.pad(curve_mean, 2, mode="edge")
    reached = np.flatnonzero(np.convolve(padded, np.full(5, 0.2), "valid") >= target)
    return None if not len(reached) else int(reached[0] + 1) * BATCH


def main() -> None:
    """Print votes of both choices."""
    options = argparse.ArgumentParser()
    options.add_argument("--worlds", type=int, default=40)
    worlds = options.parse_args().worlds
    rng = np.random.default_rng(3)
    truths = [rng.normal(0.0, SPREAD, MODELS) / ELO_PER_NAT for _ in range(worlds)]
    means = {}
    for name, optimal in (("uniform", False), ("D-optimal", True)):
        curves = [curve(truth, optimal=optimal, seed=50 + number) for number, truth in enumerate(truths)]
        means[name] = np.mean(curves, axis=0)
    for label, column, target in (
        ("tau 0.85", 0, 0.85),
        ("tau 0.90", 0, 0.9),
        ("top five 0.8", 1, 0.8),
        ("top five 0.9", 1, 0.9),
    ):
        votes = {name: votes_until(mean[:, column], target) for name, mean in means.items()}
        base, other = votes["uniform"], votes["D-optimal"]
        saved = "" if base is None or other is None else f"{100 * (other / base - 1):+.0f} %"
        print(f"  {label}: uniform {base}, D-optimal {other} {saved}")


if __name__ == "__main__":
    main()

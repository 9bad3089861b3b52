"""How often nominal 95 % intervals hold the truth, in worlds where votes are alike.

    python -m tests.statistics.coverage --replicates 2000

prints a Markdown table for RESULTS.md. New raters and questions are drawn for every replicate; the truth is what the
fit tends to with ever more of both.
"""

import argparse
from dataclasses import dataclass, replace

import numpy as np

from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from tests.statistics.worlds import World

WORLDS = {
    "independent votes": World(),
    "200 raters with own tastes": World(taste=0.6),
    "80 repeated questions": World(topic=0.4),
    "raters and questions": World(taste=0.5, topic=0.3),
}


@dataclass(frozen=True)
class Coverage:
    """Share of intervals that held the truth, over replicates and models.

    Attributes:
        clustered: the default intervals.
        narrow: the same, a tenth narrower.
        plain: the sandwich of independent battles.
        error: standard error of `clustered`, replicates being independent.
    """

    clustered: float
    narrow: float
    plain: float
    error: float


def measure(world: World, replicates: int, seed: int) -> Coverage:
    """Draw, fit and count."""
    rng, target = np.random.default_rng(seed), world.target()
    held = np.empty((3, replicates))
    for number in range(replicates):
        evidence = Evidence(world.draw(rng))
        wide = rate_bradley_terry(evidence, settings=RatingSettings())
        plain = rate_bradley_terry(evidence, settings=replace(RatingSettings(), interval="sandwich"))
        away = np.abs(wide.rating - target)
        half, least = wide.upper - wide.rating, plain.upper - plain.rating
        held[:, number] = np.mean(away <= half), np.mean(away <= 0.9 * half), np.mean(away <= least)
    clustered, narrow, plain_held = (float(mean) for mean in held.mean(axis=1))
    return Coverage(clustered, narrow, plain_held, float(held[0].std(ddof=1) / np.sqrt(replicates)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    print("| world | default | ± | a tenth narrower | plain sandwich |\n|---|---|---|---|---|")
    for name, world in WORLDS.items():
        one = measure(world, options.replicates, options.seed)
        print(f"| {name} | {one.clustered:.4f} | {one.error:.4f} | {one.narrow:.4f} | {one.plain:.4f} |", flush=True)


if __name__ == "__main__":
    main()

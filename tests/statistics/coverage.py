"""How often nominal 95 % intervals hold the truth, in situations where other tools' intervals do not.

    python -m tests.statistics.coverage --replicates 2000

prints a Markdown table for RESULTS.md.
"""

import argparse
from dataclasses import dataclass

import numpy as np

from tests.statistics.scenarios import AdaptivePairing, AlikeVotes, DavidsonTies, Newcomer, Scenario
from tests.statistics.worlds import World

SCENARIOS: dict[str, Scenario] = {
    "independent votes": AlikeVotes(World()),
    "200 raters with own tastes": AlikeVotes(World(taste=0.6)),
    "80 repeated questions": AlikeVotes(World(topic=0.4)),
    "raters and questions": AlikeVotes(World(taste=0.5, topic=0.3)),
    "adaptive pairing with weights": AdaptivePairing(),
    "adaptive pairing with weights, a fifth of ties": AdaptivePairing(tie_weight=0.7),
    "a newcomer with 40 battles among 2 million": Newcomer(),
    "a fifth of ties, by Davidson": DavidsonTies(),
}


@dataclass(frozen=True)
class IntervalCoverage:
    """Share of intervals that held the truth, over replicates and models.

    Attributes:
        default: the default intervals.
        narrow: the same, a tenth narrower.
        wrong: intervals that are known to be wrong, see the scenario.
        error: standard error of `default`, replicates being independent.
    """

    default: float
    narrow: float
    wrong: float
    error: float


def measure(scenario: Scenario, replicates: int, seed: int) -> IntervalCoverage:
    """Draw, fit and count."""
    rng = np.random.default_rng(seed)
    held = np.array([scenario.replicate(rng) for _ in range(replicates)])
    default, narrow, wrong = (float(mean) for mean in held.mean(axis=0))
    return IntervalCoverage(default, narrow, wrong, float(held[:, 0].std(ddof=1) / np.sqrt(replicates)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    options = parser.parse_args()
    print("| situation | default | ± | a tenth narrower | known wrong |\n|---|---|---|---|---|")
    for name, scenario in SCENARIOS.items():
        if options.only not in name:
            continue
        one = measure(scenario, options.replicates, options.seed)
        print(f"| {name} | {one.default:.4f} | {one.error:.4f} | {one.narrow:.4f} | {one.wrong:.4f} |", flush=True)


if __name__ == "__main__":
    main()

"""Two runs on the same items: the decision, each task by itself, and the items that differ."""

from dataclasses import dataclass
from typing import Literal

import scipy  # its part `stats` takes a second to load, so it comes with the first decision

from objective.evaluation.flipped_items import ItemFlip, flipped_items
from objective.evaluation.run import common_scores, common_tasks, compare_runs
from objective.scoring.paired_comparison import PairedComparison, compare_paired
from storage.database.engine import Database
from storage.errors import BadInput

RegressionDecision = Literal["better", "worse", "equal", "open"]
"""Whether the new run is better than the old one; `equal` within the margin, `open` where items do not tell."""

LEAST_DIFFERING = 10
"""With fewer items that differ, resampling them gives intervals that are too narrow, or of no width at all."""


@dataclass(frozen=True)
class RegressionOptions:
    """How two runs are compared.

    Attributes:
        level: confidence level of the intervals.
        margin: difference of the mean score that does not matter, 0 to 1.
        seed: seed of the bootstrap.
    """

    level: float = 0.95
    margin: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class RunComparison:
    """Two runs on the items that both answered.

    Attributes:
        new: name of the run that is asked about.
        old: name of the run that it is compared with.
        options: confidence level and margin.
        overall: all items together.
        tasks: each task by itself.
        flips: items on which they differ.
    """

    new: str
    old: str
    options: RegressionOptions
    overall: PairedComparison
    tasks: dict[str, PairedComparison]
    flips: tuple[ItemFlip, ...] = ()

    @property
    def decision(self) -> RegressionDecision:
        """The decision on all items together."""
        return decide(self.overall, self.options)

    @property
    def lost(self) -> int:
        """Number of items on which the new run scores lower."""
        return sum(one.direction == "lost" for one in self.flips)

    def decision_on(self, task: str) -> RegressionDecision:
        """The decision on the items of one task."""
        return decide(self.tasks[task], self.options)


def compare_evaluations(
    database: Database, runs: tuple[int, int | str], names: tuple[str, str], options: RegressionOptions
) -> RunComparison:
    """Compare two runs on the tasks that both were asked alike.

    Args:
        database: an open store.
        runs: id of the new run, and id of the old one or the name of its model.
        names: names of both, as they are shown.
        options: confidence level, margin and seed.

    Raises:
        NotFound: there is no such run.
        BadInput: the runs have no task or item in common.
    """
    run = runs[0]
    other, common = common_tasks(database, *runs)
    overall = compare_runs(database, run, other, seed=options.seed, level=options.level)
    scores, others = common_scores(database, run, other)
    tasks = {}
    for task in sorted({item.split("/", 1)[0] for item in scores.keys() & others.keys()}):
        own, theirs = ({k: v for k, v in one.items() if k.split("/", 1)[0] == task} for one in (scores, others))
        tasks[task] = compare_paired(own, theirs, seed=options.seed, level=options.level)
    flips = flipped_items(database, (run, other), sorted(common), (scores, others))
    return RunComparison(*names, options, overall, tasks, tuple(flips))


def has_common_tasks(database: Database, run: int, other: int) -> bool:
    """Whether two runs were asked some task alike, though perhaps no item of it has an answer from both.

    Raises:
        NotFound: there is no such run.
    """
    try:
        common_tasks(database, run, other)
    except BadInput:
        return False
    return True


def decide(found: PairedComparison, options: RegressionOptions) -> RegressionDecision:
    """The decision that an interval of differences allows; where few items differ, an exact test must agree."""
    is_enough = found.only_a + found.only_b >= LEAST_DIFFERING
    is_apart = found.low > 0.0 or found.high < 0.0
    if is_apart and (is_enough or found.p_value <= 1.0 - options.level):
        return "better" if found.low > 0.0 else "worse"
    is_within = max(-found.low, found.high) <= options.margin
    return "equal" if is_within and (is_enough or _most_differing(found, options) <= options.margin) else "open"


def _most_differing(found: PairedComparison, options: RegressionOptions) -> float:
    """The exact upper bound (Clopper and Pearson) of the share of items that differ, which bounds the difference.

    Without an item that differs, it is what resampling cannot give: how many such items may have been missed.
    """
    differing = found.only_a + found.only_b
    if differing == found.items:
        return 1.0
    return float(scipy.stats.beta.ppf(options.level, differing + 1, found.items - differing))

"""Flags of raters: rules over measures, recomputed from the stored votes each time and stored nowhere.

Each test asks whether an honest rater would do this by chance. With `SIGNIFICANCE` at 0.001, at most one honest rater
in a thousand is flagged by each test, whatever the number of votes. A flag is a reason to look at a rater, not a
verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import scipy  # its part `stats` takes a second to load, so it comes with the first test

from arena.quality.measures import CountedShare, RaterMeasures
from storage.values import Winner

SIGNIFICANCE = 0.001
FAST_LEAST, FAST_SHARE = 5, 0.2
"""Fewest votes, and smallest share of the timed ones, that are too fast for the flag; a slip is neither."""
GOLD_LEAST, GOLD_ACCURACY = 5, 0.7
"""Fewest gold answers for the flag, and the accuracy that a rater must plausibly have if the campaign names none."""
OTHERS_LEAST = 30
"""Fewest votes, repeats or comparisons of the other raters before one rater is compared with their share."""


@dataclass(frozen=True)
class RaterFlag:
    """A rule that a rater's votes break.

    Attributes:
        rule: `fast`, `one_sided`, `identical`, `gold`, `inconsistent` or `disagrees`.
        n: number of votes on which the rule rests, for example of fast ones.
        total: number of votes that were looked at.
        chance: probability of this or more by an honest rater; None for rules without a test.
    """

    rule: str
    n: int
    total: int
    chance: float | None


@dataclass(frozen=True)
class PeerShares:
    """What the other raters do, to compare one with.

    Attributes:
        choices: number of ordinary votes by choice.
        consistency: their repeats with the same preferred response.
        majority: their votes with the majority of the others.
    """

    choices: dict[str, int]
    consistency: CountedShare
    majority: CountedShare


def flag_rater(
    measures: RaterMeasures, majority: CountedShare, peers: PeerShares, *, accuracy: float | None
) -> list[RaterFlag]:
    """The rules that a rater's votes break.

    Args:
        measures: measures of the rater.
        majority: votes of the rater with the majority of the others.
        peers: shares of all other raters.
        accuracy: gold accuracy that the campaign asks for; None for `GOLD_ACCURACY`.
    """
    found = [
        _fast(measures.pace.fast),
        _one_sided(measures),
        _identical(measures, peers),
        _gold(measures.gold, accuracy or GOLD_ACCURACY),
        _below_peers("inconsistent", measures.consistency, peers.consistency),
        _below_peers("disagrees", majority, peers.majority),
    ]
    return [one for one in found if one is not None]


def pooled(shares: Sequence[CountedShare]) -> CountedShare:
    """The share over all cases of several raters."""
    return CountedShare.of(sum(one.n for one in shares), sum(one.total for one in shares))


def _fast(fast: CountedShare) -> RaterFlag | None:
    if fast.n < FAST_LEAST or fast.n < FAST_SHARE * fast.total:
        return None
    return RaterFlag("fast", fast.n, fast.total, None)


def _one_sided(measures: RaterMeasures) -> RaterFlag | None:
    """Sides are drawn by a coin, so an honest rater chooses the left one in half of the cases (exact binomial test)."""
    chance = measures.left_chance
    if chance is None or chance >= SIGNIFICANCE:
        return None
    n = max(measures.left.n, measures.left.total - measures.left.n)
    return RaterFlag("one_sided", n, measures.left.total, chance)


def _identical(measures: RaterMeasures, peers: PeerShares) -> RaterFlag | None:
    """A run of `r` equal choices of probability `p` occurs in `n` votes with at most the probability `n * p ** r`.

    For a side `p` is a half; for a tie and both bad it is the larger of a half and their share among the others.
    """
    run, choice = measures.longest_run, measures.run_choice
    if choice is None:
        return None
    total = sum(peers.choices.values())
    of_peers = peers.choices.get(choice, 0) / total if total >= OTHERS_LEAST else 0.5
    likely = 0.5 if choice in (Winner.model_a, Winner.model_b) else max(0.5, of_peers)
    chance = float(min(measures.votes * likely**run, 1.0))
    return RaterFlag("identical", run, measures.votes, chance) if chance < SIGNIFICANCE else None


def _gold(gold: CountedShare, accuracy: float) -> RaterFlag | None:
    """Flagged if the whole 95 % interval of the accuracy lies below what is asked for."""
    if gold.total < GOLD_LEAST or gold.high is None or gold.high >= accuracy:
        return None
    chance = float(scipy.stats.binomtest(gold.n, gold.total, accuracy, alternative="less").pvalue)
    return RaterFlag("gold", gold.total - gold.n, gold.total, chance)


def _below_peers(rule: str, own: CountedShare, peers: CountedShare) -> RaterFlag | None:
    """Flagged if a rater whose true share is that of the others would be as low by chance (exact binomial test)."""
    if not own.total or peers.total < OTHERS_LEAST or peers.share is None:
        return None
    chance = float(scipy.stats.binomtest(own.n, own.total, peers.share, alternative="less").pvalue)
    return RaterFlag(rule, own.total - own.n, own.total, chance) if chance < SIGNIFICANCE else None

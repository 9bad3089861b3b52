"""Measures of one rater's votes and scores: pace, gold accuracy, self-consistency, sides and choices.

A share without a single case is unknown, never zero. Intervals of shares are Wilson's score intervals at 95 %
(Wilson, 1927; recommended for small numbers by Brown, Cai and DasGupta, 2001).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

import scipy  # its part `stats` takes a second to load, so it comes with the first test

from arena.quality.reading import least_seconds
from storage.campaigns.rater_scores import ScoredBallot
from storage.campaigns.rater_votes import GoldCount, RaterVote
from storage.values import SpecialDraw, Winner

LEVEL = 0.95


@dataclass(frozen=True)
class CountedShare:
    """A share of cases with its interval.

    Attributes:
        n: number of cases that have the property.
        total: number of cases.
        share: `n / total`; None without a case.
        low: lower end of the 95 % interval; None without a case.
        high: upper end; None without a case.
    """

    n: int
    total: int
    share: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, n: int, total: int) -> "CountedShare":
        """The share of `n` in `total` cases."""
        if not total:
            return cls(0, 0, None, None, None)
        interval = scipy.stats.binomtest(n, total).proportion_ci(LEVEL, method="wilson")
        return cls(n, total, n / total, float(interval.low), float(interval.high))


@dataclass(frozen=True)
class Pace:
    """How fast a rater votes, in seconds.

    Attributes:
        timed: number of votes whose time the server knows, from showing the pair to the vote.
        median_seconds: median of those times without the time in a hidden tab; None without one.
        hidden_seconds: time in a hidden tab over all votes; None where no page told it.
        hidden_votes: number of votes with more than a second in a hidden tab; None where no page told it.
        fast: votes faster than one can look at the pair, among the timed ones.
    """

    timed: int
    median_seconds: float | None
    hidden_seconds: float | None
    hidden_votes: int | None
    fast: CountedShare


@dataclass(frozen=True)
class RaterMeasures:
    """Measures of one rater's votes.

    Attributes:
        votes: number of ordinary votes.
        scored: number of ordinary ballots with scores instead of a vote.
        choices: number of ordinary votes by choice, in terms of the sides shown.
        pace: times of all votes and scored ballots.
        gold: right answers to silent gold items.
        onboarding: right answers to onboarding items.
        consistency: repeats with the same preferred response as the first time, where tie and both bad are the same,
            and repeats in which each score is at most a step from the first one.
        kept_side: inconsistent repeats in which the same side won again, so the other response.
        left: ordinary votes for the left side among those for one side.
        left_chance: probability of a share at least as far from a half, if sides did not matter (two-sided exact
            binomial test); None without such a vote.
        longest_run: largest number of ordinary votes in a row with the same choice.
        run_choice: choice of that run; None without a vote.
    """

    votes: int
    scored: int
    choices: dict[str, int]
    pace: Pace
    gold: CountedShare
    onboarding: CountedShare
    consistency: CountedShare
    kept_side: CountedShare
    left: CountedShare
    left_chance: float | None
    longest_run: int
    run_choice: str | None


class TimedAnswer(Protocol):
    """A vote or a scored ballot, as far as its times go; fields as in `RaterVote`."""

    @property
    def seconds(self) -> float | None:
        """Time from showing to the answer; None where the server does not know it."""

    @property
    def hidden_seconds(self) -> float | None:
        """Time in a hidden tab; None when unknown."""

    @property
    def shown_ids(self) -> tuple[int, ...]:
        """The responses that were shown."""


def measure_rater(
    votes: Sequence[RaterVote], scored: Sequence[ScoredBallot], gold: GoldCount, reading: Mapping[int, float]
) -> RaterMeasures:
    """Measure the standing answers of one rater, in the order of the ledger.

    Args:
        votes: votes of one rater.
        scored: ballots that the rater scored.
        gold: gold answers of that rater.
        reading: seconds that reading takes, by response id.
    """
    ordinary = [one for one in votes if one.policy not in set(SpecialDraw)]
    choices = Counter(one.winner.value for one in ordinary)
    sided = choices[Winner.model_a] + choices[Winner.model_b]
    run, of = _longest_run([one.winner.value for one in ordinary])
    same, kept, repeats = _repeats(votes)
    near, scored_again = _scored_again(scored)
    return RaterMeasures(
        votes=len(ordinary),
        scored=sum(one.policy not in set(SpecialDraw) for one in scored),
        choices={winner.value: choices[winner.value] for winner in Winner},
        pace=_pace([*votes, *scored], reading),
        gold=CountedShare.of(gold.right, gold.total),
        onboarding=CountedShare.of(gold.onboarding_right, gold.onboarding_total),
        consistency=CountedShare.of(same + near, repeats + scored_again),
        kept_side=CountedShare.of(kept, repeats - same),
        left=CountedShare.of(choices[Winner.model_a], sided),
        left_chance=float(scipy.stats.binomtest(choices[Winner.model_a], sided).pvalue) if sided else None,
        longest_run=run,
        run_choice=of,
    )


def spent_seconds(vote: TimedAnswer) -> float | None:
    """Time from showing a pair to the vote without the time in a hidden tab; None where the server does not know it.

    The server's times bound it from above, so a browser cannot make a vote look slower than it was.
    """
    if vote.seconds is None:
        return None
    return max(vote.seconds - (vote.hidden_seconds or 0.0), 0.0)


def is_fast(vote: TimedAnswer, reading: Mapping[int, float]) -> bool | None:
    """Whether a vote was faster than one can look at its responses; None where its time or a text is unknown."""
    spent = spent_seconds(vote)
    if spent is None or any(response not in reading for response in vote.shown_ids):
        return None
    return spent < least_seconds(sum(reading[response] for response in vote.shown_ids))


def _pace(votes: Sequence[TimedAnswer], reading: Mapping[int, float]) -> Pace:
    spent = [seconds for one in votes if (seconds := spent_seconds(one)) is not None]
    hidden = [one.hidden_seconds for one in votes if one.hidden_seconds is not None]
    fast = [found for one in votes if (found := is_fast(one, reading)) is not None]
    return Pace(
        timed=len(spent),
        median_seconds=median(spent) if spent else None,
        hidden_seconds=sum(hidden) if hidden else None,
        hidden_votes=sum(seconds > 1.0 for seconds in hidden) if hidden else None,
        fast=CountedShare.of(sum(fast), len(fast)),
    )


def _repeats(votes: Sequence[RaterVote]) -> tuple[int, int, int]:
    """Repeats with the same preferred response, other repeats with the same side, and all repeats with a first vote."""
    first = {one.pair: one for one in reversed(votes) if one.policy not in set(SpecialDraw)}
    same = kept = total = 0
    for one in votes:
        before = first.get(one.pair)
        if one.policy != SpecialDraw.repeat or before is None:
            continue
        total += 1
        if one.preferred == before.preferred:
            same += 1
        elif one.winner == before.winner:
            kept += 1
    return same, kept, total


def _scored_again(scored: Sequence[ScoredBallot]) -> tuple[int, int]:
    """Repeats whose scores all lie within a step of the first ones, and all repeats with a first time."""
    first = {one.content: one for one in reversed(scored) if one.policy not in set(SpecialDraw)}
    near = total = 0
    for one in scored:
        before = first.get(one.content)
        if one.policy != SpecialDraw.repeat or before is None:
            continue
        total += 1
        near += all(_are_near(score, before.scores.get(key)) for key, score in one.scores.items())
    return near, total


def _are_near(score: float | None, before: float | None) -> bool:
    """Whether two scores differ by a step at most; "cannot judge" is near itself only."""
    return score is before if score is None or before is None else abs(score - before) <= 1.0


def _longest_run(choices: Sequence[str]) -> tuple[int, str | None]:
    longest, of, run = 0, None, 0
    for place, choice in enumerate(choices):
        run = run + 1 if place and choices[place - 1] == choice else 1
        if run > longest:
            longest, of = run, choice
    return longest, of

"""What a fused fit reads, and the reasons for which it refuses: each says what to collect."""

from dataclasses import dataclass, replace

import numpy as np

from arena.fused.pool import JudgedPool, PeopleRows
from arena.rating.evidence import Evidence
from storage.errors import BadInput
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import FloatArray
from storage.values import RaterKind

LENGTH = "length"
"""Name of the feature: difference of the lengths of two responses as a share of their sum."""
SIDE_OF = "side: "
"""Start of the name of the feature: which response a judge asked in one order saw first."""


class FusionRefused(BadInput):
    """People and judges cannot be fused.

    Attributes:
        reason: `no_votes`, `saw_votes`, `no_judgments`, `no_overlap`, `unknown_probability` or `no_core`.
        numbers: numbers behind the reason, by name.
    """

    def __init__(self, reason: str, message: str, **numbers: int) -> None:
        """Keep the reason beside the message."""
        super().__init__(message)
        self.reason, self.numbers = reason, numbers


@dataclass(frozen=True)
class FusionChoice:
    """How people and judges are fused.

    Attributes:
        assume_random: whether votes of unknown probability are taken as a random part of the judged items.
        judges: names of the judges to use; empty for all.
        saw_votes: judges that were made from votes of people, for example by tuning or as examples in the prompt;
            they are left out.
    """

    assume_random: bool = False
    judges: tuple[str, ...] = ()
    saw_votes: tuple[str, ...] = ()


@dataclass(frozen=True)
class VoteSampling:
    """The probabilities with which the items with a vote were drawn.

    Attributes:
        known: number of votes with a known probability.
        unknown: number of votes without one.
        lowest: smallest known probability; NaN if none is known.
        highest: largest known probability; NaN if none is known.
        assumed: whether votes were taken as drawn at random because some probability is unknown.
    """

    known: int
    unknown: int
    lowest: float
    highest: float
    assumed: bool


@dataclass(frozen=True, eq=False)
class FusedSource:
    """Input of a fused leaderboard.

    Attributes:
        evidence: votes, or scores, of people over the models of people and judges.
        rows: the votes, or scores, that the rating uses.
        pool: judged items.
        orders: number of orders in which each judge was asked: 1 or 2; 0 for single responses.
        sampling: probabilities of the votes.
        skipped: judges that were left out because they saw votes.
        questions: names of the questions, for the codes of rows and pool.
        by_order: (n_items, n_judges, 2) share of the first model where it was shown first, and where it was shown
            second; NaN where a judge was not asked so, or where that is not stored. Empty for single responses.
    """

    evidence: Evidence
    rows: PeopleRows
    pool: JudgedPool
    orders: tuple[int, ...]
    sampling: VoteSampling
    skipped: tuple[str, ...]
    questions: tuple[str, ...]
    by_order: FloatArray


def of_judges(selection: Selection, choice: FusionChoice) -> Selection:
    """The selection of judgments for a selection of votes: the same questions, whenever and in whatever campaign."""
    return replace(
        selection,
        kind=RaterKind.judge,
        rater=None,
        raters=choice.judges,
        rater_source=None,
        campaign=None,
        since=None,
        until=None,
        adjudicated=False,
    )


def describe_sampling(probability: FloatArray, *, assume_random: bool) -> VoteSampling:
    """Describe the probabilities of votes.

    Raises:
        FusionRefused: some are unknown and it was not said that votes are a random part.
    """
    known = probability[~np.isnan(probability)]
    unknown = len(probability) - len(known)
    if unknown and not assume_random:
        raise FusionRefused(
            "unknown_probability",
            f"expected the probability with which people got each pair, got {unknown:,} of {len(probability):,} votes "
            "without one (imported votes, or scores, have none); if people rated a random part of what was judged, "
            "say so with --assume-random, else leave these votes out with --campaign",
            unknown=unknown,
            n=len(probability),
        )
    low, high = (float(known.min()), float(known.max())) if len(known) else (np.nan, np.nan)
    return VoteSampling(len(known), unknown, low, high, assumed=unknown > 0)


def checked(source: FusedSource) -> FusedSource:
    """A source that can be fused.

    Raises:
        FusionRefused: no votes, no judgments, every judge saw votes, or nothing that both rated.
    """
    if not len(source.rows):
        raise FusionRefused(
            "no_votes",
            "expected votes of people to fuse with judgments, got none; people fix what the ratings mean, so let "
            "people vote in a campaign or import votes, or see the judges alone with --by judge",
        )
    if not source.pool.n_judges and source.skipped:
        raise FusionRefused(
            "saw_votes",
            f"expected a judge that has not seen the votes, got only {', '.join(source.skipped)}; a judge made from "
            "votes agrees with these more than with others, so its use would bias the ratings: run another judge",
        )
    if not len(source.pool):
        raise FusionRefused(
            "no_judgments",
            "expected judgments to fuse with the votes, got none; run `evenhand judge pairwise` on the pairs that "
            "people rated and on others, or see people alone with --by human",
        )
    if not (source.rows.item >= 0).any():
        raise FusionRefused(
            "no_overlap",
            f"expected pairs that both people and judges rated, got none among {len(source.rows):,} votes and "
            f"{len(source.pool):,} judged pairs; what a judge is worth can only be learnt from common ones: "
            "judge some 300 of the pairs that people rated; at import, questions are the same with the same --source",
            votes=len(source.rows),
            judged=len(source.pool),
        )
    return source

"""How little would have to go for another model to be first: votes, one rater, one question.

Which votes matter most is found from their influence on the difference of two ratings, the step by which a fit moves if
one row goes, and then checked by fits without them (Broderick, Giordano and Meager, 2020, "An automatic finite-sample
robustness metric", https://arxiv.org/abs/2011.14999). So the number of votes is an upper bound of the smallest number,
and always one with which first place really changes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.counts import IntArray, count_pairs
from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from arena.rating.next_pairs import weak_fit
from arena.rating.tally import refuse_many_models
from storage.ledger.battles import Battles, CodeArray, FloatArray

MOST_RIVALS = 5
"""Number of models, those next in the ranking, that are tried as the new first."""
MOST_REFITS = 40
"""Number of raters, and of questions, that are left out one by one, the most influential first."""

PURPOSE = "what first place rests on"
"""What needs a covariance, for the message that refuses very many models."""

_PLAIN = RatingSettings(interval="sandwich")
_ROUNDS = 25


@dataclass(frozen=True)
class Removal:
    """A rater or question without whose votes another model is first.

    Attributes:
        name: name of the rater, or key of the question.
        votes: number of votes that go.
        first: the model that is first then.
    """

    name: str
    votes: int
    first: str


@dataclass(frozen=True)
class FirstPlace:
    """What first place rests on.

    Attributes:
        first: the model that is first.
        total: number of battles.
        rival: the model that is first after the removal of the fewest votes; None if no removal was found.
        votes: number of these votes; None likewise.
        positions: their positions in the ledger.
        by_rater: number of them by rater, most first; unknown raters are left out.
        raters: raters without whom another model is first.
        questions: questions without which another model is first.
        raters_tried: number of raters that were left out one by one.
        questions_tried: number of questions that were left out one by one.
    """

    first: str
    total: int
    rival: str | None
    votes: int | None
    positions: tuple[int, ...]
    by_rater: tuple[tuple[str, int], ...]
    raters: tuple[Removal, ...]
    questions: tuple[Removal, ...]
    raters_tried: int
    questions_tried: int


def first_place(battles: Battles) -> FirstPlace | None:
    """What the first place of the largest group of models rests on, by Bradley-Terry; None with fewer than two models.

    Args:
        battles: the battles of a leaderboard.

    Raises:
        BadInput: more models than a covariance has room for.
    """
    refuse_many_models(len(battles.models), PURPOSE)
    battles = battles.subset(battles.a != battles.b)
    order = _ranking(battles)
    if len(order) < 2:
        return None
    first = order[0]
    influence = _Influence(battles)
    removals = [(_fewest(influence, first, rival), rival) for rival in order[1 : MOST_RIVALS + 1]]
    found = [(rows, rival) for rows, rival in removals if rows is not None]
    rows, rival = min(found, key=lambda one: len(one[0]), default=(None, None))
    of = influence.of(first, order[1])
    raters, raters_tried = _removals(battles, battles.rater, battles.raters, of, first)
    questions, questions_tried = _removals(battles, battles.question, battles.questions, of, first)
    taken = np.empty(0, np.int64) if rows is None else rows
    by_rater = Counter(battles.raters[code] for code in battles.rater[taken].tolist() if code >= 0)
    return FirstPlace(
        first=first,
        total=len(battles),
        rival=rival,
        votes=None if rows is None else len(rows),
        positions=tuple(battles.position[taken].tolist()),
        by_rater=tuple(by_rater.most_common()),
        raters=raters,
        questions=questions,
        raters_tried=raters_tried,
        questions_tried=questions_tried,
    )


class _Influence:
    """The change of the difference of two ratings if one row goes, to first order."""

    def __init__(self, battles: Battles) -> None:
        self.battles = battles
        self.strength, self.inverse = weak_fit(count_pairs(battles))
        gap = self.strength[battles.a] - self.strength[battles.b]
        self.residual = battles.score - expit(gap)

    def of(self, one: str, other: str) -> FloatArray:
        """Change of the strength of `one` minus that of `other` by the removal of each row, in nats."""
        models = self.battles.models
        along = self.inverse[models.index(one)] - self.inverse[models.index(other)]
        change: FloatArray = -self.residual * (along[self.battles.a] - along[self.battles.b])
        return change


def _fewest(influence: _Influence, first: str, rival: str) -> IntArray | None:
    """Rows whose removal puts another model first, as few as possible by influence; None if none was found."""
    battles = influence.battles
    models = battles.models
    gone: list[int] = []
    for _ in range(_ROUNDS):
        rest = np.setdiff1d(np.arange(len(battles)), gone)
        here = _Influence(battles.subset(_mask(battles, gone)))
        change = here.of(first, rival)
        gap = float(here.strength[models.index(first)] - here.strength[models.index(rival)])
        order = np.argsort(change, kind="stable")
        helpful = order[change[order] < 0.0]
        reach = np.flatnonzero(np.cumsum(change[helpful]) <= -gap)
        more = 1 if gap <= 0.0 else int(reach[0]) + 1 if len(reach) else len(helpful)
        if not len(helpful) or len(gone) + more >= len(battles):
            return None
        gone += rest[helpful[:more]].tolist()
        if _has_changed(battles, gone, first):
            return _shortest(battles, gone, first)
    return None


def _shortest(battles: Battles, gone: list[int], first: str) -> IntArray:
    """The shortest beginning of a list of rows whose removal puts another model first, by bisection."""
    low, high = 1, len(gone)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _has_changed(battles, gone[:middle], first) else (middle + 1, high)
    return np.sort(np.array(gone[:high], np.int64))


def _has_changed(battles: Battles, gone: list[int], first: str) -> bool:
    ranking = _ranking(battles.subset(_mask(battles, gone)))
    return bool(ranking) and ranking[0] != first


def _mask(battles: Battles, gone: list[int]) -> npt.NDArray[np.bool_]:
    """The rows that stay."""
    stays = np.ones(len(battles), np.bool_)
    stays[gone] = False
    return stays


def _removals(
    battles: Battles, codes: CodeArray, names: Sequence[str], change: FloatArray, first: str
) -> tuple[tuple[Removal, ...], int]:
    """Clusters without which another model is first, among those with the largest influence against it."""
    known = codes >= 0
    sums = np.bincount(codes[known], change[known], len(names))
    present = np.bincount(codes[known], minlength=len(names)) > 0
    tried = [code for code in np.argsort(sums, kind="stable").tolist() if present[code]][:MOST_REFITS]
    found = []
    for code in tried:
        own: npt.NDArray[np.bool_] = codes == code
        ranking = _ranking(battles.subset(~own))
        if ranking and ranking[0] != first:
            found.append(Removal(names[code], int(own.sum()), ranking[0]))
    return tuple(found), len(tried)


def _ranking(battles: Battles) -> list[str]:
    """Models of the largest group, best first; empty without a battle."""
    if not len(battles):
        return []
    ratings = rate_bradley_terry(Evidence(battles), settings=_PLAIN)
    members = [code for code in np.flatnonzero(ratings.island == 0).tolist() if np.isfinite(ratings.rating[code])]
    return [ratings.models[code] for code in sorted(members, key=lambda code: (-ratings.rating[code], code))]

"""Which pairs to ask about next, and how many more votes each pair needs: the computation of `evenhand ask`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from arena.rating.counts import count_pairs
from arena.rating.method import ELO_PER_NAT, Ratings
from arena.rating.next_pairs import PairGains, pair_gains
from arena.rating.ranks import difference
from storage.errors import BadInput
from storage.ledger.battles import Battles, FloatArray

MINIMUM_UNIFORM_SHARE = 0.1
MOST_ASKED = 2000
"""Largest number of models among which pairs are chosen; all pairs of more have no room."""
_MOST_DESIGN_EFFECT = 20.0


@dataclass(frozen=True)
class PairNeed:
    """One pair of models: what is known, how often to ask about it, and what it still needs.

    Attributes:
        model_a: the model with the higher rating.
        model_b: the other one.
        votes: number of votes on the pair.
        difference: difference of the ratings in Elo points; None where no votes connect the two.
        half_width: half the width of its interval; None if unknown.
        probability: probability of the pair in the next draw, 0 to 1.
        missing: further votes on this pair until half the width is at most the margin; None if unknown.
    """

    model_a: str
    model_b: str
    votes: int
    difference: float | None
    half_width: float | None
    probability: float
    missing: int | None


@dataclass(frozen=True)
class DrawnPair:
    """A question and two models to ask about.

    Attributes:
        question: id of the question.
        model_a: the model to show first.
        model_b: the other one.
        probability: probability of this question and pair among all that were left at this draw, 0 to 1.
    """

    question: int
    model_a: str
    model_b: str
    probability: float


def pair_needs(
    battles: Battles, ratings: Ratings, *, level: float, margin: float, uniform_share: float
) -> tuple[PairNeed, ...]:
    """Every pair of models, the likeliest next one first.

    Args:
        battles: the votes so far; its models are those to ask about.
        ratings: a fit to these battles, of the same models.
        level: confidence level of the intervals.
        margin: wanted half width of the interval of a difference in Elo points.
        uniform_share: share of uniform draws, `MINIMUM_UNIFORM_SHARE` to 1.

    Raises:
        BadInput: fewer than two models, or a number out of its range.
    """
    if not margin > 0.0:
        raise BadInput(f"expected a margin above 0 Elo points, got {margin!r}; 50 is usual")
    counts = count_pairs(battles)
    gains = pair_gains(counts)
    chances = pair_probabilities(gains, uniform_share)
    met = {(int(i), int(j)): int(n) for i, j, n in zip(counts.first, counts.second, counts.battles, strict=True)}
    needs = []
    for place, (one, other) in enumerate(zip(gains.first.tolist(), gains.second.tolist(), strict=True)):
        apart = difference(ratings, one, other, level=level)
        better, worse = (one, other) if not apart.difference < 0.0 else (other, one)
        half = (apart.upper - apart.lower) / 2.0
        is_known = bool(np.isfinite(half)) and half > 0.0
        needs.append(
            PairNeed(
                model_a=battles.models[better],
                model_b=battles.models[worse],
                votes=met.get((one, other), 0),
                difference=abs(apart.difference) if np.isfinite(apart.difference) else None,
                half_width=half if is_known else None,
                probability=float(chances[place]),
                missing=_missing(gains, place, half, margin) if is_known else None,
            )
        )
    return tuple(sorted(needs, key=lambda need: (-need.probability, need.model_a, need.model_b)))


def refuse_many_pairs(number: int) -> None:
    """Refuse more models than there is room for all of whose pairs, before any work.

    Raises:
        BadInput: there are more than `MOST_ASKED` models.
    """
    if number > MOST_ASKED:
        raise BadInput(
            f"expected {MOST_ASKED:,} models or fewer to choose pairs among, got {number:,}, which are "
            f"{number * (number - 1) // 2:,} pairs; choose some of them by --campaign, --category or --source"
        )


def pair_probabilities(gains: PairGains, uniform_share: float) -> FloatArray:
    """Probability of each pair in the next draw: mostly by its weight, and a share uniformly.

    Raises:
        BadInput: the share is out of its range.
    """
    if not MINIMUM_UNIFORM_SHARE <= uniform_share <= 1.0:
        raise BadInput(f"expected a uniform share of {MINIMUM_UNIFORM_SHARE} to 1, got {uniform_share!r}")
    weights = gains.weights
    chances: FloatArray = (1.0 - uniform_share) * weights / weights.sum() + uniform_share / len(weights)
    return chances


def draw_pairs(
    needs: Sequence[PairNeed], questions: Mapping[tuple[str, str], Sequence[int]], *, votes: int, seed: int
) -> list[DrawnPair]:
    """Draw questions and pairs without replacement; fewer than asked for if no more are left.

    Args:
        needs: the pairs with their probabilities.
        questions: ids of the questions that both models have answered, by the names of a pair in alphabetical order.
        votes: number of draws.
        seed: seed of the draws; it also decides which model is shown first.
    """
    rng = np.random.default_rng(seed)
    left = [list(questions.get(_sorted(need.model_a, need.model_b), ())) for need in needs]
    chances = np.array([need.probability for need in needs])
    drawn = []
    for _ in range(votes):
        open_chances = np.where([bool(own) for own in left], chances, 0.0)
        if not open_chances.sum() > 0.0:
            break
        open_chances /= open_chances.sum()
        place = int(rng.choice(len(needs), p=open_chances))
        own = left[place]
        probability = float(open_chances[place]) / len(own)
        question = own.pop(int(rng.integers(len(own))))
        one, other = needs[place].model_a, needs[place].model_b
        sides = (other, one) if rng.integers(2) else (one, other)
        drawn.append(DrawnPair(question, *sides, probability))
    return drawn


def _missing(gains: PairGains, place: int, half: float, margin: float) -> int:
    """Further votes on one pair until half the width of its difference is the margin.

    A vote on the pair adds p (1 - p) to the information on its difference, divided by how much wider the interval is
    than for independent votes.
    """
    if half <= margin:
        return 0
    one, other = int(gains.first[place]), int(gains.second[place])
    covariance = gains.covariance
    plain = float(covariance[one, one] + covariance[other, other] - 2.0 * covariance[one, other])
    quantile = 1.96
    now, wanted = (half / quantile / ELO_PER_NAT) ** 2, (margin / quantile / ELO_PER_NAT) ** 2
    effect = float(np.clip(now / plain, 1.0, _MOST_DESIGN_EFFECT))
    chance = float(expit(gains.strength[one] - gains.strength[other]))
    return int(np.ceil(effect * (1.0 / wanted - 1.0 / now) / (chance * (1.0 - chance))))


def _sorted(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def as_questions(rows: Sequence[tuple[int, str]]) -> dict[tuple[str, str], list[int]]:
    """Questions by pair of models that both answered them, from `(question, model)` rows."""
    by_question: dict[int, set[str]] = {}
    for question, model in rows:
        by_question.setdefault(question, set()).add(model)
    found: dict[tuple[str, str], list[int]] = {}
    for question, models in sorted(by_question.items()):
        names = sorted(models)
        for place, one in enumerate(names):
            for other in names[place + 1 :]:
                found.setdefault((one, other), []).append(question)
    return found


def with_models(battles: Battles, models: Sequence[str]) -> Battles:
    """Battles over these models too, the vocabulary in alphabetical order."""
    names = tuple(sorted({*battles.models, *models}))
    place = np.array([names.index(name) for name in battles.models], np.int32)
    if not len(place):
        return replace(battles, models=names)
    return replace(battles, models=names, a=place[battles.a], b=place[battles.b])

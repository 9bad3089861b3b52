"""Simulated votes of people, and judgments that see the same items in their own way."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from arena.fused.pairs import fuse_pairs
from arena.fused.pool import JudgedPool, PeopleRows
from arena.fused.results import FusedRatings
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from storage.ledger.battles import Battles, FloatArray


@dataclass(frozen=True)
class FusedWorld:
    """How people and judges see items.

    Attributes:
        models: number of models.
        taste: spread of the difference of two responses beyond their models, in nats; both sides see it.
        noise: noise of the judge, times that of people.
        questions: number of questions, each with several items; 0 for one item each.
        question_spread: spread of a model's offset on a question.
        raters: number of people; 0 for unknown ones.
        rater_spread: spread of a person's offset for a model.
        side: preference of the judge for the side that it sees first, in nats.
        length: preference of the judge for the longer response, in nats per standard deviation.
        orders: number of orders in which the judge is asked.
    """

    models: int = 8
    taste: float = 1.2
    noise: float = 1.0
    questions: int = 0
    question_spread: float = 0.0
    raters: int = 0
    rater_spread: float = 0.0
    side: float = 0.4
    length: float = 0.5
    orders: int = 2


@dataclass(frozen=True, eq=False)
class Drawn:
    """Items, of which the first `votes` have a vote; one entry per item."""

    models: int
    votes: int
    first: np.ndarray
    second: np.ndarray
    question: np.ndarray
    vote: FloatArray
    judged: FloatArray
    length: FloatArray
    rater: np.ndarray

    def people(self) -> PeopleRows:
        """The votes."""
        n = self.votes
        return PeopleRows(
            first=self.first[:n],
            second=self.second[:n],
            share=self.vote[:n],
            item=np.arange(n),
            rater=self.rater[:n],
            question=self.question[:n],
            group=np.zeros(n, np.int32),
            weight=np.ones(n),
            probability=np.full(n, np.nan),
            left=np.zeros(n, np.bool_),
        )

    def pool(self, *columns: FloatArray, names: tuple[str, ...] = ("judge",)) -> JudgedPool:
        """The judged items; the judge's verdicts unless other columns are given."""
        values = np.column_stack(columns or (self.judged,))
        group = np.zeros(len(self.first), np.int32)
        return JudgedPool(names, len(names), self.first, self.second, self.question, group, values)

    def battles(self, rows: slice | None = None) -> Battles:
        """The votes as battles."""
        chosen = rows or slice(0, self.votes)
        rater, question = self.rater[chosen], self.question[chosen]
        names = tuple(f"model {code:02d}" for code in range(self.models))
        outcome = np.where(self.vote[chosen] == 1.0, 0, 1).astype(np.int8)
        made = Battles.of_codes(names, self.first[chosen], self.second[chosen], outcome)
        return replace(
            made,
            rater=rater,
            raters=tuple(f"rater {code}" for code in range(int(rater.max(initial=-1)) + 1)),
            question=question,
            questions=tuple(f"question {code}" for code in range(int(question.max(initial=-1)) + 1)),
        )


def draw(world: FusedWorld, strength: FloatArray, votes: int, others: int, rng: np.random.Generator) -> Drawn:
    """Draw items; people vote on the first ones, the judge sees all."""
    total, n = votes + others, world.models
    a = rng.integers(0, n, total)
    b = (a + rng.integers(1, n, total)) % n
    low, high = np.minimum(a, b), np.maximum(a, b)
    question = rng.integers(0, world.questions, total) if world.questions else np.arange(total)
    gap = strength[low] - strength[high] + rng.normal(0.0, world.taste, total)
    if world.questions:
        offset = rng.normal(0.0, world.question_spread, (world.questions, n))
        gap = gap + offset[question, low] - offset[question, high]
    rater = rng.integers(0, world.raters, total) if world.raters else np.full(total, -1)
    seen = gap
    if world.raters:
        own = rng.normal(0.0, world.rater_spread, (world.raters, n))
        seen = gap + own[rater, low] - own[rater, high]
    vote = (rng.random(total) < expit(2.0 * seen)).astype(float)
    length = rng.normal(0.0, 1.0, total)
    verdicts = [
        (rng.random(total) < expit((2.0 * gap + sign * world.side + world.length * length) / world.noise)).astype(float)
        for sign in (1.0, -1.0)[: world.orders]
    ]
    codes = [column.astype(np.int32) for column in (low, high, question, rater)]
    return Drawn(n, votes, codes[0], codes[1], codes[2], vote, np.mean(verdicts, axis=0), length, codes[3])


def fit(drawn: Drawn, pool: JudgedPool | None = None, **settings: object) -> FusedRatings:
    """Fused ratings of drawn items, with every model weighing the same in the mean."""
    chosen = RatingSettings(mean="models", **settings)  # type: ignore[arg-type]
    plain = rate_bradley_terry(Evidence(drawn.battles()), settings=chosen)
    return fuse_pairs(drawn.people(), drawn.pool() if pool is None else pool, plain, chosen)

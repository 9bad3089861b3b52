"""Worlds in which raters have tastes of their own and questions favour some models, so that votes are alike."""

from dataclasses import dataclass, replace

import numpy as np

from arena.rating.counts import count_pairs
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import fit_block
from arena.rating.method import ELO_PER_NAT
from storage.ledger.battles import MODEL_A, MODEL_B, TIE, Battles, FloatArray

TIE_WEIGHT = 0.5
"""Davidson's nu; nineteen to twenty percent of ties among near equals."""


@dataclass(frozen=True)
class World:
    """What a replicate is drawn from.

    Attributes:
        n_models: contestants.
        n_votes: votes of a replicate.
        n_raters: raters, some far busier than others.
        n_questions: questions, asked equally often.
        taste: standard deviation of a rater's own opinion of a model, nats.
        topic: standard deviation of a question's own effect on a model, nats.
        seed: of strengths and pairing, the same in all replicates.
    """

    n_models: int = 12
    n_votes: int = 3_000
    n_raters: int = 200
    n_questions: int = 80
    taste: float = 0.0
    topic: float = 0.0
    seed: int = 7

    def draw(self, rng: np.random.Generator, *, n_raters: int | None = None, n_questions: int | None = None) -> Battles:
        """One replicate with new raters and new questions."""
        n, raters, questions = self.n_votes, n_raters or self.n_raters, n_questions or self.n_questions
        design = np.random.default_rng(self.seed)
        strength = design.normal(0.0, 0.6, self.n_models)
        fame = design.dirichlet(np.full(self.n_models, 3.0))
        first, second = np.triu_indices(self.n_models, 1)
        share = fame[first] * fame[second]
        pair = design.choice(len(first), n, p=share / share.sum())
        turned = rng.random(n) < 0.5
        a, b = np.where(turned, second[pair], first[pair]), np.where(turned, first[pair], second[pair])
        rater = rng.choice(raters, n, p=rng.dirichlet(np.full(raters, 0.7)))
        question = rng.integers(0, questions, n)
        opinion = rng.normal(0.0, self.taste, (raters, self.n_models))
        effect = rng.normal(0.0, self.topic, (questions, self.n_models))
        gap = (
            strength[a]
            - strength[b]
            + opinion[rater, a]
            - opinion[rater, b]
            + effect[question, a]
            - effect[question, b]
        )
        return _voted(self, a, b, gap, rater, question, rng)

    def target(self) -> FloatArray:
        """What the fit tends to with ever more raters and questions, from a huge sample of both.

        Pairs stay as they are, so that the anchor weighs models as a replicate does.
        """
        rng = np.random.default_rng(self.seed + 1)
        seen = [self.draw(rng, n_raters=self.n_votes, n_questions=self.n_votes) for _ in range(120)]
        counts = [count_pairs(battles) for battles in seen]
        battles = counts[0].battles
        won = np.mean([one.score for one in counts], axis=0)
        none = np.zeros_like(won)
        expected = replace(counts[0], wins=won, losses=battles - won, ties=none)
        rating = 1000.0 + ELO_PER_NAT * fit_block(expected, HalfTies()).strength
        weights = expected.per_model(battles, battles)
        return np.asarray(rating + 1000.0 - np.average(rating, weights=weights), np.float64)


def _voted(
    world: World,
    a: np.ndarray[tuple[int], np.dtype[np.int64]],
    b: np.ndarray[tuple[int], np.dtype[np.int64]],
    gap: FloatArray,
    rater: np.ndarray[tuple[int], np.dtype[np.int64]],
    question: np.ndarray[tuple[int], np.dtype[np.int64]],
    rng: np.random.Generator,
) -> Battles:
    weights = np.stack([np.exp(0.5 * gap), np.full(len(gap), TIE_WEIGHT), np.exp(-0.5 * gap)])
    place = (rng.random(len(gap)) * weights.sum(axis=0) > np.cumsum(weights, axis=0)[:2]).sum(axis=0)
    outcome = np.array([MODEL_A, TIE, MODEL_B], np.int8)[place]
    names = tuple(f"m{code:02d}" for code in range(world.n_models))
    plain = Battles.of_codes(names, a.astype(np.int32), b.astype(np.int32), outcome)
    known = {name: getattr(plain, name) for name in plain.__dataclass_fields__}
    known |= {
        "raters": tuple(map(str, range(int(rater.max()) + 1))),
        "questions": tuple(map(str, range(int(question.max()) + 1))),
        "rater": rater.astype(np.int32),
        "question": question.astype(np.int32),
    }
    return Battles(**known)

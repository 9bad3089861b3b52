"""How often the intervals of very many models hold the truth: those that are computed without a covariance.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.sparse_coverage [--replicates 300] [--only rater]

prints a Markdown table for RESULTS.md: 600 models with twenty or forty votes each, by raters and on questions with
effects of their own (standard deviation 0.5 nat) that are drawn anew in every replicate; intervals of 15 models a
replicate, by the path that more than 10,000 models take.
"""

import argparse
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit

from arena.rating.counts import PairCounts
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import fit_block
from arena.rating.method import ELO_PER_NAT, RatingSettings
from arena.rating.sparse_rating import rate_sparse
from storage.ledger.battles import Battles, FloatArray

N_MODELS = 600
EFFECT = 0.5
ASKED = 15


@dataclass(frozen=True)
class SparseStudy:
    """Votes on many models.

    Attributes:
        raters: number of raters; 0 for unknown ones without tastes.
        questions: number of questions; 0 likewise.
        votes: votes of each model.
        uneven: whether raters are of very different activity.
    """

    raters: int = 0
    questions: int = 0
    votes: int = 40
    uneven: bool = False

    @property
    def name(self) -> str:
        """Words for the table."""
        keys = [f"{n} {what}" for n, what in ((self.raters, "raters"), (self.questions, "questions")) if n]
        activity = ", uneven" if self.uneven else ""
        return f"{' and '.join(keys) or 'independent votes'}{activity}, {self.votes} votes a model"

    def draw(self, strength: FloatArray, rng: np.random.Generator) -> Battles:
        """One replicate."""
        n = N_MODELS * self.votes // 2
        a = rng.integers(0, N_MODELS, n)
        b = (a + rng.integers(1, N_MODELS, n)) % N_MODELS
        gap, keys = strength[a] - strength[b], {}
        for what, number in (("rater", self.raters), ("question", self.questions)):
            keys[what] = np.full(n, -1, np.int32)
            if number:
                share = rng.dirichlet(np.full(number, 0.7)) if self.uneven else np.full(number, 1.0 / number)
                keys[what] = rng.choice(number, n, p=share).astype(np.int32)
                effect = rng.normal(0.0, EFFECT, (number, N_MODELS))
                gap = gap + effect[keys[what], a] - effect[keys[what], b]
        outcome = (rng.random(n) > expit(gap)).astype(np.int8)
        made = Battles.of_codes(
            tuple(f"m{code}" for code in range(N_MODELS)), a.astype(np.int32), b.astype(np.int32), outcome
        )
        columns: dict[str, Any] = dict(keys)
        columns |= {f"{what}s": tuple(map(str, range(int(codes.max()) + 1))) for what, codes in keys.items()}
        return replace(made, **columns)

    def target(self, strength: FloatArray) -> FloatArray:
        """What the fit tends to with ever more raters and questions, in nats: a gap is averaged over their effects."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(30)
        shift = EFFECT * np.sqrt(2.0 * ((self.raters > 0) + (self.questions > 0))) * nodes
        first, second = np.triu_indices(N_MODELS, 1)
        gap, won = strength[first] - strength[second], np.zeros(len(first))
        for node, weight in zip(shift, weights / weights.sum(), strict=True):
            won += weight * expit(gap + node)
        none = np.zeros(len(first))
        return fit_block(
            PairCounts(N_MODELS, first, second, 1e6 * won, 1e6 * (1.0 - won), none, none, none, none, none), HalfTies()
        ).strength


STUDIES = (
    SparseStudy(),
    SparseStudy(votes=20),
    SparseStudy(raters=40),
    SparseStudy(raters=40, uneven=True),
    SparseStudy(raters=200, uneven=True),
    SparseStudy(questions=100),
    SparseStudy(raters=40, questions=100),
    SparseStudy(raters=40, questions=100, votes=20),
)


def measure(study: SparseStudy, replicates: int) -> str:
    """One row of the table."""
    strength = np.random.default_rng(3).normal(0.0, 0.6, N_MODELS)
    target = ELO_PER_NAT * study.target(strength)
    held, widths, degrees, unknown = [], [], [], 0
    for seed in range(replicates):
        rng = np.random.default_rng([seed, 5])
        battles = study.draw(strength, rng)
        codes = rng.choice(N_MODELS, ASKED, replace=False)
        settings = RatingSettings(intervals_for=tuple(battles.models[code] for code in codes))
        found = rate_sparse(Evidence(battles), settings, HalfTies())
        truth = target - np.average(target, weights=found.battles) + settings.anchor_rating
        known = np.isfinite(found.lower[codes]) & np.isfinite(found.upper[codes])
        unknown += int((~known).sum())
        inside = (found.lower[codes] <= truth[codes]) & (truth[codes] <= found.upper[codes])
        held.append(float(inside[known].mean()))
        widths += (found.upper - found.lower)[codes][known].tolist()
        degrees += found.freedom[codes][known].tolist()
    error = float(np.std(held, ddof=1) / np.sqrt(replicates))
    numbers = f"{np.mean(held):.3f} | {error:.3f} | {np.median(widths):.0f} | {np.median(degrees):.0f}"
    return f"| {study.name} | {numbers} | {unknown} of {replicates * ASKED} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=300)
    parser.add_argument("--only", default="", help="studies whose name holds this")
    options = parser.parse_args()
    print("| study | holds | ± | median width | median degrees | without an interval |\n|---|---|---|---|---|---|")
    for study in STUDIES:
        if options.only in study.name:
            print(measure(study, options.replicates), flush=True)


if __name__ == "__main__":
    main()

"""How often 95 % intervals hold the truth with few raters or questions of uneven activity.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.small_team_coverage [--replicates 2000] [--only 10]

prints a Markdown table for RESULTS.md: six models, 600 votes, raters and questions with effects of their own (standard
deviation 0.5 nat) and shares of the votes from a Dirichlet distribution (0.7), all drawn anew in every replicate.
"""

import argparse
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from arena.rating.catalog import RATING_METHODS
from arena.rating.counts import IndexArray, PairCounts
from arena.rating.davidson import Davidson
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import PairLikelihood, fit_block
from arena.rating.method import ELO_PER_NAT, RatingSettings
from arena.rating.ranks import difference
from arena.rating.rao_kupper import RaoKupper
from storage.errors import BadInput
from storage.ledger.battles import MODEL_A, MODEL_B, TIE, Battles, FloatArray

N_MODELS = 6
EFFECT = 0.5
UNEVEN = 0.7


@dataclass(frozen=True)
class SmallStudy:
    """A small study.

    Attributes:
        raters: number of raters; 0 for votes of one rater each.
        questions: number of questions; 0 for votes on one question each.
        uneven: whether activity is uneven.
        tie_weight: Davidson's nu of the truth; 0 for none.
        method: fitted method.
        votes: number of votes.
    """

    raters: int = 0
    questions: int = 0
    uneven: bool = True
    tie_weight: float = 0.0
    method: str = "bradley-terry"
    votes: int = 600

    @property
    def name(self) -> str:
        """Words for the table."""
        parts = [
            f"{number} {what}" for number, what in ((self.raters, "raters"), (self.questions, "questions")) if number
        ]
        activity = "" if self.uneven else ", even"
        return f"{' and '.join(parts)}{activity}, {self.method}"


def draw(team: SmallStudy, rng: np.random.Generator) -> tuple[Battles, FloatArray]:
    """One study, and the true strengths in nats."""
    n = team.votes
    strength = rng.normal(0.0, 0.6, N_MODELS)
    a = rng.integers(0, N_MODELS, n)
    b = (a + rng.integers(1, N_MODELS, n)) % N_MODELS
    gap = strength[a] - strength[b]
    keys = {}
    for what, number in (("rater", team.raters), ("question", team.questions)):
        keys[what] = np.full(n, -1, np.int32)
        if number:
            share = rng.dirichlet(np.full(number, UNEVEN)) if team.uneven else np.full(number, 1.0 / number)
            keys[what] = rng.choice(number, n, p=share).astype(np.int32)
            effect = rng.normal(0.0, EFFECT, (number, N_MODELS))
            gap = gap + effect[keys[what], a] - effect[keys[what], b]
    weights = np.stack([np.exp(0.5 * gap), np.full(n, team.tie_weight), np.exp(-0.5 * gap)])
    place = (rng.random(n) * weights.sum(axis=0) > np.cumsum(weights, axis=0)[:2]).sum(axis=0)
    names = tuple(f"m{code}" for code in range(N_MODELS))
    outcome = np.array([MODEL_A, TIE, MODEL_B], np.int8)[place]
    battles = Battles.of_codes(names, a.astype(np.int32), b.astype(np.int32), outcome)
    columns: dict[str, Any] = dict(keys)
    columns |= {f"{what}s": tuple(map(str, range(int(codes.max()) + 1))) for what, codes in keys.items()}
    return replace(battles, **columns), strength


class StudyTarget:
    """What a fit tends to with ever more raters and questions: a gap is averaged over their effects."""

    def __init__(self, team: SmallStudy) -> None:
        sources = (team.raters > 0) + (team.questions > 0)
        nodes, weights = np.polynomial.hermite_e.hermegauss(40)
        self.shift = EFFECT * np.sqrt(2.0 * sources) * nodes
        self.weights = weights / weights.sum()
        self.tie_weight = team.tie_weight
        self.first, self.second = np.triu_indices(N_MODELS, 1)

    def of(self, strength: FloatArray, method: str) -> FloatArray:
        """Strengths of a fit to the expected results of pairs that meet equally often."""
        gap = (strength[self.first] - strength[self.second])[:, None] + self.shift
        total = np.exp(0.5 * gap) + np.exp(-0.5 * gap) + self.tie_weight
        won, lost = (np.exp(sign * gap) / total @ self.weights for sign in (0.5, -0.5))
        cells = 1e6 * np.stack([won, lost, 1.0 - won - lost], axis=1)
        return fit_cells(self.first, self.second, cells, method)


def fit_cells(first: IndexArray, second: IndexArray, cells: FloatArray, method: str) -> FloatArray:
    """Strengths in nats of a fit to (wins, losses, ties) of pairs."""
    none = np.zeros(len(first))
    counts = PairCounts(N_MODELS, first, second, cells[:, 0], cells[:, 1], cells[:, 2], none, none, none, none)
    likelihoods: tuple[PairLikelihood, ...] = (HalfTies(), Davidson(), RaoKupper())
    return fit_block(counts, next(one for one in likelihoods if one.name == method)).strength


def measure(team: SmallStudy, replicates: int, seed: int) -> str:
    """One row of the table."""
    rng, target = np.random.default_rng(seed), StudyTarget(team)
    rate, settings = RATING_METHODS[team.method].rate, RatingSettings()
    held: list[FloatArray] = []
    apart: list[list[bool]] = []
    widths: list[FloatArray] = []
    degrees: list[FloatArray] = []
    refused = 0
    while len(held) < replicates:
        battles, strength = draw(team, rng)
        truth = ELO_PER_NAT * target.of(strength, team.method)
        try:
            found = rate(Evidence(battles), settings=settings)
        except BadInput:
            refused += 1
            continue
        truth = truth - np.average(truth, weights=found.battles) + settings.anchor_rating
        known = np.isfinite(found.lower) & np.isfinite(found.upper)
        refused += not known.all()
        held.append(np.where(known, (found.lower <= truth) & (truth <= found.upper), np.nan))
        pairs = [difference(found, 0, code, level=0.95) for code in range(1, N_MODELS)]
        errors = truth[0] - truth[1:]
        apart.append([one.lower <= error <= one.upper for one, error in zip(pairs, errors, strict=True)])
        widths.append(found.upper - found.lower)
        degrees.append(found.freedom)
    each = np.nanmean(np.array(held, np.float64), axis=1)
    error = float(each.std(ddof=1) / np.sqrt(len(each)))
    numbers = (
        float(each.mean()),
        error,
        float(np.mean(apart)),
        float(np.nanmedian(widths)),
        float(np.nanmedian(degrees)),
    )
    return "| {} | {:.3f} | {:.3f} | {:.3f} | {:.0f} | {:.1f} | {} |".format(team.name, *numbers, refused)


TEAMS = (
    SmallStudy(raters=5),
    SmallStudy(raters=10),
    SmallStudy(raters=20),
    SmallStudy(raters=40),
    SmallStudy(questions=8),
    SmallStudy(raters=5, uneven=False),
    SmallStudy(raters=10, uneven=False),
    SmallStudy(questions=8, uneven=False),
    SmallStudy(raters=5, questions=8),
    SmallStudy(raters=10, questions=8),
    SmallStudy(raters=10, questions=30),
    SmallStudy(raters=20, questions=30),
    SmallStudy(raters=5, tie_weight=0.7, method="davidson"),
    SmallStudy(raters=10, tie_weight=0.7, method="davidson"),
    SmallStudy(raters=10, questions=30, tie_weight=0.7, method="davidson"),
    SmallStudy(raters=10, tie_weight=0.7, method="rao-kupper"),
    SmallStudy(raters=10, tie_weight=0.7),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--only", default="", help="studies whose name holds this")
    options = parser.parse_args()
    print(
        "| study | rating | ± | difference | median width | median degrees | left out |\n|---|---|---|---|---|---|---|"
    )
    for team in TEAMS:
        if options.only in team.name:
            print(measure(team, options.replicates, options.seed), flush=True)


if __name__ == "__main__":
    main()

"""Coverage and savings of fused ratings: `python -m tests.benchmarks.fused_coverage WHAT --replicates N`.

WHAT is `simulated` (judges of three qualities, three numbers of votes, tastes of raters and repeated questions),
`judges` (50 judges: those that guess, flip, see only the length, favour one model, or are worse and worse, and the
three of the Arena rows), `arena` (subsets of the Arena rows against the held-out rest) or `speed`. The default number
of replicates takes minutes; the table is printed again after every `--every` replicates, so a run may be stopped.
Figures are in RESULTS.md.
"""

import argparse
import csv
import gzip
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arena.fused.ceiling import Ceiling
from arena.fused.pairs import fuse_pairs
from arena.fused.pool import JudgedPool, PeopleRows
from arena.fused.results import FusedRatings
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings, RatingSettings
from arena.rating.spread import quantiles
from storage.ledger.battles import Battles, FloatArray
from tests.arena.fused.worlds import Drawn, FusedWorld, draw, fit

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "battles"
MEAN = RatingSettings(mean="models")
AGREEMENTS = {
    "72 %": FusedWorld(models=15, noise=1.05, taste=1.08),
    "78.5 %": FusedWorld(models=15, noise=0.9, taste=1.54),
    "85 %": FusedWorld(models=15, noise=0.7, taste=2.2),
}
"""Worlds by the share of items on which the vote and the verdict in one order agree."""
SIZES = ((300, 10_000), (1000, 20_000), (3000, 30_000))
_EVERYONE = 1_500_000
"""Votes, each of another rater on another question, that stand for infinitely many."""


@dataclass
class Tally:
    """What replicates of one setting showed; lists of one value, or one array over models, per replicate."""

    covered: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    errors: tuple[list[FloatArray], list[FloatArray]] = field(default_factory=lambda: ([], []))
    widths: tuple[list[FloatArray], list[FloatArray]] = field(default_factory=lambda: ([], []))
    ceilings: list[Ceiling] = field(default_factory=list)

    def add(self, found: FusedRatings, truth: FloatArray, extra: FloatArray | None = None) -> None:
        """Add a replicate; `extra` is the variance of the truth, by model, for each of the two ratings."""
        for place, ratings in enumerate((found.people, found.ratings)):
            lower, upper = _ends(ratings, None if extra is None else extra[place])
            known = np.isfinite(lower) & np.isfinite(upper)
            self.covered[place].append(float(((lower <= truth) & (truth <= upper))[known].mean()))
            self.errors[place].append(ratings.rating - truth)
            self.widths[place].append((ratings.upper - ratings.lower) ** 2)
        self.ceilings.append(found.ceiling)

    def line(self) -> str:
        """Coverage of people alone and fused, ratio of standard deviations, and savings."""
        before, after = (np.nanvar(np.array(part), axis=0) for part in self.errors)
        widths = [np.nanmean(np.array(part), axis=0) for part in self.widths]
        possible = float(np.mean([one.rho_squared * one.unvoted / (one.voted + one.unvoted) for one in self.ceilings]))
        saved = float(np.mean([one.saved for one in self.ceilings]))
        weight = float(np.mean([one.columns[0].weight for one in self.ceilings]))
        ratio = float(np.sqrt(np.nanmean(after / before)))
        numbers = [*(f"{np.mean(part):.3f}" for part in self.covered), f"{ratio:.3f}", f"{weight:.2f}"]
        shares = [possible, saved, 1.0 - float(np.nanmean(widths[1] / widths[0]))]
        claimed = f"{np.mean([one.is_claimed for one in self.ceilings]):.0%}"
        reached = f"{saved / possible:.0%}" if possible > 0.01 else "-"
        return " | ".join([*numbers, *(f"{share:.1%}" for share in shares), reached, claimed, str(len(self.ceilings))])


def _ends(ratings: Ratings, extra: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    if extra is None or ratings.covariance is None:
        return ratings.lower, ratings.upper
    half = quantiles(ratings.freedom, 0.95) * np.sqrt(np.maximum(np.diagonal(ratings.covariance) + extra, 0.0))
    return ratings.rating - half, ratings.rating + half


def _truth(world: FusedWorld, strength: FloatArray) -> FloatArray:
    """Ratings that infinitely many votes of infinitely many raters on infinitely many questions would give.

    The few raters of one draw would shift them by their own tastes.
    """
    many = replace(world, questions=world.questions and _EVERYONE, raters=world.raters and _EVERYONE)
    everyone = draw(many, strength, _EVERYONE, 0, np.random.default_rng(99))
    unknown = np.full(_EVERYONE, -1, np.int32)
    plain = replace(everyone, rater=unknown, question=unknown)
    settings = RatingSettings(mean="models", interval="sandwich")
    return rate_bradley_terry(Evidence(plain.battles()), settings=settings).rating


def simulated(replicates: int, every: int) -> Iterator[tuple[str, Tally]]:
    """The settings of the simulations, once all `every` replicates."""
    shapes = []
    for name, world in AGREEMENTS.items():
        for more, shaped in {"": world, ", tastes of 40 raters, 400 questions": _clustered(world)}.items():
            strength = np.random.default_rng(1).normal(0.0, 0.5, shaped.models)
            shapes.append((name, more, shaped, strength, _truth(shaped, strength)))
    tallies: dict[str, Tally] = {}
    for seed in range(replicates):
        for name, more, shaped, strength, truth in shapes:
            for votes, others in SIZES:
                found = fit(draw(shaped, strength, votes, others, np.random.default_rng(seed)))
                tallies.setdefault(f"{name}, n {votes}, N {others}{more}", Tally()).add(found, truth)
        if (seed + 1) % every == 0 or seed + 1 == replicates:
            yield from tallies.items()


def _clustered(world: FusedWorld) -> FusedWorld:
    return replace(world, questions=400, question_spread=0.4, raters=40, rater_spread=0.3)


def fifty(replicates: int, every: int) -> Iterator[tuple[str, Tally]]:
    """Judges of every kind on the same votes, once all `every` replicates."""
    world = FusedWorld(models=8)
    strength = np.linspace(-0.6, 0.6, 8)
    truth = _truth(world, strength)
    real = _RealJudges(read_arena()) if DATA.is_dir() else None
    tallies: dict[str, Tally] = {}
    for seed in range(replicates):
        drawn = draw(world, strength, 300, 3000, np.random.default_rng(seed))
        plain = rate_bradley_terry(Evidence(drawn.battles()), settings=MEAN)
        for name, column in _judges(drawn, np.random.default_rng(10_000 + seed)):
            found = fuse_pairs(drawn.people(), drawn.pool(column), plain, MEAN)
            tallies.setdefault(name, Tally()).add(found, truth)
        if real is not None:
            for name, found in real.replicate(seed):
                tallies.setdefault(name, Tally()).add(found, real.truth)
        if (seed + 1) % every == 0 or seed + 1 == replicates:
            yield from tallies.items()


class _RealJudges:
    """The three judges of the Arena rows, on rows drawn with replacement: all rows are the people whose truth is known.

    Attributes:
        truth: ratings of all rows.
    """

    def __init__(self, rows: "ArenaRows") -> None:
        self._rows = rows
        everything = Evidence(rows.battles(np.arange(len(rows.vote))))
        self.truth = rate_bradley_terry(everything, settings=replace(MEAN, interval="sandwich")).rating

    def replicate(self, seed: int) -> Iterator[tuple[str, FusedRatings]]:
        """1,000 votes, 10,000 further judged pairs, for each judge."""
        rng = np.random.default_rng(20_000 + seed)
        drawn = self._rows.taken(rng.integers(0, len(self._rows.vote), 11_000))
        votes = np.arange(1000)
        plain = rate_bradley_terry(Evidence(drawn.battles(votes)), settings=MEAN)
        for code, name in enumerate(("GPT-4", "Opus", "GPT-3.5")):
            yield f"{name} on Arena rows", drawn.fused(votes, [code], plain)


def _judges(drawn: Drawn, rng: np.random.Generator) -> Iterator[tuple[str, FloatArray]]:
    """47 judges; the three real ones are `_RealJudges`."""
    n = len(drawn.first)
    for number in range(8):
        yield f"guesses {number}", rng.integers(0, 2, n).astype(float)
    yield "always the first", np.ones(n)
    yield "always a tie", np.full(n, 0.5)
    yield "longer response", (drawn.length > 0.0).astype(float)
    yield "shorter response", (drawn.length < 0.0).astype(float)
    for model in range(8):
        yield f"favours {model}", _favours(drawn, model)
    for step in range(14):
        wrong = rng.random(n) < step / 14
        yield f"right, but {step}/14 guessed", np.where(wrong, rng.integers(0, 2, n), drawn.judged)
    for step in range(10):
        wrong = rng.random(n) < step / 10
        yield f"flipped, but {step}/10 guessed", np.where(wrong, rng.integers(0, 2, n), 1.0 - drawn.judged)
    yield "expected score", np.clip(drawn.judged + rng.normal(0.0, 0.2, n), 0.0, 1.0)
    yield "stronger model by name", (drawn.first < drawn.second).astype(float)
    yield "by the number of the question", (drawn.question % 2).astype(float)


def _favours(drawn: Drawn, model: int) -> FloatArray:
    return np.where(drawn.first == model, 1.0, np.where(drawn.second == model, 0.0, drawn.judged))


@dataclass(frozen=True, eq=False)
class ArenaRows:
    """The Arena votes and the three judges on the same rows, from the first model of each pair."""

    models: tuple[str, ...]
    first: npt.NDArray[np.int32]
    second: npt.NDArray[np.int32]
    vote: FloatArray
    judged: FloatArray
    side: FloatArray

    def battles(self, rows: npt.NDArray[np.intp]) -> Battles:
        """Some of the votes, each on a question of its own."""
        outcome = np.select([self.vote[rows] == 1.0, self.vote[rows] == 0.0], [0, 1], 2).astype(np.int8)
        made = Battles.of_codes(self.models, self.first[rows], self.second[rows], outcome)
        return replace(made, question=np.arange(len(rows), dtype=np.int32), questions=tuple(map(str, range(len(rows)))))

    def taken(self, rows: npt.NDArray[np.int64]) -> "ArenaRows":
        """The rows at some places; a row may be taken several times."""
        columns = (self.first[rows], self.second[rows], self.vote[rows], self.judged[rows], self.side[rows])
        return ArenaRows(self.models, *columns)

    def fused(self, rows: npt.NDArray[np.intp], judges: list[int], plain: Ratings | None = None) -> FusedRatings:
        """Fused ratings with votes on some rows only; `plain` are the ratings of these votes, if they are known."""
        n, total, none = len(rows), len(self.vote), np.zeros(len(self.vote), np.int32)
        values = np.column_stack([self.judged[:, judges], self.side])
        names = (*(f"judge {code}" for code in judges), "side")
        question = np.arange(total, dtype=np.int32)
        pool = JudgedPool(names, len(judges), self.first, self.second, question, none, values)
        unknown = np.full(n, -1, np.int32)
        people = PeopleRows(
            first=self.first[rows],
            second=self.second[rows],
            share=self.vote[rows],
            item=rows.astype(np.int64),
            rater=unknown,
            question=question[rows],
            group=none[:n],
            weight=np.ones(n),
            probability=np.full(n, np.nan),
            left=np.zeros(n, np.bool_),
        )
        plain = plain or rate_bradley_terry(Evidence(self.battles(rows)), settings=MEAN)
        return fuse_pairs(people, pool, plain, MEAN)


def read_arena() -> ArenaRows:
    """Read the rows from the data folder."""
    tables = []
    for name in ("human", "gpt4", "opus", "gpt35"):
        with gzip.open(DATA / f"arena27k_{name}.csv.gz", "rt", encoding="utf-8") as file:
            tables.append(list(csv.DictReader(file)))
    models = tuple(sorted({row[key] for row in tables[0] for key in ("model_a", "model_b")}))
    place = {name: code for code, name in enumerate(models)}
    a, b = (np.array([place[row[key]] for row in tables[0]], np.int32) for key in ("model_a", "model_b"))
    known = {"model_a": 1.0, "model_b": 0.0}
    shares = [np.array([known.get(row["winner"], 0.5) for row in table]) for table in tables]
    turned = [np.where(a < b, share, 1.0 - share) for share in shares]
    side = np.where(a < b, 1.0, -1.0)
    return ArenaRows(models, np.minimum(a, b), np.maximum(a, b), turned[0], np.column_stack(turned[1:]), side)


def arena(replicates: int, every: int) -> Iterator[tuple[str, Tally]]:
    """Subsets against the rest: the rest has a variance of its own, and shares the judged rows with the fused fit."""
    rows = read_arena()
    total = len(rows.vote)
    tallies: dict[str, Tally] = {}
    for seed in range(replicates):
        order = np.random.default_rng(seed).permutation(total)
        for votes in (300, 1000, 3000):
            chosen = np.sort(order[:votes])
            plain = rate_bradley_terry(Evidence(rows.battles(chosen)), settings=MEAN)
            others = Evidence(rows.battles(np.sort(order[votes:])))
            rest = rate_bradley_terry(others, settings=replace(MEAN, interval="sandwich"))
            for name, judges in (("GPT-4", [0]), ("Opus", [1]), ("GPT-3.5", [2]), ("all three", [0, 1, 2])):
                found = rows.fused(chosen, judges, plain)
                tally = tallies.setdefault(f"{name}, n {votes}", Tally())
                tally.add(found, rest.rating, _rest_variance(found, rest))
        if (seed + 1) % every == 0 or seed + 1 == replicates:
            yield from tallies.items()


def _rest_variance(found: FusedRatings, rest: Ratings) -> FloatArray:
    """Variance of the rest, less twice its covariance with each estimate, (2, n_models).

    People alone share no row with the rest. The fused fit takes the judges' mean over all rows, most of which are the
    rest's. With N rows in the rest and n votes, its covariance with the rest is lambda times that of a vote and a
    judgment over n + N; at the best lambda, that is the share saved, rho squared N / (n + N), of the rest's variance.
    """
    variance = np.diagonal(rest.covariance) if rest.covariance is not None else np.zeros(len(rest.models))
    explained = max(found.ceiling.saved, 0.0) * variance
    return np.stack([variance, variance - 2.0 * explained])


def speed() -> None:
    """Plain and fused fits of 100 models, 10,000 votes and a million judgments."""
    world = FusedWorld(models=100, questions=5000, question_spread=0.3, raters=50, rater_spread=0.2)
    drawn = draw(world, np.random.default_rng(0).normal(0.0, 0.5, 100), 10_000, 1_000_000, np.random.default_rng(0))
    pool, people = drawn.pool(), drawn.people()
    everything = Evidence(drawn.battles(slice(None)))
    votes = Evidence(drawn.battles())
    plain = rate_bradley_terry(votes, settings=MEAN)
    for name, run in (
        ("plain fit of the 10,000 votes", lambda: rate_bradley_terry(votes, settings=MEAN)),
        ("plain fit of all 1,010,000 rows", lambda: rate_bradley_terry(everything, settings=MEAN)),
        ("fused fit, after the plain fit of the votes", lambda: fuse_pairs(people, pool, plain, MEAN)),
    ):
        times = []
        for _ in range(3):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
        print(f"{name}: {sorted(times)[1]:.2f} s of the processor", flush=True)


DEFAULTS = {"simulated": 40, "judges": 20, "arena": 60}
"""Replicates that take some minutes; the figures in RESULTS.md say how many they rest on."""
HEAD = (
    "setting | people cover | fused cover | sd ratio | lambda | possible | saved | by width | reached | claimed | runs"
)


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("simulated", "judges", "arena", "speed"))
    parser.add_argument("--replicates", type=int)
    parser.add_argument("--every", type=int, default=100, help="replicates after which the table is printed again")
    given = parser.parse_args()
    if given.what == "speed":
        speed()
        return
    print(HEAD, flush=True)
    replicates = given.replicates or DEFAULTS[given.what]
    runs = {"simulated": simulated, "judges": fifty, "arena": arena}
    for name, tally in runs[given.what](replicates, given.every):
        print(f"{name} | {tally.line()}", flush=True)


if __name__ == "__main__":
    main()

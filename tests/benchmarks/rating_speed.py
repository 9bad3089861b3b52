"""How fast battles become ratings, against evalica, choix, arena-rank, scikit-learn and a fit in plain numpy.

All take turns in one process:

    python -m tests.benchmarks.rating_speed [--models 100] [--battles 2000000] [--rounds 3] [--clock cpu]

prints a Markdown table of medians and of ratios to our own time. A peer that is not installed is reported as absent.
Peers get their battles in the form that they take: the time to turn names into evalica's winners is not counted.
"""

import argparse
import importlib.util
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.counts import count_pairs
from arena.rating.elo import rate_elo
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import fit_block
from arena.rating.method import ELO_PER_NAT, RatingSettings
from arena.rating.style_features import BattleStyle
from arena.rating.style_rating import rate_styled
from storage.ledger.battles import Battles

PLAIN = RatingSettings(interval="sandwich")
BOOTSTRAP = RatingSettings(interval="bootstrap")
FEATURES = ("length", "headers", "lists", "bold")
STYLED = RatingSettings(interval="sandwich", style=FEATURES)
WINNERS = np.array(["model_a", "model_b", "tie"])
PROTOTYPE = Path(__file__).parents[3] / "shared" / "bench" / "rating_prototype.py"
REFITS = 3
"""Resamples that a slow peer really runs; its time is scaled to a thousand."""


def battles(n_models: int, n_battles: int) -> Battles:
    """Uneven pairs of models of different strength, a fifth of ties."""
    rng = np.random.default_rng(1)
    strength = rng.normal(0.0, 0.7, n_models)
    fame = (np.arange(n_models) + 3.0) ** -0.7
    a = rng.choice(n_models, n_battles, p=fame / fame.sum())
    b = (a + rng.integers(1, n_models, n_battles)) % n_models
    wins = rng.random(n_battles) < 1.0 / (1.0 + np.exp(strength[b] - strength[a]))
    outcome = np.where(rng.random(n_battles) < 0.19, 2, np.where(wins, 0, 1)).astype(np.int8)
    names = tuple(f"model-{code:04d}" for code in range(n_models))
    return Battles.of_codes(names, a.astype(np.int32), b.astype(np.int32), outcome)


def frame(rows: Battles) -> pd.DataFrame:
    """The same as columns of names."""
    names = np.array(rows.models)
    columns = {"a": names[rows.a], "b": names[rows.b], "winner": WINNERS[rows.outcome]}
    return pd.DataFrame({name: pd.Series(values).astype("str") for name, values in columns.items()})


def ours(rows: Battles, table: pd.DataFrame) -> dict[str, Callable[[], object]]:
    """What we are timed on."""

    def from_strings() -> Battles:
        return Battles.from_columns(table["a"], table["b"], table["winner"])

    styled = style_of(rows)
    counts = count_pairs(rows)
    before = fit_block(counts, HalfTies())
    return {
        "strings in, point": lambda: fit_block(count_pairs(from_strings()), HalfTies()),
        "strings in, sandwich": lambda: rate_bradley_terry(Evidence(from_strings()), settings=PLAIN),
        "codes in, sandwich": lambda: rate_bradley_terry(Evidence(rows), settings=PLAIN),
        "codes in, point": lambda: fit_block(count_pairs(rows), HalfTies()),
        "running counts, refit after a vote": lambda: fit_block(counts, HalfTies(), start=before),
        "1000 bootstrap resamples": lambda: rate_bradley_terry(Evidence(rows), settings=BOOTSTRAP),
        "codes in, 4 style features, intervals": lambda: rate_styled(Evidence(rows, style=styled), settings=STYLED),
        "codes in, Elo": lambda: rate_elo(Evidence(rows), settings=PLAIN),
        "strings in, Elo": lambda: rate_elo(Evidence(from_strings()), settings=PLAIN),
    }


def style_of(rows: Battles) -> BattleStyle:
    """Four features that mean nothing, the same for every call."""
    rng = np.random.default_rng(2)
    return BattleStyle(FEATURES, rng.normal(0.0, 0.3, (len(rows), 4)), np.ones(len(rows), np.bool_))


def arena_rank(table: pd.DataFrame) -> dict[str, tuple[Callable[[], object], float]]:
    """Its fits by gradient; the first round, in which it compiles, is run and not counted."""
    data = importlib.import_module("arena_rank.utils.data_utils")
    plain = importlib.import_module("arena_rank.models.bradley_terry").BradleyTerry
    contextual = importlib.import_module("arena_rank.models.contextual_bradley_terry").ContextualBradleyTerry
    named = table.rename(columns={"a": "model_a", "b": "model_b"})
    rng = np.random.default_rng(2)
    features = [f"f{place}" for place in range(4)]
    styled = named.assign(**dict(zip(features, rng.normal(0.0, 0.3, (4, len(table))), strict=True)))

    def point() -> object:
        battles = data.PairDataset.from_pandas(named.copy())
        model = plain(n_competitors=len(battles.competitors))
        model.fit(battles)
        return model

    def sandwich() -> object:
        battles = data.PairDataset.from_pandas(named.copy())
        return plain(n_competitors=len(battles.competitors)).compute_ratings_and_cis(battles, ci_method="sandwich")

    def style() -> object:
        battles = data.ContextualPairDataset.from_pandas(styled.copy(), features, reweighted=False)
        return contextual(len(battles.competitors), 4).compute_ratings_and_cis(battles, ci_method="sandwich")

    return {
        "strings in, point": (point, 1.0),
        "strings in, sandwich": (sandwich, 1.0),
        "codes in, sandwich": (sandwich, 1.0),
        "codes in, 4 style features, intervals": (style, 1.0),
    }


def evalica(table: pd.DataFrame) -> dict[str, tuple[Callable[[], object], float]]:
    """Its Bradley-Terry, one resample of its bootstrap, and Elo; each with what its time is multiplied by."""
    peer = importlib.import_module("evalica")
    codes = {"model_a": peer.Winner.X, "model_b": peer.Winner.Y, "tie": peer.Winner.Draw}
    left, right = table["a"].tolist(), table["b"].tolist()
    winners = [codes[word] for word in table["winner"].tolist()]
    fit = lambda: peer.bradley_terry(left, right, winners)  # noqa: E731
    return {
        "strings in, point": (fit, 1.0),
        "1000 bootstrap resamples": (fit, 1000.0),
        "strings in, Elo": (lambda: peer.elo(left, right, winners), 1.0),
    }


def choix(table: pd.DataFrame) -> dict[str, tuple[Callable[[], object], float]]:
    """Its iterative spectral fit on a matrix of points."""
    peer = importlib.import_module("choix")

    def fit() -> object:
        matrix, _ = _points(table)
        return peer.ilsr_pairwise_dense(matrix, alpha=0.0)

    return {"strings in, point": (fit, 1.0)}


def sklearn(table: pd.DataFrame) -> dict[str, tuple[Callable[[], object], float]]:
    """Logistic regression refitted to resampled rows."""
    peer = importlib.import_module("sklearn.linear_model")
    rng = np.random.default_rng(0)

    def refits() -> object:
        for _ in range(REFITS):
            matrix, n = _points(table.iloc[rng.integers(0, len(table), len(table))])
            i, j = np.nonzero(np.triu(matrix + matrix.T, 1))
            rows = np.zeros((len(i), n))
            rows[np.arange(len(i)), i], rows[np.arange(len(i)), j] = 1.0, -1.0
            weights = np.concatenate([matrix[i, j], matrix[j, i]])
            labels = np.repeat([1, 0], len(i))
            model = peer.LogisticRegression(fit_intercept=False, C=1e12, tol=1e-6, max_iter=1000)
            model.fit(np.vstack([rows, rows]), labels, sample_weight=weights)
        return None

    return {"1000 bootstrap resamples": (refits, 1000.0 / REFITS)}


def prototype(rows: Battles) -> dict[str, tuple[Callable[[], object], float]]:
    """Style control and an Elo loop in plain numpy, from codes as ours, where that file is at hand."""
    if not PROTOTYPE.exists():
        raise ImportError(PROTOTYPE)
    spec = importlib.util.spec_from_file_location("rating_prototype", PROTOTYPE)
    if spec is None or spec.loader is None:
        raise ImportError(PROTOTYPE)
    draft = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draft)
    outcome, n, features = (2.0 * rows.score).astype(np.int8), len(rows.models), style_of(rows).values
    return {
        "codes in, 4 style features, intervals": (lambda: draft.fit_style(rows.a, rows.b, outcome, features, n), 1.0),
        "codes in, Elo": (lambda: draft.elo_online(rows.a, rows.b, outcome, n), 1.0),
    }


def _points(table: pd.DataFrame) -> tuple[Any, int]:
    """Points of the row against the column, ties half, and the number of models."""
    names = pd.Index(pd.concat([table["a"], table["b"]]).unique()).sort_values()
    a, b = names.get_indexer(table["a"]), names.get_indexer(table["b"])
    score = (table["winner"] == "model_a").to_numpy() + 0.5 * (table["winner"] == "tie").to_numpy()
    matrix = np.zeros((len(names), len(names)))
    np.add.at(matrix, (a, b), score)
    np.add.at(matrix, (b, a), 1.0 - score)
    return matrix, len(names)


def agreement(rows: Battles, table: pd.DataFrame) -> str:
    """Largest difference in Elo of our point fit, its mean at zero, from each peer's."""
    strengths = fit_block(count_pairs(rows), HalfTies()).strength
    matrix, _ = _points(table)
    found = {"choix": importlib.import_module("choix").ilsr_pairwise_dense(matrix, alpha=0.0)}
    peer = importlib.import_module("evalica")
    codes = {"model_a": peer.Winner.X, "model_b": peer.Winner.Y, "tie": peer.Winner.Draw}
    winners = [codes[word] for word in table["winner"].tolist()]
    scores = peer.bradley_terry(table["a"].tolist(), table["b"].tolist(), winners).scores
    found["evalica"] = np.log(scores.loc[list(rows.models)].to_numpy())
    parts = []
    for name, theirs in found.items():
        apart = ELO_PER_NAT * (strengths - strengths.mean() - theirs + theirs.mean())
        parts.append(f"{name} {np.abs(apart).max():.1e}")
    return ", ".join(parts)


CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}
"""Clocks by name; that of the processor counts all threads, and is the one to use beside other work."""


def seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """How long one call takes."""
    start = clock()
    work()
    return clock() - start


def main() -> None:
    """Time everything in turns and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--battles", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--clock", choices=tuple(CLOCKS), default="wall", help="time on the wall, or of the processor")
    parser.add_argument("--peers", default="evalica,choix,sklearn,prototype,arena_rank")
    options = parser.parse_args()
    rows = battles(options.models, options.battles)
    wants_names = options.peers != "none" or "strings" in options.only or not options.only
    table = frame(rows if wants_names else rows.subset(np.arange(len(rows)) < 1000))
    peers = {}
    makers: dict[str, Callable[[], dict[str, tuple[Callable[[], object], float]]]] = {
        "evalica": lambda: evalica(table),
        "choix": lambda: choix(table),
        "sklearn": lambda: sklearn(table),
        "prototype": lambda: prototype(rows),
        "arena_rank": lambda: arena_rank(table),
    }
    for name, make in makers.items():
        if name not in options.peers.split(","):
            continue
        try:
            peers[name] = make()
        except ImportError:
            print(f"{name} is absent")
    clock, load = CLOCKS[options.clock], ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{options.models} models, {options.battles} battles, median of {options.rounds} rounds, {options.clock} time"
    )
    print(f"load average {load}\n")
    print("| work | ours, s | " + " | ".join(peers) + " |\n|---|---|" + "---|" * len(peers))
    for name, work in ours(rows, table).items():
        if options.only not in name:
            continue
        work()
        warm = peers.get("arena_rank", {}).get(name)
        if warm is not None:
            warm[0]()
        mine: list[float] = []
        theirs: dict[str, list[float]] = {peer: [] for peer in peers}
        for _ in range(options.rounds):
            mine.append(seconds(work, clock))
            for peer, tasks in peers.items():
                if name in tasks:
                    theirs[peer].append(tasks[name][1] * seconds(tasks[name][0], clock))
        own = median(mine)
        cells = [f"{median(times):.3g} s ({median(times) / own:.1f}x)" if times else "" for times in theirs.values()]
        print(f"| {name} | {own:.4g} | " + " | ".join(cells) + " |", flush=True)
    if {"evalica", "choix"} <= peers.keys():
        print(f"\nlargest difference, Elo: {agreement(rows, table)}")
    print(f"\npeak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()

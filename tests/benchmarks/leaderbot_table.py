"""leaderbot's published leaderboard, computed again from the data in its wheel, beside our ratings of the same votes.

    pip download --no-deps leaderbot==0.4.3
    python -m tests.benchmarks.leaderbot_table leaderbot-0.4.3-py3-none-any.whl

reads the votes and the printed table out of the wheel, without importing anything from it. Its default model, Davidson
with a scale and a tie factor of each model, is fitted here from its formula, so that each printed number is compared;
then the same votes are rated by `davidson` and `davidson-per-model`, whose order and predicted shares are compared too.
"""

import argparse
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.stats import kendalltau

from arena.leaderboard.board import predicted_shares
from arena.rating.catalog import RATING_METHODS
from arena.rating.evidence import Evidence
from arena.rating.method import ELO_PER_NAT, Ratings, RatingSettings
from storage.ledger.battles import Battles, FloatArray

DATA = "leaderbot/data/chatbotarena_20240814.json"
_LINE = re.compile(r"\|\s+(\d+)\. (\S+)\s+\| ([+-][\d.]+) \|\s+(\d+) \|((?:\s+\d+%){3}) \|((?:\s+\d+%){3}) \|")


@dataclass(frozen=True)
class PrintedLine:
    """One line of the printed table; shares are whole percents of wins, losses and ties."""

    name: str
    score: float
    matches: int
    observed: tuple[int, ...]
    predicted: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Votes:
    """Votes by pair of models: wins of the first, wins of the second, ties."""

    models: tuple[str, ...]
    first: np.ndarray
    second: np.ndarray
    number: FloatArray

    @property
    def total(self) -> FloatArray:
        """Votes on each pair."""
        return np.asarray(self.number.sum(axis=1), np.float64)

    def by_model(self, shares: FloatArray) -> FloatArray:
        """Wins, losses and ties of each model from (n_pairs, 3) numbers."""
        found = np.zeros((len(self.models), 3))
        np.add.at(found, self.first, shares)
        np.add.at(found, self.second, shares[:, [1, 0, 2]])
        return found


def read_wheel(path: Path) -> tuple[Votes, list[PrintedLine]]:
    """The votes and the printed table of a wheel."""
    with zipfile.ZipFile(path) as wheel:
        stored = json.loads(wheel.read(DATA))
        metadata = next(name for name in wheel.namelist() if name.endswith("METADATA"))
        text = wheel.read(metadata).decode()
    pairs, number = np.array(stored["X"]), np.array(stored["Y"], float)[:, :3]
    kept = number.sum(axis=1) > 0
    votes = Votes(tuple(stored["models"]), pairs[kept, 0], pairs[kept, 1], number[kept])
    lines = [
        PrintedLine(name, float(score), int(matches), _percents(observed), _percents(predicted))
        for _, name, score, matches, observed, predicted in _LINE.findall(text)
    ]
    return votes, lines


def _percents(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in re.findall(r"\d+", text))


def fit_scaled(votes: Votes) -> tuple[FloatArray, FloatArray]:
    """Scores of its default model, and its probabilities of each pair, (n_pairs, 3).

    With z = (x_i - x_j) / sqrt(t_i^2 + t_j^2) and m = g_i phi_j + g_j phi_i, win, loss and tie are as e^(z/2), e^(-z/2)
    and e^m; the scores sum to zero and the squared scales to one.
    """
    n, i, j = len(votes.models), votes.first, votes.second
    basis = np.sqrt(2.0 / n) * np.cos(np.pi / n * (np.arange(n) + 0.5) * 0.5)
    whole = votes.total.sum()

    def parts(point: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        score, scale, factor = point[:n], point[n : 2 * n], point[2 * n :]
        width = 1.0 / np.sqrt(scale[i] ** 2 + scale[j] ** 2)
        z = (score[i] - score[j]) * width
        logits = np.column_stack([0.5 * z, -0.5 * z, factor[i] * basis[j] + factor[j] * basis[i]])
        return logits - np.logaddexp.reduce(logits, axis=1)[:, None], z, width

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        log_chance, z, width = parts(point)
        left = votes.number - votes.total[:, None] * np.exp(log_chance)
        by_z = -0.5 * (left[:, 0] - left[:, 1]) / whole
        slope = np.zeros(3 * n)
        np.add.at(slope, i, by_z * width)
        np.add.at(slope, j, -by_z * width)
        by_scale = -by_z * z * width**2
        np.add.at(slope, n + i, by_scale * point[n + i])
        np.add.at(slope, n + j, by_scale * point[n + j])
        np.add.at(slope, 2 * n + i, -left[:, 2] / whole * basis[j])
        np.add.at(slope, 2 * n + j, -left[:, 2] / whole * basis[i])
        away, spread = point[:n].sum(), (point[n : 2 * n] ** 2).sum() - 1.0
        slope[:n] += 2.0 * away
        slope[n : 2 * n] += 4.0 * spread * point[n : 2 * n]
        return float(-(votes.number * log_chance).sum() / whole + away**2 + spread**2), slope

    observed = votes.by_model(votes.number)
    share = (observed[:, 0] + 0.5 * observed[:, 2]) / observed.sum(axis=1)
    start = np.concatenate([share - share.mean(), np.full(n, n**-0.5), np.zeros(n)])
    found = minimize(loss, start, jac=True, method="BFGS", options={"maxiter": 1500, "gtol": 1e-8})
    return found.x[:n], np.exp(parts(found.x)[0])


def rows_of(votes: Votes) -> Battles:
    """The votes as battles."""
    number = votes.number.astype(int)
    a, b = (np.repeat(side, number.sum(axis=1)).astype(np.int32) for side in (votes.first, votes.second))
    outcome = np.concatenate([np.repeat(np.arange(3, dtype=np.int8), counts) for counts in number])
    return Battles.of_codes(votes.models, a, b, outcome)


def chances(ratings: Ratings, votes: Votes) -> FloatArray:
    """Probabilities of each pair by one of our ratings with Davidson's ties, (n_pairs, 3)."""
    half = 0.5 * (ratings.rating[votes.first] - ratings.rating[votes.second]) / ELO_PER_NAT
    tie = np.full(len(half), np.log(ratings.ties[0]))
    if ratings.tie_lean is not None:
        tie = tie + ratings.tie_lean[votes.first] + ratings.tie_lean[votes.second]
    logits = np.column_stack([half, -half, tie])
    found = np.exp(logits - np.logaddexp.reduce(logits, axis=1)[:, None])
    np.testing.assert_allclose(found[:, 0] + 0.5 * found[:, 2], predicted_shares(ratings, votes.first, votes.second))
    return np.asarray(found, np.float64)


def main() -> None:
    """Fit all models and print how far they are from the printed table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    votes, printed = read_wheel(parser.parse_args().wheel)
    rows = rows_of(votes)
    print(f"{len(rows):,} votes, {len(votes.models)} models, {len(printed)} printed lines\n")
    observed = votes.by_model(votes.number)
    score, expected = fit_scaled(votes)
    fits = {"its default model": (score, expected)}
    for name in ("davidson", "davidson-per-model"):
        ratings = RATING_METHODS[name].rate(Evidence(rows), settings=RatingSettings(interval="sandwich"))
        fits[name] = ratings.rating, chances(ratings, votes)
    best = [_model_of(line, votes, observed) for line in printed]
    apart = max(_apart(observed[code], line.observed) for code, line in zip(best, printed, strict=True))
    print(
        f"models found by name and number of votes: {len(best)}; observed shares differ by {apart} percentage points\n"
    )
    print("| fit | nats a vote | predicted shares, points | same places | tau with the printed order | scores, r |")
    print("|---|---|---|---|---|---|")
    theirs = [line.score for line in printed]
    for name, (rating, share) in fits.items():
        nats = -float((votes.number * np.log(share)).sum() / votes.total.sum())
        predicted = votes.by_model(share * votes.total[:, None])
        guess = max(_apart(predicted[code], line.predicted) for code, line in zip(best, printed, strict=True))
        places = int((np.argsort(-rating)[: len(best)] == best).sum())
        tau, r = kendalltau(-rating[best], np.arange(len(best))).statistic, np.corrcoef(rating[best], theirs)[0, 1]
        print(f"| {name} | {nats:.5f} | {guess} | {places} of {len(best)} | {tau:.3f} | {r:.4f} |")


def _model_of(line: PrintedLine, votes: Votes, observed: FloatArray) -> int:
    """The one model whose name begins as the printed one and whose number of votes is the printed one."""
    start = line.name.removesuffix("...")
    found = [
        code
        for code, name in enumerate(votes.models)
        if name.startswith(start) and int(observed[code].sum()) == line.matches
    ]
    if len(found) != 1:
        raise SystemExit(f"expected one model of {line.matches} votes for {line.name}, got {len(found)}")
    return found[0]


def _apart(numbers: FloatArray, percents: tuple[int, ...]) -> int:
    """Largest difference of whole percents from the printed ones."""
    shares = 100.0 * numbers / numbers.sum()
    return int(max(abs(int(f"{one:.0f}") - other) for one, other in zip(shares, percents, strict=True)))


if __name__ == "__main__":
    main()

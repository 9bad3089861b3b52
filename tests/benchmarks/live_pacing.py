"""Whether what a browser receives before a vote tells which of two models is the faster one.

    python -m tests.benchmarks.live_pacing [--talks 2000] [--served 0]

Both models draw from the same texts; one writes ten times as fast as the other. A logistic regression on everything
that arrives (sizes and times of both sides, cross-validated) guesses the side of the faster model. `--talks` simulates
the pace on a clock of its own; `--served` sends that many talks through a real server and scripted endpoints. The
control shows each answer at its own speed.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata

from app.web.live.pacing import SharedPace
from app.web.live.pair_run import TICK_SECONDS
from storage.ledger.battles import FloatArray

FAST, SLOW = 400.0, 40.0
"""Characters a second."""
FOLDS, PENALTY = 5, 1.0


@dataclass(frozen=True)
class ReceivedTalk:
    """What a browser received: time, and new characters of both sides; and whether the left model is the faster one."""

    events: FloatArray
    is_left_fast: bool


def arrivals(rng: np.random.Generator, length: int, speed: float) -> Iterator[tuple[float, int]]:
    """Times at which a model has written so many characters, in uneven pieces and at an uneven speed."""
    now, total = rng.exponential(60.0 / speed), 0
    while total < length:
        total = min(length, total + int(rng.integers(2, 9)))
        yield now, total
        now += rng.gamma(2.0, 5.0 / speed / 2.0)


def lengths(rng: np.random.Generator) -> tuple[int, int]:
    """Lengths of two answers from one distribution."""
    one, other = np.exp(rng.normal(5.6, 0.6, 2)).astype(int) + 40
    return int(min(one, 1200)), int(min(other, 1200))


def paced(rng: np.random.Generator) -> ReceivedTalk:
    """A talk as the pace shows it."""
    is_left_fast, wanted = bool(rng.random() < 0.5), lengths(rng)
    speeds = (FAST, SLOW) if is_left_fast else (SLOW, FAST)
    written = [list(arrivals(rng, length, speed)) for length, speed in zip(wanted, speeds, strict=True)]
    news = sorted((at, side, total) for side, one in zip("ab", written, strict=True) for at, total in one)
    pace, events, place = SharedPace(), [], 0
    now = max(one[0][0] for one in written)
    while not pace.is_over:
        while place < len(news) and news[place][0] <= now:
            at, side, total = news[place]
            pace.arrive(side, total, at)
            if total == wanted["ab".index(side)]:
                pace.finish(side)
            place += 1
        before, shown = pace.shown, pace.tick(now)
        if shown > before:
            events.append((now, *(min(shown, one) - min(before, one) for one in wanted)))
        now += TICK_SECONDS + abs(rng.normal(0.0, 0.004))
    return ReceivedTalk(np.array(events, float), is_left_fast)


def unpaced(rng: np.random.Generator) -> ReceivedTalk:
    """A talk in which each answer appears as it is written."""
    is_left_fast, wanted = bool(rng.random() < 0.5), lengths(rng)
    speeds = (FAST, SLOW) if is_left_fast else (SLOW, FAST)
    events = []
    for side, (length, speed) in enumerate(zip(wanted, speeds, strict=True)):
        before = 0
        for at, total in arrivals(rng, length, speed):
            events.append((at, total - before, 0) if side == 0 else (at, 0, total - before))
            before = total
    return ReceivedTalk(np.array(sorted(events), float), is_left_fast)


def features(events: FloatArray) -> FloatArray:
    """Numbers on the sizes and times of what arrived, many of them with the sign of the longer side."""
    time_, left, right = events.T
    total = np.array([left.sum(), right.sum()])
    longer = 1.0 if total[0] > total[1] else -1.0
    own: list[float] = []
    for amounts in (left, right):
        at = time_[amounts > 0]
        gaps = np.diff(at) if len(at) > 2 else np.zeros(2)
        own += [at[0], at[-1] - at[0], gaps.mean(), gaps.std(), gaps.max(), amounts.max(), len(at)]
        own += [amounts[amounts > 0].std(), amounts.sum() / max(at[-1] - at[0], 1e-3)]
    half = len(own) // 2
    sides = [a - b for a, b in zip(own[:half], own[half:], strict=True)]
    ended = int(min(np.flatnonzero(left)[-1], np.flatnonzero(right)[-1]))
    both, tail = events[: ended + 1], events[ended + 1 :]
    head_rate = _rate(both)
    tail_rate = _rate(tail) if len(tail) > 3 else head_rate
    tail_gaps = np.diff(tail[:, 0]) if len(tail) > 3 else np.zeros(2)
    head_gaps = np.diff(both[:, 0]) if len(both) > 3 else np.zeros(2)
    tails = [tail_rate - head_rate, np.log(tail_rate / head_rate), tail_gaps.std(), tail_gaps.max(), tail_gaps.mean()]
    tails += [head_rate, head_gaps.std(), head_gaps.max(), time_[0], tail[:, 1:].sum(), 1.0]
    tails += [tail[:, 1:].max(axis=1).std() if len(tail) > 3 else 0.0]
    return np.array([*sides, *(longer * value for value in tails), total[0] - total[1], time_[-1] - time_[0]])


def _rate(events: FloatArray) -> float:
    seconds = events[-1, 0] - events[0, 0] if len(events) > 1 else 0.0
    return float(max(events[:, 1:].max(axis=1).sum(), 1.0) / max(seconds, TICK_SECONDS))


def guess(talks: list[ReceivedTalk]) -> tuple[float, float]:
    """Area under the curve of cross-validated guesses, and the upper end of its 95 % interval (Hanley and McNeil)."""
    x = np.array([features(one.events) for one in talks])
    y = np.array([one.is_left_fast for one in talks], float)
    fold = np.arange(len(y)) % FOLDS
    score = np.empty(len(y))
    for number in range(FOLDS):
        train = fold != number
        middle, spread = x[train].mean(axis=0), x[train].std(axis=0) + 1e-9
        z = np.clip((x - middle) / spread, -5, 5)
        score[~train] = rankdata(z[~train] @ _fit(z[train], y[train]))
    positive = y == 1
    n_fast, n_slow = positive.sum(), (~positive).sum()
    area = float((rankdata(score)[positive].sum() - n_fast * (n_fast + 1) / 2) / (n_fast * n_slow))
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (n_fast - 1) * (q1 - area**2) + (n_slow - 1) * (q2 - area**2)) / (n_fast * n_slow)
    return area, area + 1.96 * float(np.sqrt(max(variance, 0.0)))


def _fit(z: FloatArray, y: FloatArray) -> FloatArray:
    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        margin = z @ weights
        value = np.logaddexp(0.0, margin).sum() - margin @ y + PENALTY * weights @ weights
        return float(value), z.T @ (expit(margin) - y) + 2 * PENALTY * weights

    return np.asarray(minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B").x)


def simulated(number: int, make: Callable[[np.random.Generator], ReceivedTalk], seed: int = 1) -> list[ReceivedTalk]:
    """Talks on a clock of their own."""
    rng = np.random.default_rng(seed)
    return [make(rng) for _ in range(number)]


def main() -> None:
    """Print the areas for the pace and for the control."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--talks", type=int, default=2000)
    chosen = parser.parse_args()
    for name, make in (("paced", paced), ("unpaced", unpaced)):
        area, upper = guess(simulated(chosen.talks, make))
        print(f"{name}: area {area:.3f}, upper end {upper:.3f}, {chosen.talks} talks")


if __name__ == "__main__":
    main()

"""Whether what a browser receives before a vote tells which of two models is the faster one.

    python -m tests.benchmarks.live_pacing                  # 2,000 simulated talks
    python -m tests.benchmarks.live_pacing --served 2000    # as many through a real server

Both models draw from the same texts; one writes ten times as fast as the other. A logistic regression on everything
that arrives (sizes and times of both sides, cross-validated) guesses the side of the faster model. `--talks` simulates
the pace on a clock of its own; `--served` sends that many talks through a real server and scripted endpoints, and takes
what arrives at the socket of the browser. The control shows each answer at its own speed; half as many talks of it are
served, by the page that shows names.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata

from app.web.live.pacing import SharedPace
from app.web.live.pair_run import TICK_SECONDS
from storage.ledger.battles import FloatArray
from tests.benchmarks.live_talks import (
    FAST_MODEL,
    SLOW_MODEL,
    ReceivedEvents,
    ServedArena,
    Talker,
    make_client,
    served_arena,
    talk_together,
)

FAST, SLOW = 400.0, 40.0
"""Characters a second."""
FOLDS, PENALTY = 5, 1.0


@dataclass(frozen=True)
class ReceivedTalk:
    """What a browser received.

    Attributes:
        events: time, and new characters of both sides, by event.
        is_left_fast: whether the left model is the faster one.
        further: other numbers: time of the first words, time from the last words to the end, and bytes.
    """

    events: FloatArray
    is_left_fast: bool
    further: tuple[float, ...] = (0.0, 0.0, 0.0)


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


def features(talk: ReceivedTalk) -> FloatArray:
    """Numbers on the sizes and times of what arrived, many of them with the sign of the longer side."""
    events = talk.events
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
    tails += [tail[:, 1:].max(axis=1).std() if len(tail) > 3 else 0.0, *talk.further]
    return np.array([*sides, *(longer * value for value in tails), total[0] - total[1], time_[-1] - time_[0]])


def _rate(events: FloatArray) -> float:
    seconds = events[-1, 0] - events[0, 0] if len(events) > 1 else 0.0
    return float(max(events[:, 1:].max(axis=1).sum(), 1.0) / max(seconds, TICK_SECONDS))


def guess(talks: list[ReceivedTalk]) -> tuple[float, float]:
    """Area under the curve of cross-validated guesses, and the upper end of its 95 % interval (Hanley and McNeil)."""
    x = np.array([features(one) for one in talks])
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


def received_talk(received: ReceivedEvents) -> ReceivedTalk:
    """What a browser received of a served talk, as numbers."""
    events = np.array([(at - received.began, left, right) for at, _bytes, left, right in received.shown], float)
    after = received.settled_at - received.shown[-1][0]
    n_bytes = float(sum(size for _at, size, _left, _right in received.shown))
    further = (float(events[0, 0]), after, n_bytes - events[:, 1:].sum())
    return ReceivedTalk(events, received.names[0] == FAST_MODEL, further)


async def serve_talks(arena: ServedArena, n_talks: int) -> tuple[list[ReceivedTalk], list[ReceivedTalk]]:
    """Talks of the Arena page, and half as many of the control."""

    async def control(talker: Talker, number: int) -> ReceivedEvents:
        is_left_fast = number * 2_654_435_761 % 2**32 < 2**31
        return await talker.talk_unpaced(f"Prompt number {number}?", is_left_fast=is_left_fast)

    async with make_client() as client:
        paced_talks = await talk_together(arena, client, n_talks, spread=10.0)
        unpaced_talks = await talk_together(arena, client, n_talks // 2, first=n_talks, spread=10.0, make=control)
    whole = [
        one for one in unpaced_talks if all(one.settled["turns"][0][f"facts_{side}"]["cause"] is None for side in "ab")
    ]
    return [received_talk(one) for one in paced_talks], [received_talk(one) for one in whole]


def main() -> None:
    """Print the areas for the pace and for the control."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--talks", type=int, default=2000, help="number of simulated talks")
    parser.add_argument("--served", type=int, default=0, help="number of served talks, in place of simulated ones")
    parser.add_argument("--raters", type=int, default=60, help="number of served talks at once")
    parser.add_argument("--output", help="file for the numbers of all served talks, as JSON")
    chosen = parser.parse_args()
    if chosen.served:
        with served_arena(chosen.raters, {FAST_MODEL: FAST, SLOW_MODEL: SLOW}) as arena:
            served, control = asyncio.run(serve_talks(arena, chosen.served))
            load = f"load average {os.getloadavg()[0]:.1f}"
        for name, talks in (("paced", served), ("unpaced", control)):
            area, upper = guess(talks)
            print(f"served, {name}: area {area:.3f}, upper end {upper:.3f}, {len(talks)} talks, {load}")
        if chosen.output:
            rows = [[one.events.tolist(), one.is_left_fast, one.further] for one in served]
            Path(chosen.output).write_text(json.dumps(rows), encoding="utf-8")
        return
    for name, make in (("paced", paced), ("unpaced", unpaced)):
        area, upper = guess(simulated(chosen.talks, make))
        print(f"{name}: area {area:.3f}, upper end {upper:.3f}, {chosen.talks} talks")


if __name__ == "__main__":
    main()

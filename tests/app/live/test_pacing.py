"""The pace: alike for both sides, and telling nothing about who writes faster."""

from itertools import pairwise

import pytest

from app.web.live.pacing import FASTEST, SharedPace
from tests.benchmarks.live_pacing import guess, paced, simulated, unpaced

TICK = 0.1


def run(pace: SharedPace, until: float, start: float = 0.0) -> list[int]:
    shown, now = [], start
    while now < until:
        shown.append(pace.tick(now))
        now += TICK
    return shown


def test_nothing_is_shown_before_both_have_begun() -> None:
    pace = SharedPace()
    pace.arrive("a", 500, 0.0)
    assert run(pace, 2.0) == [0] * 20
    pace.arrive("b", 3, 2.0)
    assert pace.tick(2.0) == 0
    assert max(run(pace, 2.2, start=2.05)) >= 1, "first words come within 0.2 s of the slower model's first text"


def test_a_stall_of_one_answer_holds_both() -> None:
    pace = SharedPace()
    pace.arrive("a", 1000, 0.0)
    pace.arrive("b", 20, 0.0)
    shown = run(pace, 10.0)
    assert shown[-1] == 20


def test_an_answer_that_came_at_once_is_shown_at_the_fastest_pace_and_no_faster() -> None:
    pace = SharedPace()
    for side in "ab":
        pace.arrive(side, 2000, 0.0)
        pace.finish(side)
    shown = run(pace, 6.0)
    assert max(later - earlier for earlier, later in pairwise(shown)) <= FASTEST * TICK + 1
    assert pace.is_over


def test_the_rest_of_the_longer_answer_keeps_the_pace_whichever_model_wrote_it() -> None:
    rests = {}
    for slow in "ab":
        pace, now = SharedPace(), 0.0
        wanted = {"a": 120, "b": 600}
        quick = "b" if slow == "a" else "a"
        pace.arrive(quick, wanted[quick], now)
        pace.finish(quick)
        shown: list[int] = []
        while not pace.is_over:
            written = min(wanted[slow], 1 + int(60 * now))
            pace.arrive(slow, written, now)
            if written == wanted[slow]:
                pace.finish(slow)
            shown.append(pace.tick(now))
            now += TICK
        steps = [later - earlier for earlier, later in pairwise(shown) if earlier >= 120]
        rests[slow] = sum(steps[:-1]) / len(steps[:-1])
    assert rests["a"] == pytest.approx(rests["b"], rel=0.16)


def test_a_classifier_of_all_that_arrives_tells_nothing_but_sees_unpaced_answers() -> None:
    talks = simulated(300, paced)
    area, _ = guess(talks)
    control, _ = guess(simulated(200, unpaced))
    stalls = [max(later - earlier for earlier, later in pairwise(talk.events[:, 0])) for talk in talks]
    assert sum(stall > 0.3 for stall in stalls) <= 1, (
        "a model that pauses does not stop the pace (4 % of talks without a reserve)"
    )
    assert area <= 0.58
    assert control >= 0.9

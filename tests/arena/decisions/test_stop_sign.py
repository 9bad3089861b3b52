"""The stop sign: go on, stop, or invite more people, and the reason for it."""

from datetime import UTC, datetime

import numpy as np
import pytest

from arena.decisions.comparison import ComparisonPlan
from arena.decisions.stop_sign import StopSign, sign_of
from storage.ledger.battles import Battles
from tests.arena.decisions.test_blocks import battles

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def study(raters: int, rate: float, *, models: tuple[str, ...] = ("a", "b"), seed: int = 1) -> Battles:
    """Ten votes of each rater on each pair of models; the earlier model wins with this probability."""
    rng = np.random.default_rng(seed)
    rows = []
    for rater in range(raters):
        for place, one in enumerate(models):
            for other in models[place + 1 :]:
                rows += [(one, other, "model_a" if rng.random() < rate else "model_b", rater, 0.0) for _ in range(10)]
    return battles(rows)


def sign(found: Battles, *, raters: int = 50, is_closed: bool = False) -> StopSign:
    return sign_of(found, raters=raters, is_closed=is_closed, now=NOW, plan=ComparisonPlan())


@pytest.mark.parametrize(
    ("found", "raters", "is_closed", "expected"),
    [
        (Battles.empty(["a", "b"]), 9, False, ("empty", "no_votes")),
        (study(30, 0.75), 30, False, ("decided", "best")),
        (study(4, 0.75), 4, False, ("impossible", "few_raters")),
        (study(4, 0.75), 30, False, ("open", "more")),
        (study(8, 0.55), 8, False, ("impossible", "few_raters")),
        (study(8, 0.55), 8, True, ("impossible", "closed")),
        (study(300, 0.5, seed=2), 300, False, ("decided", "equal")),
    ],
)
def test_the_sign_and_its_reason(found: Battles, raters: int, is_closed: bool, expected: tuple[str, str]) -> None:
    told = sign(found, raters=raters, is_closed=is_closed)
    assert (told.sign, told.reason) == expected


def test_the_first_of_several_models_has_to_beat_each_other_one() -> None:
    told = sign(study(40, 0.75, models=("a", "b", "c")))
    assert (told.sign, told.leader) == ("decided", "a")
    assert {name for name, _ in told.decisions} == {"b", "c"}
    apart = sign(Battles.from_rows([("a", "b", "model_a"), ("c", "d", "model_a")]))
    assert (apart.sign, apart.reason) == ("open", "unconnected")


def test_a_leader_that_never_met_a_rival_still_needs_the_first_raters() -> None:
    rows = [("a", "b", "model_a", rater, 0.0) for rater in range(9)] + [("b", "c", "model_a", 0, 0.0)]
    rows += [("b", "a", "model_a", 0, 0.0), ("c", "b", "model_a", 1, 0.0)]
    told = sign(battles(rows), raters=20)
    assert (told.sign, told.reason, told.leader, told.rival) == ("open", "more", "a", "c")

"""What a leaderboard would be without one rater."""

from dataclasses import replace

import numpy as np
import pytest

from arena.quality.influence import leave_out
from storage.ledger.battles import Battles


def battles(rows: list[tuple[str, str, str, str]]) -> Battles:
    """Battles from rows of two models, the winner and the rater."""
    plain = Battles.from_rows([row[:3] for row in rows])
    raters = tuple(sorted({row[3] for row in rows}))
    return replace(plain, raters=raters, rater=np.array([raters.index(row[3]) for row in rows], np.int32))


def votes(one: int, other: int, rater: str) -> list[tuple[str, str, str, str]]:
    """So many wins of Heron over Wren, and of Wren over Heron, by one rater."""
    return [("Heron", "Wren", "model_a", rater)] * one + [("Heron", "Wren", "model_b", rater)] * other


def test_a_rater_who_turns_the_order_is_told_with_the_pair_that_changes() -> None:
    """Ann's 6:2 outweighs Bo's 2:3: without Ann, Wren is ahead; each is as far above the mean as below it before."""
    found = leave_out(battles([*votes(6, 2, "ann"), *votes(2, 3, "bo")]), "ann")
    assert found is not None
    assert (found.votes, found.swaps, found.lost) == (8, (("Heron", "Wren"),), ())
    before, after = (200 / np.log(10) * np.log(odds) for odds in (8 / 5, 2 / 3))
    assert abs(found.largest_change or 0.0) == pytest.approx(before - after, abs=0.5)


def test_without_the_only_rater_nothing_is_left_to_compare() -> None:
    found = leave_out(battles(votes(6, 2, "ann")), "ann")
    assert found is not None
    assert (found.largest_change, found.model, found.lost) == (None, None, ("Heron", "Wren"))


def test_a_rater_without_a_counted_vote_has_no_influence() -> None:
    assert leave_out(battles(votes(1, 1, "ann")), "bo") is None

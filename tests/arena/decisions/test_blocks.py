"""Blocks: who counts as finished, which votes come too late, and what is unknown."""

import numpy as np

from arena.decisions.blocks import finished_blocks, rows_of_pair
from storage.ledger.battles import Battles

HOUR = 3600.0
NAN = float("nan")


def battles(rows: list[tuple[str, str, str, int, float]]) -> Battles:
    """Battles of `(model_a, model_b, winner, rater, hours)` rows; a rater below 0 is unknown."""
    plain = Battles.from_rows([row[:3] for row in rows])
    raters = tuple(f"r{code}" for code in range(1 + max((row[3] for row in rows), default=0)))
    return Battles(
        **{name: getattr(plain, name) for name in ("models", "a", "b", "outcome", "score", "position", "probability")},
        **{name: getattr(plain, name) for name in ("questions", "question", "response_a", "response_b")},
        raters=raters,
        rater=np.array([row[3] for row in rows], np.int32),
        time=np.array([row[4] for row in rows]) * HOUR,
    )


def test_a_block_is_the_mean_of_one_rater_from_the_side_of_the_new_model() -> None:
    found = battles(
        [
            ("new", "old", "model_a", 0, NAN),
            ("old", "new", "model_a", 0, NAN),
            ("old", "new", "tie", 0, NAN),
            ("new", "other", "model_a", 0, NAN),
            ("old", "new", "model_b", 1, NAN),
        ]
    )
    blocks = finished_blocks(found, rows_of_pair(found, "new", "old"), unit="rater", now=0.0)
    assert blocks.names == ("r0", "r1")
    assert blocks.share.tolist() == [0.5, 1.0]
    assert blocks.votes.tolist() == [3, 1]


def test_blocks_are_in_the_order_in_which_they_ended() -> None:
    found = battles([("new", "old", "model_a", rater, NAN) for rater in (0, 1, 0)])
    assert finished_blocks(found, rows_of_pair(found, "new", "old"), unit="rater", now=0.0).names == ("r1", "r0")


def test_votes_after_the_pause_are_late_and_a_recent_rater_is_still_open() -> None:
    found = battles(
        [
            ("new", "old", "model_a", 0, 1.0),
            ("new", "old", "model_a", 0, 20.0),
            ("new", "old", "model_b", 0, 60.0),
            ("new", "old", "model_b", 1, 95.0),
        ]
    )
    pair = rows_of_pair(found, "new", "old")
    blocks = finished_blocks(found, pair, unit="rater", now=100 * HOUR)
    assert (blocks.names, blocks.votes.tolist(), blocks.share.tolist()) == (("r0",), [2], [1.0])
    assert (blocks.late_votes, blocks.open_blocks, blocks.open_votes) == (1, 1, 1)
    over = finished_blocks(found, pair, unit="rater", now=100 * HOUR, over=True)
    assert (over.votes.tolist(), over.late_votes, over.open_votes) == ([3, 1], 0, 0)
    later = finished_blocks(found, pair, unit="rater", now=200 * HOUR)
    assert later.names == ("r0", "r1")


def test_what_a_look_has_counted_stays_as_it_is_whatever_comes_later() -> None:
    rng = np.random.default_rng(3)
    rows = [
        ("new", "old", str(rng.choice(["model_a", "model_b", "tie"])), int(rng.integers(8)), float(hour))
        for hour in np.sort(rng.uniform(0, 400, 120))
    ]
    before: list[tuple[str, float]] = []
    for hour in range(24, 480, 24):
        seen = battles([row for row in rows if row[4] <= hour])
        blocks = finished_blocks(seen, rows_of_pair(seen, "new", "old"), unit="rater", now=hour * HOUR)
        now = list(zip(blocks.names, blocks.share.tolist(), strict=True))
        assert now[: len(before)] == before
        before = now
    assert len(before) == 8


def test_votes_without_a_rater_are_blocks_of_their_own() -> None:
    found = battles([("new", "old", "model_a", -1, NAN), ("new", "old", "model_b", -1, NAN)])
    blocks = finished_blocks(found, rows_of_pair(found, "new", "old"), unit="rater", now=0.0)
    assert (len(blocks), blocks.unknown, blocks.names) == (2, 2, ("", ""))


def test_models_that_never_met_have_no_rows() -> None:
    found = battles([("new", "old", "model_a", 0, NAN)])
    assert len(rows_of_pair(found, "new", "absent").rows) == 0

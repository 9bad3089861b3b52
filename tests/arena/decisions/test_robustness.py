"""What first place rests on: small boards by hand, and the claim that the removal really changes it."""

import numpy as np

from arena.decisions.robustness import first_place
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from storage.ledger.battles import Battles
from tests.arena.decisions.test_blocks import battles
from tests.arena.tournaments import random_rows


def test_between_two_models_the_lead_and_one_more_have_to_go() -> None:
    """12 wins to 5: with 7 wins fewer they are equal, with 8 fewer the other is ahead."""
    found = first_place(battles([("a", "b", "model_a", 0, 0.0)] * 12 + [("a", "b", "model_b", 1, 0.0)] * 5))
    assert found is not None
    assert (found.first, found.rival, found.votes, found.total) == ("a", "b", 8, 17)
    assert found.by_rater == (("r0", 8),)
    assert [(one.name, one.votes, one.first) for one in found.raters] == [("r0", 12, "b")]


def test_without_the_votes_that_are_named_the_rival_is_first() -> None:
    rows = Battles.from_rows(random_rows(6, 400, seed=2))
    found = first_place(rows)
    assert found is not None
    assert found.rival is not None
    stays = ~np.isin(rows.position, found.positions)
    ratings = rate_bradley_terry(Evidence(rows.subset(stays)), settings=RatingSettings(interval="sandwich"))
    assert ratings.models[int(np.nanargmax(ratings.rating))] != found.first
    assert len(found.positions) == found.votes
    one_less = found.positions[1:]
    assert found.votes is not None
    assert found.votes < 60
    assert len(one_less) == found.votes - 1


def test_one_model_or_none_has_no_first_place_to_lose() -> None:
    assert first_place(Battles.empty(["a"])) is None
    assert first_place(Battles.from_rows([("a", "a", "tie")])) is None

"""What to ask next: probabilities, the label plan against a fit with those votes, and draws without replacement."""

from collections import Counter

import pytest

from arena.decisions.asking import as_questions, draw_pairs, pair_needs, with_models
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from storage.errors import BadInput
from storage.ledger.battles import Battles
from tests.arena.tournaments import Row, random_rows

ROWS = random_rows(5, 400, seed=8)


def rated(rows: list[Row], **plan: float) -> Counter[str]:
    """Half the width of the interval of each pair, by its names."""
    battles = Battles.from_rows(rows)
    ratings = rate_bradley_terry(Evidence(battles), settings=RatingSettings())
    needs = pair_needs(battles, ratings, level=0.95, margin=50.0, uniform_share=0.1)
    return Counter({f"{one.model_a} {one.model_b}": one.half_width or 0.0 for one in needs})


def test_probabilities_sum_to_one_and_none_is_below_its_uniform_share() -> None:
    battles = with_models(Battles.from_rows(ROWS), ["new"])
    ratings = rate_bradley_terry(Evidence(battles), settings=RatingSettings())
    needs = pair_needs(battles, ratings, level=0.95, margin=50.0, uniform_share=0.2)
    assert sum(one.probability for one in needs) == pytest.approx(1.0)
    assert min(one.probability for one in needs) >= 0.2 / 15
    assert {needs[0].model_a, needs[0].model_b} & {"new"}
    assert needs[0].missing is None
    for wrong in (0.05, 1.5):
        with pytest.raises(BadInput, match="uniform share"):
            pair_needs(battles, ratings, level=0.95, margin=50.0, uniform_share=wrong)
    with pytest.raises(BadInput, match="margin above 0"):
        pair_needs(battles, ratings, level=0.95, margin=0.0, uniform_share=0.2)


def test_as_many_votes_as_planned_reach_the_margin() -> None:
    battles = Battles.from_rows(ROWS)
    ratings = rate_bradley_terry(Evidence(battles), settings=RatingSettings())
    needs = pair_needs(battles, ratings, level=0.95, margin=40.0, uniform_share=0.1)
    need = max(needs, key=lambda one: one.missing or 0)
    assert need.missing is not None
    assert need.missing > 0
    chance = 1.0 / (1.0 + 10.0 ** (-(need.difference or 0.0) / 400.0))
    wins = round(need.missing * chance)
    more: list[Row] = [(need.model_a, need.model_b, "model_a")] * wins
    more += [(need.model_a, need.model_b, "model_b")] * (need.missing - wins)
    assert rated([*ROWS, *more])[f"{need.model_a} {need.model_b}"] == pytest.approx(40.0, rel=0.12)


def test_draws_are_without_replacement_and_store_their_probability() -> None:
    battles = Battles.from_rows(ROWS)
    ratings = rate_bradley_terry(Evidence(battles), settings=RatingSettings())
    needs = pair_needs(battles, ratings, level=0.95, margin=50.0, uniform_share=0.1)
    questions = as_questions([(question, model) for question in range(4) for model in ("m0", "m1", "m2")])
    assert questions["m0", "m1"] == [0, 1, 2, 3]
    drawn = draw_pairs(needs, questions, votes=50, seed=3)
    assert len(drawn) == 12
    assert len({(one.question, *sorted((one.model_a, one.model_b))) for one in drawn}) == 12
    assert drawn == draw_pairs(needs, questions, votes=50, seed=3)
    known = {frozenset((one.model_a, one.model_b)): one.probability for one in needs}
    total = sum(known[frozenset(pair)] for pair in questions)
    first = drawn[0]
    assert first.probability == pytest.approx(known[frozenset((first.model_a, first.model_b))] / total / 4)

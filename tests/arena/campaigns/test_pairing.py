"""Pairing: probabilities are right, positive, and what is stored."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.campaigns.pairing import POLICIES, Cells, deficit, informative, make_cells, uniform


def cells_of(n_models: int, n_questions: int) -> Cells:
    """Responses are numbered question by question, so response 10 * question + model."""
    return make_cells([(q, m, 10 * q + m) for q in range(n_questions) for m in range(n_models)])


def test_cells_are_all_unordered_pairs_of_each_question() -> None:
    cells = cells_of(3, 2)
    found = list(zip(cells.question.tolist(), cells.response_a.tolist(), cells.response_b.tolist(), strict=True))
    assert found == [(0, 0, 1), (0, 0, 2), (0, 1, 2), (1, 10, 11), (1, 10, 12), (1, 11, 12)]
    assert cells.pair.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_model_without_a_response_makes_no_cell() -> None:
    assert len(make_cells([(0, 0, 5), (1, 0, 6), (1, 1, 7)])) == 1


def test_deficit_weights_by_hand() -> None:
    """Places 2 and 1, pairs with 3 and 1 votes: weights 2 × (3 - 3 + 1) = 2 and 1 × (3 - 1 + 1) = 3."""
    assert deficit(np.array([2, 1]), np.array([3, 1])).tolist() == [2.0, 3.0]


def test_the_stored_probability_is_the_one_drawn_from() -> None:
    """One pair answered 3 times, one never, overlap 4: weights 1 × 1 and 4 × 4, a tenth uniform."""
    expected = {0: 0.9 * 1 / 17 + 0.05, 1: 0.9 * 16 / 17 + 0.05}
    drawn = []
    for seed in range(2_000):
        cells = make_cells([(0, 0, 0), (0, 1, 1), (1, 0, 10), (1, 2, 12)])
        cells.filled[:] = [3, 0]
        draw = cells.draw(1, np.random.default_rng(seed), overlap=4, policy=deficit, uniform_share=0.1)
        assert draw is not None
        assert draw.probability == pytest.approx(expected[draw.cell])
        drawn.append(draw.cell)
    share = np.mean(np.array(drawn) == 0)
    assert abs(share - expected[0]) < 4 * np.sqrt(expected[0] * expected[1] / len(drawn))


@given(st.data(), st.sampled_from(sorted(POLICIES)))
def test_every_open_cell_keeps_at_least_its_uniform_share(data: st.DataObject, policy: str) -> None:
    cells = cells_of(4, 3)
    cells.filled[:] = data.draw(st.lists(st.integers(0, 3), min_size=len(cells), max_size=len(cells)))
    for cell in data.draw(st.sets(st.integers(0, len(cells) - 1))):
        cells.mask(1)[cell] = True
    opened = cells.open_to(1, 3)
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    draw = cells.draw(1, generator, overlap=3, policy=POLICIES[policy], uniform_share=0.25)
    if draw is None:
        assert len(opened) == 0
        return
    assert draw.cell in opened
    assert 0.25 / len(opened) <= draw.probability <= 1


def test_less_than_a_tenth_uniform_is_refused() -> None:
    with pytest.raises(ValueError, match="uniform share"):
        cells_of(2, 1).draw(1, np.random.default_rng(0), overlap=1, policy=uniform, uniform_share=0.05)


def test_holding_and_releasing_a_cell_cancel_out() -> None:
    cells = cells_of(3, 2)
    cells.hold(1, 2)
    cells.hold(1, 2)
    assert cells.filled.tolist() == [0, 0, 1, 0, 0, 0]
    assert 2 not in cells.open_to(1, 2) and 2 in cells.open_to(2, 2)
    cells.release(1, 2)
    cells.release(1, 2)
    assert cells.filled.sum() == 0 and 2 in cells.open_to(1, 1)


def test_informative_draws_follow_the_worth_of_pairs_whatever_their_number_of_cells() -> None:
    """Pair 0 has two open cells, pair 1 one; worth 1 and 3, a tenth uniform: 0.9 / 8 + 1/30, 0.9 * 3 / 4 + 1/30."""
    cells = make_cells([(0, 0, 0), (0, 1, 1), (1, 0, 10), (1, 1, 11), (2, 0, 20), (2, 2, 22)])
    cells.worth = np.array([1.0, 3.0])
    expected = {0: 0.9 / 8 + 0.1 / 3, 1: 0.9 / 8 + 0.1 / 3, 2: 0.9 * 0.75 + 0.1 / 3}
    for seed in range(40):
        draw = cells.draw(1, np.random.default_rng(seed), overlap=4, policy=informative, uniform_share=0.1)
        assert draw is not None
        assert draw.probability == pytest.approx(expected[draw.cell])


def test_informative_draws_are_those_of_deficit_where_no_worth_is_known() -> None:
    places, votes = np.array([2, 1]), np.array([3, 1])
    assert informative(places, votes, None).tolist() == deficit(places, votes).tolist()

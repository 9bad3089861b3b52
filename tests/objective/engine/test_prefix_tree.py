"""However a token tree is packed, split or cached, each prediction sees its own text and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="the extra local is not installed")

import numpy as np

from objective.engine.passes.encoding import ModelInput, ScoringTarget
from objective.engine.passes.prefix_tree import (
    MAX_HEIGHT,
    ComputeCosts,
    PackedRow,
    PrefixGroup,
    plan_groups,
    plan_unshared,
)

COSTS = [
    ComputeCosts(token=1),
    ComputeCosts(token=10_000),
    ComputeCosts(token=10_000, launch=0),
    ComputeCosts(token=1e6, launch=0, row=10**6),
    ComputeCosts(token=100, pack=False, launch=0),
]


def made(runs: list[list[int]], starts: list[int]) -> list[ModelInput]:
    unique = list(dict.fromkeys(tuple(run) for run in runs))
    inputs = []
    for number, run in enumerate(unique):
        start = starts[number % len(starts)] % len(run)
        wanted = np.array([*run[start + 1 :], 99], dtype=np.int32)
        inputs.append(ModelInput(np.array(run, dtype=np.int32), [ScoringTarget(number, start, wanted)]))
    return inputs


def seen(row: PackedRow, column: int) -> list[tuple[int, int]]:
    """Position and token of all that a column sees in its row."""
    return [
        (int(row.positions[other]), int(row.tokens[other]))
        for other in range(column + 1)
        if column < int(row.ends[other])
    ]


def check(group: PrefixGroup, inputs: list[ModelInput], before: tuple[int, ...] = ()) -> int:
    """Check every target below a group; returns how many there were."""
    prefix = (*before, *group.prefix.tolist())
    count = 0
    assert group.length == len(prefix)
    for row in group.rows:
        for target, columns in row.targets:
            text = inputs[target.request].tokens.tolist()
            for step, column in enumerate(columns.tolist()):
                expected = list(enumerate(text[: target.start + step + 1]))
                assert list(enumerate(prefix)) + seen(row, column) == expected
            count += 1
    return count + sum(check(deeper, inputs, prefix) for deeper in group.groups)


def work(group: PrefixGroup) -> int:
    return len(group.prefix) + sum(len(row.tokens) for row in group.rows) + sum(map(work, group.groups))


@given(
    st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=60), min_size=1, max_size=12),
    st.lists(st.integers(0, 60), min_size=1, max_size=5),
    st.sampled_from(COSTS),
    st.integers(0, 40),
)
def test_every_prediction_sees_exactly_its_own_text(
    runs: list[list[int]], starts: list[int], costs: ComputeCosts, beginning: int
) -> None:
    inputs = made([[7] * beginning + run for run in runs], starts)
    group = plan_groups(inputs, costs)
    assert check(group, inputs) == len(inputs)
    assert work(group) <= work(plan_unshared(inputs)) or costs.launch


def test_shots_are_cached_and_options_packed_behind_their_question() -> None:
    """300 shot tokens, 8 questions of 100, 4 options of 10: 300 + 8 (100 + 40), less what needs no computing."""
    shots = [1] * 300
    inputs = made([shots + [10 + q] * 100 + [50 + o] * 10 for q in range(8) for o in range(4)], starts=[399])
    group = plan_groups(inputs, ComputeCosts(token=1000))
    (deeper,) = group.groups
    assert (len(deeper.prefix), len(deeper.rows), group.rows) == (300, 8, [])
    assert work(group) == 300 + 8 * (100 + 4 * 10)
    assert check(group, inputs) == 32


def test_short_common_prefixes_do_not_pack_questions_together() -> None:
    """Ten questions of 200 tokens that share three: one row each is cheaper than attending across them."""
    inputs = made([[1, 2, 3] + [10 + q] * 200 for q in range(10)], starts=[202])
    group = plan_groups(inputs, ComputeCosts(token=500, row=4096))
    assert len(group.rows) == 10
    assert not group.groups


def test_long_chains_of_growing_texts_are_computed_one_by_one() -> None:
    inputs = made([[1] * length for length in range(1, MAX_HEIGHT + 10)], starts=[10**6])
    assert check(plan_groups(inputs, ComputeCosts(token=100)), inputs) == len(inputs)

"""Ready-made quality checks: how many careful and careless raters they pause."""

import pytest

from arena.quality.presets import PRESETS


def paused_share(accuracy: float, n_gold: int) -> float:
    """The exact share of raters of an accuracy whom the strict checks pause within a number of gold answers."""
    rules = PRESETS["strict"]
    least, below = rules.pause_after or 0, rules.pause_below or 0.0
    going_on, paused = {0: 1.0}, 0.0
    for n in range(1, n_gold + 1):
        after: dict[int, float] = {}
        for right, share in going_on.items():
            for more, chance in ((1, accuracy), (0, 1 - accuracy)):
                after[right + more] = after.get(right + more, 0.0) + share * chance
        is_broken = {right: n >= least and right < below * n for right in after}
        paused += sum(share for right, share in after.items() if is_broken[right])
        going_on = {right: share for right, share in after.items() if not is_broken[right]}
    return paused


@pytest.mark.parametrize(("accuracy", "n_gold", "expected"), [(0.9, 5, 0.0086), (0.9, 20, 0.028), (1 / 3, 20, 0.997)])
def test_strict_checks_pause_who_guesses_and_hardly_ever_who_is_careful(
    accuracy: float, n_gold: int, expected: float
) -> None:
    assert paused_share(accuracy, n_gold) == pytest.approx(expected, abs=0.0005)

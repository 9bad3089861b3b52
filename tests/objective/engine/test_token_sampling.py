"""A sampled token depends on its own random number, not on the rounding of its batch."""

import random

import pytest

torch = pytest.importorskip("torch", reason="the extra local is not installed")

from objective.engine.writing.token_sampling import next_tokens  # noqa: E402
from objective.request import Sampling  # noqa: E402


class FixedRandom(random.Random):
    """Always returns one number."""

    def __init__(self, number: float) -> None:
        super().__init__()
        self._number = number

    def random(self) -> float:
        return self._number


def test_rounding_changes_no_sample_among_tokens_with_nearly_equal_probabilities() -> None:
    torch.manual_seed(3)
    logits = 1e-5 * torch.randn(1, 500)  # nearly the same odds for all
    nudged = logits + 1e-6 * torch.randn(1, 500)
    sampling = Sampling(temperature=1.0)
    at = [(place + 0.5) / 400 for place in range(400)]
    draws = [
        next_tokens(made.expand(400, -1), [(sampling, FixedRandom(one)) for one in at]) for made in (logits, nudged)
    ]
    assert draws[0] == draws[1]


def test_samples_follow_the_probabilities_and_top_p() -> None:
    """Odds 0.5, 0.3, 0.2: numbers spread evenly give them; with top_p 0.7 the last is never drawn, the rest 5 to 3."""
    logits = torch.tensor([[0.5, 0.2, 0.3]]).log().expand(1000, -1)
    at = [(place + 0.5) / 1000 for place in range(1000)]
    drawn = next_tokens(logits, [(Sampling(temperature=1.0), FixedRandom(one)) for one in at])
    assert [drawn.count(token) for token in range(3)] == [500, 200, 300]
    some = next_tokens(logits, [(Sampling(temperature=1.0, top_p=0.7), FixedRandom(one)) for one in at])
    assert [some.count(token) for token in range(3)] == [625, 0, 375]
    ends = [FixedRandom(0.0), FixedRandom(1 - 2**-53)]
    assert next_tokens(logits[:2], [(Sampling(temperature=1.0, top_p=0.7), one) for one in ends]) == [0, 2]

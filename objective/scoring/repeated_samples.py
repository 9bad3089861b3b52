"""Measures of several samples of one item: pass@k, G-Pass@k, and the vote of the majority."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

RIGHT = 0.5
"""Smallest score of a sample that counts as right."""


def pass_at_k(samples: int, right: int, k: int) -> float:
    """The probability that at least one of k samples is right, without bias (Chen et al., 2021).

    The estimate is 1 - C(n - c, k) / C(n, k), see https://arxiv.org/abs/2107.03374, equation 1.

    Args:
        samples: number n of samples.
        right: number c of right ones.
        k: number of samples that are drawn, from 1 to n.
    """
    _check(samples, right, k)
    return 1.0 - math.comb(samples - right, k) / math.comb(samples, k)


def g_pass_at_k(samples: int, right: int, k: int, share: float) -> float:
    """The probability that at least a share of k samples is right (G-Pass@k, Liu et al., 2024).

    It is the tail of a hypergeometric distribution, see https://arxiv.org/abs/2412.13147, equation 4; with a share
    above 0 and at most 1/k it is pass@k, with 1 it is the probability that all k are right.

    Args:
        samples: number of samples.
        right: number of right ones.
        k: number of samples that are drawn, from 1 to `samples`.
        share: share that must be right, in (0, 1].
    """
    _check(samples, right, k)
    least = max(1, math.ceil(share * k - 1e-9))
    ways = sum(math.comb(right, hits) * math.comb(samples - right, k - hits) for hits in range(least, k + 1))
    return ways / math.comb(samples, k)


def mean_g_pass_at_k(samples: int, right: int, k: int) -> float:
    """G-Pass@k averaged over shares from one half to one (mG-Pass@k, the same source, equation 6).

    For k of 1 it is the share of right samples.
    """
    _check(samples, right, k)
    half = math.ceil(k / 2)
    shares = [place / k for place in range(half + 1, k + 1)] or [1.0]
    return sum(g_pass_at_k(samples, right, k, share) for share in shares) / len(shares)


def majority(answers: Sequence[str | None]) -> str | None:
    """The answer that most samples give; of equally frequent ones the first, None if no sample has an answer.

    This is self-consistency (Wang et al., 2023, https://arxiv.org/abs/2203.11171).
    """
    counted = Counter(answer for answer in answers if answer is not None)
    return counted.most_common(1)[0][0] if counted else None


def sizes(samples: int) -> tuple[int, ...]:
    """The values of k that are reported: powers of two up to the number of samples, and that number."""
    powers = [1 << power for power in range(samples.bit_length()) if 1 << power <= samples]
    return tuple(sorted({*powers, samples}))


def measures(samples: int) -> Mapping[str, Callable[[Sequence[float]], float | None]]:
    """Functions by metric from the scores of one item's samples to a value; None where there are fewer samples.

    Args:
        samples: number of samples per item, at least 2.
    """
    found: dict[str, Callable[[Sequence[float]], float | None]] = {}
    for k in sizes(samples):
        if k > 1:
            found[f"pass@{k}"] = _measure(samples, lambda n, c, k=k: pass_at_k(n, c, k))  # type: ignore[misc]
    half = max(1, samples // 2)
    for share in (0.5, 1.0):
        found[f"g-pass@{half}_{share}"] = _measure(
            samples,
            lambda n, c, share=share: g_pass_at_k(n, c, half, share),  # type: ignore[misc]
        )
    found[f"mg-pass@{half}"] = _measure(samples, lambda n, c: mean_g_pass_at_k(n, c, half))
    return found


def spread(scores: Sequence[Sequence[float]]) -> float | None:
    """The sample standard deviation of the mean over items from one round of samples to the next.

    Args:
        scores: scores by item, each in the order of the samples; only complete rounds count.
    """
    rounds = min((len(of_item) for of_item in scores), default=0)
    if rounds < 2:
        return None
    means = [math.fsum(of_item[place] for of_item in scores) / len(scores) for place in range(rounds)]
    mean = math.fsum(means) / rounds
    return math.sqrt(math.fsum((one - mean) ** 2 for one in means) / (rounds - 1))


def _measure(samples: int, of_counts: Callable[[int, int], float]) -> Callable[[Sequence[float]], float | None]:
    def measure(scores: Sequence[float]) -> float | None:
        return of_counts(len(scores), sum(score >= RIGHT for score in scores)) if len(scores) >= samples else None

    return measure


def _check(samples: int, right: int, k: int) -> None:
    if not (0 <= right <= samples and 1 <= k <= samples):
        raise ValueError(f"expected 0 <= right <= samples and 1 <= k <= samples, got {right}, {samples} and {k}")

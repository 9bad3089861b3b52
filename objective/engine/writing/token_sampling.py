"""Chooses the next token of each text (the likeliest, or a sample), and reports the likeliest tokens."""

import hashlib
import random
from collections.abc import Sequence

import torch

from objective.request import Sampling


def random_for_text(sampling: Sampling, sample: int, prompt: bytes) -> random.Random:
    """The random numbers of one text, which depend only on seed, prompt and sample number."""
    source = f"{sampling.seed} {sample} ".encode() + prompt
    return random.Random(hashlib.blake2b(source, digest_size=16).digest())  # noqa: S311  not used for secrets


def next_tokens(logits: torch.Tensor, how: Sequence[tuple[Sampling, random.Random]]) -> list[int]:
    """Choose one token for each row.

    Args:
        logits: logits, shape [rows, vocabulary].
        how: for each row, its sampling settings and random numbers; a sampled row consumes one number.

    Returns:
        One token per row. A sampled row selects from the smallest set of likeliest tokens whose probabilities reach
        `top_p`, by the position of its random number in their cumulative sum over the vocabulary.
    """
    chosen = logits.argmax(dim=1)
    drawn = [row for row, (sampling, _) in enumerate(how) if sampling.temperature > 0]
    if drawn:
        rows = torch.tensor(drawn, device=logits.device)
        given = [(how[row][0].temperature, how[row][0].top_p, how[row][1].random()) for row in drawn]
        wide = torch.float32 if logits.device.type == "mps" else torch.float64
        warm, share, at = torch.tensor(given, dtype=wide, device=logits.device).T[:, :, None]
        odds = torch.softmax(logits[rows].float() / warm.float(), dim=1).to(wide)
        if bool((share < 1).any()):
            ranked, tokens = odds.sort(dim=1, descending=True, stable=True)
            before = ranked.cumsum(dim=1) - ranked
            odds = torch.zeros_like(odds).scatter(1, tokens, torch.where((before < share) | (before == 0), ranked, 0))
        # The cumulative sum is in the order of the vocabulary: if it were sorted by probability, rounding would swap
        # tokens with nearly equal probabilities, and the same number would select another token.
        sums = odds.cumsum(dim=1)
        place = torch.searchsorted(sums, at * sums[:, -1:], right=True)
        last = (sums < sums[:, -1:]).sum(dim=1, keepdim=True)
        chosen[rows] = torch.minimum(place, last).squeeze(1)
    return [int(token) for token in chosen.tolist()]


def top_logprobs(logits: torch.Tensor, counts: Sequence[int], chosen: Sequence[int]) -> list[dict[int, float]]:
    """Natural log-probabilities of the likeliest tokens of each row and of the chosen token.

    Args:
        logits: logits, shape [rows, vocabulary].
        counts: number of likeliest tokens for each row; 0 for an empty result.
        chosen: chosen token of each row.
    """
    found: list[dict[int, float]] = [{} for _ in counts]
    wanted = [row for row, count in enumerate(counts) if count]
    if not wanted:
        return found
    some = torch.log_softmax(logits[wanted].float(), dim=1)
    values, tokens = some.topk(min(max(counts), some.shape[1]), dim=1)
    own = some.gather(1, torch.tensor([[chosen[row]] for row in wanted], device=some.device))
    for row, nats, best, mine in zip(wanted, values.tolist(), tokens.tolist(), own[:, 0].tolist(), strict=True):
        count = counts[row]
        found[row] = {chosen[row]: mine} | dict(zip(best[:count], nats[:count], strict=True))
    return found

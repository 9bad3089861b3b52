"""The next token of each text: the likeliest, or one drawn by the text's own random numbers; and what was likely."""

import hashlib
import random
from collections.abc import Sequence

import torch

from objective.request import Sampling


def numbers(sampling: Sampling, sample: int, prompt: bytes) -> random.Random:
    """The random numbers of one text: they depend on seed, prompt and sample, never on what is written beside it."""
    word = f"{sampling.seed} {sample} ".encode() + prompt
    return random.Random(hashlib.blake2b(word, digest_size=16).digest())  # noqa: S311  no secrets are made of it


def next_tokens(logits: torch.Tensor, how: Sequence[tuple[Sampling, random.Random]]) -> list[int]:
    """One token for each row.

    Args:
        logits: shape [rows, vocabulary].
        how: per row, how it is drawn and with which numbers; each drawn row takes one number.

    Returns:
        Tokens, one per row. A row is drawn from the fewest likeliest tokens whose probabilities reach `top_p`, by the
        place of its number in their running sum over the vocabulary.
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
        # In the order of the vocabulary: in that of their odds, tokens of nearly equal ones would change places, and
        # the same number would draw another token, with each rounding.
        sums = odds.cumsum(dim=1)
        place = torch.searchsorted(sums, at * sums[:, -1:], right=True)
        last = (sums < sums[:, -1:]).sum(dim=1, keepdim=True)
        chosen[rows] = torch.minimum(place, last).squeeze(1)
    return [int(token) for token in chosen.tolist()]


def top_logprobs(logits: torch.Tensor, counts: Sequence[int], chosen: Sequence[int]) -> list[dict[int, float]]:
    """Natural log-probabilities of the likeliest tokens of each row and of the one that was chosen.

    Args:
        logits: shape [rows, vocabulary].
        counts: per row, how many of the likeliest; 0 for an empty result.
        chosen: per row, its token.
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

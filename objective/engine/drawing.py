"""The next token of each text: the likeliest, or one drawn by the text's own random numbers."""

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
        place of its number in their running sum.
    """
    chosen = logits.argmax(dim=1)
    drawn = [row for row, (sampling, _) in enumerate(how) if sampling.temperature > 0]
    if drawn:
        rows = torch.tensor(drawn, device=logits.device)
        given = [(how[row][0].temperature, how[row][0].top_p, how[row][1].random()) for row in drawn]
        warm, share, at = torch.tensor(given, dtype=torch.float32, device=logits.device).T[:, :, None]
        odds, tokens = torch.softmax(logits[rows].float() / warm, dim=1).sort(dim=1, descending=True, stable=True)
        before = odds.cumsum(dim=1) - odds
        kept = torch.where((before < share) | (before == 0), odds, 0)
        sums = kept.cumsum(dim=1)
        place = torch.searchsorted(sums, at * sums[:, -1:], right=True)
        last = (kept > 0).sum(dim=1, keepdim=True) - 1
        chosen[rows] = tokens.gather(1, torch.minimum(place, last)).squeeze(1)
    return [int(token) for token in chosen.tolist()]

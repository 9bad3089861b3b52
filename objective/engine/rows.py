"""Rows as tensors: padded on the right, each token seeing the prefix and its own path, predictions where wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from objective.engine.prefix_tree import Row


@dataclass
class Batch:
    """Rows side by side.

    Attributes:
        ids: tokens, shape [rows, width].
        keep: places whose predictions are wanted, same shape.
        positions: same shape; None where each token's column is its position.
        mask: added to the attention's logits, shape [rows, 1, width, prefix + width]; None where each token sees all
            before it.
        at: per scored token, the rank of its place among those kept.
        tokens: per scored token, which one.
        owners: per scored token, the request.
    """

    ids: torch.Tensor
    keep: torch.Tensor
    positions: torch.Tensor | None
    mask: torch.Tensor | None
    at: torch.Tensor
    tokens: torch.Tensor
    owners: npt.NDArray[np.int64]


def lay_out(rows: Sequence[Row], prefix: int, dtype: torch.dtype, device: torch.device) -> Batch:
    """Put rows into tensors.

    Args:
        rows: at least one.
        prefix: cached tokens before each of them.
        dtype: of the mask.
        device: of all tensors.
    """
    width = max(len(row.tokens) for row in rows)
    ids = np.zeros((len(rows), width), dtype=np.int64)
    positions = np.zeros_like(ids)
    ends = np.tile(np.arange(1, width + 1), (len(rows), 1))
    places, wanted, owners = [], [], []
    for number, row in enumerate(rows):
        size = len(row.tokens)
        ids[number, :size] = row.tokens
        positions[number, :size] = row.positions
        ends[number, :size] = row.ends
        for target, columns in row.targets:
            places.append(number * width + columns.astype(np.int64))
            wanted.append(target.tokens)
            owners.append(np.full(len(columns), target.request))
    kept, at = np.unique(np.concatenate(places), return_inverse=True)
    keep = np.zeros(ids.size, dtype=np.bool_)
    keep[kept] = True
    plain = prefix == 0 and all(row.is_chain for row in rows)
    return Batch(
        ids=torch.from_numpy(ids).to(device),
        keep=torch.from_numpy(keep.reshape(ids.shape)).to(device),
        positions=None if plain else torch.from_numpy(positions).to(device),
        mask=None if plain else additive_mask(torch.from_numpy(ends).to(device), prefix, dtype),
        at=torch.from_numpy(at.reshape(-1)).to(device),
        tokens=torch.from_numpy(np.concatenate(wanted).astype(np.int64)).to(device),
        owners=np.concatenate(owners).astype(np.int64),
    )


def additive_mask(ends: torch.Tensor, prefix: int, dtype: torch.dtype) -> torch.Tensor:
    """What hides a token from others: 0 where it is seen, minus infinity elsewhere.

    Args:
        ends: per row and column, the column before which the token is last seen, shape [rows, width].
        prefix: columns before the rows, seen by all.
        dtype: of the result.
    """
    rows, width = ends.shape
    columns = torch.arange(width, device=ends.device)
    seen = (columns[:, None] >= columns) & (columns[:, None] < ends[:, None, :])
    # Kernels on a GPU read masks in steps of 8.
    room = -(-(prefix + width) // 8) * 8
    mask = torch.zeros((rows, 1, width, room), dtype=dtype, device=ends.device)[..., : prefix + width]
    mask[:, 0, :, prefix:].masked_fill_(~seen, float("-inf"))
    return mask

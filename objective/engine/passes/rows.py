"""Rows as tensors: padded on the right, each token seeing the prefix and its own path, predictions where wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from objective.engine.passes.prefix_tree import Row


@dataclass
class Batch:
    """Rows side by side.

    Attributes:
        ids: tokens, shape [rows, width].
        keep: places whose predictions are wanted, same shape.
        positions: same shape; None where each token's column is its position.
        mask: added to the attention's logits, shape [rows, 1, fold * width, prefix + width]; None where each token sees
            all before it.
        at: per scored token, the rank of its place among those kept.
        tokens: per scored token, which one.
    """

    ids: torch.Tensor
    keep: torch.Tensor
    positions: torch.Tensor | None
    mask: torch.Tensor | None
    at: torch.Tensor
    tokens: torch.Tensor


@dataclass(frozen=True)
class Layout:
    """What the tensors of a model are like.

    Attributes:
        dtype: of masks.
        device: of all tensors.
        fold: query heads that stand one below the other in a mask.
    """

    dtype: torch.dtype
    device: torch.device
    fold: int = 1

    def put(self, array: npt.NDArray[Any]) -> torch.Tensor:
        """An array on the device, without waiting for the work there."""
        tensor = torch.from_numpy(array)
        return tensor.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else tensor


def lay_out(rows: Sequence[Row], prefix: int, layout: Layout) -> Batch:
    """Put rows into tensors.

    Args:
        rows: at least one.
        prefix: cached tokens before each of them.
        layout: of the tensors.
    """
    width = max(len(row.tokens) for row in rows)
    ids = np.zeros((len(rows), width), dtype=np.int64)
    positions = np.zeros_like(ids)
    ends = np.tile(np.arange(1, width + 1), (len(rows), 1))
    places, wanted = [], []
    for number, row in enumerate(rows):
        size = len(row.tokens)
        ids[number, :size] = row.tokens
        positions[number, :size] = row.positions
        ends[number, :size] = row.ends
        for target, columns in row.targets:
            places.append(number * width + columns.astype(np.int64))
            wanted.append(target.tokens)
    kept, at = np.unique(np.concatenate(places), return_inverse=True)
    keep = np.zeros(ids.size, dtype=np.bool_)
    keep[kept] = True
    plain = prefix == 0 and all(row.is_chain for row in rows)
    return Batch(
        ids=layout.put(ids),
        keep=layout.put(keep.reshape(ids.shape)),
        positions=None if plain else layout.put(positions),
        mask=None if plain else additive_mask(layout.put(ends), prefix, layout),
        at=layout.put(at.reshape(-1)),
        tokens=layout.put(np.concatenate(wanted).astype(np.int64)),
    )


def additive_mask(ends: torch.Tensor, prefix: int, layout: Layout) -> torch.Tensor:
    """What hides a token from others: 0 where it is seen, minus infinity elsewhere.

    Args:
        ends: per row and column, the column before which the token is last seen, shape [rows, width].
        prefix: columns before the rows, seen by all.
        layout: of the result.
    """
    rows, width = ends.shape
    columns = torch.arange(width, device=ends.device)
    seen = (columns[:, None] >= columns) & (columns[:, None] < ends[:, None, :])
    # Kernels on a GPU read masks in steps of 8.
    room = -(-(prefix + width) // 8) * 8
    mask = torch.zeros((rows, layout.fold, width, room), dtype=layout.dtype, device=ends.device)
    mask[..., prefix : prefix + width].masked_fill_(~seen[:, None], float("-inf"))
    return mask.view(rows, 1, layout.fold * width, room)[..., : prefix + width]

"""Batches of packed rows as tensors: padded on the right, with a mask that limits each token to its own path."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from objective.engine.passes.prefix_tree import PackedRow


@dataclass
class RowBatch:
    """Packed rows as tensors.

    Attributes:
        ids: token ids, shape [rows, width].
        keep: positions with logits as booleans, same shape.
        positions: position of each token in its text, same shape; None if it equals the column.
        mask: values added to the attention logits, shape [rows, 1, heads per key * width, prefix + width]; None for
            causal attention.
        at: for each scored token, the index of its position among those with logits.
        tokens: id of each scored token.
    """

    ids: torch.Tensor
    keep: torch.Tensor
    positions: torch.Tensor | None
    mask: torch.Tensor | None
    at: torch.Tensor
    tokens: torch.Tensor


@dataclass(frozen=True)
class TensorLayout:
    """Properties of a model's tensors.

    Attributes:
        dtype: precision of masks.
        device: device of all tensors.
        heads_per_key: query heads per key head that a mask is laid out for; 1 for the library's own attention.
    """

    dtype: torch.dtype
    device: torch.device
    heads_per_key: int = 1

    def put(self, array: npt.NDArray[Any]) -> torch.Tensor:
        """Copy an array to the device without waiting for the work in progress there."""
        tensor = torch.from_numpy(array)
        return tensor.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else tensor


def build_batch(rows: Sequence[PackedRow], prefix: int, layout: TensorLayout) -> RowBatch:
    """Build the tensors of a batch.

    Args:
        rows: at least one row.
        prefix: number of cached tokens before each row.
        layout: layout of the tensors.
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
    return RowBatch(
        ids=layout.put(ids),
        keep=layout.put(keep.reshape(ids.shape)),
        positions=None if plain else layout.put(positions),
        mask=None if plain else additive_mask(layout.put(ends), prefix, layout),
        at=layout.put(at.reshape(-1)),
        tokens=layout.put(np.concatenate(wanted).astype(np.int64)),
    )


def additive_mask(ends: torch.Tensor, prefix: int, layout: TensorLayout) -> torch.Tensor:
    """The attention mask: 0 where a token is visible, minus infinity elsewhere.

    Args:
        ends: for each token, the first column that does not see it any more, shape [rows, width].
        prefix: number of columns before the rows, visible to all tokens.
        layout: layout of the mask.
    """
    rows, width = ends.shape
    columns = torch.arange(width, device=ends.device)
    seen = (columns[:, None] >= columns) & (columns[:, None] < ends[:, None, :])
    # Kernels on a GPU read masks in steps of 8.
    room = -(-(prefix + width) // 8) * 8
    mask = torch.zeros((rows, layout.heads_per_key, width, room), dtype=layout.dtype, device=ends.device)
    mask[..., prefix : prefix + width].masked_fill_(~seen[:, None], float("-inf"))
    return mask.view(rows, 1, layout.heads_per_key * width, room)[..., : prefix + width]

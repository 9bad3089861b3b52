"""A cache with the keys and values of many rows in one block of memory.

A prefix is copied in once, and each batch writes its keys and values after it.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicCache

KeysAndValues = Sequence[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values of each layer, both of shape [1, heads, tokens, size]."""


class KeyCache(Cache):  # type: ignore[misc]
    """A transformers cache with rows that can be replaced.

    Args:
        rows: number of rows.
        columns: number of tokens per row.

    `write_block` or `write_column` prepares a forward pass. Each layer then stores its keys and values at that
    position, and receives all keys and values of its rows.
    """

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__(layers=[])
        self.rows, self.columns = rows, columns
        self._blocks: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._first, self._count, self._start = 0, 0, 0
        self._lengths: torch.Tensor | None = None
        self._longest = 0

    def write_block(self, first: int, count: int, start: int) -> None:
        """Prepare a pass that writes `count` rows from row `first`, starting at column `start`."""
        self._first, self._count, self._start, self._lengths = first, count, start, None

    def write_column(self, lengths: torch.Tensor, longest: int) -> None:
        """Prepare a pass that writes one token to each of the first rows.

        Args:
            lengths: number of tokens in each of these rows, shape [rows].
            longest: maximum of `lengths`.
        """
        self._lengths, self._longest = lengths, longest
        self._start = longest

    def put(self, prefix: KeysAndValues, first: int, count: int) -> None:
        """Copy a prefix into some rows."""
        for layer, (keys, values) in enumerate(prefix):
            held_keys, held_values = self._block(layer, keys, values)
            length = keys.shape[2]
            held_keys[first : first + count, :, :length] = keys
            held_values[first : first + count, :, :length] = values

    def copy_row(self, source: int, target: int, length: int) -> None:
        """Copy the first `length` tokens of one row over another."""
        for block in self._blocks:
            for held in block:
                held[target, :, :length] = held[source, :, :length]

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        layer_idx: int,
        *_: Any,  # noqa: ANN401
        **__: Any,  # noqa: ANN401
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store the keys and values of a layer, and return those of all tokens in the rows of this pass."""
        keys, values = self._block(layer_idx, key_states, value_states)
        if self._lengths is not None:
            some, end = slice(0, len(self._lengths)), self._longest + 1
            for held_states, states in ((keys, key_states), (values, value_states)):
                held_states[some].scatter_(2, self._lengths[:, None, None, None].expand_as(states), states)
        else:
            some, end = slice(self._first, self._first + self._count), self._start + key_states.shape[2]
            keys[some, :, self._start : end] = key_states
            values[some, :, self._start : end] = value_states
        return keys[some, :, :end], values[some, :, :end]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Number of tokens in the cache before this pass."""
        del layer_idx
        return self._start

    def _block(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        while len(self._blocks) <= layer:
            made = (
                keys.new_zeros((self.rows, keys.shape[1], self.columns, keys.shape[3])),
                values.new_zeros((self.rows, values.shape[1], self.columns, values.shape[3])),
            )
            self._blocks.append(made)
        return self._blocks[layer]


def make_growing_cache(prefix: KeysAndValues) -> DynamicCache:
    """A growing cache of one row that begins with a prefix."""
    cache = DynamicCache()
    for layer, (keys, values) in enumerate(prefix):
        cache.update(keys, values, layer)
    return cache


def read_cache(cache: DynamicCache) -> KeysAndValues:
    """The keys and values in a growing cache."""
    layers: list[Any] = list(cache.layers)
    return [(layer.keys, layer.values) for layer in layers]

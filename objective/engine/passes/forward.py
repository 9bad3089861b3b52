"""Forward passes: the only place that calls the model, with the argument names of the installed transformers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from objective.engine.loading.model import LoadedModel
from objective.engine.passes.batches import TensorLayout
from objective.engine.passes.encoding import Tokens
from objective.engine.passes.grouped_attention import ATTENTION_NAME, query_heads_per_key, set_attention
from objective.engine.passes.key_cache import KeysAndValues, make_growing_cache, read_cache

Arguments = Mapping[str, Any]
KERNELS = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
"""Attention kernels without cuDNN's, which plans again for every shape: 60 to 150 ms per batch or generated token."""


class Forward:
    """The forward passes of a loaded model.

    Attributes:
        tokens: number of tokens computed so far, including padding.
        calls: number of passes so far.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        self.loaded = loaded
        self.device = loaded.device
        self.tokens = self.calls = 0
        names = loaded.arguments
        self._cache_name = "cache" if "cache" in names else "past_key_values"
        self._keeps = "logits_to_keep" in names
        self._layout = TensorLayout(loaded.model.dtype, loaded.device)

    @property
    def layout(self) -> TensorLayout:
        """Layout of this model's tensors."""
        return self._layout

    def use_grouped_attention(self) -> None:
        """Use grouped attention if the model supports it."""
        heads = query_heads_per_key(self.loaded.model)
        if heads > 1:
            set_attention(self.loaded.model, ATTENTION_NAME)
            self._layout = replace(self._layout, heads_per_key=heads)

    def use_library_attention(self) -> None:
        """Use the library's own attention."""
        if self._layout.heads_per_key > 1:
            set_attention(self.loaded.model, "sdpa")
            self._layout = replace(self._layout, heads_per_key=1)

    def logits(self, ids: torch.Tensor, keep: torch.Tensor, arguments: Arguments | None = None) -> torch.Tensor:
        """Compute the logits at selected positions only, which saves the output layer everywhere else.

        Args:
            ids: token ids, shape [rows, width].
            keep: selected positions as booleans, same shape.
            arguments: `mask`, `positions` and `cache`, as required.

        Returns:
            Logits row by row, shape [selected positions, vocabulary].
        """
        given = self._arguments(arguments or {})
        self._count(ids)
        if self._keeps:
            kept: torch.Tensor = self._run(input_ids=ids, logits_to_keep=keep, **given).logits
            return kept
        every: torch.Tensor = self._run(input_ids=ids, **given).logits
        return every[keep]

    def prefix(self, tokens: Tokens, before: KeysAndValues = ()) -> KeysAndValues:
        """Compute the keys and values of a prefix, including those of the tokens before it."""
        ids = torch.from_numpy(tokens.astype("int64"))[None].to(self.device)
        cache = make_growing_cache(before)
        self._count(ids)
        given = {self._cache_name: cache, "use_cache": True, "logits_to_keep": 1}
        with torch.inference_mode():
            self._run(input_ids=ids, **given)
        return read_cache(cache)

    def _run(self, **given: Any) -> Any:  # noqa: ANN401  transformers does not type what a model returns
        if self.device.type != "cuda":
            return self.loaded.model(**given)
        with sdpa_kernel(KERNELS):
            return self.loaded.model(**given)

    def _arguments(self, arguments: Arguments) -> dict[str, Any]:
        given: dict[str, Any] = {"use_cache": arguments.get("cache") is not None}
        names = {"mask": "attention_mask", "positions": "position_ids", "cache": self._cache_name}
        return given | {name: arguments[word] for word, name in names.items() if arguments.get(word) is not None}

    def _count(self, ids: torch.Tensor) -> None:
        self.tokens += ids.numel()
        self.calls += 1

"""One forward pass: the only place that calls the model, with the arguments that its version of transformers has."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from objective.engine.loading.model import LoadedModel
from objective.engine.passes.encoding import Tokens
from objective.engine.passes.folding import NAME, groups, use
from objective.engine.passes.key_cache import KeysAndValues, growing, held
from objective.engine.passes.rows import Layout

Arguments = Mapping[str, Any]
KERNELS = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
"""Without cuDNN's, which plans anew for every shape: 60 to 150 ms for each batch, and for each token of a text."""


class Forward:
    """The forward passes of a loaded model.

    Attributes:
        tokens: computed so far, padding included.
        calls: passes so far.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        self.loaded = loaded
        self.device = loaded.device
        self.tokens = self.calls = 0
        names = loaded.arguments
        self._cache_name = "cache" if "cache" in names else "past_key_values"
        self._keeps = "logits_to_keep" in names
        self._layout = Layout(loaded.model.dtype, loaded.device)

    @property
    def layout(self) -> Layout:
        """What the tensors of this model are like."""
        return self._layout

    def fold(self) -> None:
        """Let query heads that share keys stand one below the other, where the model allows that."""
        fold = groups(self.loaded.model)
        if fold > 1:
            use(self.loaded.model, NAME)
            self._layout = replace(self._layout, fold=fold)

    def unfold(self) -> None:
        """Back to the library's own attention."""
        if self._layout.fold > 1:
            use(self.loaded.model, "sdpa")
            self._layout = replace(self._layout, fold=1)

    def logits(self, ids: torch.Tensor, keep: torch.Tensor, arguments: Arguments | None = None) -> torch.Tensor:
        """The predictions at some places only, so that the vocabulary is not multiplied out everywhere else.

        Args:
            ids: tokens, shape [rows, width].
            keep: booleans of that shape.
            arguments: `mask`, `positions`, `cache`, where needed.

        Returns:
            Shape [places kept, vocabulary], row by row.
        """
        given = self._arguments(arguments or {})
        self._count(ids)
        if self._keeps:
            kept: torch.Tensor = self._run(input_ids=ids, logits_to_keep=keep, **given).logits
            return kept
        every: torch.Tensor = self._run(input_ids=ids, **given).logits
        return every[keep]

    def prefix(self, tokens: Tokens, before: KeysAndValues = ()) -> KeysAndValues:
        """The keys and values of a prefix, after those of the tokens before it."""
        ids = torch.from_numpy(tokens.astype("int64"))[None].to(self.device)
        cache = growing(before)
        self._count(ids)
        given = {self._cache_name: cache, "use_cache": True, "logits_to_keep": 1}
        with torch.inference_mode():
            self._run(input_ids=ids, **given)
        return held(cache)

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

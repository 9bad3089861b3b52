"""How much fits into one forward pass: planned from the device, halved when it runs out of memory, grown again."""

from dataclasses import dataclass
from typing import Any

import torch

from objective.engine.loading.model import LoadedModel
from objective.engine.settings import RunSettings

PROCESSOR_TOKENS = 1024
"""More do not make a processor faster, and leave its caches."""
PROCESSOR_BYTES = 2**30
"""For predictions and for keys and values on a processor; what is free there is others' as well."""
GPU_TOKENS = 16384
SHARE = 0.3
"""Of the free memory of a GPU, once for predictions and activations and once for keys and values."""
CALM = 8
"""Passes without trouble before a halved budget is doubled."""


@dataclass(frozen=True)
class Sizes:
    """What a model takes.

    Attributes:
        hidden: size of its layers' inputs.
        vocabulary: predictions per place.
        kept: bytes of keys and values per token.
        active: bytes per token that a pass needs at its widest.
        predicted: bytes per place whose predictions are kept, with a copy in float32.
    """

    hidden: int
    vocabulary: int
    kept: int
    active: int
    predicted: int


def sizes(model: Any) -> Sizes:  # noqa: ANN401  transformers does not type its models
    """What a model takes, from its configuration."""
    config = model.config.get_text_config()
    item = torch.finfo(model.dtype).bits // 8
    hidden = int(config.hidden_size)
    heads = int(getattr(config, "num_attention_heads", 1))
    head = int(getattr(config, "head_dim", None) or hidden // heads)
    pairs = int(getattr(config, "num_key_value_heads", None) or heads)
    wide = int(getattr(config, "intermediate_size", None) or 4 * hidden)
    layers, vocabulary = int(config.num_hidden_layers), int(config.vocab_size)
    return Sizes(
        hidden=hidden,
        vocabulary=vocabulary,
        kept=2 * layers * pairs * head * item,
        active=(6 * hidden + 4 * wide) * item,
        predicted=vocabulary * (item + 4),
    )


@dataclass
class Budget:
    """What one pass may hold at present.

    Attributes:
        tokens: in a batch.
        places: whose predictions are kept.
        cached: tokens of keys and values.
    """

    tokens: int
    places: int
    cached: int
    _planned: tuple[int, int, int] = (0, 0, 0)
    _calm: int = 0

    def __post_init__(self) -> None:
        self._planned = (self.tokens, self.places, self.cached)

    def halve(self) -> None:
        """After running out of memory."""
        self._calm = 0
        self.tokens = max(1, self.tokens // 2)
        self.places = max(1, self.places // 2)
        self.cached = max(1, self.cached // 2)

    def settle(self) -> None:
        """After a pass that went well; after enough of them a halved budget doubles."""
        self._calm += 1
        if self._calm >= CALM and (self.tokens, self.places, self.cached) != self._planned:
            self._calm = 0
            self.tokens = min(2 * self.tokens, self._planned[0])
            self.places = min(2 * self.places, self._planned[1])
            self.cached = min(2 * self.cached, self._planned[2])


def planned(loaded: LoadedModel, settings: RunSettings) -> Budget:
    """A budget for a model on its device, the model already loaded there."""
    own = sizes(loaded.model)
    if loaded.device.type == "cuda":
        free = SHARE * torch.cuda.mem_get_info(loaded.device)[0]
        tokens = settings.tokens or max(256, min(GPU_TOKENS, int(free / 2 / own.active)))
        return Budget(tokens, max(64, int(free / 2 / own.predicted)), max(4096, int(free / own.kept)))
    places = max(64, PROCESSOR_BYTES // own.predicted)
    return Budget(settings.tokens or PROCESSOR_TOKENS, places, max(4096, PROCESSOR_BYTES // own.kept))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device, or torch on a processor, could not get what a pass needed."""
    return isinstance(error, torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def release(device: torch.device) -> None:
    """Give unused memory back after running out of it."""
    if device.type == "cuda":
        torch.cuda.empty_cache()

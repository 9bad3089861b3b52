"""The memory budget of a forward pass: planned from the device, halved when memory runs out, and grown again."""

from dataclasses import dataclass
from typing import Any

import torch

from objective.engine.loading.model import LoadedModel, layer_values
from objective.engine.settings import RunSettings

PROCESSOR_TOKENS = 1024
"""Maximum number of tokens per pass on a processor; more are not faster and exceed its caches."""
PROCESSOR_BYTES = 2**30
"""Memory for predictions, and again for keys and values, on a processor, whose memory is shared with other programs."""
GPU_TOKENS = 16384
MEMORY_SHARE = 0.3
"""Share of a GPU's free memory for predictions and activations, and again for keys and values."""
PASSES_BEFORE_GROWTH = 8
"""Number of successful passes before a halved budget is doubled."""


@dataclass(frozen=True)
class ModelSizes:
    """The memory requirements of a model.

    Attributes:
        hidden: hidden size of the layers.
        vocabulary: number of logits per position.
        kept: bytes of keys and values per token.
        active: peak bytes of activations per token of a pass.
        predicted: bytes of logits per position, with a copy in float32.
    """

    hidden: int
    vocabulary: int
    kept: int
    active: int
    predicted: int


def model_sizes(model: Any) -> ModelSizes:  # noqa: ANN401  transformers does not type its models
    """The memory requirements of a model, from its configuration."""
    config = model.config.get_text_config()
    item = torch.finfo(model.dtype).bits // 8
    hidden = int(config.hidden_size)
    heads = _most(config, "num_attention_heads") or 1
    head = _most(config, "head_dim") or hidden // heads
    pairs = _most(config, "num_key_value_heads") or heads
    wide = _most(config, "intermediate_size") or 4 * hidden
    layers, vocabulary = int(config.num_hidden_layers), int(config.vocab_size)
    return ModelSizes(
        hidden=hidden,
        vocabulary=vocabulary,
        kept=2 * layers * pairs * head * item,
        active=(6 * hidden + 4 * wide) * item,
        predicted=vocabulary * (item + 4),
    )


def _most(config: Any, name: str) -> int:  # noqa: ANN401
    return max(layer_values(config, name), default=0)


@dataclass
class MemoryBudget:
    """The current limits of one pass.

    Attributes:
        tokens: maximum number of tokens in a batch.
        places: maximum number of positions with logits.
        cached: maximum number of tokens with cached keys and values.
    """

    tokens: int
    places: int
    cached: int
    _planned: tuple[int, int, int] = (0, 0, 0)
    _calm: int = 0

    def __post_init__(self) -> None:
        self._planned = (self.tokens, self.places, self.cached)

    def halve(self) -> None:
        """Halve all limits after running out of memory."""
        self._calm = 0
        self.tokens = max(1, self.tokens // 2)
        self.places = max(1, self.places // 2)
        self.cached = max(1, self.cached // 2)

    def settle(self) -> None:
        """Count a successful pass; after enough of them, a halved budget is doubled."""
        self._calm += 1
        if self._calm >= PASSES_BEFORE_GROWTH and (self.tokens, self.places, self.cached) != self._planned:
            self._calm = 0
            self.tokens = min(2 * self.tokens, self._planned[0])
            self.places = min(2 * self.places, self._planned[1])
            self.cached = min(2 * self.cached, self._planned[2])


def plan_budget(loaded: LoadedModel, settings: RunSettings) -> MemoryBudget:
    """Plan the budget of a model that is already loaded on its device."""
    own = model_sizes(loaded.model)
    if loaded.device.type == "cuda":
        free = MEMORY_SHARE * torch.cuda.mem_get_info(loaded.device)[0]
        tokens = settings.tokens or max(256, min(GPU_TOKENS, int(free / 2 / own.active)))
        return MemoryBudget(tokens, max(64, int(free / 2 / own.predicted)), max(4096, int(free / own.kept)))
    places = max(64, PROCESSOR_BYTES // own.predicted)
    return MemoryBudget(settings.tokens or PROCESSOR_TOKENS, places, max(4096, PROCESSOR_BYTES // own.kept))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that a pass ran out of memory, on a GPU or a processor."""
    return isinstance(error, torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def release_memory(device: torch.device) -> None:
    """Release unused memory after running out of it."""
    if device.type == "cuda":
        torch.cuda.empty_cache()

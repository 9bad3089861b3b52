"""Decides whether a model can share prefixes, and verifies it on a test question."""

from typing import Any

import numpy as np
import torch

from objective.engine.loading.model import LoadedModel
from objective.engine.passes.encoding import ModelInput, ScoringTarget
from objective.engine.passes.forward import Forward
from objective.engine.passes.memory import MemoryBudget
from objective.engine.passes.prefix_tree import PackedRow, PrefixGroup, plan_unshared
from objective.engine.scoring.likelihoods import LikelihoodScorer

TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-3, torch.float16: 0.2, torch.bfloat16: 1.6}
"""Nats by which the scores of four tokens may differ with and without sharing. In 16 bits, this is the noise of the
models: an 8B model with random weights scores the same four tokens 0.7 nats apart in two batch shapes."""
QUANTIZED = torch.float16
"""Precision whose tolerance applies at least to quantised models; they multiply matrices in 16 bits or fewer."""
GROWING_ROTATIONS = ("dynamic", "longrope")
"""Rotary embeddings that depend on the length of the text, so that the keys of a prefix cannot be reused."""
MASKED_ATTENTION = ("sdpa", "eager")
"""Attention implementations of transformers that accept any mask."""
BIASED = ("bloom", "mpt")
"""Models that add a bias by distance, measured in columns."""
CHECK_TEXT = (
    "Which of these is a colour? The sky on a clear day, a loaf of bread, the number seven. Answer: the sky, blue"
)


def tolerance(loaded: LoadedModel) -> float:
    """Nats by which the scores of the test question may differ with and without sharing."""
    allowed = TOLERANCE.get(loaded.model.dtype, TOLERANCE[torch.float16])
    return max(allowed, TOLERANCE[QUANTIZED]) if loaded.is_quantized else allowed


def find_obstacle(loaded: LoadedModel) -> str | None:
    """The known reason why a model cannot share prefixes; None if there is none."""
    model, config = loaded.model, loaded.model.config.get_text_config()
    missing = {"position_ids", "logits_to_keep"} - loaded.arguments
    if missing:
        return f"its forward pass does not accept {' or '.join(sorted(missing))}"
    if getattr(model, "_is_stateful", False):
        return "some layers keep a state that cannot be shared"
    if config.model_type in BIASED or getattr(config, "alibi", False):
        return "it adds a bias by distance (ALiBi)"
    kind = getattr(config, "_attn_implementation", None)
    if kind not in MASKED_ATTENTION:
        return f"its attention ({kind}) does not accept arbitrary masks"
    rotation = _rotations(config) & set(GROWING_ROTATIONS)
    if rotation:
        return f"its rotary embedding ({', '.join(sorted(rotation))}) depends on the length of the text"
    return _partial_attention(config, loaded.max_length)


def _rotations(config: Any) -> set[str]:  # noqa: ANN401  configurations of transformers have no common type
    given = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    layers = [given, *(value for value in given.values() if isinstance(value, dict))]
    return {str(layer.get("rope_type", layer.get("type", "default"))) for layer in layers}


def _partial_attention(config: Any, max_length: int) -> str | None:  # noqa: ANN401
    """The reason if some layer does not attend to the whole text."""
    window = getattr(config, "sliding_window", None)
    chunk = getattr(config, "attention_chunk_size", None)
    kinds = set(getattr(config, "layer_types", None) or ())
    if not kinds and window is not None and getattr(config, "use_sliding_window", True):
        kinds = {"sliding_attention"}
    reach = {"full_attention": max_length, "sliding_attention": window, "chunked_attention": chunk}
    for kind in sorted(kinds):
        seen = reach.get(kind, 0)
        if seen is None or seen < max_length:
            return f"it has layers with {kind.replace('_', ' ')} that do not attend to the whole text"
    return None


def sharing_error(forward: Forward, budget: MemoryBudget, *, grouped: bool) -> float:
    """The difference in nats between the scores of a test question with and without sharing.

    With sharing, the beginning is cached, and the middle and two options are packed behind it, which exercises cache,
    mask and positions. Without sharing, each option is a plain pass with the library's own attention.

    Args:
        forward: forward passes of the model; the attention under test remains set.
        budget: budget of one forward pass.
        grouped: whether to use grouped attention if the model supports it.
    """
    ids = forward.loaded.tokenizer(CHECK_TEXT)["input_ids"][: forward.loaded.max_length - 2]
    tokens = np.array(ids, dtype=np.int32)
    middle, end = len(tokens) // 3, max(1, len(tokens) - 3)
    other = np.concatenate([tokens[:end], tokens[end - 1 :: -1][: len(tokens) - end]])
    inputs = [
        ModelInput(option, [ScoringTarget(number, end - 1, np.append(option[end:], tokens[0]).astype(np.int32))])
        for number, option in enumerate((tokens, other))
    ]
    rest = len(tokens) - end
    ends = np.concatenate(
        [np.full(end - middle + rest, end - middle + rest), np.full(rest, end - middle + 2 * rest)]
    ).astype(np.int32)
    ends[: end - middle] = end - middle + 2 * rest
    behind = np.arange(end, len(tokens), dtype=np.int32)
    columns = np.arange(end - 1, len(tokens), dtype=np.int32) - middle
    shifted = np.append(columns[:1], columns[1:] + rest).astype(np.int32)
    row = PackedRow(
        np.concatenate([tokens[middle:], other[end:]]),
        np.concatenate([np.arange(middle, len(tokens), dtype=np.int32), behind]),
        ends,
        [(inputs[0].targets[0], columns), (inputs[1].targets[0], shifted)],
    )
    scorer = LikelihoodScorer(forward, budget, share=True)
    forward.use_library_attention()
    apart = {one.request: one.nats for one in scorer.run(plan_unshared(inputs))}
    if grouped:
        forward.use_grouped_attention()
    together = scorer.run(PrefixGroup(0, tokens[:middle], [row]))
    return max(abs(one.nats - apart[one.request]) for one in together)

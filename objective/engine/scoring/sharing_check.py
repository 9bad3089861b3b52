"""Finds out whether a model can share prefixes and run in batches: by its configuration, and by comparison."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from objective.engine.loading.model import LoadedModel, layer_values
from objective.engine.passes.encoding import ModelInput, ScoringTarget, Tokens
from objective.engine.passes.forward import Forward
from objective.engine.passes.memory import MemoryBudget
from objective.engine.passes.prefix_tree import PackedRow, PrefixGroup, plan_unshared
from objective.engine.scoring.likelihoods import LikelihoodScorer, TargetScore

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
CHECKED_TOKENS = 4
"""Number of tokens at the end of a text whose scores are compared."""
CHECK_TEXT = (
    "Which of these is a colour? The sky on a clear day, a loaf of bread, the number seven. Answer: the sky, blue"
)


def tolerance(loaded: LoadedModel) -> float:
    """Nats by which the scores of a compared text may differ."""
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
    if depends_on_length(loaded):
        return "its rotary embedding depends on the length of the text"
    return _partial_attention(config, loaded.max_length)


def depends_on_length(loaded: LoadedModel) -> bool:
    """Whether the rotary embedding of every token depends on the length of the longest text of its batch."""
    return bool(_rotations(loaded.model.config.get_text_config()) & set(GROWING_ROTATIONS))


def _rotations(config: Any) -> set[str]:  # noqa: ANN401  configurations of transformers have no common type
    given = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    layers = [given, *(value for value in given.values() if isinstance(value, dict))]
    return {str(layer.get("rope_type", layer.get("type", "default"))) for layer in layers}


def _partial_attention(config: Any, max_length: int) -> str | None:  # noqa: ANN401
    """The reason if some layer does not attend to the whole text."""
    window = min(layer_values(config, "sliding_window"), default=None)
    chunk = min(layer_values(config, "attention_chunk_size"), default=None)
    kinds = set(getattr(config, "layer_types", None) or ())
    if not kinds and window is not None and getattr(config, "use_sliding_window", True):
        kinds = {"sliding_attention"}
    reach = {"full_attention": max_length, "sliding_attention": window, "chunked_attention": chunk}
    for kind in sorted(kinds):
        seen = reach.get(kind, 0)
        if seen is None or seen < max_length:
            return f"it has layers with {kind.replace('_', ' ')} that do not attend to the whole text"
    return None


def check_tokens(loaded: LoadedModel) -> Tokens:
    """The tokens of the test question."""
    ids = loaded.tokenizer(CHECK_TEXT)["input_ids"][: loaded.max_length - 2]
    return np.array(ids, dtype=np.int32)


def sharing_error(forward: Forward, budget: MemoryBudget, tokens: Tokens, *, grouped: bool) -> float:
    """The difference in nats between the scores of a text and its variants with and without sharing.

    With sharing, the first third of the text is cached; one row behind it packs the second third and two different
    endings, and a shorter row of the same batch ends in the middle. This exercises cache, mask and positions, with
    columns that are a third of the text away from the positions. Without sharing, each variant is a plain pass of its
    own with the library's attention.

    Args:
        forward: forward passes of the model; the attention under test remains set.
        budget: budget of one forward pass.
        tokens: the text, at least eight tokens.
        grouped: whether to use grouped attention if the model supports it.
    """
    start, end = len(tokens) // 3, 2 * len(tokens) // 3
    other = np.concatenate([tokens[:end], tokens[:end][::-1][: len(tokens) - end]])
    short = tokens[: (start + end + 1) // 2]
    inputs = [_last_tokens(number, text) for number, text in enumerate((tokens, other, short))]
    rest = len(tokens) - end
    places = np.arange(start, len(tokens), dtype=np.int32)
    ends = np.full(len(places) + rest, len(places) + rest, dtype=np.int32)
    ends[end - start : len(places)] = len(places)
    first, second = inputs[0].targets[0], inputs[1].targets[0]
    columns = _columns(first, start)
    packed = PackedRow(
        np.concatenate([tokens[start:], other[end:]]),
        np.concatenate([places, places[end - start :]]),
        ends,
        [(first, columns), (second, np.where(columns >= end - start, columns + rest, columns))],
    )
    alone = PackedRow(
        short[start:],
        np.arange(start, len(short), dtype=np.int32),
        np.full(len(short) - start, len(short) - start, dtype=np.int32),
        [(inputs[2].targets[0], _columns(inputs[2].targets[0], start))],
    )
    scorer = LikelihoodScorer(forward, budget, share=True)
    forward.use_library_attention()
    apart = _alone(scorer, inputs)
    if grouped:
        forward.use_grouped_attention()
    return _greatest_difference(apart, scorer.run(PrefixGroup(0, tokens[:start], [packed, alone])))


def batching_error(forward: Forward, budget: MemoryBudget, texts: Sequence[Tokens]) -> float:
    """The difference in nats between the scores of texts in one batch and in a plain pass each.

    Args:
        forward: forward passes of the model.
        budget: budget of one forward pass.
        texts: texts of different lengths, each of two tokens or more.
    """
    inputs = [_last_tokens(number, text) for number, text in enumerate(texts)]
    scorer = LikelihoodScorer(forward, budget, share=False)
    apart = _alone(scorer, inputs)
    return _greatest_difference(apart, scorer.run(plan_unshared(inputs)))


def _last_tokens(number: int, text: Tokens) -> ModelInput:
    """A text whose last tokens are scored, and its first token after them."""
    start = max(0, len(text) - CHECKED_TOKENS)
    return ModelInput(text, [ScoringTarget(number, start, np.append(text[start + 1 :], text[0]).astype(np.int32))])


def _columns(target: ScoringTarget, shift: int) -> Tokens:
    return np.arange(target.start - shift, target.start - shift + len(target.tokens), dtype=np.int32)


def _alone(scorer: LikelihoodScorer, inputs: Sequence[ModelInput]) -> dict[int, float]:
    return {one.request: one.nats for each in inputs for one in scorer.run(plan_unshared([each]))}


def _greatest_difference(apart: Mapping[int, float], together: Iterable[TargetScore]) -> float:
    differences = [abs(one.nats - apart[one.request]) for one in together]
    return math.inf if any(map(math.isnan, differences)) else max(differences)

"""Grouped-query attention with a mask, without copies of keys and values.

With a mask, the library's own attention repeats keys and values for every query head. Here, the queries of all heads
that share a key head form one longer sequence of queries, and the mask is laid out accordingly.
"""

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from objective.engine.loading.model import layer_values

ATTENTION_NAME = "evenhand_folded"
UNSUPPORTED_ARGUMENTS = ("position_bias", "softcap", "s_aux", "sliding_window")
"""Arguments of some layers that this attention does not support; such models keep the library's own attention."""


def query_heads_per_key(model: Any) -> int:  # noqa: ANN401  transformers does not type its models
    """Query heads per key head; 1 if the model does not support grouped attention."""
    config = model.config.get_text_config()
    heads, pairs = layer_values(config, "num_attention_heads"), layer_values(config, "num_key_value_heads")
    if len(heads) != 1 or len(pairs) != 1:
        return 1
    if not getattr(model, "_supports_attention_backend", False) or config._attn_implementation != "sdpa":  # noqa: SLF001
        return 1
    return heads[0] // pairs[0]


def set_attention(model: Any, name: str) -> None:  # noqa: ANN401
    """Set the attention of a model by name."""
    AttentionInterface.register(ATTENTION_NAME, grouped_attention)
    model.set_attn_implementation(name)


def grouped_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **given: Any,  # noqa: ANN401
) -> tuple[torch.Tensor, None]:
    """Compute attention; called by transformers.

    Args:
        module: the layer; not used.
        query: queries, shape [rows, heads, width, size].
        key: keys, shape [rows, heads / groups, seen, size].
        value: values, same shape as the keys.
        attention_mask: values added to the logits, shape [rows, 1, groups * width, seen] or [rows, 1, 1, seen]; None
            for causal attention.
        given: the scale and other arguments, which are ignored.

    Returns:
        The output, shape [rows, width, heads, size], and None for the weights.

    Raises:
        TypeError: the layer passes an unsupported argument.
    """
    del module
    unsupported = sorted(name for name in UNSUPPORTED_ARGUMENTS if given.get(name) is not None)
    if unsupported:
        raise TypeError(f"grouped attention does not support {', '.join(unsupported)}")
    rows, heads, width, size = query.shape
    pairs, seen = key.shape[1], key.shape[2]
    scale = given.get("scaling")
    if attention_mask is None:
        mask = None
        if 1 < width < seen:
            mask = torch.ones((width, seen), dtype=torch.bool, device=query.device).tril(seen - width)
        out = scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=mask is None and width > 1, scale=scale, enable_gqa=True
        )
    else:
        queries = query.reshape(rows, pairs, heads // pairs * width, size)
        out = scaled_dot_product_attention(queries, key, value, attn_mask=attention_mask, scale=scale)
    return out.reshape(rows, heads, width, value.shape[3]).transpose(1, 2).contiguous(), None

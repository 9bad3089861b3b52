"""Attention in which query heads that share keys stand one below the other, so that no key is copied for them.

The library's own attention repeats keys and values for every query head when there is a mask. Here the queries of a
group of heads are one longer run of queries before the same keys; the mask is laid out for that beforehand.
"""

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

NAME = "evenhand_folded"
UNKNOWN = ("position_bias", "softcap", "s_aux", "sliding_window")
"""What some layers ask of attention and this one does not do; such models keep the library's own."""


def groups(model: Any) -> int:  # noqa: ANN401  transformers does not type its models
    """Query heads per key-value head; 1 where they cannot be folded."""
    config = model.config.get_text_config()
    heads = int(getattr(config, "num_attention_heads", 1))
    pairs = int(getattr(config, "num_key_value_heads", None) or heads)
    if not getattr(model, "_supports_attention_backend", False) or config._attn_implementation != "sdpa":  # noqa: SLF001
        return 1
    return heads // pairs


def use(model: Any, name: str) -> None:  # noqa: ANN401
    """Let a model use an attention by its name."""
    AttentionInterface.register(NAME, folded)
    model.set_attn_implementation(name)


def folded(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **given: Any,  # noqa: ANN401
) -> tuple[torch.Tensor, None]:
    """Attention as transformers calls it.

    Args:
        module: the layer; not used.
        query: shape [rows, heads, width, size].
        key: shape [rows, heads / groups, seen, size].
        value: likewise.
        attention_mask: added to the logits, shape [rows, 1, groups * width, seen] or [rows, 1, 1, seen]; None if each
            token sees all before it.
        given: the scale, and what does not matter here.

    Returns:
        Shape [rows, width, heads, size], and no weights.

    Raises:
        TypeError: the layer asks for more.
    """
    del module
    wanted = sorted(name for name in UNKNOWN if given.get(name) is not None)
    if wanted:
        raise TypeError(f"folded attention has no {', '.join(wanted)}")
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

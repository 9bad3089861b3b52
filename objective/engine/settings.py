"""Settings of a local model and of how it is run; plain values that can be sent to workers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Precision = Literal["auto", "float32", "bfloat16", "float16"]
"""Precision of weights and arithmetic; `auto` is float32 on a processor and the checkpoint's own on a GPU."""

TooLong = Literal["refuse", "cut"]
"""How to treat inputs longer than the model's maximum: raise an error before any work, or cut tokens on the left."""


@dataclass(frozen=True)
class ModelSettings:
    """The model to load, and how to load it.

    Attributes:
        path: folder or hub name of the model.
        device: `auto`, `cpu`, `cuda`, `cuda:1` or `mps`.
        dtype: precision of weights and arithmetic.
        attention: attention implementation of transformers; None for `sdpa` if the model supports it.
        max_length: maximum number of tokens that the model reads; None for the limit in its configuration.
        tokenizer_path: folder or hub name of the tokenizer; None for the model's own.
        tokenizer_kwargs: additional arguments of the tokenizer.
        model_kwargs: additional arguments of the model, such as a quantisation.
        peft_path: folder of an adapter to add to the model; requires the package `peft`.
    """

    path: str
    device: str = "auto"
    dtype: Precision = "auto"
    attention: str | None = None
    max_length: int | None = None
    tokenizer_path: str | None = None
    tokenizer_kwargs: Mapping[str, Any] = field(default_factory=dict)
    model_kwargs: Mapping[str, Any] = field(default_factory=dict)
    peft_path: str | None = None


@dataclass(frozen=True)
class RunSettings:
    """How requests are run. Except for `too_long`, no setting changes a result by more than rounding.

    Attributes:
        tokens: maximum number of tokens per forward pass; None for a number planned from the device.
        rows: maximum number of texts generated at the same time; None for a number planned from the device.
        share: whether to compute common prefixes of inputs once.
        check: whether to score one question with and without sharing first, and to stop sharing if the scores differ.
        too_long: how to treat inputs longer than the model's maximum.
        threads: number of threads of one process on a processor; None for torch's default.
        continuous: whether to generate texts at temperature 0 by the continuous batching of transformers.
    """

    tokens: int | None = None
    rows: int | None = None
    share: bool = True
    check: bool = True
    too_long: TooLong = "refuse"
    threads: int | None = None
    continuous: bool = False

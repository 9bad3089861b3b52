"""What may be chosen about a local model and about how it is run; plain values that travel to workers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Precision = Literal["auto", "float32", "bfloat16", "float16"]
"""`auto` is float32 on a processor and the checkpoint's own on a GPU."""

TooLong = Literal["refuse", "cut"]
"""What happens to an input longer than the model reads: an error before any work, or tokens cut from its left."""


@dataclass(frozen=True)
class ModelSettings:
    """Which model is loaded, and how; all but the first go to the libraries as they are.

    Attributes:
        path: folder or hub name of the model.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
        dtype: of weights and arithmetic.
        attention: name of an attention implementation of transformers; None for `sdpa` where the model has it.
        max_length: tokens that the model reads at most; None for what its configuration says.
        tokenizer_path: None for the model's own.
        tokenizer_kwargs: further arguments of the tokenizer.
        model_kwargs: further arguments of the model, a quantisation for instance.
        peft_path: folder of an adapter that is put on the model; needs the package `peft`.
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
    """How requests are run; none of it changes a result by more than rounding, but `too_long`.

    Attributes:
        tokens: in one forward pass at most; None for a number planned from the device.
        rows: texts written side by side at most; None likewise.
        share: whether prefixes that inputs have in common are computed once.
        check: whether one question is scored both ways first, and sharing given up where they differ.
        too_long: what happens to inputs longer than the model reads.
        threads: of one process on a processor; None for torch's own choice.
        continuous: whether texts without chance are written by the continuous batching of transformers.
    """

    tokens: int | None = None
    rows: int | None = None
    share: bool = True
    check: bool = True
    too_long: TooLong = "refuse"
    threads: int | None = None
    continuous: bool = False

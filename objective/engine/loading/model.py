"""Loads a model and its tokenizer, or raises an error that explains why it cannot."""

import importlib
import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from objective.engine.loading.revision import check_folder
from objective.engine.settings import ModelSettings
from storage.errors import BadInput

LENGTH_NAMES = ("n_positions", "max_position_embeddings", "n_ctx", "max_seq_len", "seq_length")
UNKNOWN_LENGTH = 2048
"""Maximum length if neither the configuration nor the tokenizer specifies one, in tokens."""
ABSURD_LENGTH = 10**9
"""Tokenizers without a limit report a number above this."""


@dataclass
class LoadedModel:
    """A model ready to run.

    Attributes:
        model: transformers model in evaluation mode.
        tokenizer: transformers tokenizer.
        device: device of the inputs.
        max_length: maximum number of tokens that the model reads.
    """

    model: Any
    tokenizer: Any
    device: torch.device
    max_length: int

    @property
    def arguments(self) -> frozenset[str]:
        """Names of the arguments of the model's forward pass."""
        return frozenset(inspect.signature(self.model.forward).parameters)

    @property
    def is_quantized(self) -> bool:
        """Whether the weights are quantised, so that a library multiplies matrices in fewer bits."""
        return getattr(self.model, "hf_quantizer", None) is not None

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that end a text."""
        listed = getattr(self.model.generation_config, "eos_token_id", None)
        ends = listed if isinstance(listed, list) else [listed]
        return frozenset(int(end) for end in (*ends, self.tokenizer.eos_token_id) if end is not None)


def layer_values(config: Any, name: str) -> list[int]:  # noqa: ANN401  configurations have no common type
    """The value of a setting, or its distinct values where they differ from layer to layer; empty if it has none."""
    try:
        values = [getattr(config, name, None)]
    except RuntimeError:  # transformers refuses one value for layers of different shapes
        values = [getattr(layer, name, None) for layer in config.per_layer_config]
    return sorted({int(value) for value in values if value is not None})


def load_model(settings: ModelSettings) -> LoadedModel:
    """Load a model and its tokenizer; code in a checkpoint runs only if its arguments hold `trust_remote_code`.

    Raises:
        BadInput: there is no such device, or the weights or the tokenizer are missing or cannot be read.
    """
    device = check_settings(settings)
    tokenizer = load_tokenizer(settings)
    model = _load_weights(settings, device)
    if settings.peft_path is not None:
        model = _add_adapter(model, settings.peft_path)
    model.eval()
    return LoadedModel(model, tokenizer, model.device, model_length(settings, model, tokenizer))


def check_settings(settings: ModelSettings) -> torch.device:
    """Check before loading that the device exists and that the local folders are complete; return the device.

    Raises:
        BadInput: there is no such device, the folder lacks weights or a tokenizer, or the adapter cannot be added.
    """
    device = check_device(settings.device)
    check_folder(settings.path, settings.tokenizer_path)
    if settings.peft_path is not None:
        check_adapter(settings.peft_path)
    return device


def check_device(name: str) -> torch.device:
    """Return the device with a name.

    Raises:
        BadInput: there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise BadInput(f"expected a device such as cpu, cuda or cuda:1, got {name!r}") from None
    if device.type == "cuda":
        found = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= found:
            raise BadInput(f"expected device {name}, but torch finds {found} CUDA GPUs here; choose another --device")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise BadInput(f"expected device {name}, but torch finds none here; choose another --device")
    return device


def check_adapter(place: str) -> None:
    """Check that an adapter can be added.

    Raises:
        BadInput: the folder lacks the adapter's configuration, or peft is not installed.
    """
    folder = Path(place)
    if (folder.is_dir() or folder.is_absolute()) and not (folder / "adapter_config.json").is_file():
        raise BadInput(f"expected adapter_config.json in the adapter folder {place!r}, found none; check --peft-path")
    if importlib.util.find_spec("peft") is None:
        raise BadInput(
            "expected the package peft for an adapter, found none; install it with pip install 'evenhand[adapters]', "
            "or drop --peft-path"
        )


def load_tokenizer(settings: ModelSettings) -> Any:  # noqa: ANN401  transformers does not type its tokenizers
    """Load only the tokenizer of a model.

    Raises:
        BadInput: there is no tokenizer at the path, or it cannot be read.
    """
    place = settings.tokenizer_path or settings.path
    arguments = {"trust_remote_code": False, **settings.tokenizer_kwargs}
    return load_or_refuse(lambda: AutoTokenizer.from_pretrained(place, **arguments), "a tokenizer", place)


def _load_weights(settings: ModelSettings, device: torch.device) -> Any:  # noqa: ANN401  nor its models
    trusted = settings.model_kwargs.get("trust_remote_code") is True
    config = load_or_refuse(
        lambda: AutoConfig.from_pretrained(settings.path, trust_remote_code=trusted), "a configuration", settings.path
    )
    if getattr(config, "is_encoder_decoder", False):
        raise BadInput(f"expected a model that continues text, got an encoder-decoder at {settings.path!r}")
    dtype: Any = settings.dtype
    if dtype == "auto" and device.type == "cpu":
        dtype = "float32"
    arguments: dict[str, Any] = {"trust_remote_code": False, "dtype": dtype, **settings.model_kwargs}
    if settings.attention is not None:
        arguments["attn_implementation"] = settings.attention
    transformers_logging.disable_progress_bar()  # it would also be written where nobody watches
    model = load_or_refuse(
        lambda: AutoModelForCausalLM.from_pretrained(settings.path, **arguments), "a causal model", settings.path
    )
    if "device_map" not in arguments and "quantization_config" not in arguments:
        model.to(device)
    return model


def _add_adapter(model: Any, place: str) -> Any:  # noqa: ANN401
    """Merge an adapter into the weights, or keep it separate if the weights are quantised."""
    peft = importlib.import_module("peft")
    if getattr(model, "hf_quantizer", None) is None:
        return load_or_refuse(
            lambda: peft.PeftModel.from_pretrained(model, place).merge_and_unload(), "an adapter", place
        )
    load_or_refuse(lambda: model.load_adapter(place), "an adapter", place)
    return model


def load_or_refuse(read: Callable[[], Any], what: str, place: str) -> Any:  # noqa: ANN401
    """What a function reads from a place.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        return read()
    except Exception as error:
        reason = str(error).strip().split("\n", 1)[0] or type(error).__name__
        if "`trust_remote_code=True`" in str(error):
            reason = "its folder holds code of its own; if you trust it, add trust_remote_code=True to its arguments"
        raise BadInput(f"expected {what} at {place!r}, but it cannot be read: {reason}") from error


def model_length(settings: ModelSettings, model: Any, tokenizer: Any) -> int:  # noqa: ANN401
    """The maximum length, determined as in lm-evaluation-harness, so that the same inputs are cut."""
    config = model.config.get_text_config()
    own = next((int(value) for name in LENGTH_NAMES if (value := getattr(config, name, None))), None)
    if settings.max_length is not None:
        if settings.max_length < 2:
            raise BadInput(f"expected a length of 2 tokens or more, got {settings.max_length}")
        return settings.max_length
    if own is None and (limit := int(tokenizer.model_max_length)) < ABSURD_LENGTH:
        own = limit
    return own or UNKNOWN_LENGTH

"""Loads a model that reads images, with the processor that turns a chat and its images into tokens and pixels."""

from dataclasses import dataclass
from typing import Any

from huggingface_hub.errors import StrictDataclassError
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoConfig,
    AutoModelForImageTextToText,
    AutoProcessor,
    PreTrainedConfig,
)
from transformers.utils import IMAGE_PROCESSOR_NAME, PROCESSOR_NAME, cached_file
from transformers.utils import logging as transformers_logging

from objective.engine.loading.model import LoadedModel, check_settings, load_or_refuse, model_length
from objective.engine.settings import ModelSettings
from storage.errors import BadInput


@dataclass
class LoadedVisionModel(LoadedModel):
    """A model that reads images, ready to run; its tokenizer is that of the processor.

    Attributes:
        processor: transformers processor, with a chat template.
    """

    processor: Any


def is_asked_with_images(settings: ModelSettings, *, has_pictures: bool) -> bool:
    """Whether a model reads images, has a processor of them, and either gets some or cannot be loaded without."""
    config = _vision_config(settings)
    if config is None or not _has_processor(settings.path):
        return False
    return has_pictures or type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING


def _vision_config(settings: ModelSettings) -> PreTrainedConfig | None:
    """The configuration of a model if it has a part for images.

    A configuration that cannot be read has none here: the loader of the model reads it again, and says what is wrong.
    """
    try:
        config = AutoConfig.from_pretrained(settings.path, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, StrictDataclassError):
        return None
    return config if getattr(config, "vision_config", None) is not None else None


def _has_processor(path: str) -> bool:
    """Whether the folder or repository of a model has a processor of images; false where it cannot be looked for."""

    def has(name: str) -> bool:
        try:
            return cached_file(path, name, _raise_exceptions_for_missing_entries=False) is not None
        except OSError:
            return False

    return has(PROCESSOR_NAME) or has(IMAGE_PROCESSOR_NAME)


def load_vision_model(settings: ModelSettings) -> LoadedVisionModel:
    """Load a model that reads images, and its processor.

    Raises:
        BadInput: the weights or the processor are missing or cannot be read, the processor has no chat template, or the
            settings name an adapter or another tokenizer.
    """
    device, place = check_settings(settings), settings.path
    if settings.peft_path is not None:
        raise BadInput(f"expected no adapter for a model that reads images, got {settings.peft_path!r}; merge it first")
    if settings.tokenizer_path is not None or settings.tokenizer_kwargs:
        given = settings.tokenizer_path or dict(settings.tokenizer_kwargs)
        raise BadInput(
            f"expected the tokenizer of the processor for a model that reads images, got {given!r}; leave out "
            "--tokenizer-path and --tokenizer-kwargs"
        )
    processor: Any = load_or_refuse(lambda: AutoProcessor.from_pretrained(place), "a processor of images", place)
    if not getattr(processor, "chat_template", None):
        raise BadInput(f"expected a processor with a chat template at {place!r}, got one without; choose a chat model")
    dtype = "float32" if settings.dtype == "auto" and device.type == "cpu" else settings.dtype
    arguments: dict[str, Any] = {"trust_remote_code": False, "dtype": dtype, **settings.model_kwargs}
    if settings.attention is not None:
        arguments["attn_implementation"] = settings.attention
    transformers_logging.disable_progress_bar()  # it would also be written where nobody watches
    model: Any = load_or_refuse(
        lambda: AutoModelForImageTextToText.from_pretrained(place, **arguments), "a model that reads images", place
    )
    if "device_map" not in arguments and "quantization_config" not in arguments:
        model.to(device)
    model.eval()
    tokenizer = processor.tokenizer
    return LoadedVisionModel(model, tokenizer, model.device, model_length(settings, model, tokenizer), processor)

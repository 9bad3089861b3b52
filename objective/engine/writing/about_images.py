"""Generates the reply to a chat with images, one chat at a time, with the model's own cache."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from PIL import Image

from objective.engine.loading.vision import LoadedVisionModel
from objective.engine.writing.one_by_one import write_one
from objective.engine.writing.texts import StopConditions, TextInProgress
from objective.request import GeneratedText, IsWanted, PieceListener, Sampling
from storage.errors import BadInput

Conversation = Sequence[Mapping[str, Any]]
"""Turns with a role and a list of parts, `{"type": "text", "text": …}` or `{"type": "image"}`, as templates have it."""


def write_about_images(
    loaded: LoadedVisionModel,
    conversation: Conversation,
    images: Sequence[bytes],
    sampling: Sampling,
    *,
    listener: PieceListener | None = None,
    is_wanted: IsWanted | None = None,
) -> GeneratedText | None:
    """The reply to a chat; None if it was not wanted to its end.

    Args:
        loaded: the model.
        conversation: turns of the chat.
        images: bytes of its images, in the order of their parts.
        sampling: how the text is generated.
        listener: is told of the text while it is written; None for nobody.
        is_wanted: whether it is still wanted, asked at each token; None for a text that always is.

    Raises:
        BadInput: the chat template does not take the turns, the processor or this machine does not read an image, or
            the chat is too long for the model.
    """
    try:
        text = loaded.processor.apply_chat_template(conversation, add_generation_prompt=True, tokenize=False)
    except Exception as error:
        raise BadInput(f"expected a chat template that takes these turns, but it fails: {error}") from error
    shown = [_decoded(data) for data in images]
    try:
        inputs = loaded.processor(text=[text], images=shown or None, return_tensors="pt").to(loaded.device)
    except Exception as error:
        raise BadInput(
            f"expected a chat and images that the model's processor takes, but it fails: {_reason(error)}; check the "
            "number and the size of the images"
        ) from error
    prompt = inputs["input_ids"][0].cpu().numpy()
    if len(prompt) + sampling.max_tokens > loaded.max_length:
        raise BadInput(
            f"expected at most {loaded.max_length:,} tokens, got {len(prompt):,} of the chat with its images and "
            f"{sampling.max_tokens:,} for the reply; lower --max-tokens, or take smaller images"
        )
    writing = TextInProgress(0, 0, prompt, 0, sampling, listener=listener, wanted=is_wanted)
    conditions = StopConditions(loaded.tokenizer, loaded.ends)
    ending = write_one(loaded.model, inputs, writing, conditions)
    return None if ending == "unwanted" else conditions.result(writing, ending)


def _decoded(data: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(data)).convert("RGB")
    except Exception as error:  # decoders raise their own errors: of a file cut short, of a size that is an attack
        raise BadInput(
            f"expected an image that can be decoded, got {len(data):,} bytes that cannot: {_reason(error)}; save it "
            "again as PNG or JPEG"
        ) from error


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().split(chr(10), 1)[0]}"

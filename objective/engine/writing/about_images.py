"""Generates the reply to a chat with images, one chat at a time, with the model's own cache."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from PIL import Image

from objective.engine.loading.vision import LoadedVisionModel
from objective.engine.writing.one_by_one import write_one
from objective.engine.writing.texts import StopConditions, TextInProgress
from objective.request import GeneratedText, Sampling
from storage.errors import BadInput

Conversation = Sequence[Mapping[str, Any]]
"""Turns with a role and a list of parts, `{"type": "text", "text": …}` or `{"type": "image"}`, as templates have it."""


def write_about_images(
    loaded: LoadedVisionModel, conversation: Conversation, images: Sequence[bytes], sampling: Sampling
) -> GeneratedText:
    """The reply to a chat.

    Args:
        loaded: the model.
        conversation: turns of the chat.
        images: bytes of its images, in the order of their parts.
        sampling: how the text is generated.

    Raises:
        BadInput: the chat template does not take the turns, or the chat is too long for the model.
    """
    try:
        text = loaded.processor.apply_chat_template(conversation, add_generation_prompt=True, tokenize=False)
    except Exception as error:
        raise BadInput(f"expected a chat template that takes these turns, but it fails: {error}") from error
    shown = [Image.open(BytesIO(data)).convert("RGB") for data in images]
    inputs = loaded.processor(text=[text], images=shown or None, return_tensors="pt").to(loaded.device)
    prompt = inputs["input_ids"][0].cpu().numpy()
    if len(prompt) + sampling.max_tokens > loaded.max_length:
        raise BadInput(
            f"expected at most {loaded.max_length:,} tokens, got {len(prompt):,} of the chat with its images and "
            f"{sampling.max_tokens:,} for the reply; lower --max-tokens, or take smaller images"
        )
    writing = TextInProgress(0, 0, prompt, 0, sampling)
    conditions = StopConditions(loaded.tokenizer, loaded.ends)
    return conditions.result(writing, write_one(loaded.model, inputs, writing, conditions))

"""The backend of a model that reads images, in this process: one chat at a time, and no likelihoods."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from objective.engine.loading.vision import load_vision_model
from objective.engine.settings import ModelSettings
from objective.engine.writing.about_images import write_about_images
from objective.request import (
    ChatTurn,
    FailedRequest,
    GeneratedText,
    GenerateRequest,
    RollingRequest,
    ScoredContinuation,
    ScoreRequest,
)
from storage.errors import BadInput

_NO_LIKELIHOODS = "expected a request for text from a model that reads images on this machine; use --mode gen"


class VisionModel:
    """Answers chats with and without images.

    Args:
        model: model to load.

    Raises:
        BadInput: the model or its processor cannot be loaded.
    """

    def __init__(self, model: ModelSettings) -> None:
        self._loaded = load_vision_model(model)

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Refuse likelihoods.

        Raises:
            BadInput: always.
        """
        raise BadInput(_NO_LIKELIHOODS)

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        """Refuse likelihoods.

        Raises:
            BadInput: always.
        """
        raise BadInput(_NO_LIKELIHOODS)

    def generate(
        self, requests: Sequence[GenerateRequest]
    ) -> Iterator[tuple[int, tuple[GeneratedText, ...] | FailedRequest]]:
        """Generate replies that are wanted to their end.

        A plain prompt is the turn of a user, and a chat that cannot be asked fails alone.
        """
        for place, request in enumerate(requests):
            turns = request.turns or (ChatTurn("user", request.prompt, request.images),)
            images = [image.data for turn in turns for image in turn.images]
            conversation = [_as_templates_read(turn) for turn in turns]
            samples = [
                replace(request.sampling, seed=request.sampling.seed + n) for n in range(request.sampling.samples)
            ]
            try:
                written = [
                    write_about_images(
                        self._loaded,
                        conversation,
                        images,
                        one,
                        listener=None if number else request.listener,
                        is_wanted=request.is_wanted,
                    )
                    for number, one in enumerate(samples)
                ]
            except BadInput as error:
                yield place, FailedRequest(error)
            else:
                if wanted := tuple(text for text in written if text is not None):
                    yield place, wanted

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text as the model reads them, including special tokens."""
        tokenizer = self._loaded.tokenizer
        return [str(one) for one in tokenizer.convert_ids_to_tokens(tokenizer(text)["input_ids"])]


def _as_templates_read(turn: ChatTurn) -> Mapping[str, Any]:
    """A turn as chat templates take it: its images, without their data, before its text."""
    images: list[dict[str, str]] = [{"type": "image"} for _ in turn.images]
    return {"role": turn.role, "content": [*images, {"type": "text", "text": turn.content}]}

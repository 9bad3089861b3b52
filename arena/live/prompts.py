"""Checks of what a rater sends: a text, and images that two models can read."""

from collections.abc import Collection

from arena.live.records import TooFewModelsSee, WrongPictures
from storage.errors import BadInput
from storage.values import without_nul

LONGEST_PROMPT = 20_000
"""Characters of a prompt."""


def checked_prompt(prompt: str) -> str:
    """A prompt that may be sent.

    Raises:
        BadInput: it is blank, too long, or holds a NUL character.
    """
    if not prompt.strip():
        raise BadInput("expected a prompt, got an empty one; write a question or a task")
    if len(prompt) > LONGEST_PROMPT:
        raise BadInput(f"expected a prompt of at most {LONGEST_PROMPT:,} characters, got {len(prompt):,}; shorten it")
    return without_nul(prompt)


def check_pictures(pictures: Collection[str], *, is_taken: bool, n_seeing: int) -> None:
    """Check that images can be shown to two models.

    Args:
        pictures: digests of the images; none are always right.
        is_taken: whether the campaign takes images.
        n_seeing: number of models that read images and can be drawn now.

    Raises:
        WrongPictures: the campaign takes none.
        TooFewModelsSee: fewer than two models read images.
    """
    if pictures and not is_taken:
        raise WrongPictures("this campaign takes no images; send the prompt without them")
    if pictures and n_seeing < 2:
        raise TooFewModelsSee(
            f"expected at least two models that read images, got {n_seeing}; send the prompt without images"
        )

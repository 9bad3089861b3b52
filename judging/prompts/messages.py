"""What is in a message: its text, and the images that it shows."""

from collections.abc import Iterable, Sequence

from judging.prompts.prompt_file import Message
from storage.values import ImagePart, Part

IMAGE_MARK = "[image]"
"""Stands for an image where only text is shown."""


def message_text(message: Message) -> str:
    """The text of a message, with a mark in the place of each image."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] if part["type"] == "text" else IMAGE_MARK for part in content)


def text_length(message: Message) -> int:
    """Number of characters of a message, without its images."""
    content = message["content"]
    if isinstance(content, str):
        return len(content)
    return sum(len(part["text"]) for part in content if part["type"] == "text")


def images_of(messages: Iterable[Message]) -> list[ImagePart]:
    """The images of some messages, in order."""
    return [
        part
        for message in messages
        if not isinstance(message["content"], str)
        for part in message["content"]
        if part["type"] == "image"
    ]


def as_sent(messages: Sequence[Message]) -> list[Message]:
    """The messages as far as a reply depends on them: the description of an image is for people, and is not sent."""
    return [
        message
        if isinstance(message["content"], str)
        else Message(role=message["role"], content=[_as_sent(part) for part in message["content"]])
        for message in messages
    ]


def _as_sent(part: Part) -> Part:
    return {"type": "image", "media": part["media"], "alt": ""} if part["type"] == "image" else part

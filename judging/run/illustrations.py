"""Images of a question and its responses in the request for a judge.

While a prompt is filled, a mark stands for each image, which nobody can guess without the judge's salt. In the filled
prompt the image takes its place, after a label that says whose it is: this stays clear also where a server moves all
images to the front. An image that occurs again, such as one of the question in both conversations, is shown once. A
system message holds text only, so its images are shown before the text of the user.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from judging.prompts.messages import message_text
from judging.prompts.prompt_file import Message, PromptKind
from judging.run.judge import JudgeItem
from storage.judges.judgments import QUESTION, QuestionTexts
from storage.values import Language, Part, Turn, canonical_json, digest, turn_images

_MARK_CHARACTERS = 16
_LABELS: Mapping[Language, tuple[str, str, str]] = {
    "en": ("[Image {number}: {owner}]", "question", "response"),
    "zh": ("[图片{number}：{owner}]", "问题", "回答"),
}


class Illustrations:
    """The images of one item.

    Attributes:
        texts: Texts of the item with a mark in the place of each image.
    """

    def __init__(self, texts: QuestionTexts, item: JudgeItem, *, salt: str) -> None:
        """Put marks into the texts.

        Args:
            texts: Texts of the question and its responses, among them those of the item.
            item: The item.
            salt: Secret that the marks are derived from.
        """
        self._item = item
        shown = {one: texts.illustrated[one] for one in (QUESTION, *item.responses) if one in texts.illustrated}
        told = [[part["media"] for turn in turns for part in turn_images(turn)] for turns in shown.values()]
        self._mark = digest(canonical_json([salt, told]))[:_MARK_CHARACTERS]
        self._pattern = re.compile(rf"{self._mark}\.(\d+);")
        self._images: list[tuple[int, str]] = []
        marked = {owner: self._marked(owner, turns) for owner, turns in shown.items()}
        self.texts = replace(
            texts,
            user_turns=marked.pop(QUESTION, texts.user_turns),
            answered={**texts.answered, **marked},
        )

    def placed(
        self, messages: Sequence[Message], places: tuple[int, ...], kind: PromptKind, language: Language
    ) -> list[Message]:
        """The messages with the images in the place of their marks.

        Args:
            messages: Messages of a filled prompt.
            places: Positions of the item's responses, in the order the request shows them.
            kind: What the prompt judges.
            language: Language of the labels.
        """
        numbers: dict[int, int] = {}
        pending: list[Part] = []
        found: list[Message] = []
        for message in messages:
            pieces = self._pattern.split(message_text(message))
            parts = _Parts([] if message["role"] == "system" else pending)
            for place, piece in enumerate(pieces):
                if place % 2 == 0:
                    parts.add_text(piece)
                    continue
                index, is_new = int(piece), int(piece) not in numbers
                owner, media = self._images[index]
                number = numbers.setdefault(index, len(numbers) + 1)
                label = _label(number, self._side(owner, places), kind, language)
                parts.add_text(label)
                if is_new and message["role"] == "system":
                    pending += [{"type": "text", "text": label}, _image(media)]
                elif is_new:
                    parts.add_image(media)
            found.append(parts.message(message))
        return found

    def _side(self, owner: int, places: tuple[int, ...]) -> int | None:
        """The place of a response in the order of the request; None for the question."""
        return None if owner == QUESTION else places.index(self._item.responses.index(owner))

    def _marked(self, owner: int, turns: Sequence[Turn]) -> list[str]:
        return ["\n\n".join(self._marked_part(owner, part) for part in turn) for turn in turns]

    def _marked_part(self, owner: int, part: Part) -> str:
        if part["type"] == "text":
            return part["text"]
        self._images.append((owner, part["media"]))
        return f"{self._mark}.{len(self._images) - 1};"


class _Parts:
    """The parts of one message, while it is put together."""

    def __init__(self, first: list[Part]) -> None:
        self._parts, self._text = list(first), ""

    def add_text(self, text: str) -> None:
        self._text += text

    def add_image(self, media: str) -> None:
        self._flush()
        self._parts.append(_image(media))

    def message(self, message: Message) -> Message:
        """The message with these parts; one that holds text only stays a text."""
        if not self._parts:
            return Message(role=message["role"], content=self._text)
        self._flush()
        return Message(role=message["role"], content=self._parts)

    def _flush(self) -> None:
        if self._text:
            self._parts.append({"type": "text", "text": self._text})
        self._text = ""


def have_same_images(texts: QuestionTexts, responses: Sequence[int], turns: int | None) -> bool:
    """Whether some responses show the same images in the same turns, of the first `turns` or of all for None."""
    shown = [
        [[part["media"] for part in turn_images(turn)] for turn in list(texts.illustrated.get(one, ()))[:turns]]
        for one in responses
    ]
    return all(one == shown[0] for one in shown)


def _image(media: str) -> Part:
    return {"type": "image", "media": media, "alt": ""}


def _label(number: int, side: int | None, kind: PromptKind, language: Language) -> str:
    """The label of an image, which names the side that its response has in this request."""
    form, question, response = _LABELS[language]
    if side is None:
        return form.format(number=number, owner=question)
    name = {"single": "", "pairwise": "AB"[side : side + 1], "several": str(side + 1)}[kind]
    between = " " if name and language == "en" else ""
    return form.format(number=number, owner=f"{response}{between}{name}")

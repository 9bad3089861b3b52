"""Checks of prompts and answers: a list of words, an endpoint, or both; nothing by default.

A word is found before its text is shown. An endpoint reads whole texts, so a part of an answer may be on the screen
when its conversation ends.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import NamedTuple

from arena.live.word_list import WordList, WordSight


class ModerationCause(StrEnum):
    """Why a text does not pass; `unavailable` says nothing about the text."""

    words = "words"
    endpoint = "endpoint"
    unavailable = "unavailable"


class ModerationFinding(NamedTuple):
    """What a check found, and whether the text is refused for it."""

    cause: ModerationCause
    is_refused: bool = True


Flags = Callable[[str], Awaitable[bool | None]]
"""Asks an endpoint whether it flags a text; None where it does not answer."""


class Moderation:
    """Checks texts, in the event loop of the server."""

    def __init__(self, words: WordList, flags: Flags | None = None, *, lets_pass: bool = False) -> None:
        """Check by words, by an endpoint, or by both.

        Args:
            words: words that no text may hold.
            flags: asks an endpoint; None for none.
            lets_pass: whether texts pass while the endpoint does not answer.
        """
        self._words, self._flags, self._lets_pass = words, flags, lets_pass

    def sight(self, text: str, n_new: int) -> WordSight:
        """What is seen of words in the last `n_new` characters of a text that is being written."""
        return self._words.sight(text, n_new)

    async def find(self, text: str) -> ModerationFinding | None:
        """What speaks against a text, None for nothing."""
        return self.find_words(text) or await self.ask(text)

    def find_words(self, text: str) -> ModerationFinding | None:
        """What the list of words says against a text; thread-safe."""
        return ModerationFinding(ModerationCause.words) if self._words.found_in(text) else None

    async def ask(self, text: str) -> ModerationFinding | None:
        """What the endpoint says against a text."""
        flagged = False if self._flags is None else await self._flags(text)
        if flagged is None:
            return self.unavailable()
        return ModerationFinding(ModerationCause.endpoint) if flagged else None

    def unavailable(self) -> ModerationFinding:
        """What it means for a text that the endpoint cannot be asked."""
        return ModerationFinding(ModerationCause.unavailable, not self._lets_pass)

    @property
    def has_endpoint(self) -> bool:
        """Whether `ask` asks anybody."""
        return self._flags is not None


NO_MODERATION = Moderation(WordList())

"""Words and phrases that prompts and answers of live conversations must not hold.

    words = WordList(["badword", "bad phrase", "坏词"])
    words.found_in("A Bad  Phrase!")  # True

Case, width and the number of spaces do not matter. A word of letters is found between borders of words, one of Chinese
characters anywhere.
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_WORD = 200
"""Characters of one entry."""


class WordList:
    """Searches texts for forbidden words."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        """Prepare the search; blank entries are left out."""
        wanted = {_plain(word).strip() for word in words}
        in_order = sorted(wanted - {""}, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(map(_bordered, in_order)) or r"(?!)")
        self.longest = max(map(len, in_order), default=0)

    def found_in(self, text: str) -> bool:
        """Whether a text holds one of the words."""
        return self._pattern.search(_plain(text)) is not None


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold())


def _bordered(word: str) -> str:
    before = r"(?<![^\W_])" if _has_borders(word[0]) else ""
    after = r"(?![^\W_])" if _has_borders(word[-1]) else ""
    return f"{before}{re.escape(word)}{after}"


def _has_borders(character: str) -> bool:
    """Whether the character belongs to a script that separates its words."""
    return character.isalnum() and not "\u3040" <= character <= "\u9fff"

"""Words and phrases that prompts and answers of live conversations must not hold.

    words = WordList(["badword", "bad phrase", "坏词"])
    words.found_in("A Bad  Phrase!")  # True
    words.sight("bad", n_new=3)       # WordSight.none
    words.sight("badword", n_new=4)   # WordSight.open: "badwords" may come
    words.sight("badword!", n_new=1)  # WordSight.found

Case, width and the number of spaces do not matter. A word of letters is found between borders of words, one of Chinese
characters anywhere. What a search costs does not depend on the number of words.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum

LONGEST_WORD = 200
"""Characters of one entry."""
_HEAD = 8
"""Characters by which words are looked up; few words share more of their beginning."""


class WordSight(StrEnum):
    """What is seen of the words in a text that is being written: `open` where the next character decides."""

    none = "none"
    open = "open"
    found = "found"


class WordList:
    """Searches texts for forbidden words."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        """Prepare the search; blank entries are left out."""
        self._words = frozenset(_plain(word).strip() for word in words) - {""}
        self._longest = max(map(len, self._words), default=0)
        self._firsts = {word[0]: _has_borders(word[0]) for word in self._words}
        lengths: dict[str, set[int]] = defaultdict(set)
        for word in self._words:
            lengths[word[:_HEAD]].add(len(word))
        self._lengths = {head: tuple(sorted(found)) for head, found in lengths.items()}
        self._sizes = sorted({len(head) for head in lengths})

    def found_in(self, text: str) -> bool:
        """Whether a text holds one of the words."""
        return any(True for _ in self._ends(_plain(text)))

    def sight(self, text: str, n_new: int) -> WordSight:
        """What is seen of words that end in the last `n_new` characters of a text that is being written."""
        if not self._words:
            return WordSight.none
        # Width and spaces may differ from the list's, so the part that is searched is longer than a word; a character
        # more tells whether it begins within a word.
        first = max(0, len(text) - (n_new + 4 * self._longest + 9))
        plain = _plain(text[first:])
        settled = len(plain)
        while settled and unicodedata.category(plain[settled - 1])[0] == "M":
            settled -= 1  # a mark may still change the character before it, together with the next mark
        sight = WordSight.none
        for end in self._ends(plain, min(first, 1)):
            if end < settled:
                return WordSight.found
            sight = WordSight.open
        return sight

    def _ends(self, plain: str, first: int = 0) -> Iterator[int]:
        """The end of each word that begins at a place or after it."""
        firsts, sizes, lengths = self._firsts, self._sizes, self._lengths
        for start in range(first, len(plain)):
            has_borders = firsts.get(plain[start])
            if has_borders is None or (has_borders and start > 0 and plain[start - 1].isalnum()):
                continue
            for size in sizes:
                for length in lengths.get(plain[start : start + size], ()):
                    end = start + length
                    if plain[start:end] in self._words and not _goes_on(plain, end):
                        yield end


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold())


def _goes_on(plain: str, end: int) -> bool:
    """Whether the word that ends here is only the beginning of a word of the text."""
    return _has_borders(plain[end - 1]) and plain[end : end + 1].isalnum()


def _has_borders(character: str) -> bool:
    """Whether the character belongs to a script that separates its words."""
    return character.isalnum() and not "\u3040" <= character <= "\u9fff"

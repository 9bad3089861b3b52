"""Spelling of the names of models: the one form that is stored, and names that look alike.

Every name that comes from outside (a file, a command, a page, a notebook) is read by `clean_name`. Names that still
differ and that a reader would take for one are found by `look_alikes`; they are only named, never joined.
"""

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from storage.errors import BadInput

NAME_CHARACTERS = 200

_ZERO_WIDTH = dict.fromkeys(
    (0x00AD, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF)
)
"""Zero-width spaces, soft hyphens and marks of direction: nothing of them is visible within a name."""

_NEAR = 0.75
"""Least similarity of a name that is suggested, 0 to 1 (Ratcliff and Obershelp)."""

_JOINERS = "\u200c\u200d"
"""Zero-width joiners, which some scripts and emoji need inside a name, and none at its ends."""

_ALIKE_IN_ASCII = str.maketrans({"0": "o", "O": "o", "1": "l", "I": "l", "|": "l"})


@lru_cache(maxsize=65_536)
def clean_name(name: str) -> str:
    """A name as it is stored: NFC, without outer spaces and without zero-width spaces.

    Raises:
        BadInput: nothing visible is left, or more than 200 characters.
    """
    # Composed last, because a zero-width space may stand between a letter and its accent.
    found = name if name.isascii() else unicodedata.normalize("NFC", name.translate(_ZERO_WIDTH))
    before = None
    while found != before:
        before = found
        found = found.strip().strip(_JOINERS)
    if not found:
        raise BadInput(f"expected a name with visible characters, got {name!r}; fill it in")
    if len(found) > NAME_CHARACTERS:
        raise BadInput(f"expected a name of at most {NAME_CHARACTERS} characters, got {len(found)}; shorten it")
    return found


def look_alikes(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of two or more different names that a reader would take for one, each in alphabetical order.

    Two names look alike if they are equal without case, spaces and punctuation, after letters of other scripts and
    compatibility forms were replaced by the Latin letters that they look like (Unicode Technical Standard 39, through
    `confusable_homoglyphs`); or if they differ only in 0 and O, or in 1, capital I and l. `gpt-4`, `GPT 4` and `gрt-4`
    with a Cyrillic р are one group. Symbols such as + count as letters, so `phi-3` and `phi-3+` differ.
    """
    group_of: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        keys = _keys(name)
        groups = [group_of[key] for key in keys if key in group_of]
        merged: list[str] = [name]
        for group in groups:
            merged += [one for one in group if one not in merged]
        for one in merged:
            for key in _keys(one):
                group_of[key] = merged
    found = {tuple(sorted(group)) for group in group_of.values() if len(group) > 1}
    return sorted(found)


def closest_name(name: str, names: Iterable[str]) -> str | None:
    """The name among some that somebody who wrote `name` most likely meant; None if none is near.

    A name that looks the same, as in `look_alikes`, goes before one of similar spelling.
    """
    known, keys = sorted(set(names)), set(_keys(name))
    alike = next((one for one in known if keys & set(_keys(one))), None)
    if alike is not None:
        return alike
    folded = {one.casefold(): one for one in known}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=_NEAR)
    return folded[near[0]] if near else None


@lru_cache(maxsize=65_536)
def _keys(name: str) -> tuple[str, str]:
    """What two names that look alike share: the folded letters, or the folded letters without 0/O and 1/I/l."""
    letters = "".join(map(_plain_letter, unicodedata.normalize("NFKC", name)))
    decomposed = "".join(one for one in letters if unicodedata.category(one)[0] not in "PZC")
    return f"={decomposed.casefold()}", f"~{decomposed.translate(_ALIKE_IN_ASCII).casefold()}"


def _plain_letter(character: str) -> str:
    """The Latin letter or digit that a character of another script looks like, or the character itself."""
    if character.isascii():
        return character
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415  0.1 s that plain names do not need

    alike = (one["c"] for one in confusables_data.get(character, ()))
    found: str = next((one for one in alike if len(one) == 1 and one.isascii() and one.isalnum()), character)
    return found

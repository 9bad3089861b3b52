"""Options in the rows of a user's file, and the option that an answer refers to by letter, text or number."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from objective.scoring.extraction import normalise_text
from objective.task import LETTERS
from storage.errors import BadInput

_LABEL = r"\s*[(（\[]?{letter}\s*[.．、:：)）\]]\s*"


class UnclearOptions(BadInput):
    """The options of a row cannot be read; the message goes to the list of bad rows."""


def read_options(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a row's options, without letters of their own; none where the answer is free.

    Raises:
        UnclearOptions: a column of options holds no list, lettered columns have a gap, or an option has no text.
    """
    name = next((name for name in ("options", "choices") if row.get(name) not in (None, "")), None)
    found = _options_from_columns(row) if name is None else _options_from_cell(row[name], name)
    empty = next((letter for letter, text in zip(LETTERS, found, strict=False) if not text), None)
    if empty is not None:
        raise UnclearOptions(f"expected text in every option, got none in {empty}; fill it or remove it")
    labels = [re.match(_LABEL.format(letter=letter), text) for letter, text in zip(LETTERS, found, strict=False)]
    if len(labels) > 1 and all(label is not None and label.end() < len(label.string) for label in labels):
        return tuple(text[label.end() :] for text, label in zip(found, labels, strict=False) if label is not None)
    return tuple(found)


def find_first_number(
    rows: Sequence[tuple[Sequence[str], Sequence[str]]], path: str, *, are_integers: bool
) -> int | None:
    """The number of the first option if the answers of a file number their options; None if they are letters or texts.

    All answers that are whole numbers must be readable in the same way: as texts of options, or counted from 0 or 1.

    Args:
        rows: accepted answers and options of each row.
        path: path of the file, for the error message.
        are_integers: whether the file holds answers of type integer, which may be numbers or texts of options.

    Raises:
        BadInput: the numbers can be read in more than one way.
    """
    numbers = [(int(one), one, options) for accepted, options in rows if options for one in accepted if one.isdecimal()]
    ways = [first for first in (0, 1) if all(first <= number < len(options) + first for number, _, options in numbers)]
    are_texts = all(_letter_of_text(one, options) is not None for _, one, options in numbers)
    if are_texts and not (numbers and are_integers and ways):
        return None
    if len(ways) + are_texts > 1:
        raise BadInput(
            f"expected answers that identify one option in {path!r}, got numbers that may be texts, or numbers of "
            "options from 0 or from 1; write letters"
        )
    return ways[0] if ways else None


def find_letter(answer: str, options: Sequence[str], first: int | None) -> str | None:
    """The letter of the option that an answer refers to; None if it refers to none or several.

    Args:
        answer: a letter, optionally in brackets or followed by the text of its option, or that text, or a number.
        options: texts of the options.
        first: number of the first option; None if numbers are texts.
    """
    letters = LETTERS[: len(options)]
    if first is not None and answer.isdecimal():
        place = int(answer) - first
        return letters[place] if 0 <= place < len(letters) else None
    match = re.fullmatch(r"[(（\[]?\s*([A-Za-z])\s*[)）\]]?\s*[.．、:：]?\s*(.*)", answer, re.DOTALL)
    if match is not None and match[1].upper() in letters:
        letter = match[1].upper()
        if not match[2] or (normalise_text(match[2]) == normalise_text(options[letters.index(letter)])):
            return letter if _letter_of_text(answer, options) in (None, letter) else None
    return _letter_of_text(answer, options)


def _letter_of_text(answer: str, options: Sequence[str]) -> str | None:
    same = [
        letter
        for letter, option in zip(LETTERS, options, strict=False)
        if normalise_text(option) == normalise_text(answer)
    ]
    return same[0] if len(same) == 1 else None


def _options_from_columns(row: Mapping[str, Any]) -> list[str]:
    texts = ["" if row.get(letter) is None else str(row[letter]).strip() for letter in LETTERS]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _options_from_cell(given: object, name: str) -> list[str]:
    """The options in one cell: a list or an object by letter, also as JSON text, or a text split at bars or lines."""
    if isinstance(given, str):
        text = given.strip()
        if text[:1] in ("[", "{"):
            try:
                given = json.loads(text)
            except ValueError:
                raise UnclearOptions(
                    f'expected a list in `{name}`, got a text that is no JSON; write ["…", "…"]'
                ) from None
        else:
            parts = text.split("\n") if "\n" in text else text.split("|")
            given = [part for part in parts if part.strip()]
    if isinstance(given, dict) and isinstance(given.get("text"), list):
        given = given["text"]
    if isinstance(given, dict):
        letters = sorted(given)
        if letters != list(LETTERS[: len(letters)]):
            raise UnclearOptions(
                f"expected letters from A on in `{name}`, got {', '.join(map(str, letters))}; write a list"
            )
        given = [given[letter] for letter in letters]
    if not isinstance(given, list) or len(given) < 2:
        raise UnclearOptions(
            f"expected a list of 2 to {len(LETTERS)} options in `{name}`, got {str(given)[:80]!r}; write a list"
        )
    return ["" if one is None else str(one).strip() for one in given]

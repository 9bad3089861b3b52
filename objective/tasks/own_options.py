"""The options of your own rows, and which of them an answer means: a letter, a text, or a number."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from objective.scoring.extraction import folded
from objective.task import LETTERS
from storage.errors import BadInput

_LABEL = r"\s*[(（\[]?{letter}\s*[.．、:：)）\]]\s*"


class Unclear(ValueError):
    """Options that cannot be told; the message is a sentence for the row."""


def options_in(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a row's options, without letters of their own; none where the answer is free.

    Raises:
        Unclear: a column of options that holds no list, a gap between lettered columns, or an option without text.
    """
    name = next((name for name in ("options", "choices") if row.get(name) not in (None, "")), None)
    found = _lettered(row) if name is None else _listed(row[name], name)
    empty = next((letter for letter, text in zip(LETTERS, found, strict=False) if not text), None)
    if empty is not None:
        raise Unclear(f"expected text in every option, got none in {empty}; fill it or remove it")
    labels = [re.match(_LABEL.format(letter=letter), text) for letter, text in zip(LETTERS, found, strict=False)]
    if len(labels) > 1 and all(label is not None and label.end() < len(label.string) for label in labels):
        return tuple(text[label.end() :] for text, label in zip(found, labels, strict=False) if label is not None)
    return tuple(found)


def numbering(rows: Sequence[tuple[Sequence[str], Sequence[str]]], path: str, *, are_integers: bool) -> int | None:
    """From which number on the answers of a file count its options; None where they are letters or texts.

    One way must serve all rows whose answers are whole numbers: as texts of options, or counted from 0, or from 1.

    Args:
        rows: of answers and options.
        path: of the file, for the message.
        are_integers: whether the file has integers as answers, which are as likely numbers of options as their texts.

    Raises:
        BadInput: numbers that fit in more than one of these ways.
    """
    numbers = [(int(one), one, options) for accepted, options in rows if options for one in accepted if one.isdecimal()]
    ways = [first for first in (0, 1) if all(first <= number < len(options) + first for number, _, options in numbers)]
    are_texts = all(_same(one, options) is not None for _, one, options in numbers)
    if are_texts and not (numbers and are_integers and ways):
        return None
    if len(ways) + are_texts > 1:
        raise BadInput(
            f"expected answers that tell one option in {path!r}, got numbers that may be texts or count options from 0 "
            "or from 1; write letters"
        )
    return ways[0] if ways else None


def letter_of(answer: str, options: Sequence[str], first: int | None) -> str | None:
    """The letter of the option that an answer means; None if it means none or several.

    Args:
        answer: a letter, perhaps in brackets or before its option's text, or that text, or a number.
        options: their texts.
        first: the number of the first option; None if numbers are texts.
    """
    letters = LETTERS[: len(options)]
    if first is not None and answer.isdecimal():
        place = int(answer) - first
        return letters[place] if 0 <= place < len(letters) else None
    match = re.fullmatch(r"[(（\[]?\s*([A-Ja-j])\s*[)）\]]?\s*[.．、:：]?\s*(.*)", answer, re.DOTALL)
    if match is not None and match[1].upper() in letters:
        letter = match[1].upper()
        if not match[2] or (folded(match[2]) == folded(options[letters.index(letter)])):
            return letter if _same(answer, options) in (None, letter) else None
    return _same(answer, options)


def _same(answer: str, options: Sequence[str]) -> str | None:
    same = [letter for letter, option in zip(LETTERS, options, strict=False) if folded(option) == folded(answer)]
    return same[0] if len(same) == 1 else None


def _lettered(row: Mapping[str, Any]) -> list[str]:
    texts = ["" if row.get(letter) is None else str(row[letter]).strip() for letter in LETTERS]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _listed(given: object, name: str) -> list[str]:
    """Options of one column: a list, an object by letter, either as JSON in a text, or parts between bars or lines."""
    if isinstance(given, str):
        text = given.strip()
        if text[:1] in ("[", "{"):
            try:
                given = json.loads(text)
            except ValueError:
                raise Unclear(f'expected a list in `{name}`, got a text that is no JSON; write ["…", "…"]') from None
        else:
            parts = text.split("\n") if "\n" in text else text.split("|")
            given = [part for part in parts if part.strip()]
    if isinstance(given, dict) and isinstance(given.get("text"), list):
        given = given["text"]
    if isinstance(given, dict):
        letters = sorted(given)
        if letters != list(LETTERS[: len(letters)]):
            raise Unclear(f"expected letters from A on in `{name}`, got {', '.join(map(str, letters))}; write a list")
        given = [given[letter] for letter in letters]
    if not isinstance(given, list) or len(given) < 2:
        raise Unclear(f"expected a list of 2 to 10 options in `{name}`, got {str(given)[:80]!r}; write a list")
    return ["" if one is None else str(one).strip() for one in given]

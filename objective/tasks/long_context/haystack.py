"""Generates long texts of plain invented sentences without digits, and hides a sentence in them at a given depth.

The same seed gives the same text on every machine. Lengths are in tokens by a rule of thumb, since a task must not
depend on a tokenizer: about 4.5 characters a token in English, 1.5 in Chinese.
"""

import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CHARACTERS_PER_TOKEN = {"en": 4.5, "zh": 1.5}
_SLOTS = ("who", "did", "what", "where", "when")
_PER_PARAGRAPH = 6


@cache
def words(language: str) -> dict[str, list[str]]:
    """The words of a language, by the place in the sentence that they fill."""
    text = (Path(__file__).parent / "haystack_words.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = json.loads(text)[language]
    return found


def sentences(language: str, seed: str) -> Iterator[str]:
    """Sentences without end, each drawn from the words of a language."""
    drawn, known = random.Random(seed), words(language)  # noqa: S311  a text, no secret
    while True:
        who, did, what, where, when = (known[slot][drawn.randrange(len(known[slot]))] for slot in _SLOTS)
        yield f"{when}，{who}{where}{did}{what}。" if language == "zh" else f"{who} {did} {what} {where} {when}."


def hide(needle: str, *, language: str, tokens: int, depth: float, seed: str) -> str:
    """A text of about a number of tokens with a sentence hidden in it.

    Args:
        needle: sentence to hide.
        language: `en` or `zh`.
        tokens: length of the text, by the rule of thumb of this module.
        depth: place of the sentence, from 0 for the beginning to 1 for the end.
        seed: seed of the text.
    """
    room, made = round(tokens * CHARACTERS_PER_TOKEN[language]) - len(needle), list[str]()
    for sentence in sentences(language, seed):
        room -= len(sentence) + 1
        if room < 0:
            break
        made.append(sentence)
    made.insert(round(depth * len(made)), needle)
    join = "" if language == "zh" else " "
    return "\n\n".join(join.join(made[start : start + _PER_PARAGRAPH]) for start in range(0, len(made), _PER_PARAGRAPH))

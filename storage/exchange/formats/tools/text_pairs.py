"""Find the prompt, both responses and both models among columns whose names differ from project to project.

Programs for annotation let everybody name the columns: `answer1`, `response_b`, `left_text`. Names are compared
without case, spaces and punctuation.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from storage.errors import BadInput
from storage.exchange.rows import fields
from storage.exchange.rows.problems import shown
from storage.values import Turn

_PROMPTS = ("prompt", "question", "instruction", "input", "inputtext", "query", "userprompt", "context")
_TEXT = "response|answer|output|outputtext|text|completion|generation|reply|option|candidate|summary|item"
_SIDE = "a|b|1|2|left|right|0"
_FIRST = frozenset(("a", "1", "left"))
_TEXT_NAME = re.compile(rf"(?:{_TEXT})(?P<side>{_SIDE})|(?P<before>left|right|a|b)(?:{_TEXT})|(?P<alone>left|right)")
_MODEL_NAME = re.compile(
    rf"(?:model|modelname|generator|system)(?P<side>{_SIDE})|(?P<before>left|right|a|b)(?:model|modelname)"
    rf"|(?:{_TEXT})(?P<text>{_SIDE})model"
)


class TextPair(NamedTuple):
    """The prompt, both responses in the order shown, and the names of both models.

    Attributes:
        prompt: turns of the user; None where no column has them.
        a: response shown first.
        b: response shown second.
        models: names of both models, those of the columns of the responses where no column has them.
        columns: columns of both responses.
    """

    prompt: list[Turn] | None
    a: list[Turn]
    b: list[Turn]
    models: tuple[str, str]
    columns: tuple[str, str]


def find_pair(data: Mapping[str, Any]) -> TextPair:
    """The pair that a row of data holds.

    Raises:
        BadInput: there are not two columns of responses.
    """
    prompt = next((name for known in _PROMPTS for name in data if _joined(name) == known), None)
    texts = _sides(data, _TEXT_NAME)
    if len(texts) != 2:
        raise BadInput(
            "expected a prompt and two responses with names such as response_a and response_b, got the fields "
            f"{', '.join(map(str, list(data)[:12])) or 'none'}; rename them"
        )
    models = _sides(data, _MODEL_NAME)
    named = [models.get(side) for side in (True, False)]
    names = [
        texts[side] if column is None else fields.optional_name(data, column) or texts[side]
        for side, column in zip((True, False), named, strict=True)
    ]
    if names[0] == names[1]:
        raise BadInput(f"expected two different models, got {shown(names[0])} twice; remove the row")
    return TextPair(
        None if prompt is None or not data[prompt] else _turns(data, prompt),
        _turns(data, texts[True]),
        _turns(data, texts[False]),
        (names[0], names[1]),
        (texts[True], texts[False]),
    )


def _sides(data: Mapping[str, Any], pattern: re.Pattern[str]) -> dict[bool, str]:
    """The column of the first side (true) and of the second (false)."""
    found: dict[bool, str] = {}
    for name in data:
        match = pattern.fullmatch(_joined(name))
        if match is not None:
            side = next(group for group in match.groups() if group)
            found.setdefault(side in _FIRST, name)
    return found


def _turns(data: Mapping[str, Any], column: str) -> list[Turn]:
    value = fields.json_value(data, column)
    if isinstance(value, list) and value and all(isinstance(one, Mapping) and "role" in one for one in value):
        wanted = "user" if _joined(column) in _PROMPTS else "assistant"
        said = [fields.clean_turn(one) for one in value if one["role"] == wanted]
        return said or [fields.clean_turn(value[-1])]
    return [fields.clean_turn("" if data[column] is None else data[column])]


def _joined(name: object) -> str:
    return re.sub(r"[\W_]+", "", str(name)).lower()

"""Read the JSON of the vote API strictly: what is unknown, missing or of another kind is refused by name."""

import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

import orjson

from storage.errors import BadInput
from storage.values import LANGUAGES, Language

LONGEST_COMMENT = 2_000
LONGEST_TOKEN = 64
MOST_SECONDS = 86_400.0

Word = TypeVar("Word", bound=StrEnum)


class BadRequest(BadInput):
    """A body that is not what the API takes.

    Attributes:
        code: of the error, as the browser gets it.
        field: which part of the body is wrong, empty for the whole.
    """

    def __init__(self, code: str, field: str = "") -> None:
        """Keep the code and the field for the sentence in the reader's language."""
        super().__init__(f"expected a JSON object as the vote API takes it, got {code} {field!r}")
        self.code = code
        self.field = field


class Fields:
    """The fields of one JSON object, each read once with its kind."""

    def __init__(self, body: bytes, allowed: frozenset[str]) -> None:
        """Parse a body.

        Args:
            body: as it came; nothing at all counts as an object without fields.
            allowed: every field that may occur.

        Raises:
            BadRequest: it is not a JSON object, or has a field that is not allowed.
        """
        try:
            parsed: Any = orjson.loads(body or b"{}")
        except orjson.JSONDecodeError:
            raise BadRequest("not_json") from None
        if not isinstance(parsed, dict):
            raise BadRequest("not_json")
        self._values: Mapping[str, Any] = parsed
        for name in parsed:
            if name not in allowed:
                raise BadRequest("unknown_field", name[:40])

    def token(self, name: str = "token") -> str:
        """A ballot's name. Raises `BadRequest` unless it is a short text."""
        return str(self._required(name, _is_token))

    def optional_token(self, name: str) -> str | None:
        """A ballot's name or nothing."""
        return None if self._values.get(name) is None else self.token(name)

    def word(self, name: str, words: type[Word]) -> Word:
        """A member of a closed set. Raises `BadRequest` for anything else."""
        return words(self._required(name, lambda value: isinstance(value, str) and value in words.__members__))

    def optional_word(self, name: str, words: type[Word]) -> Word | None:
        """A member of a closed set or nothing."""
        return None if self._values.get(name) is None else self.word(name, words)

    def language(self, name: str = "language") -> Language:
        """A language that is offered. Raises `BadRequest` for anything else."""
        language: Language = self._required(name, lambda value: isinstance(value, str) and value in LANGUAGES)
        return language

    def optional_number(self, name: str) -> int | None:
        """The number of a row or nothing."""
        value = self._optional(name, lambda value: type(value) is int and 0 < value < 2**63)
        return None if value is None else int(value)

    def seconds(self, name: str = "seconds") -> float | None:
        """A duration up to a day, or nothing."""
        value = self._optional(name, _is_duration)
        return None if value is None else float(value)

    def comment(self, name: str = "comment") -> str | None:
        """Free text of at most `LONGEST_COMMENT` characters; blanks alone are nothing."""
        value = self._optional(name, _is_comment)
        return (value.strip() or None) if value is not None else None

    def _required(self, name: str, fits: Callable[[Any], bool]) -> Any:  # noqa: ANN401  what `fits` demands
        value = self._values.get(name)
        if not fits(value):
            raise BadRequest("bad_field", name)
        return value

    def _optional(self, name: str, fits: Callable[[Any], bool]) -> Any:  # noqa: ANN401
        return None if self._values.get(name) is None else self._required(name, fits)


def _is_token(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TOKEN and "\x00" not in value


def _is_comment(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_COMMENT and "\x00" not in value


def _is_duration(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0.0 <= value <= MOST_SECONDS  # type: ignore[arg-type, operator]

"""Strict reading of the vote API's JSON: unknown, missing and invalid fields are refused by name."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import orjson

from storage.errors import BadInput
from storage.values import LANGUAGES, Language

LONGEST_COMMENT = 2_000
LONGEST_DESCRIPTION = 300
"""Characters in which a rater says what an image shows."""
LONGEST_TOKEN = 64
MOST_SECONDS = 86_400.0
MOST_SCORED = 20
"""Largest number of responses, dimensions and steps of a scale in one request."""

_DIGEST = re.compile("[0-9a-f]{64}")

Word = TypeVar("Word", bound=StrEnum)


class BadRequest(BadInput):
    """A request body that the API does not accept.

    Attributes:
        code: error code for the browser.
        field: the invalid field, empty for the whole body.
    """

    def __init__(self, code: str, field: str = "") -> None:
        """Keep the code and the field for the message in the reader's language."""
        super().__init__(f"expected a JSON object as the vote API takes it, got {code} {field!r}")
        self.code = code
        self.field = field


class Fields:
    """The fields of one JSON object, read with type checks."""

    def __init__(self, body: bytes, allowed: frozenset[str]) -> None:
        """Parse a body.

        Args:
            body: raw body; an empty one counts as an object without fields.
            allowed: all allowed fields.

        Raises:
            BadRequest: the body is not a JSON object, or has a field that is not allowed.
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
        """Return a ballot's token. Raises `BadRequest` unless it is a short string."""
        return str(self._required(name, _is_token))

    def optional_token(self, name: str) -> str | None:
        """Return a ballot's token or None."""
        return None if self._values.get(name) is None else self.token(name)

    def word(self, name: str, words: type[Word]) -> Word:
        """Return a member of an enumeration. Raises `BadRequest` for anything else."""
        return words(self._required(name, lambda value: isinstance(value, str) and value in words.__members__))

    def optional_word(self, name: str, words: type[Word]) -> Word | None:
        """Return a member of an enumeration or None."""
        return None if self._values.get(name) is None else self.word(name, words)

    def optional_choice(self, name: str, choices: Sequence[str]) -> str | None:
        """Return one of some texts or None. Raises `BadRequest` for anything else."""
        value = self._optional(name, lambda value: isinstance(value, str) and value in choices)
        return None if value is None else str(value)

    def words(self, name: str, words: type[Word]) -> tuple[Word, ...]:
        """Return members of an enumeration, each once and in its order; nothing for a missing list."""
        given = self._optional(name, lambda value: isinstance(value, list) and len(value) <= len(words))
        chosen = set(map(str, given or ()))
        if not chosen <= set(words.__members__):
            raise BadRequest("bad_field", name)
        return tuple(word for word in words if word.name in chosen)

    def strength(self, name: str = "strength") -> int | None:
        """Return how much better a side is: 1 (slightly), 2 (much) or None."""
        value = self._optional(name, lambda value: type(value) is int and value in (1, 2))
        return None if value is None else int(value)

    def language(self, name: str = "language") -> Language:
        """Return a supported language. Raises `BadRequest` for anything else."""
        language: Language = self._required(name, lambda value: isinstance(value, str) and value in LANGUAGES)
        return language

    def optional_number(self, name: str) -> int | None:
        """Return a row id or None."""
        value = self._optional(name, lambda value: type(value) is int and 0 < value < 2**63)
        return None if value is None else int(value)

    def number(self, name: str) -> int:
        """Return a row id. Raises `BadRequest` unless it is a positive whole number."""
        value = self.optional_number(name)
        if value is None:
            raise BadRequest("bad_field", name)
        return value

    def seconds(self, name: str = "seconds") -> float | None:
        """Return a duration of up to a day, or None."""
        value = self._optional(name, _is_duration)
        return None if value is None else float(value)

    def scores(self, name: str = "scores") -> list[dict[str, int | None]]:
        """Return a list of objects with whole numbers or null by name. Raises `BadRequest` for anything else."""
        given: list[dict[str, int | None]] = self._required(name, _is_scores)
        return given

    def optional_scores(self, name: str = "scores") -> tuple[dict[str, int | None], ...]:
        """Return scores as `scores` does; nothing for a missing list."""
        return () if self._values.get(name) is None else tuple(self.scores(name))

    def comment(self, name: str = "comment") -> str | None:
        """Return free text of at most `LONGEST_COMMENT` characters; None if it is blank."""
        value = self._optional(name, _is_comment)
        return (value.strip() or None) if value is not None else None

    def pictures(self) -> dict[str, str]:
        """Return what the digests in `pictures` show, in the words of `descriptions`; "" where nothing is said.

        Raises:
            BadRequest: a list of something else, or descriptions that are too long or not one for each picture.
        """
        given = self._optional("pictures", _are_digests) or []
        said = self._optional("descriptions", _are_descriptions)
        if said is not None and len(said) != len(given):
            raise BadRequest("bad_field", "descriptions")
        return dict(zip(given, (one.strip() for one in said or [""] * len(given)), strict=True))

    def text(self, name: str) -> str:
        """Return a text of any length. Raises `BadRequest` for anything else, and for a NUL character in it."""
        return str(self._required(name, lambda value: isinstance(value, str) and "\x00" not in value))

    def truth(self, name: str) -> bool:
        """Return true or false; false for a missing field."""
        return bool(self._optional(name, lambda value: isinstance(value, bool)))

    def _required(self, name: str, fits: Callable[[Any], bool]) -> Any:  # noqa: ANN401  what `fits` demands
        value = self._values.get(name)
        if not fits(value):
            raise BadRequest("bad_field", name)
        return value

    def _optional(self, name: str, fits: Callable[[Any], bool]) -> Any:  # noqa: ANN401
        return None if self._values.get(name) is None else self._required(name, fits)


def _is_token(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TOKEN and "\x00" not in value


def _are_digests(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and _DIGEST.fullmatch(one) for one in value)


def _are_descriptions(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, str) and len(one) <= LONGEST_DESCRIPTION and "\x00" not in one for one in value
    )


def _is_scores(value: object) -> bool:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_SCORED:
        return False
    return all(
        isinstance(one, dict) and 0 < len(one) <= MOST_SCORED and all(map(_is_score, one.values())) for one in value
    )


def _is_score(value: object) -> bool:
    return value is None or (type(value) is int and 0 <= value <= MOST_SCORED)


def _is_comment(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_COMMENT and "\x00" not in value


def _is_duration(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0.0 <= value <= MOST_SECONDS  # type: ignore[arg-type, operator]

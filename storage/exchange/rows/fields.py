"""Read and check single values of a row from outside.

Each function takes the row and a column, and either returns what the store can hold or refuses with a sentence.
CSV knows only text, so numbers and lists are also read from text, and an empty cell is a missing one. Lists and
objects may be JSON or, as pandas writes them, in Python's spelling.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

import orjson

from storage.errors import BadInput
from storage.exchange.rows.canonical import RawRow
from storage.exchange.rows.problems import shown
from storage.exchange.rows.python_text import literal
from storage.values import Turn, as_turn, utc, without_nul

NAME_CHARACTERS = 200
WORD_CHARACTERS = 32
LATEST_SECOND = 100_000_000_000
"""Larger numbers are milliseconds since 1970, because as seconds they would lie in the far future."""

TIMES = ("created_at", "tstamp", "timestamp", "time", "date")
"""Columns with the time of a row, the first that has a value; every format reads them."""

_SURROGATE = "\\ud"
"""Start of an escape for half of a surrogate pair, which only Python's own reader lets pass."""

_WHOLE_AS_DECIMAL = re.compile(r"[+-]?\d{1,10}\.0+")

_Word = TypeVar("_Word", bound=StrEnum)
_YES_NO = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def name(row: RawRow, column: str) -> str:
    """A required key or name of at most 200 characters; whole numbers become text."""
    value = row.get(column)
    if type(value) is str and 0 < len(value) <= NAME_CHARACTERS and value.isascii() and "\x00" not in value:
        return value
    found = optional_name(row, column)
    if found is None:
        raise BadInput(f"expected a value in column {column!r}, got {_empty(row, column)}; fill it in")
    return found


def optional_name(row: RawRow, column: str, limit: int = NAME_CHARACTERS) -> str | None:
    """A key or name of at most `limit` characters, or None where there is none."""
    value = row.get(column)
    if value is None or value == "":
        return None
    if type(value) is str and len(value) <= limit and value.isascii() and "\x00" not in value:
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _wrong(column, "text", value)
    if len(value) > limit:
        raise BadInput(f"expected at most {limit} characters in column {column!r}, got {len(value)}; shorten it")
    return clean(value)


def word(row: RawRow, column: str) -> str | None:
    """A short label of at most 32 characters, or None."""
    return optional_name(row, column, WORD_CHARACTERS)


def text(row: RawRow, column: str) -> str | None:
    """Free text of any length, or None where there is none."""
    value = row.get(column)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise _wrong(column, "text", value)
    return clean(value)


def clean(value: str) -> str:
    """The same text, if both databases can store it.

    Raises:
        BadInput: the text has a NUL character or half of a surrogate pair.
    """
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadInput(
                f"expected Unicode text, got half of a surrogate pair in {shown(value)}; remove it"
            ) from None
    return without_nul(value)


def whole(row: RawRow, column: str) -> int | None:
    """A whole number of at most 31 bits, also written as `3.0`, or None."""
    value = row.get(column)
    if value is None or value == "":
        return None
    if type(value) is int and -(2**31) < value < 2**31:
        return value
    if isinstance(value, str) and _WHOLE_AS_DECIMAL.fullmatch(value.strip()):
        value = value.partition(".")[0]  # pandas writes a column of whole numbers with gaps so
    try:
        number = int(value) if not isinstance(value, bool) and float(value).is_integer() else None
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or abs(number) >= 2**31:
        raise _wrong(column, "a whole number", value)
    return number


def number(row: RawRow, column: str) -> float | None:
    """A finite number, or None."""
    value = row.get(column)
    if value is None or value == "":
        return None
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise _wrong(column, "a number", value)
    return found


def yes_no(row: RawRow, column: str) -> bool | None:
    """A truth value, or None."""
    value = row.get(column)
    if value is None or value == "":
        return None
    if value is True or value is False:
        return value
    found = _YES_NO.get(str(value).lower())
    if found is None:
        raise _wrong(column, "true or false", value)
    return found


def moment(row: RawRow, column: str) -> datetime | None:
    """A time in UTC from ISO 8601 text or from seconds or milliseconds since 1970, or None; no zone means UTC."""
    value = row.get(column)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, datetime):
            return utc(value)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        seconds = _seconds(value)
        if seconds is None:
            return utc(datetime.fromisoformat(value))
        if abs(seconds) < LATEST_SECOND:
            return datetime.fromtimestamp(seconds, UTC)
        if abs(seconds) < 1000 * LATEST_SECOND:
            return datetime.fromtimestamp(seconds / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    raise _wrong(column, "a time as ISO 8601 or as seconds since 1970", value)


def time(row: RawRow) -> datetime | None:
    """The time of a row from the first of `TIMES` with a value, or None."""
    for column in TIMES:
        if column in row and (found := moment(row, column)) is not None:
            return found
    return None


def choice(row: RawRow, column: str, words: type[_Word]) -> _Word | None:
    """A member of an enumeration, or None."""
    value = row.get(column)
    if value is None or value == "":
        return None
    try:
        return words(value)
    except ValueError:
        raise _wrong(column, f"one of {', '.join(words)}", value) from None


def turns(row: RawRow, column: str) -> list[Turn]:
    """One or more turns from a list, or from text that is one turn; CSV may hold the list as JSON."""
    value = row.get(column)
    if isinstance(value, str):
        listed = _parsed(value) if value.startswith("[") else None
        value = listed if isinstance(listed, list) else [value]
    if not isinstance(value, list) or not value:
        raise _wrong(column, "a list of turns", value)
    return [clean_turn(turn) for turn in value]


def text_turns(row: RawRow, column: str) -> list[Turn]:
    """The turns of a column that holds one text, which may look like a list, or a list of texts, also as JSON text."""
    value = row.get(column)
    listed = json_value(row, column)
    if isinstance(listed, list) and listed and all(one is None or isinstance(one, str) for one in listed):
        return [clean_turn("" if one is None else one) for one in listed]
    return [clean_turn("" if value is None else value)]


def one_turn(row: RawRow, column: str) -> list[Turn]:
    """The only turn of a column with one text, whatever it looks like; a missing text is empty."""
    value = row.get(column)
    return [clean_turn("" if value is None else value)]


def clean_turn(value: object) -> Turn:
    """A turn made by `storage.values.as_turn` from text that can be stored, also out of an object such as a message.

    An object holds the turn in `content`, which may itself be an object with the text in `answer`.
    """
    if isinstance(value, Mapping):
        value = value.get("content", value)
    if isinstance(value, Mapping):
        value = value.get("answer", value)
    turn = as_turn(value)
    for part in turn:
        clean(part["text"] if part["type"] == "text" else part["alt"])
    return turn


def listed(row: RawRow, column: str) -> list[Any]:
    """A non-empty list; CSV may hold it as JSON."""
    value = row.get(column)
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, list) or not value:
        raise _wrong(column, "a list", row.get(column))
    return value


def json_value(row: RawRow, column: str) -> Any:  # noqa: ANN401  whatever the cell holds
    """A list or object, which CSV may hold as text; other values as they are."""
    value = row.get(column)
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{", "a"):
        parsed = _parsed(value)
        return value if parsed is None else parsed
    return value


def kept_value(row: RawRow, column: str) -> Any:  # noqa: ANN401  whatever the cell holds
    """An object, list, number, truth or text that is stored as it is; None for an empty cell."""
    value = json_value(row, column)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        value = value.lower() == "true"
    if value is None or value == "":
        return None
    try:
        written = orjson.dumps(value)
    except TypeError:
        raise _wrong(column, "a value that JSON can hold", value) from None
    if b"\\u0000" in written:
        raise BadInput(f"expected text without NUL characters in column {column!r}, got one; remove it")
    return orjson.loads(written)


def texts(row: RawRow, column: str) -> list[str] | None:
    """A list of texts, or None; a single text is a list of one, CSV may hold the list as JSON."""
    value = row.get(column)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        listed = _parsed(value) if value.startswith("[") else None
        value = listed if isinstance(listed, list) else [value]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(column, "a list of texts", value)
    return [clean(one) for one in value]


def settings(row: RawRow, column: str) -> dict[str, Any] | None:
    """A JSON object, or None; CSV and Parquet hold it as JSON text."""
    value = row.get(column)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, dict):
        raise _wrong(column, "a JSON object", value)
    clean(orjson.dumps(value, default=str).decode())
    if "\\u0000" in orjson.dumps(value).decode():
        raise BadInput(f"expected text without NUL characters in column {column!r}, got one; remove it")
    return value


def required(row: RawRow, column: str, read: Callable[[RawRow, str], Any]) -> Any:  # noqa: ANN401  what `read` gives
    """The value of a required column, read by `read`."""
    value = read(row, column)
    if value is None:
        raise BadInput(f"expected a value in column {column!r}, got {_empty(row, column)}; fill it in")
    return value


def _seconds(value: Any) -> float | None:  # noqa: ANN401  any value of a row
    """Seconds since 1970, or None if the value is not a number; text of eight digits is a date such as 20240131."""
    if value is True or value is False:
        return math.nan
    if isinstance(value, str) and len(value) == 8 and value.isdecimal():
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _parsed(value: str) -> object:
    """The list or object that a text spells in JSON or in Python; None for other text."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(value) if _SURROGATE in value.lower() else _literal(value)
    except (ValueError, RecursionError):
        return _literal(value)


def _literal(value: str) -> object:
    return literal(value) if value.lstrip()[:1] in ("[", "{", "a") else None


def _wrong(column: str, expected: str, value: object) -> BadInput:
    return BadInput(f"expected {expected} in column {column!r}, got {shown(value)}; correct it")


def _empty(row: RawRow, column: str) -> str:
    return "an empty one" if column in row else f"only {', '.join(map(repr, list(row)[:12]))}"

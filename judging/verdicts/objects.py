"""Objects in the text of a reply: JSON, Python dictionaries, and both with full-width signs, in linear time.

Judges write `{"score": 7}`, `{'清晰度': 7}` and `{“清晰度”：７}`, some with line breaks in their texts, without quotes
around a name or with a comma too many. All of these say one thing only, so all are read. What is ambiguous is not: a
name with two values, or a text that does not end.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from judging.verdicts.normalizing import plain_characters

LONGEST_OBJECT = 20_000
"""Characters at the end of a reply in which objects are looked for."""

_MOST_TOKENS, _MOST_BRACES, _MOST_CANDIDATES, _MOST_LEVELS = 20_000, 2_000, 40, 20
_TOKEN = re.compile(
    r"\s*+(?:(?P<sign>[{}\[\]:,｛｝［］【】：，、；;])"
    r'|"(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*+)"'
    r"|'(?P<single>[^'\\]*+(?:\\.[^'\\]*+)*+)'"
    r"|“(?P<curly>[^”]*+)”|‘(?P<curly1>[^’]*+)’|「(?P<corner>[^」]*+)」"
    r"|(?P<word>[^\s{}\[\]:,｛｝［］【】：，、；;\"'“”‘’「」]++))",
    re.DOTALL,
)
_SIGNS = {
    "｛": "{",
    "｝": "}",
    "［": "[",
    "］": "]",
    "【": "[",
    "】": "]",
    "：": ":",
    "，": ",",
    "、": ",",
    "；": ",",
    ";": ",",
}
_BRACES = re.compile(r"[{}｛｝]")
_NUMBER = re.compile(r"[+-]?\d++(?:\.\d++)?(?:[eE][+-]?\d{1,3})?")
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None}


class ObjectError(ValueError):
    """A text that cannot be read as an object."""


@dataclass(frozen=True)
class TextNumber:
    """A number as it was written, so that none is too long.

    Attributes:
        text: Its characters, in ASCII.
    """

    text: str


ObjectValue = str | bool | None | TextNumber | list["ObjectValue"] | dict[str, "ObjectValue"]


@dataclass(frozen=True)
class FoundObject:
    """An object in a text.

    Attributes:
        content: Values by name.
        start: Place of its opening brace.
        end: Place after its closing brace.
        is_repeated: Whether a name has two different values.
    """

    content: dict[str, ObjectValue]
    start: int
    end: int
    is_repeated: bool = False


def find_objects(text: str) -> Iterator[FoundObject]:
    """Objects of a text from the last one to the first, outer ones before those inside them; at most 40 are tried."""
    begin = max(0, len(text) - LONGEST_OBJECT)
    budget = [_MOST_TOKENS]
    for start in _candidates(text, begin):
        try:
            yield _read_object(text, start, budget)
        except ObjectError:
            if budget[0] < 0:
                return


def find_whole_object(text: str) -> FoundObject | None:
    """The object that a text is as a whole; None if it is something else, or longer than 20,000 characters."""
    if len(text) > LONGEST_OBJECT:
        return None
    try:
        found = _read_object(text, 0, [_MOST_TOKENS])
    except ObjectError:
        return None
    return found if found.end == len(text) else None


def _candidates(text: str, begin: int) -> list[int]:
    """Places of opening braces, those that end last first; braces without a partner come after all others."""
    opened: list[int] = []
    pairs: list[tuple[int, int]] = []
    for brace in list(_BRACES.finditer(text, begin))[-_MOST_BRACES:]:
        if brace[0] in "{｛":
            opened.append(brace.start())
        elif opened:
            pairs.append((opened.pop(), brace.end()))
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    outer: list[int] = []
    inner: list[int] = []
    at = len(text) + 1
    for start, end in pairs:
        if end <= at:
            outer.append(start)
            at = start
        else:
            inner.append(start)
    return [*outer, *inner, *reversed(opened)][:_MOST_CANDIDATES]


def _read_object(text: str, start: int, budget: list[int]) -> FoundObject:
    reader = _ObjectReader(text, start, budget)
    sign, _ = reader.next()
    if sign != "{":
        raise ObjectError("expected an opening brace")
    content = reader.read_object(0)
    return FoundObject(content, start, reader.at, reader.is_repeated)


class _ObjectReader:
    """Reads tokens from one place on; recursion is bounded."""

    def __init__(self, text: str, at: int, budget: list[int]) -> None:
        self._text, self.at, self._budget = text, at, budget
        self.is_repeated = False

    def next(self) -> tuple[str, ObjectValue]:
        """The next sign, or an empty sign and a text, number or constant."""
        self._budget[0] -= 1
        if self._budget[0] < 0:
            raise ObjectError("expected an object of fewer tokens")
        found = _TOKEN.match(self._text, self.at)
        if found is None:
            raise ObjectError("expected a sign, a text or a number")
        self.at = found.end()
        kind = found.lastgroup or ""
        content = found[kind]
        if kind == "sign":
            return _SIGNS.get(content, content), None
        if kind == "word":
            return "", _read_word(content)
        return "", _unescape(content) if kind in ("double", "single") else content

    def read_object(self, level: int) -> dict[str, ObjectValue]:
        """What follows an opening brace, up to its closing one."""
        found: dict[str, ObjectValue] = {}
        while True:
            sign, name = self.next()
            if sign == "}":
                return found
            if sign:
                raise ObjectError("expected a name")
            key = name.text if isinstance(name, TextNumber) else str(name)
            colon, _ = self.next()
            if colon != ":":
                raise ObjectError("expected a colon")
            value = self._read_value(level)
            self.is_repeated |= key in found and found[key] != value
            found[key] = value
            sign, _ = self.next()
            if sign == "}":
                return found
            if sign != ",":
                raise ObjectError("expected a comma")

    def _read_value(self, level: int) -> ObjectValue:
        if level >= _MOST_LEVELS:
            raise ObjectError("expected fewer levels")
        sign, value = self.next()
        if sign == "{":
            return self.read_object(level + 1)
        if sign == "[":
            return self._read_list(level + 1)
        if sign:
            raise ObjectError("expected a value")
        return value

    def _read_list(self, level: int) -> list[ObjectValue]:
        found: list[ObjectValue] = []
        while True:
            before = self.at
            sign, _ = self.next()
            if sign == "]":
                return found
            self.at = before
            found.append(self._read_value(level))
            sign, _ = self.next()
            if sign == "]":
                return found
            if sign != ",":
                raise ObjectError("expected a comma")


def _read_word(word: str) -> ObjectValue:
    """A number, a constant, or a name without quotes."""
    plain = plain_characters(word)
    if _NUMBER.fullmatch(plain):
        return TextNumber(plain)
    return _CONSTANTS.get(plain.lower(), plain)


def _unescape(content: str) -> str:
    """The text of a quoted string; escapes that JSON does not know stay as they are."""
    if "\\" not in content:
        return content
    try:
        return str(json.loads(f'"{content}"', strict=False))
    except ValueError:
        return content.replace("\\'", "'").replace('\\"', '"')

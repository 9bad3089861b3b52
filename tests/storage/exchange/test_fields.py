"""Single values of a row: read where they can be stored, refused with their column where not."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest

from storage.errors import BadInput
from storage.exchange.rows import fields


class Colour(StrEnum):
    red = "red"
    blue = "blue"


def colour(row: dict[str, Any], column: str) -> Colour | None:
    return fields.choice(row, column, Colour)


READERS: dict[str, Callable[[dict[str, Any], str], Any]] = {
    "choice": colour,
    "listed": fields.listed,
    "name": fields.name,
    "number": fields.number,
    "optional name": fields.optional_name,
    "settings": fields.settings,
    "text": fields.text,
    "texts": fields.texts,
    "turns": fields.turns,
    "whole": fields.whole,
    "word": fields.word,
    "yes or no": fields.yes_no,
}
OPTIONAL = sorted(READERS.keys() - {"listed", "name", "turns"})


@pytest.mark.parametrize("empty", [{}, {"c": None}, {"c": ""}])
@pytest.mark.parametrize("reader", OPTIONAL)
def test_a_value_that_may_be_missing_is_none_and_never_zero(reader: str, empty: dict[str, Any]) -> None:
    assert READERS[reader](empty, "c") is None


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        ("choice", "blue", Colour.blue),
        ("listed", "[1, 2]", [1, 2]),
        ("name", 7, "7"),
        ("name", 7.0, "7"),
        ("number", "0.5", 0.5),
        ("settings", '{"a": 1}', {"a": 1}),
        ("texts", "[plain", ["[plain"]),
        ("texts", '["a", "b"]', ["a", "b"]),
        ("turns", "[plain", [[{"type": "text", "text": "[plain"}]]),
        ("whole", "3", 3),
        ("whole", 3.0, 3),
        ("whole", "3.0", 3),
        ("whole", " -2.00", -2),
        ("yes or no", "No", False),
    ],
)
def test_text_of_a_cell_is_read_as_the_value_that_it_holds(reader: str, value: object, expected: object) -> None:
    found = READERS[reader]({"c": value}, "c")
    if reader == "turns":
        assert [part["text"] for turn in found for part in turn] == ["[plain"]
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("reader", "value", "said"),
    [
        ("choice", "green", "expected one of red, blue"),
        ("listed", "3", "expected a list"),
        ("listed", [], "expected a list"),
        ("name", "", "expected a value .* got an empty one; fill it in"),
        ("number", True, "expected a number"),
        ("number", "nan", "expected a number"),
        ("number", [1], "expected a number"),
        ("optional name", True, "expected text"),
        ("optional name", "é" * 201, "expected at most 200 characters .* got 201"),
        ("settings", "[1]", "expected a JSON object"),
        ("settings", "{", "expected a JSON object"),
        ("settings", {"a": "\x00"}, "expected text without NUL"),
        ("text", 3, "expected text"),
        ("text", "\ud800é", "expected Unicode text, got half of a surrogate pair"),
        ("texts", [1], "expected a list of texts"),
        ("turns", [], "expected a list of turns"),
        ("whole", "1.5", "expected a whole number"),
        ("whole", "3e0", "expected a whole number"),
        ("whole", "99999999999999999999.0", "expected a whole number"),
        ("whole", 2**31, "expected a whole number"),
        ("word", "w" * 33, "expected at most 32 characters"),
        ("yes or no", "perhaps", "expected true or false"),
    ],
)
def test_a_value_that_cannot_be_stored_is_refused_with_a_sentence(reader: str, value: object, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        READERS[reader]({"c": value}, "c")


def test_a_column_that_a_row_lacks_is_named_with_those_that_it_has() -> None:
    with pytest.raises(BadInput, match="in column 'c', got only 'a', 'b'; fill it in"):
        fields.required({"a": 1, "b": 2}, "c", fields.number)

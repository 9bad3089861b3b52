"""Lists in Python's spelling, as pandas writes them: read as literals, and nothing is run."""

from typing import Any

import pytest

from storage.exchange.rows.python_text import literal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[{'role': 'user', 'content': \"it's\"}]", [{"role": "user", "content": "it's"}]),
        ("[{'a': 'x} {y'}\n {'a': None}]", [{"a": "x} {y"}, {"a": None}]),
        ("['a' 'b'\n 'c']", ["a", "b", "c"]),
        ("array([{'a': 1},\n       {'a': 2}], dtype=object)", [{"a": 1}, {"a": 2}]),
        (
            "[{'content': array([{'text': 'array(dtype=1)'}], dtype=object)}\n {'content': array([], dtype=object)}]",
            [{"content": [{"text": "array(dtype=1)"}]}, {"content": []}],
        ),
        ("[-1, 2.5, True]", [-1, 2.5, True]),
    ],
)
def test_lists_and_arrays_are_read(text: str, value: Any) -> None:
    assert literal(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').getcwd()",
        "[x]",
        "[1",
        "[nan]",
        "[" * 100_000,
        "array(open('/etc/passwd'))",
        "[" + "{} " * 200_000 + "]",
    ],
)
def test_everything_else_is_no_value(text: str) -> None:
    assert literal(text) is None

"""Tool calls in every form that models write, and the comparison with accepted calls."""

import json

import pytest

from objective.scoring.tool_calls import ToolCall, are_accepted, read_tool_calls, score
from objective.task import Item

_WEATHER = {
    "name": "weather.get",
    "parameters": {
        "type": "dict",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer"},
            "height": {"type": "float"},
            "units": {"type": "array", "items": {"type": "string"}},
            "place": {"type": "dict", "properties": {"lat": {"type": "float"}}},
            "levels": {"type": "array", "items": {"type": "float"}},
            "stops": {"type": "array", "items": {"type": "dict"}},
        },
        "required": ["city"],
    },
}
_ACCEPTED = {
    "city": ["New York, NY", "New York"],
    "days": [2],
    "height": ["", 3.0],
    "units": ["", ["metric", "Pa"]],
    "levels": ["", [1.0, 2.5]],
    "place": ["", {"lat": [1.5], "note": ["", "x"]}],
    "stops": ["", [{"at": ["A"]}, {"at": ["B", "C"]}]],
}
_CALL = ToolCall("weather.get", {"city": "New York", "days": 2})


@pytest.mark.parametrize(
    "output",
    [
        '[weather.get(city="New York", days=2)]',
        "weather.get(city='New York', days=2)",
        "```python\nweather.get(city='New York', days=2)\n```",
        "Here you are: [weather.get(city='New York', days=2)]",
        '{"name": "weather.get", "arguments": {"city": "New York", "days": 2}}',
        '[{"weather.get": {"city": "New York", "days": 2}}]',
        json.dumps({"tool_calls": [{"function": {"name": "weather.get", "arguments": json.dumps(_CALL.arguments)}}]}),
        '<tool_call>\n{"name": "weather.get", "arguments": {"city": "New York", "days": 2}}\n</tool_call>',
    ],
)
def test_a_call_is_read_in_every_form(output: str) -> None:
    assert read_tool_calls(output) == (_CALL,)


@pytest.mark.parametrize(
    "output",
    ["I cannot do that.", "", "[f(1)]", "[f(**x)]", "f(x=", '{"name": 3}', "[1, 2]", "(lambda: 1)()", "[" * 999],
)
def test_text_without_a_readable_call_is_none(output: str) -> None:
    assert read_tool_calls(output) is None


def test_no_value_of_an_output_is_evaluated() -> None:
    (call,) = read_tool_calls("[f(x=__import__('os').getcwd(), y=-3, z=a + 1)]") or ()
    assert call.arguments == {"x": "__import__('os').getcwd()", "y": -3, "z": "a + 1"}


@pytest.mark.parametrize(
    ("arguments", "is_right"),
    [
        ({"city": "new york ny", "days": 2}, True),  # case, spaces and punctuation do not count
        ({"city": "Boston", "days": 2}, False),
        ({"city": "New York"}, False),  # `days` may not be left out
        ({"days": 2}, False),  # a required argument is missing
        ({"city": "New York", "days": "2"}, False),
        ({"city": "New York", "days": 2.0}, False),
        ({"city": "New York", "days": True}, False),
        ({"city": "New York", "days": 2, "height": 3}, True),  # an integer passes for a float
        ({"city": "New York", "days": 2, "colour": 1}, False),
        ({"city": "New York", "days": 2, "units": ("Metric", "pa")}, True),
        ({"city": "New York", "days": 2, "units": ["Pa", "metric"]}, False),
        ({"city": "New York", "days": 2, "levels": [1.0, 2.5]}, True),
        ({"city": "New York", "days": 2, "levels": [1, 2.5]}, False),  # but not within a list
        ({"city": "New York", "days": 2, "place": {"lat": 1.5}}, True),
        ({"city": "New York", "days": 2, "place": {"lat": 1.5, "lon": 2}}, False),
        ({"city": "New York", "days": 2, "stops": [{"at": "a"}, {"at": "c"}]}, True),
        ({"city": "New York", "days": 2, "stops": [{"at": "a"}]}, False),
    ],
)
def test_each_argument_is_compared_with_the_values_it_may_have(arguments: dict[str, object], *, is_right: bool) -> None:
    found = are_accepted([ToolCall("weather.get", arguments)], [{"weather.get": _ACCEPTED}], [_WEATHER])
    assert found is is_right


def test_parallel_calls_may_come_in_any_order_but_each_once() -> None:
    accepted = [{"weather.get": {"city": [city], "days": [2]}} for city in ("Rome", "Oslo")]
    calls = [ToolCall("weather.get", {"city": city, "days": 2}) for city in ("Oslo", "Rome")]
    assert are_accepted(calls, accepted, [_WEATHER])
    assert not are_accepted([calls[0], calls[0]], accepted, [_WEATHER])
    assert not are_accepted(calls[:1], accepted, [_WEATHER])


def test_a_variable_is_accepted_as_its_text() -> None:
    accepted = [{"weather.get": {"city": ["Rome"], "days": ["n_days"]}}]
    assert are_accepted([ToolCall("weather.get", {"city": "Rome", "days": "n_days"})], accepted, [_WEATHER])


def test_where_no_function_fits_only_a_call_is_wrong() -> None:
    item = Item(key="1", question="", gold=("[]",), kind="text", data={"functions": [_WEATHER], "accepted": []})
    assert score(item, "None of the functions can be used.") == {"accuracy": 1.0}
    assert score(item, "[]") == {"accuracy": 1.0}
    assert score(item, "[weather.get(city='Rome')]") == {"accuracy": 0.0}


def test_a_call_that_cannot_be_read_is_unparsed() -> None:
    data = {"functions": [_WEATHER], "accepted": [{"weather.get": _ACCEPTED}]}
    item = Item(key="1", question="", gold=("[]",), kind="text", data=data)
    assert score(item, "The weather is fine.") is None
    assert score(item, "[weather.get(city='New York', days=2)]") == {"accuracy": 1.0}

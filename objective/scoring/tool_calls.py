"""Reads tool calls from an output, as Python calls or JSON, and compares them with the accepted calls of BFCL.

The comparison follows the published checker of the Berkeley Function Calling Leaderboard (Patil et al., 2025,
https://openreview.net/forum?id=2GmDdhBdDk): each argument has a list of accepted values, where an empty text allows it
to be left out; strings are compared without case, spaces and most punctuation; an integer passes for a float; calls of
a parallel item may come in any order.
"""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from objective.scoring.registry import Scorer
from objective.task import Item

_TYPES: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "float": float,
    "number": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "object": dict,
    "any": str,
}
_IGNORED = re.compile(r"[ ,./\-_*^]")
_FENCE = re.compile(r"```(?:\w+)?\s*\n?(.*?)```", re.DOTALL)
_TAG = re.compile(r"<tool_call>(.*?)(?:</tool_call>|$)", re.DOTALL)
_NAME_KEYS = ("name", "function", "tool")
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input")


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool.

    Attributes:
        name: name of the tool, with its dots.
        arguments: values by name; a value that is no literal is the text of its expression.
    """

    name: str
    arguments: Mapping[str, Any]


def score(item: Item, output: str) -> Mapping[str, float] | None:
    """Whether the calls in an output are those that its item accepts; None if no call can be read where one is wanted.

    Args:
        item: item whose data has `functions` (the published schemas) and `accepted` (the published ground truth; empty
            where no function fits, so that every call is wrong).
        output: generated text without its thinking block.
    """
    accepted: Sequence[Mapping[str, Any]] = item.data["accepted"]
    calls = read_tool_calls(output)
    if not accepted:
        return {"accuracy": float(not calls)}
    if calls is None:
        return None
    return {"accuracy": float(are_accepted(calls, accepted, item.data["functions"]))}


def read_tool_calls(output: str) -> tuple[ToolCall, ...] | None:
    """The calls in an output; None if it has none that can be read. `[]` reads as no call.

    The whole output is read first, without a code fence or tags around it, then its last part in brackets.
    """
    text = output.strip()
    tagged = _TAG.findall(text)
    if tagged:
        read = [_read_calls(part) for part in tagged]
        return None if any(part is None for part in read) else tuple(call for part in read if part for call in part)
    fenced = _FENCE.findall(text)
    for candidate in (text, *fenced):
        found = _read_calls(candidate)
        if found is not None:
            return found
    start, end = text.find("["), text.rfind("]")
    return _read_calls(text[start : end + 1]) if 0 <= start < end else None


def are_accepted(
    calls: Sequence[ToolCall], accepted: Sequence[Mapping[str, Any]], functions: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether calls are those that are accepted, each once, in any order.

    Args:
        calls: calls to check.
        accepted: accepted calls, each as the name of a function with lists of values by argument.
        functions: schemas of the functions.
    """
    if len(calls) != len(accepted):
        return False
    schemas = {function["name"]: function["parameters"] for function in functions}
    open_calls = list(calls)
    for wanted in accepted:
        name, values = next(iter(wanted.items()))
        fit = next((call for call in open_calls if _is_accepted(call, name, values, schemas.get(name, {}))), None)
        if fit is None:
            return False
        open_calls.remove(fit)
    return True


def _is_accepted(call: ToolCall, name: str, values: Mapping[str, list[Any]], schema: Mapping[str, Any]) -> bool:
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    if call.name != name or any(needed not in call.arguments for needed in schema.get("required", ())):
        return False
    if any(argument not in call.arguments and "" not in accepted for argument, accepted in values.items()):
        return False
    return all(
        argument in properties
        and argument in values
        and _is_accepted_value(value, values[argument], properties[argument])
        for argument, value in call.arguments.items()
    )


def _is_accepted_value(value: object, accepted: Sequence[Any], schema: Mapping[str, Any]) -> bool:
    wanted = _TYPES.get(str(schema.get("type")), str)
    if isinstance(value, tuple):
        value = list(value)
    if wanted is float and type(value) is int:
        value = float(value)
    given = [one for one in accepted if one != ""]
    is_variable = bool(given) and type(given[0]) is not wanted
    if type(value) is not wanted and not (given and type(value) is type(given[0])):
        return False
    if is_variable:
        return value in accepted
    if wanted is dict:
        return any(_is_accepted_object(value, one) for one in given)
    if isinstance(value, list):
        return _is_accepted_list(value, given, _TYPES.get(str(schema.get("items", {}).get("type"))))
    return _plain(value) in [_plain(one) for one in accepted]


def _is_accepted_list(value: list[Any], accepted: Sequence[Any], inner: type | None) -> bool:
    """Whether a list is accepted; in it, an integer does not pass for a float, as in the published checker."""
    lists = [one for one in accepted if isinstance(one, list)]
    if inner is dict:
        return any(len(value) == len(one) and all(map(_is_accepted_object, value, one)) for one in lists)
    for one in lists:
        types = {inner, type(one[0])} if one else {inner}
        if _plain(value) == _plain(one) and (inner is None or all(type(entry) in types for entry in value)):
            return True
    return False


def _is_accepted_object(value: object, accepted: object) -> bool:
    if not isinstance(value, dict) or not isinstance(accepted, dict):
        return False
    if any(key not in value and "" not in values for key, values in accepted.items()):
        return False
    return all(key in accepted and _plain(one) in map(_plain, accepted[key]) for key, one in value.items())


def _plain(value: object) -> object:
    """A value for comparison: strings without case, spaces and most punctuation, also within a list."""
    if isinstance(value, str):
        return _IGNORED.sub("", value).lower().replace("'", '"')
    return [_plain(one) if isinstance(one, str) else one for one in value] if isinstance(value, list) else value


def _read_calls(text: str) -> tuple[ToolCall, ...] | None:
    text = text.strip().strip("`").strip()
    if not text:
        return None
    found = _read_json_calls(text)
    return found if found is not None else _read_python_calls(text)


def _read_json_calls(text: str) -> tuple[ToolCall, ...] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        value = value["tool_calls"]
    calls = [_json_call(one) for one in (value if isinstance(value, list) else [value])]
    return None if any(call is None for call in calls) else tuple(call for call in calls if call is not None)


def _json_call(value: object) -> ToolCall | None:
    """A call as `{"name": …, "arguments": {…}}`, as endpoints wrap it, or as `{"name": {…}}`."""
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
    call: dict[str, object] = inner if isinstance(inner, dict) else value
    name = next((found for key in _NAME_KEYS if isinstance(found := call.get(key), str)), None)
    if name is None:
        key, only = next(iter(call.items())) if len(call) == 1 else (None, None)
        return ToolCall(key, only) if isinstance(key, str) and isinstance(only, dict) else None
    arguments = next((call[key] for key in _ARGUMENT_KEYS if key in call), {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return None
    return ToolCall(name, arguments) if isinstance(arguments, dict) else None


def _read_python_calls(text: str) -> tuple[ToolCall, ...] | None:
    text = text.strip("'").strip()
    if not text.startswith("["):
        text = f"[{text}]"
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(tree, ast.List):
        return None
    calls = [_python_call(one) for one in tree.elts]
    return None if any(call is None for call in calls) else tuple(call for call in calls if call is not None)


def _python_call(node: ast.expr) -> ToolCall | None:
    if not isinstance(node, ast.Call) or node.args or any(word.arg is None for word in node.keywords):
        return None
    if not isinstance(node.func, ast.Name | ast.Attribute):
        return None
    return ToolCall(ast.unparse(node.func), {str(word.arg): _value(word.value) for word in node.keywords})


def _value(node: ast.expr) -> object:
    """The value of a literal; of any other expression its text. Nothing is evaluated."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ast.unparse(node)


TOOL_CALLS = Scorer("tool_calls", 1, ("accuracy",), score=score)
"""The scorer of tool calls."""

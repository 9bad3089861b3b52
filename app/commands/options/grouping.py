"""Unfold groups of options: a command takes a dataclass, and Typer sees each of its fields as an option."""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Present a command to Typer with each field of its dataclass arguments as a separate parameter.

    The command's own parameters come first, then the fields of its groups; names must not repeat. A field that is a
    dataclass itself is unfolded too.
    """
    hints = get_type_hints(command, include_extras=True)
    signature = inspect.signature(command)
    groups = {name: hints[name] for name in signature.parameters if is_dataclass(hints[name])}
    flat = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in signature.parameters.items()
        if name not in groups
    ]
    for group in groups.values():
        flat += _unfold(group)

    @functools.wraps(command)
    def run(**values: Any) -> None:  # noqa: ANN401  Typer passes the values of the options
        for name, group in groups.items():
            values[name] = _folded(group, values)
        command(**values)

    run.__signature__ = signature.replace(parameters=flat)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in flat} | {"return": None}
    return run


def _unfold(group: Any) -> list[inspect.Parameter]:  # noqa: ANN401  any dataclass
    hints = get_type_hints(group, include_extras=True)
    found: list[inspect.Parameter] = []
    for field in fields(group):
        hint = hints[field.name]
        if is_dataclass(hint):
            found += _unfold(hint)
        else:
            kind = inspect.Parameter.KEYWORD_ONLY
            found.append(inspect.Parameter(field.name, kind, default=field.default, annotation=hint))
    return found


def _folded(group: Any, values: dict[str, Any]) -> Any:  # noqa: ANN401  any dataclass
    """A group made of the values of its options, which are taken out of `values`."""
    hints = get_type_hints(group)
    return group(
        **{
            field.name: _folded(hints[field.name], values)
            if is_dataclass(hints[field.name])
            else values.pop(field.name)
            for field in fields(group)
        }
    )


def pick_options(given: Mapping[str, Any], group: type[Any]) -> dict[str, Any]:
    """The given options that a group of options has, with a group in it made of those that this one has."""
    hints = get_type_hints(group)
    found = {field.name: given[field.name] for field in fields(group) if field.name in given}
    inner: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    return found | {name: hint(**pick_options(given, hint)) for name, hint in inner.items()}

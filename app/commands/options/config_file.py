"""A TOML file of options: a judge, or another model, with its endpoint, request body, prices and limits.

The values of the file take the place of the options' defaults, so an option on the command line wins.
"""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from storage.errors import BadInput

_TABLES = ("judge", "endpoint", "generation", "limits")
"""Tables whose entries are options by their own names; they only bring order into the file."""
_ALIASES = {"endpoint": "base_url", "url": "base_url"}
_PATHS = ("FILE", "DIR")
"""Placeholders of options that take a path, which is relative to the folder of the file."""
_PRICES = {"in": "price_in", "out": "price_out"}


def apply_config(context: typer.Context, path: Path | None) -> Path | None:
    """Make the values of a file the defaults of a command's other options.

    Args:
        context: the command that is being called.
        path: the file; None for none.

    Raises:
        BadInput: the file cannot be read, is no TOML, or names an option that the command does not have.
    """
    if path is None:
        return None
    known = _parameters(context)
    values: dict[str, Any] = {}
    for name, value in _options(read_config(path), path.name):
        parameter = known.get(name)
        if parameter is None or name == "config":
            options = sorted({one.name.replace("_", "-") for one in known.values()} - {"config", "help"})
            raise BadInput(f"{path.name}: expected options among {', '.join(options)}, got {name!r}; rename it")
        many = value if isinstance(value, list) else [value]
        if parameter.metavar in _PATHS:
            many = [path.parent / str(one) for one in many]
        values[parameter.name] = many if getattr(parameter, "multiple", False) else many[0] if many else None
    context.default_map = {**(context.default_map or {}), **values}
    return path


def read_config(path: Path) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        BadInput: the file cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"expected a TOML file in {str(path)!r}, but it cannot be read; check the path") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path.name}: expected TOML, got something else ({error}); correct it") from None


def _options(content: dict[str, Any], file: str) -> Iterator[tuple[str, Any]]:
    """Names and values of the options in a file."""
    for name, value in content.items():
        plain = name.replace("-", "_")
        if plain == "body" and isinstance(value, dict):
            yield "body", [f"{key}={json.dumps(one)}" for key, one in value.items()]
        elif plain == "headers" and isinstance(value, dict):
            yield "header", [f"{key}: {one}" for key, one in value.items()]
        elif plain == "prices" and isinstance(value, dict):
            for key, price in value.items():
                if key not in _PRICES:
                    raise BadInput(f"{file}: expected prices 'in' and 'out', got {key!r}; rename it")
                yield _PRICES[key], price
        elif plain in _TABLES and isinstance(value, dict):
            for key, one in value.items():
                inner = key.replace("-", "_")
                yield _ALIASES.get(inner, inner), one
        else:
            yield _ALIASES.get(plain, plain), value


def _parameters(context: typer.Context) -> dict[str, Any]:
    """The options of a command by each of their names."""
    found: dict[str, Any] = {}
    for parameter in context.command.params:
        for name in (parameter.name or "", *(option.lstrip("-").replace("-", "_") for option in parameter.opts)):
            found[name] = parameter
    return found

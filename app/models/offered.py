"""The models on offer for live conversations, from a TOML file.

[wren-2b]
model = "wren"                          # name at the endpoint, or hf:DIR; the heading without it
base_url = "http://127.0.0.1:8000/v1"
key_variable = "WREN_KEY"               # environment variable that holds the key
weight = 2                              # in the draw of pairs
concurrent = 4                          # requests at once
price_in = 0.2                          # per million tokens
price_out = 0.6
body = { temperature = 0.7 }            # further fields of the request
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.models.references import RESPOND, EndpointReference, LocalReference, read_reference
from judging.chat.batch import Price
from judging.chat.model import ChatSettings
from storage.errors import BadInput
from storage.spelling import clean_name

MODERATION = "moderation"
"""Heading of the table that names no model; see `app.models.moderation_settings`."""
DEFAULT_CONCURRENT = 8
DEFAULT_MAX_TOKENS = 2048
DEFAULT_TIMEOUT = 120.0
DEFAULT_TEMPERATURE = 0.7
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_FIELDS = {
    "model": str,
    "base_url": str,
    "key_variable": str,
    "weight": (int, float),
    "concurrent": int,
    "price_in": (int, float),
    "price_out": (int, float),
    "max_tokens": int,
    "temperature": (int, float),
    "timeout": (int, float),
    "system": str,
    "maker": str,
    "vision": bool,
    "body": dict,
}

_OF_ENDPOINTS = ("base_url", "key_variable", "body")
"""Fields that only models at an endpoint have."""


@dataclass(frozen=True)
class OfferedModel:
    """A model that people may meet in live conversations.

    Attributes:
        name: name in the store and on leaderboards.
        reference: the model at an endpoint, or on this machine.
        base_url: address of the endpoint; empty for a model on this machine.
        key: key of the endpoint.
        weight: weight in the draw of pairs, above 0.
        concurrent: number of requests at once.
        price: price per million tokens.
        settings: generation settings.
        timeout_seconds: time limit of one answer.
        system: system prompt, empty for none.
        maker: name of the maker, which gives the model away too; empty for none.
        vision: whether the model reads images.
    """

    name: str
    reference: EndpointReference | LocalReference
    base_url: str = ""
    key: str = field(default="", repr=False)
    weight: float = 1.0
    concurrent: int = DEFAULT_CONCURRENT
    price: Price = field(default_factory=Price)
    settings: ChatSettings = field(default_factory=ChatSettings)
    timeout_seconds: float = DEFAULT_TIMEOUT
    system: str = ""
    maker: str = ""
    vision: bool = False

    @property
    def stored_settings(self) -> dict[str, Any]:
        """Settings that are stored with each response."""
        return self.settings.as_json() | ({"system": self.system} if self.system else {})


def read_offered(path: Path, environment: Mapping[str, str]) -> list[OfferedModel]:
    """The models of a file, in its order.

    Args:
        path: TOML file with a table per model.
        environment: environment variables, which hold the keys.

    Raises:
        BadInput: the file cannot be read, has fewer than two models, or a value that does not fit.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"expected a file with models in {str(path)!r}, but it cannot be read; check the path") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path.name}: expected TOML, got something else ({error}); correct it") from None
    tables.pop(MODERATION, None)
    if len(tables) < 2:
        raise BadInput(f"{path.name}: expected at least two models, got {len(tables)}; add a table such as [my-model]")
    return [_read(f"{path.name}: {name}", name, table, environment) for name, table in tables.items()]


def _read(place: str, name: str, table: object, environment: Mapping[str, str]) -> OfferedModel:
    if not isinstance(table, dict):
        raise BadInput(f"{place}: expected a table such as [{name}] with fields below it, got a value; correct it")
    for key, value in table.items():
        check_field(place, key, value, _FIELDS)
    reference = read_reference(table.get("model", name), RESPOND)
    address, key = "", ""
    if isinstance(reference, EndpointReference):
        address, key = address_of_table(place, table, environment)
    elif given := [name for name in _OF_ENDPOINTS if name in table]:
        raise BadInput(
            f"{place}: expected no {given[0]} for a model of this machine, which has no endpoint; remove it, and give "
            "its temperature and max_tokens as fields of their own"
        )
    return OfferedModel(
        name=clean_name(name),
        reference=reference,
        base_url=address,
        key=key,
        weight=_number(place, table, "weight", 1.0, least=0.0),
        concurrent=int(_number(place, table, "concurrent", DEFAULT_CONCURRENT, least=0.0)),
        price=Price(
            _number(place, table, "price_in", 0.0, least=None), _number(place, table, "price_out", 0.0, least=None)
        ),
        settings=ChatSettings(
            temperature=_number(place, table, "temperature", DEFAULT_TEMPERATURE, least=None),
            max_tokens=int(_number(place, table, "max_tokens", DEFAULT_MAX_TOKENS, least=0.0)),
            body=table.get("body", {}),
        ),
        timeout_seconds=_number(place, table, "timeout", DEFAULT_TIMEOUT, least=0.0),
        system=table.get("system", ""),
        maker=table.get("maker", ""),
        vision=table.get("vision", False),
    )


def check_field(place: str, key: str, value: object, fields: Mapping[str, Any]) -> None:
    """Check the name and the type of a field of a table.

    Raises:
        BadInput: an unknown name, or a value of another type.
    """
    kind = fields.get(key)
    if kind is None:
        raise BadInput(f"{place}: expected one of {', '.join(fields)}, got {key!r}; correct the name")
    is_truth = isinstance(value, bool)
    if not isinstance(value, kind) or is_truth != (kind is bool):
        names = {str: "a text", int: "a whole number", bool: "true or false", dict: "a table"}
        wanted = names.get(kind, "a number")
        raise BadInput(f"{place}: expected {wanted} for {key}, got {value!r}; correct it")


def _number(place: str, table: Mapping[str, Any], key: str, default: float, *, least: float | None) -> float:
    """A number above `least`, or from 0 on for None."""
    value = float(table.get(key, default))
    if not 0 <= value < float("inf") or (least is not None and value <= least):
        wanted = "0 or more" if least is None else f"more than {least:g}"
        raise BadInput(f"{place}: expected {wanted} for {key}, got {value:g}; correct it")
    return value


def positive_number(place: str, table: Mapping[str, Any], key: str, default: float) -> float:
    """A number above 0. Raises `BadInput` for another one."""
    return _number(place, table, key, default, least=0.0)


def address_of_table(place: str, table: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[str, str]:
    """The address and the key of an endpoint.

    Raises:
        BadInput: no address, or no key where one is needed.
    """
    url = table.get("base_url", "")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise BadInput(
            f"{place}: expected base_url with an address like https://host/v1, got {url!r}; give one, or a model of "
            'this machine with model = "hf:DIR"'
        )
    variable = table.get("key_variable")
    key = environment.get(variable, "").strip() if variable else ""
    if variable and not key:
        raise BadInput(f"{place}: expected a key in the environment variable {variable}, got none; set it")
    if not key and parts.hostname not in _THIS_MACHINE:
        raise BadInput(
            f"{place}: expected a key for {parts.hostname}, got none; name its environment variable in key_variable"
        )
    return url, key or "none"

"""Prices by model: the bundled table `prices.toml`, and tables of users that add to it or replace its rows."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from judging.chat.batch import Price
from storage.errors import BadInput

BUNDLED = Path(__file__).with_name("prices.toml")
BATCH_SHARE = 0.5
"""Usual share of the price that requests in batch files cost."""
_DATE = re.compile(r"[-@]\d{4}-?\d{2}-?\d{2}$")


@dataclass(frozen=True)
class ModelPrice:
    """The price of a model.

    Attributes:
        price: Price per million tokens.
        batch: Share of the price that requests in batch files cost, above 0 to 1.
    """

    price: Price
    batch: float = 1.0


def read_prices(*paths: Path) -> dict[str, ModelPrice]:
    """The prices in some TOML tables by model; a later table wins.

    Raises:
        BadInput: A file cannot be read, or a row has another form.
    """
    found: dict[str, ModelPrice] = {}
    for path in paths:
        try:
            rows = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            raise BadInput(f"expected a table of prices in {str(path)!r}, but it cannot be read; check it") from None
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"{path.name}: expected TOML, got something else ({error}); correct it") from None
        for model, row in rows.items():
            found[model] = _read_row(path, model, row)
    return found


def find_price(prices: Mapping[str, ModelPrice], model: str) -> ModelPrice | None:
    """The price of a model by its name, without a provider before it and a date after it; None if unknown."""
    plain = model.rpartition("/")[2]
    names = (model, _DATE.sub("", model), plain, _DATE.sub("", plain))
    return next((prices[name] for name in names if name in prices), None)


def _read_row(path: Path, model: str, row: object) -> ModelPrice:
    numbers = row if isinstance(row, dict) else {}
    known = {name: value for name, value in numbers.items() if _is_amount(value)}
    if set(known) != set(numbers) or not {"in", "out"} <= set(known) <= {"in", "out", "batch"}:
        raise BadInput(f"{path.name}: expected `in` and `out` from 0 on for {model!r}, got something else; correct it")
    batch = float(known.get("batch", 1.0))
    if not 0.0 < batch <= 1.0:
        raise BadInput(f"{path.name}: expected `batch` above 0 to 1 for {model!r}, got {batch:g}; correct it")
    return ModelPrice(Price(float(known["in"]), float(known["out"])), batch)


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value < float("inf")

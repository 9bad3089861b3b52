"""Texts of a report in both languages; one JSON file per language in `texts/`, and a test keeps their keys equal."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from storage.values import Language


@cache
def report_texts(language: Language) -> Mapping[str, str]:
    """All texts of a language by key, with unfilled placeholders."""
    file = resources.files("app").joinpath("report", "texts", f"{language}.json")
    texts: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return texts


def tell(language: Language, key: str, /, **values: object) -> str:
    """A text with its placeholders filled; whole numbers get thousands separators.

    Raises:
        KeyError: there is no text with this key, or a placeholder has no value.
    """
    shown = {
        name: f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in values.items()
    }
    return report_texts(language)[key].format(**shown)

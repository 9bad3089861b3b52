"""Texts of the admin pages in both languages, read from folders of `app/ui/texts`.

Kept apart from the Compare page's texts, which are all sent to annotators. Tables, figures and pages use this module;
Gradio translates its labels in the browser from the same texts.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Literal

from storage.values import LANGUAGES, Language

FOLDERS = ("admin", "staff", "campaigns", "quality", "decisions", "fused", "objective")
"""Folders of texts: of all admin pages; of raters, data and the forms of campaigns; of what depends on
what a campaign asks; of the Quality page; of decisions; of people
with judges; and of the summary of evaluations."""


@cache
def sentences(language: Language) -> Mapping[str, str]:
    """Return all texts of a language by key."""
    loaded: dict[str, str] = {}
    for folder in FOLDERS:
        loaded |= _texts_in(folder, language)
    return loaded


@cache
def usual_labels(key: Literal["scale_low", "scale_high"]) -> tuple[str, ...]:
    """Return the label of an end of a scale without one of its own, as raters see it, in every language."""
    return tuple(_texts_in("rate", language)[key] for language in LANGUAGES)


def _texts_in(folder: str, language: Language) -> dict[str, str]:
    """The texts of one folder by key."""
    file = resources.files("app").joinpath("ui", "texts", folder, f"{language}.json")
    texts: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return texts


def template_of(language: Language, key: str) -> str:
    """Return one text with unfilled placeholders.

    Raises:
        KeyError: there is no text with this key; the message names the files that lack it.
    """
    table = sentences(language)
    if key not in table:
        raise KeyError(f"expected a text {key!r} in app/ui/texts/admin/{language}.json, got none; add it there")
    return table[key]


def joined(told: Iterable[str], language: Language) -> str:
    """Return sentences one after the other: with a space between them, and without one in Chinese."""
    return ("" if language == "zh" else " ").join(told)


def say(language: Language, key: str, /, **values: object) -> str:
    """Return a text with its placeholders filled; whole numbers get thousands separators.

    With `n=1` the text `KEY_one` is used if it exists.

    Raises:
        KeyError: there is no text with this key, or a placeholder has no value.
    """
    table = sentences(language)
    singular = f"{key}_one"
    template = table[singular] if values.get("n") == 1 and singular in table else template_of(language, key)
    return template.format(**{name: _shown(value) for name, value in values.items()})


def _shown(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value

"""The sentences of the admin pages in both languages, read from `app/ui/texts/admin`.

A table of its own, because the Compare page sends all its texts to raters. Rows, charts and pages share this one
way to a sentence; Gradio translates its labels in the browser from the same tables.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from storage.values import Language


@cache
def sentences(language: Language) -> Mapping[str, str]:
    """Every sentence of a language by its key."""
    file = resources.files("app").joinpath("ui", "texts", "admin", f"{language}.json")
    loaded: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def say(language: Language, key: str, /, **values: object) -> str:
    """A sentence in a language, its blanks filled in; whole numbers get thousands separators.

    With `n=1` the sentence `KEY_one` is taken where there is one.

    Raises:
        KeyError: there is no such sentence, or a blank is not filled.
    """
    table = sentences(language)
    singular = f"{key}_one"
    template = table[singular] if values.get("n") == 1 and singular in table else table[key]
    return template.format(**{name: _shown(value) for name, value in values.items()})


def _shown(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value

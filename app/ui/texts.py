"""Texts of the rater pages in every language.

One JSON file per language in `texts/`; a test keeps keys and placeholders equal. Texts of the admin pages are in
`app/views/sentences.py`, those of the sign-in pages and of errors in `app/web/wording.py`.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from storage.values import Language

FOLDER = Path(__file__).parent / "texts"


@cache
def load_texts(language: Language, page: str = "") -> Mapping[str, str]:
    """Return the texts of a language by key, with unfilled placeholders: all shared ones, or those of one page."""
    texts: dict[str, str] = json.loads((FOLDER / page / f"{language}.json").read_text(encoding="utf-8"))
    return texts


def text(language: Language, key: str, /, **fields: object) -> str:
    """Return one text with its placeholders filled.

    Raises:
        KeyError: there is no text with this key, or a placeholder has no value.
    """
    return load_texts(language)[key].format(**fields)


def page_texts(language: Language, *pages: str) -> dict[str, object]:
    """Return the texts for a page's script: `{"language": ..., "texts": {key: text}}`.

    Args:
        language: language of the texts.
        pages: folders of pages with texts of their own, later ones before earlier ones; none for the Compare page.
    """
    texts = dict(load_texts(language))
    for page in pages:
        texts |= load_texts(language, page)
    return {"language": language, "texts": texts}

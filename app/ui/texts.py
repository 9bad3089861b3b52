"""The texts of the pages, in every language of the site.

One JSON file a language in `texts/`; a test holds their keys and blanks equal. The sentences of the sign-in pages
and of errors stand with those pages, in `app/web/wording.py`.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from storage.values import Language

FOLDER = Path(__file__).parent / "texts"


@cache
def load_texts(language: Language) -> Mapping[str, str]:
    """Return every text of a language by its key, blanks unfilled."""
    texts: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return texts


def text(language: Language, key: str, /, **fields: object) -> str:
    """Return one text with its blanks filled.

    Raises:
        KeyError: there is no such text, or a blank has no field.
    """
    return load_texts(language)[key].format(**fields)


def page_texts(language: Language) -> dict[str, object]:
    """Return what the Compare page's script needs: `{"language": ..., "texts": {key: text}}`."""
    return {"language": language, "texts": dict(load_texts(language))}

"""Guidelines for raters as HTML, with the part in the reader's language first, and names in two languages.

Guidelines in several languages are one text whose parts stand between thematic breaks (`---`); a name has ` / `.
"""

import re

from app.rendering.html import Renderer
from storage.values import Language

_BREAK = re.compile(r"^ {0,3}-{3,}[ \t]*$", flags=re.MULTILINE)
_HAN = re.compile("[\u4e00-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")


def guidelines_html(renderer: Renderer, body: str, language: Language) -> str:
    """Return safe HTML of guidelines, as `in_reading_order` orders them."""
    return renderer.render(in_reading_order(body, language))


def in_reading_order(body: str, language: Language) -> str:
    """Return the same Markdown with the parts in the reader's language before the others.

    A text whose parts are all in one language, or none in the reader's, stays as it is.
    """
    parts = _BREAK.split(body)
    own = [_is_chinese(part) == (language == "zh") for part in parts]
    if len(parts) < 2 or all(own) or not any(own):
        return body
    ordered = [part for part, is_own in zip(parts, own, strict=True) if is_own]
    ordered += [part for part, is_own in zip(parts, own, strict=True) if not is_own]
    return "\n\n---\n\n".join(part.strip() for part in ordered)


def own_part(text: str, language: Language) -> str:
    """Return the part of "English / 中文" in the reader's language; any other text as it is."""
    parts = [part.strip() for part in text.split(" / ")]
    own = [part for part in parts if _is_chinese(part) == (language == "zh")]
    return own[0] if len(parts) == 2 and len(own) == 1 else text


def _is_chinese(text: str) -> bool:
    """Whether a text is Chinese rather than English: of the two, Chinese needs a fifth as many characters."""
    han = len(_HAN.findall(text))
    return 5 * han > len(_LETTER.findall(text)) - han

"""Plain characters for the characters that judges write instead: full-width forms, entities, escapes, bold.

Brackets are replaced in a whole reply, by searches that take linear time; everything else only in the short texts
between brackets.
"""

import html
import re
import unicodedata

_BRACKETS = {
    "［": "[",
    "］": "]",
    "【": "[",
    "】": "]",
    "〖": "[",
    "〗": "]",
    "〔": "[",
    "〕": "]",
}
_BRACKET_ENTITIES = {
    name: bracket
    for bracket, names in {
        "[": ("&#91;", "&#x5b;", "&#x5B;", "&#091;", "&lsqb;", "&lbrack;"),
        "]": ("&#93;", "&#x5d;", "&#x5D;", "&#093;", "&rsqb;", "&rbrack;"),
    }.items()
    for name in names
}
_HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_SIGNS = str.maketrans(
    {
        "≫": ">>",
        "≪": "<<",
        "»": ">>",
        "«": "<<",
        "≈": "=",
        "≡": "=",
        "−": "-",
        "–": "-",
        "—": "-",
        "“": '"',
        "”": '"',
        "„": '"',
        "‘": "'",
        "’": "'",
        "А": "A",  # Cyrillic and Greek letters that look like ours
        "В": "B",
        "С": "C",
        "Α": "A",
        "Β": "B",
        "\u3000": " ",
        "\u00a0": " ",
    }
)
_FIRST_WIDE, _LAST_WIDE, _WIDE_SHIFT = 0xFF01, 0xFF5E, 0xFEE0
_TEX = re.compile(r"\\(?:text|textbf|textit|mathbf|mathrm|boxed|bf)\s*\{([^{}]*+)\}")
_TAG = re.compile(r"</?(?:b|i|u|strong|em|mark|code|span|font)(?:\s[^<>]*+)?>", re.IGNORECASE)
_MARKUP = re.compile(r"[*`~$\\]|(?<!\w)_+|_+(?!\w)")
_SPACES = re.compile(r"\s+")


def plain_brackets(text: str) -> str:
    """The text with every square bracket as `[` or `]`, whatever its width or escape, and no invisible characters."""
    if "&" in text:
        text = text.replace("&amp;#", "&#")
        for entity, bracket in _BRACKET_ENTITIES.items():
            text = text.replace(entity, bracket)
    if "\\" in text:
        for bracket in "[]":
            for escape in ("\\\\", "\\"):  # escaped twice, escaped once
                text = text.replace(f"{escape}{bracket}", bracket)
    if text.isascii():
        return text
    for wide, bracket in _BRACKETS.items():
        text = text.replace(wide, bracket)
    for hidden in _HIDDEN:
        text = text.replace(hidden, "")
    return text


def plain_characters(text: str) -> str:
    """Full-width and look-alike letters, digits and signs as ASCII, where they have such a form; quotes straight."""
    if text.isascii():
        return text
    return "".join(map(_plain_character, text)).translate(_SIGNS)


def plain_label(text: str) -> str:
    """The text between two brackets without entities, markup and outer quotes, with single spaces."""
    text = html.unescape(html.unescape(text)) if "&" in text else text
    text = _TAG.sub("", _TEX.sub(r"\1", plain_characters(text)))
    text = _SPACES.sub(" ", _MARKUP.sub("", text)).strip()
    return text.strip(" \"'")


def _plain_character(character: str) -> str:
    code = ord(character)
    if _FIRST_WIDE <= code <= _LAST_WIDE:
        return chr(code - _WIDE_SHIFT)
    if character.isalpha() or character.isdecimal():
        return unicodedata.normalize("NFKC", character)
    return character

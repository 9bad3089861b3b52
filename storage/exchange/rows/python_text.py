"""Read lists and objects that a CSV file holds in Python's own spelling, as pandas writes them.

Nothing is evaluated: `ast.literal_eval` reads literals only. Arrays of NumPy, whose text has no commas between
elements, are read too.
"""

import ast
import io
import re
import tokenize
import warnings

MAX_CHARACTERS = 4_000_000
"""Longer text is not read: parsing takes about a hundred times its memory."""

MAX_TOKENS = 100_000

_NO_COMMA = re.compile(r"""['"}\])]\s+['"{\[(]|array\(""")
_SPACES = frozenset((tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER))


def literal(text: str) -> object:
    """The value that a text spells in Python; None if it spells none."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        # Strings without a comma between them would be joined, so arrays get their commas first.
        spelled = _with_commas(text) if _NO_COMMA.search(text) else text
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value: object = ast.literal_eval(spelled.strip())
    except (SyntaxError, tokenize.TokenError, ValueError, TypeError, MemoryError, RecursionError):
        return None
    return value


def _with_commas(text: str) -> str:
    """The text with commas between neighbouring values, and with `array([…], dtype=object)` as the list in it.

    Raises:
        ValueError: the text has more than `MAX_TOKENS` tokens.
    """
    words: list[str] = []
    calls: list[bool] = []
    last = ""
    for number, token in enumerate(tokenize.generate_tokens(io.StringIO(text.strip()).readline)):
        word = token.string
        if number > MAX_TOKENS:
            raise ValueError("too many tokens")
        if token.type in _SPACES or (any(calls) and word in ("dtype", "=", "object")):
            continue
        if last == "array":
            calls.append(True)
            last = ","
            continue
        starts_value = token.type in (tokenize.STRING, tokenize.NUMBER, tokenize.NAME) or word in "[{("
        if starts_value and last not in ("", ",", ":", "[", "{", "(", "-"):
            words.append(",")
        last = word
        if word == "array":
            continue
        if word == "(":
            calls.append(False)
        elif word == ")" and calls and calls.pop():
            while words and words[-1] == ",":
                words.pop()
            continue
        words.append(word)
    return " ".join(words)

"""Read the answer in a model's text: a letter, several letters, a number, a text, LaTeX.

A reader goes from the surest sign to the weakest and returns None when there is none or when signs contradict each
other: an unparsed output is counted apart, and never guessed at. Chinese and English; full-width forms are folded.
"""

import re
import unicodedata

VERSION = 1
"""Counted up when a reader reads differently; it is part of every content key."""

_SPACES = re.compile(r"\s+")


def visible_answer(text: str) -> str | None:
    """The text after a thinking block, in folded forms (NFKC); None when the block was never closed."""
    opened, closed = text.rfind("<think>"), text.rfind("</think>")
    if opened > closed:
        return None
    return unicodedata.normalize("NFKC", text[closed + len("</think>") :] if closed >= 0 else text).strip()


def read_text(text: str) -> str | None:
    """The text that is stated as the answer; else the only line, else the last one."""
    answer = visible_answer(text)
    if not answer:
        return None
    stated = re.findall(r"(?:answer|答案)\s*(?:\*\*)?\s*(?:is|是|为|[:=])+\s*(.+)", answer, re.IGNORECASE)
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    return folded(stated[-1] if stated else lines[-1]) or None


def folded(text: str) -> str:
    """A text for comparison: NFKC, lower case, single spaces, no quotation, markup or full stop around it."""
    plain = _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
    return plain.strip(" \t\"'“”‘’「」『』《》*_`.。!！")


def read_math(text: str) -> str | None:
    """The LaTeX that is stated or boxed as the answer; else the last formula, else the last line."""
    answer = visible_answer(text)
    if not answer:
        return None
    boxed = _boxed(answer)
    if boxed is not None:
        return folded_math(boxed) or None
    stated = re.findall(r"(?:answer|答案)\s*(?:\*\*)?\s*(?:is|是|为|[:=])+\s*(.+)", answer, re.IGNORECASE)
    if stated:
        return folded_math(stated[-1]) or None
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    formulas = re.findall(r"\$([^$]+)\$", lines[-1])
    words = re.search(r"[A-Za-z]{2}|[\u4e00-\u9fff]", re.sub(r"\$[^$]+\$", "", lines[-1]))
    return folded_math(formulas[-1] if formulas and words else lines[-1]) or None


def folded_math(text: str) -> str:
    """LaTeX for comparison: without dollars, spaces, size commands and text wrappers."""
    plain = unicodedata.normalize("NFKC", text).replace("\\$", "").replace("$", "")
    plain = re.sub(r"\\(?:left|right|displaystyle|!|,|;|:|quad|qquad)(?![a-zA-Z])", "", plain)
    plain = re.sub(r"\\(?:text|mathrm|mbox|textbf)\s*\{([^{}]*)\}", r"\1", plain)
    plain = (
        plain.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("^\\circ", "").replace("^{\\circ}", "")
    )
    plain = re.sub(r"\\frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}", plain)
    plain = re.sub(r"\\sqrt\s*(\d)", r"\\sqrt{\1}", plain)
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain)
    return re.sub(r"\s+", "", plain).rstrip(".。").replace("\\%", "%").removesuffix("%")


def _boxed(text: str) -> str | None:
    r"""What stands in the last `\boxed{…}`, with its braces in balance."""
    start = text.rfind("\\boxed")
    if start < 0:
        return None
    opened = text.find("{", start)
    if opened < 0:
        return None
    depth = 0
    for place in range(opened, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[opened + 1 : place]
    return None

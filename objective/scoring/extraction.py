"""Extracts the answer from a model's output as text or LaTeX; `letters` and `numbers` build on it.

An extractor goes from the strongest evidence to the weakest and returns None if there is none or if it is
contradictory: unparsed outputs are counted separately and never guessed. It reads Chinese and English; full-width
forms are normalised.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

VERSION = 3
"""Version of the extraction rules; increase it whenever they change. It is part of every content key."""

_THINKING = r"(?:think(?:ing)?|seed:think|thought|reasoning)"
_OPENED = re.compile(rf"<{_THINKING}>|\[THINK\]|◁think▷")
_CLOSED = re.compile(rf"</{_THINKING}>|\[/THINK\]|◁/think▷")
_VULGAR = re.compile(r"(?<=\d)(?=[¼-¾⅐-⅞])")
_NEXT = re.compile(r"\n\s*(?:\*\*)?(?:Question|Problem|[题題]目|[问問][题題])\s*\d*\s*(?:\*\*)?\s*:")
_BESIDE = re.compile(
    r"\n\s*(?:\*\*)?(?:Explanation|Reason(?:ing)?|Rationale|Note|解释|解析|说明|理由|注)\s*(?:\*\*)?\s*:"
)
_STATED = re.compile(r"(?:answer|答案)\s*(?:\*\*)?\s*(?:is|是|为|[:=])+\s*(.+)", re.IGNORECASE)
_TAGGED = re.compile(r"<answer>\s*(.*?)\s*</answer>", re.IGNORECASE | re.DOTALL)
_SHORT = 200
"""Length up to which normalised texts are kept, in characters: options and accepted answers come again and again."""
_BULLET = re.compile(r"^[-•*]\s+")
_FORMULA = re.compile(r"\$\$?([^$]+)\$\$?")


def visible_answer(text: str) -> str | None:
    """The text after a thinking block, normalised to NFKC; None if the block was never closed."""
    shown = text_after_thinking(text)
    if shown is None:
        return None
    if shown.isascii():  # is in normal form
        return shown.strip()
    return unicodedata.normalize("NFKC", _VULGAR.sub(" ", shown)).replace("\u2044", "/").strip()


def text_after_thinking(text: str) -> str | None:
    """The text after a thinking block, character by character; None if the block was never closed."""
    if "<" not in text and "[" not in text and "\u25c1" not in text:
        return text
    opened = max((match.start() for match in _OPENED.finditer(text)), default=-1)
    closed = max(((match.start(), match.end()) for match in _CLOSED.finditer(text)), default=(-1, 0))
    return None if opened > closed[0] else text[closed[1] :]


def text_before_stops(text: str, stops: Sequence[str]) -> str | None:
    """The text after a thinking block up to the first stop string; None if the block was never closed.

    Space after a block ends nothing, and neither does a stop string of only space at the beginning.
    """
    shown = text_after_thinking(text)
    if shown is None or not stops:
        return shown
    shown = shown.lstrip() if len(shown) < len(text) else shown
    while blank := next((stop for stop in stops if stop.isspace() and shown.startswith(stop)), ""):
        shown = shown[len(blank) :]
    return shown[: min((place for stop in stops if (place := shown.find(stop)) >= 0), default=len(shown))]


def with_thinking_tag(prompt: str, output: str) -> str:
    """Prepend to an output the thinking tag that its prompt ends in, as with the templates of some reasoning models.

    Such an output contains only the closing tag, or none if it was truncated before the answer.
    """
    tags = _OPENED.findall(prompt)
    return f"{tags[-1]}{output}" if tags and prompt.rstrip().endswith(tags[-1]) else output


def before_next_question(text: str) -> str:
    """The text before a further question that the model invented; the whole text if there is none."""
    head = _NEXT.split(text, maxsplit=1)[0] if "\n" in text else text
    return head.strip() or text


def read_text(text: str) -> str | None:
    """Extract the text stated as the answer, else the last line; None if the output has no answer."""
    answer = before_next_question(visible_answer(text) or "")
    if not answer:
        return None
    stated = find_stated_text(answer)
    if stated is not None:
        return stated or None
    answer = _BESIDE.split(answer, maxsplit=1)[0] if "\n" in answer else answer
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    return normalise_text(_BULLET.sub("", lines[-1])) or None if lines else None


def find_stated_text(answer: str) -> str | None:
    """The normalised text that is boxed, tagged or stated as the answer; None if there is none."""
    boxed = boxed_content(answer)
    if boxed is not None:
        return normalise_text(_unwrapped(boxed))
    stated = _all_stated(answer)
    return normalise_text(stated[-1]) if stated else None


def _all_stated(answer: str) -> list[str]:
    """Everything that is tagged, else everything that is stated as the answer; whole patterns only where they may."""
    folded = fold(answer)
    if "answer" not in folded and "答案" not in folded:
        return []
    return _TAGGED.findall(answer) or _STATED.findall(answer)


def fold(text: str) -> str:
    """A text in which every match of a pattern that ignores case is written in lower case.

    A word that is not in it is in no such match, which is much cheaper to know than by the pattern.
    """
    return text.lower() if text.isascii() else text.replace("\u0130", "i").replace("\u0131", "i").casefold()


def normalise_text(text: str) -> str:
    """Normalise a text for comparison: NFKC, lower case, single spaces, no quotes, markup or full stop around it."""
    return _normalised_short(text) if len(text) <= _SHORT else _normalised(text)


def _normalised(text: str) -> str:
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text)
    plain = " ".join(plain.split()).casefold()
    return plain.strip(" \t\"'“”‘’「」『』《》*_`.。!！")


_normalised_short = lru_cache(maxsize=8192)(_normalised)


def read_math(text: str) -> str | None:
    """Extract the LaTeX that is boxed or stated as the answer, else the last formula, else the last line."""
    answer = before_next_question(visible_answer(text) or "")
    if not answer:
        return None
    boxed = boxed_content(answer)
    if boxed is not None:
        return normalise_math(boxed) or None
    answer = re.sub(r"\\[()\[\]]", "$", answer.replace("**", ""))
    stated = _all_stated(answer)
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    chosen = stated[-1] if stated else lines[-1] if lines else ""
    formulas = _FORMULA.findall(chosen)
    words = re.search(r"[A-Za-z]{2}|[\u4e00-\u9fff]", _FORMULA.sub("", chosen))
    if formulas and words:
        chosen = formulas[0] if stated else formulas[-1]
    return normalise_math(chosen) or None


def normalise_math(text: str) -> str:
    """Normalise LaTeX for comparison: no dollar signs, spaces, size commands, text wrappers, units or `x =`."""
    plain = unicodedata.normalize("NFKC", text).replace("\\$", "").replace("$", "")
    plain = re.sub(r"\\(?:left|right|displaystyle|!|,|;|:|quad|qquad)(?![a-zA-Z])", "", plain)
    plain = re.sub(r"(?<=[\d})])\s*\\(?:text|mathrm|mbox)\s*\{\s*[^{}\d]*\}(?:\^\{?\d\}?)?\s*\.?\s*$", "", plain)
    plain = _unwrapped(plain)
    plain = (
        plain.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("^\\circ", "").replace("^{\\circ}", "")
    )
    plain = re.sub(r"\\frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}", plain)
    plain = re.sub(r"\\sqrt\s*(\d)", r"\\sqrt{\1}", plain)
    plain = plain.replace("{,}", ",").replace("−", "-")
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain)
    plain = re.sub(r"\s+", "", plain).rstrip(".。,").replace("\\%", "%").removesuffix("%")
    name, equals, value = plain.partition("=")
    return value if equals and re.fullmatch(r"[A-Za-z]{1,2}", name) and "=" not in value else plain


def _unwrapped(text: str) -> str:
    r"""LaTeX without `\text{…}` and similar commands around words."""
    return re.sub(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s*\{([^{}]*)\}", r"\1", text)


def boxed_content(text: str) -> str | None:
    r"""The content of the last `\boxed{…}`, with balanced braces."""
    start = max(text.rfind("\\boxed"), text.rfind("\\fbox"))
    if start < 0:
        return None
    bare = re.compile(r"\\f?box(?:ed)?\s+(\w+)").match(text, start)
    if bare is not None:
        return bare.group(1)
    opened = text.find("{", start)
    if opened < 0:
        return None
    depth = 0
    for place in range(opened, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[opened + 1 : place]
    return None

"""Read the answer in a model's text: a letter, several letters, a number, a text, LaTeX.

A reader goes from the surest sign to the weakest and returns None when there is none or when signs contradict each
other: an unparsed output is counted apart, and never guessed at. Chinese and English; full-width forms are folded.
"""

import re
import unicodedata

VERSION = 2
"""Counted up when a reader reads differently; it is part of every content key."""

_SPACES = re.compile(r"\s+")
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
_BULLET = re.compile(r"^[-•*]\s+")
_FORMULA = re.compile(r"\$\$?([^$]+)\$\$?")


def visible_answer(text: str) -> str | None:
    """The text after a thinking block, in folded forms (NFKC); None when the block was never closed."""
    opened = max((match.start() for match in _OPENED.finditer(text)), default=-1)
    closed = max(((match.start(), match.end()) for match in _CLOSED.finditer(text)), default=(-1, 0))
    if opened > closed[0]:
        return None
    return unicodedata.normalize("NFKC", _VULGAR.sub(" ", text[closed[1] :])).replace("\u2044", "/").strip()


def continued(prompt: str, output: str) -> str:
    """An output behind the thinking tag that its prompt ends in, as the templates of some reasoning models do.

    Such an output holds only the closing tag, and none when it was cut off before its answer.
    """
    tags = _OPENED.findall(prompt)
    return f"{tags[-1]}{output}" if tags and prompt.rstrip().endswith(tags[-1]) else output


def before_next_question(text: str) -> str:
    """What stands before a next question, where a model that was asked one went on to invent another."""
    return _NEXT.split(text, maxsplit=1)[0].strip() or text


def read_text(text: str) -> str | None:
    """The text that is stated as the answer; else the only line, else the last one."""
    answer = before_next_question(visible_answer(text) or "")
    if not answer:
        return None
    stated = stated_text(answer)
    if stated is not None:
        return stated or None
    answer = _BESIDE.split(answer, maxsplit=1)[0]
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    return folded(_BULLET.sub("", lines[-1])) or None if lines else None


def stated_text(answer: str) -> str | None:
    """What a visible answer boxes, tags or states as its answer, folded; None if it does none of it."""
    boxed = _boxed(answer)
    if boxed is not None:
        return folded(_unwrapped(boxed))
    stated = _TAGGED.findall(answer) or _STATED.findall(answer)
    return folded(stated[-1]) if stated else None


def folded(text: str) -> str:
    """A text for comparison: NFKC, lower case, single spaces, no quotation, markup or full stop around it."""
    plain = _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
    return plain.strip(" \t\"'“”‘’「」『』《》*_`.。!！")


def read_math(text: str) -> str | None:
    """The LaTeX that is stated or boxed as the answer; else the last formula, else the last line."""
    answer = before_next_question(visible_answer(text) or "")
    if not answer:
        return None
    boxed = _boxed(answer)
    if boxed is not None:
        return folded_math(boxed) or None
    answer = re.sub(r"\\[()\[\]]", "$", answer.replace("**", ""))
    stated = _TAGGED.findall(answer) or _STATED.findall(answer)
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    chosen = stated[-1] if stated else lines[-1] if lines else ""
    formulas = _FORMULA.findall(chosen)
    words = re.search(r"[A-Za-z]{2}|[\u4e00-\u9fff]", _FORMULA.sub("", chosen))
    if formulas and words:
        chosen = formulas[0] if stated else formulas[-1]
    return folded_math(chosen) or None


def folded_math(text: str) -> str:
    """LaTeX for comparison: without dollars, spaces, size commands, text wrappers, units, or a name before `=`."""
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
    r"""LaTeX without `\text{…}` and its like around words."""
    return re.sub(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s*\{([^{}]*)\}", r"\1", text)


def _boxed(text: str) -> str | None:
    r"""What stands in the last `\boxed{…}`, with its braces in balance."""
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

r"""LaTeX formulas to MathML, or nothing if a formula cannot be shown faithfully.

latex2mathml neither escapes text nor limits its work, so its tree is cleaned here before it becomes a string. It would
show an unknown command as literal text, so such a formula counts as failed and the caller shows its source instead.
"""

import html
import re
from xml.etree.ElementTree import Element, tostring

from latex2mathml import exceptions
from latex2mathml.converter import Converter

MAX_FORMULA = 2_000
"""Longest formula that is converted, in characters; conversion takes about 20 ms."""

_MAX_DEPTH = 40

_FAILURES: tuple[type[Exception], ...] = (
    *(value for value in vars(exceptions).values() if isinstance(value, type) and issubclass(value, Exception)),
    AttributeError,
    LookupError,
    RecursionError,
    RuntimeError,
    StopIteration,
    TypeError,
    ValueError,
)

# Macros may expand without bound and pictures of other packages have no MathML.
_REFUSED = re.compile(r"\\(?:newcommand|renewcommand|providecommand|def|let|DeclareMathOperator)\b")

_REWRITES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # Unstarred alignments would number every line, and `aligned` is unknown to the converter.
        (r"\\(begin|end)\{(?:aligned|align|flalign\*?|eqnarray\*?|split)\}", r"\\\1{align*}"),
        (r"\\(begin|end)\{(?:gathered|gather\*?|multline\*?)\}", r"\\\1{matrix}"),
        (r"\\(begin|end)\{(?:dcases|rcases)\}", r"\\\1{cases}"),
        (r"\\(begin|end)\{equation\*?\}", r""),
        (r"\\operatorname\*?\s*\{\s*arg\s*(?:\\[,;: ])?\s*(max|min)\s*\}", r"\\arg\1"),
        (r"\\operatorname\*", r"\\operatorname"),
        (r"\\(?:nonumber|notag)(?![A-Za-z])|\\label\s*\{[^{}]*\}", r""),
    )
)

_TEX = re.compile(r"[\\^_{}]")
_WORDS = re.compile(
    r"(?<![A-Za-z])(?:and|or|the|to|for|of|is|was|are|per|with|from|you|but|not|than|then|plus|while|each|about)"
    r"(?![A-Za-z])|[。！？](?=.)",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"[-+~]?\d")
_CURRENCY = re.compile(r"(?<![A-Za-z])(?:US|U\.S\.|AU?|CA?|HK|NT|NZ|SG?|R|MX)$")
_EMPHASIS = re.compile(r"\*\*(?![\w(])|(?<![\w)])\*\*|~~")
_CLAUSE = re.compile(
    r"[\u4e00-\u9fff\u2013\u2014]|[.!?;] +[A-Z][a-z]|(?<![A-Za-z])(?:at|in|on|by|if|so|it|we|an)(?![A-Za-z])"
)
_LONG_WORD = re.compile(r"(?<![A-Za-z\d])[A-Za-z]{3,}")
_FUNCTIONS = frozenset(
    "arg cos cot csc deg det dim exp gcd hom inf ker lcm lim log max min mod sec sin sup tan arccos arcsin arctan "
    "cosh coth sinh tanh".split()
)
_REOPENED = re.compile(r"^[^(\[]*[)\]].*[(\[]", re.DOTALL)

# A browser draws an element with too few children as an error, so the source is the better picture.
_CHILDREN = {"mfrac": 2, "mroot": 2, "mover": 2, "munder": 2, "msub": 2, "msup": 2, "msubsup": 3, "munderover": 3}

_LIMITS = ("arg", "inf", "lim", "max", "min", "sup")
_SCRIPTED = ("msub", "msup", "msubsup", "munder", "mover", "munderover")

_ATTRIBUTES = frozenset(
    "display displaystyle scriptlevel stretchy fence form minsize maxsize accent movablelimits "
    "linethickness columnalign mathvariant width".split()
)
_WIDTH = re.compile(r"\d{1,2}(?:\.\d{1,4})?(?:em|ex|pt|px)")


def to_mathml(latex: str, *, display: bool) -> str | None:
    """Convert one formula, without its delimiters.

    Args:
        latex: the source, untrusted.
        display: True for a formula on its own line, False for an inline formula.

    Returns:
        One `<math>` element with escaped text and only harmless attributes, or None when the formula is
        empty, too long, too deep, malformed, or uses an unknown command.
    """
    latex = latex.strip()
    if not latex or len(latex) > MAX_FORMULA or _REFUSED.search(latex) or _depth(latex) > _MAX_DEPTH:
        return None
    for pattern, replacement in _REWRITES:
        latex = pattern.sub(replacement, latex)
    try:
        math = Converter(display="block" if display else "inline").convert_to_element(latex)
    except _FAILURES:
        return None
    if not _clean(math):
        return None
    return tostring(math, encoding="unicode", method="xml", short_empty_elements=False)


def is_prose(text: str, before: str = "", after: str = "") -> bool:
    r"""Tell money and words between two dollar signs from a formula: `$5) and (10$`, `$4** and 25$`, `$5，不是10$`.

    The rule of pandoc, which the parser applies first, only looks at the characters beside the two signs. It is wrong
    where a price has its sign behind the number, so what stands between is read too. Without a sign of prose it
    is a formula, also for `$5$` and `$10, 20$`, which are common in mathematics.

    Args:
        text: what stands between the signs.
        before: what stands before the opening sign; its last characters are read.
        after: what stands behind the closing sign; its first characters are read.
    """
    if _TEX.search(text):
        return False
    if _WORDS.search(text) and "=" not in text:
        return True
    has_words = any(word.lower() not in _FUNCTIONS for word in _LONG_WORD.findall(text))
    if not _AMOUNT.match(text):
        return has_words and _LONG_WORD.match(after) is not None
    if has_words:
        return True
    signs = (_EMPHASIS, _CLAUSE, _REOPENED)
    return bool(_CURRENCY.search(before[-4:])) or any(sign.search(text) for sign in signs)


def _depth(latex: str) -> int:
    """Return the deepest nesting of braces, ignoring escapes."""
    depth = deepest = 0
    for character in latex:
        if character == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif character == "}":
            depth -= 1
    return deepest


def _space_functions(parent: Element, *, display: bool) -> None:
    """Set function names upright, with space before a bare argument, and above their limits; in place."""
    for index, element in reversed(list(enumerate(parent))):
        core = element[0] if element.tag in _SCRIPTED and len(element) else element
        name = core.text or ""
        if core.tag not in ("mi", "mo") or len(name) < 2 or not name.replace("\u2009", "").isalpha():
            continue
        core.tag = "mi"
        if display and element.tag == "msub" and name.startswith(_LIMITS):
            element.tag = "munder"
        after = parent[index + 1] if index + 1 < len(parent) else None
        if after is not None and after.tag not in ("mo", "mspace"):
            parent.insert(index + 1, Element("mspace", {"width": "0.167em"}))


def _clean(math: Element) -> bool:
    """Resolve entities and drop attributes in place; return whether the formula is complete."""
    for element in math.iter():
        # The converter writes character references as text and expects nobody to escape them.
        text = html.unescape(element.text or "")
        if text in (r"\{", r"\}", r"\|"):
            text = text[1:].replace("|", "‖")
        if text.startswith("\\") and text != "\\":
            return False
        if len(element) != _CHILDREN.get(element.tag, len(element)):
            return False
        element.text = text
        boxed = element.get("notation") == "box"
        element.attrib = {
            name: value
            for name, value in element.attrib.items()
            if name in _ATTRIBUTES and (name != "width" or _WIDTH.fullmatch(value))
        }
        if element.tag == "menclose":
            # Browsers that follow MathML Core draw no enclosure; the style sheet does.
            element.tag = "mrow"
            if boxed:
                element.set("class", "boxed")
    for element in math.iter():
        if element.tag in ("mrow", "mtd", "mstyle"):
            _space_functions(element, display=math.get("display") == "block")
    return True

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

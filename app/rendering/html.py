"""Untrusted text to safe HTML: the only HTML sink of all pages and of the report.

Markdown, formulas and code become HTML in `app/rendering/markdown.py`. This module limits the length, filters the
output with an nh3 allow-list, makes characters that hide or reorder text visible, and keeps results in a bounded
cache, because the same responses are rendered for many raters.
"""

import hashlib
import html
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Literal

import nh3
from pygments.token import STANDARD_TYPES  # type: ignore[import-untyped]

from app.rendering.markdown import CODE_CLASS_PREFIX, to_html

MAX_RENDERED = 40_000
"""Characters of a text that are rendered as Markdown; what follows is shown as plain text."""

_TAGS = frozenset(
    "a blockquote br code dd del details div dl dt em h3 h4 h5 h6 hr li ol p pre s span strong summary table "
    "tbody td th thead tr ul math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mroot mrow mspace "
    "msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover".split()
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),  # or the library's own default would let `title` and `lang` pass
    "a": {"href"},
    "math": {"display"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mo": {"accent", "fence", "form", "maxsize", "minsize", "movablelimits", "stretchy"},
    "mover": {"accent"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"displaystyle"},
    "mtd": {"columnalign"},
    "mtext": {"mathvariant"},
    "ol": {"start"},
}
_CLASSES = {
    "code": {"source"},
    "details": {"rest"},
    "div": {"wide"},
    "mrow": {"boxed"},
    "pre": {"code", "plain"},
    "span": {"formula"} | {CODE_CLASS_PREFIX + name for name in STANDARD_TYPES.values() if name},
    "td": {"center", "left", "right"},
    "th": {"center", "left", "right"},
}

_DIRECTED = ("p", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "table")

# C0 and C1 controls, bidirectional controls, invisible fillers and tag characters. The joiners U+200C and
# U+200D stay: emoji and several scripts need them.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u180e\u200b\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# Marks of direction are ordinary in texts of Arabic and Hebrew letters, and tell of an intention elsewhere.
_MARKS = re.compile("[\u061c\u200e\u200f]")
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u05ff\u0620-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e900-\U0001efff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_SEPARATORS = re.compile("\r\n?|[\u0085\u2028\u2029]")


@dataclass(frozen=True)
class RenderedTurn:
    """One turn of a conversation as a page shows it.

    Attributes:
        text: the untrusted text.
        by: author of the turn; turns of users and models look different.
        heading: a label in the reader's language; empty for none.
    """

    text: str
    by: Literal["user", "model"] = "model"
    heading: str = ""


def render_text(text: str) -> str:
    """Render one untrusted text, without a cache.

    Args:
        text: Markdown with LaTeX, code and tables, of any length.

    Returns:
        HTML of allowed tags only: no script, style, id, form, media or address that a browser fetches by
        itself. Equal texts give equal HTML. Of a text longer than `MAX_RENDERED` characters the rest
        follows as plain text in a closed `<details>`.
    """
    text = _LINE_SEPARATORS.sub("\n", _SURROGATES.sub("\ufffd", text))
    head, rest = _split(text)
    page = to_html(head)
    if rest:
        page += (
            f'<details class="rest"><summary>+{len(rest):,}</summary>'
            f'<pre class="plain">{html.escape(rest)}</pre></details>'
        )
    return _shown(_sieve().clean(page))


def render_plain(text: str) -> str:
    """Render one untrusted text as it stands, for a name or a cell of a table.

    Returns:
        Text that is safe in HTML, between tags and in quoted attributes: nothing in it is Markdown or a tag,
        and characters that hide or reorder text are written by their code points.
    """
    return _shown(html.escape(_SURROGATES.sub("\ufffd", text)))


def visible_text(text: str) -> str:
    """Return a text for a script that sets it as text: as it stands, with hidden characters by their code points."""
    return _shown(_SURROGATES.sub("\ufffd", text))


class Renderer:
    """Renders texts with a least-recently-used cache; thread-safe.

    Attributes:
        max_bytes: size limit of the cached HTML, in UTF-8 bytes.
    """

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        """Start with an empty cache."""
        self.max_bytes = max_bytes
        self._kept: OrderedDict[bytes, tuple[str, int]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def render(self, text: str) -> str:
        """Return `render_text(text)`, from the cache if possible."""
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        page = render_text(text)
        self._keep(key, page, len(page.encode()))
        return page

    def render_turns(self, turns: Iterable[RenderedTurn]) -> str:
        """Render a conversation to one block, each turn under its heading.

        Returns:
            A `<div class="turn turn-user">` or `<div class="turn turn-model">` per turn, in order; with a
            `<p class="turn-heading">` when the turn has a heading.
        """
        blocks = []
        for turn in turns:
            heading = f'<p class="turn-heading">{html.escape(turn.heading)}</p>' if turn.heading else ""
            blocks.append(f'<div class="turn turn-{turn.by}">{heading}{self.render(turn.text)}</div>')
        return "\n".join(blocks)

    def _keep(self, key: bytes, page: str, size: int) -> None:
        """Store one result and drop the oldest ones beyond the limit."""
        with self._lock:
            if key in self._kept or size > self.max_bytes:
                return
            self._kept[key] = (page, size)
            self._size += size
            while self._size > self.max_bytes:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._size -= dropped


def _split(text: str) -> tuple[str, str]:
    """Cut a long text at the last blank line, else line end, before the cap."""
    if len(text) <= MAX_RENDERED:
        return text, ""
    for mark in ("\n\n", "\n"):
        cut = text.rfind(mark, MAX_RENDERED // 2, MAX_RENDERED)
        if cut > 0:
            return text[:cut], text[cut:].lstrip("\n")
    return text[:MAX_RENDERED], text[MAX_RENDERED:]


@cache
def _sieve() -> nh3.Cleaner:
    """Build the allow-list, the last line of defence."""
    return nh3.Cleaner(
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        tag_attribute_values={tag: {"dir": {"auto"}} for tag in _DIRECTED},
        set_tag_attribute_values={"a": {"target": "_blank"}, "pre": {"dir": "ltr"}},
    )


def _shown(page: str) -> str:
    """Return HTML with the code points of hidden characters as text."""
    page = _HIDDEN.sub(_reveal, page)
    return page if _RIGHT_TO_LEFT.search(page) else _MARKS.sub(_reveal, page)


def _reveal(found: re.Match[str]) -> str:
    """Return the code point of a hidden character as text."""
    return f"⟦U+{ord(found[0]):04X}⟧"

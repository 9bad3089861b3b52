r"""Markdown to HTML with formulas and highlighted code, before sanitising.

markdown-it-py parses, Pygments colours, `app/rendering/formulas.py` makes MathML. The rules here are those no library
has in a form that stays linear on hostile input and knows money: `$...$` (the plugin takes the last character of a
text for the one before its first), `\(...\)`, `\[...\]`, `$$...$$` and environments (the plugins rescan the rest of
the text for every opening mark), and task lists as text. Raw HTML and images come out as the characters that
the model wrote.
"""

import html
import re
from collections.abc import Callable, MutableMapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]

from app.rendering.formulas import MAX_FORMULA, is_prose, to_mathml

Env = MutableMapping[str, Any]

CODE_CLASS_PREFIX = "t-"
"""Pygments' short class names stand behind this, so that they cannot meet a class of the page."""

_FORMULA_BUDGET = 20_000
_CODE_BUDGET = 10_000

# Beyond these the parser's own searches turn quadratic; no honest text of this size comes near.
_MAX_BRACKETS = 2_000
_MAX_CELLS = 40_000

# Lexers outside this list add import time and regular expressions that nobody has timed here.
_LANGUAGES = frozenset(
    "bash c c# c++ console cpp cs csharp css diff docker dockerfile go golang graphql haskell html http ini "
    "java javascript js json jsx julia kotlin latex lua make makefile matlab nginx objective-c perl php "
    "postgresql powershell proto protobuf py python python3 r rb rs ruby rust scala scss sh shell sql swift "
    "tex toml ts tsx typescript xml yaml yml zsh".split()
)

# Several lexers take time in the square of a line's or a gap's length.
_LONG_RUN = re.compile(r"[^\n]{500}|\s{200}")

# Its own lexer searches method heads across lines, in the cube of their length; Groovy contains Java.
_BETTER_LEXERS = {"java": "groovy"}

_WEB_LINK = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_ENVIRONMENT = re.compile(
    r"\\begin\{((?:equation|align|alignat|flalign|gather|multline|eqnarray|[pbBvV]?matrix|cases)\*?)\}"
)
_AFTER_DISPLAY = re.compile(r"[ \t]*([.,;:。，；：]?)[ \t]*(?:\n|$)")
_DIRECTED = ("paragraph_open", "heading_open", "bullet_list_open", "ordered_list_open", "blockquote_open")
_BREAKS_DOLLARS = re.compile(r"\n\n|^\$")
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_FORMATTER = HtmlFormatter(nowrap=True, classprefix=CODE_CLASS_PREFIX)
_DOLLARS = re.compile(r"\\.|\${1,3}", re.DOTALL)


def to_html(text: str) -> str:
    """Render Markdown to HTML that `app/rendering/html.py` must still sanitise.

    Args:
        text: Markdown without lone surrogates.

    Returns:
        HTML; beyond 20,000 characters formulas appear as source, beyond 10,000 code appears uncoloured.
    """
    bars = [line.count("|") for line in text.split("\n") if "|" in line]
    parser = _parser(links=text.count("[") <= _MAX_BRACKETS, tables=len(bars) * max(bars, default=0) <= _MAX_CELLS)
    page: str = parser.render(text, {"formula_budget": _FORMULA_BUDGET, "code_budget": _CODE_BUDGET})
    return page


@cache
def _parser(*, links: bool, tables: bool) -> MarkdownIt:
    """Build a parser; it holds no state between texts, so threads share it."""
    md = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 60})
    md.enable(["strikethrough", *(["table"] if tables else [])])
    if not links:
        md.disable(["link", "image"])
    md.validateLink = _is_web_link  # type: ignore[method-assign]
    md.inline.ruler.before("escape", "dollar_formula", _inline_dollars)
    md.inline.ruler.before("escape", "bracket_formula", _inline_brackets)
    md.block.ruler.before(
        "fence", "formula", _display_formula, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    md.core.ruler.after("inline", "tidy", _tidy)
    rules: dict[str, Callable[..., str]] = {
        "math_inline": _render_formula,
        "math_inline_double": _render_formula,
        "formula": _render_formula,
        "fence": _render_code,
        "code_block": _render_code,
        "image": _render_image,
        "table_open": _render_table_open,
        "table_close": _render_table_close,
    }
    for name, rule in rules.items():
        md.add_render_rule(name, rule)
    return md


def _is_web_link(url: str) -> bool:
    """Tell whether an address may become a link: absolute http, https or mailto."""
    return _WEB_LINK.match(url) is not None


def _inline_dollars(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  the parser calls it so
    """Find `$...$` and, inside a sentence, `$$...$$` by the rule of pandoc, but no prose between two prices.

    The opening sign has no space behind it, the closing one no space before it and no digit behind it. Nor may a digit
    stand before the opening sign, or a code span between them.
    """
    source, start = state.src, state.pos
    if source[start] != "$":
        return False
    mark = "$$" if source.startswith("$$", start) else "$"
    begin = start + len(mark)
    end = _closing_dollar(source, mark, begin, min(state.posMax, begin + MAX_FORMULA))
    content = source[begin:end]
    before, after = source[max(0, start - 4) : start], source[end + len(mark) : end + len(mark) + 4]
    if end < 0 or not content.strip() or "`" in content or before[-1:].isdigit() or after[:1].isdigit():
        return False
    if before[-1:] == "$" if mark == "$$" else content[0].isspace() or content[-1].isspace():
        return False
    if is_prose(content, before, after):
        return False
    if not silent:
        token = state.push("math_inline" if mark == "$" else "math_inline_double", "math", 0)
        token.content = content
        token.markup = mark
    state.pos = end + len(mark)
    return True


def _closing_dollar(source: str, mark: str, begin: int, limit: int) -> int:
    """Return where the closing mark starts, or -1: the first dollar sign without a backslash must be the mark."""
    signs = (found for found in _DOLLARS.finditer(source, begin, limit) if found[0][0] == "$")
    first = next(signs, None)
    return first.start() if first is not None and (mark == "$" or first[0] == mark) else -1


def _inline_brackets(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  the parser calls it so
    r"""Find `\(...\)` and, inside a sentence, `\[...\]`."""
    opening = state.src[state.pos : state.pos + 2]
    if opening not in (r"\(", r"\["):
        return False
    closing = r"\)" if opening == r"\(" else r"\]"
    start = state.pos + 2
    end = state.src.find(closing, start, min(state.posMax, start + MAX_FORMULA))
    if end < 0 or not state.src[start:end].strip():
        return False
    if not silent:
        token = state.push("math_inline" if opening == r"\(" else "math_inline_double", "math", 0)
        token.content = state.src[start:end]
        token.markup = opening
    state.pos = end + 2
    return True


def _display_formula(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001  the parser calls it so
    r"""Find a formula on lines of its own: `$$...$$`, `\[...\]` or a bare environment."""
    if state.is_code_block(start_line):
        return False
    begin = state.bMarks[start_line] + state.tShift[start_line]
    limit = min(state.eMarks[end_line - 1], begin + MAX_FORMULA)
    opening, closing = _delimiters(state.src, begin)
    end = state.src.find(closing, begin + len(opening), limit) if opening else -1
    if end < 0:
        return False
    after = _AFTER_DISPLAY.match(state.src, end + len(closing))
    last_line = start_line + state.src.count("\n", begin, end)
    content = state.getLines(start_line, last_line + 1, state.sCount[start_line], keepLastLF=False)
    body = content.strip()[len(opening) :].rpartition(closing)[0]
    if after is None or last_line >= end_line or not body.strip() or (opening == "$$" and _BREAKS_DOLLARS.search(body)):
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.block = True
        token.content = opening + body + closing if opening.startswith(r"\begin") else body
        token.markup = opening
        token.info = after[1]
        token.map = [start_line, last_line + 1]
    state.line = last_line + 1
    return True


def _delimiters(source: str, position: int) -> tuple[str, str]:
    """Return the marks that open and close a display formula at a position, or two empty strings."""
    if source.startswith("$$", position):
        return "$$", "$$"
    if source.startswith(r"\[", position):
        return r"\[", r"\]"
    if source.startswith(r"\begin{", position) and (found := _ENVIRONMENT.match(source, position)):
        return found[0], rf"\end{{{found[1]}}}"
    return "", ""


def _tidy(state: StateCore) -> None:
    """Lower headings below the page's own, turn task-list boxes into characters, and give each block its direction.

    Only outer blocks get one: a list finds its direction in its items, which must not have one of their own.
    """
    tokens = state.tokens
    for index, token in enumerate(tokens):
        if token.level == 0 and token.type in _DIRECTED:
            token.attrSet("dir", "auto")
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        elif token.type in ("th_open", "td_open"):
            align = str(token.attrs.pop("style", "")).removeprefix("text-align:")
            if align:
                token.attrSet("class", align)
        elif token.type == "inline" and index > 1 and tokens[index - 2].type == "list_item_open":
            _tick(token)


def _tick(item: Token) -> None:
    """Replace a leading `[ ]` or `[x]` by a box that reads the same in every theme."""
    found = _TASK.match(item.content)
    first = item.children[0] if item.children else None
    if found and first is not None and first.type == "text":
        first.content = ("☐ " if found[1] == " " else "☑ ") + first.content[found.end() :]


def _render_formula(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    """Write MathML, or the source as code when that is not possible or the budget is spent."""
    token = tokens[index]
    env["formula_budget"] -= len(token.content)
    display = token.type != "math_inline"
    math = to_mathml(token.content, display=display) if env["formula_budget"] >= 0 else None
    if math is None:
        closing = {"$": "$", "$$": "$$", r"\(": r"\)", r"\[": r"\]"}.get(token.markup)
        source = token.content if closing is None else f"{token.markup}{token.content}{closing}"
        math = f'<code class="source">{html.escape(source)}</code>'
    if not display:
        return math
    block = f'<span class="formula">{math}{html.escape(token.info)}</span>'
    return f"<p>{block}</p>\n" if token.type == "formula" else block


def _render_code(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    """Write a code block, coloured when its language is known, its lines are sane and the budget lasts."""
    token = tokens[index]
    language = token.info.split()[0].lower() if token.info.strip() else ""
    code = html.escape(token.content)
    env["code_budget"] -= len(token.content)
    if language in _LANGUAGES and env["code_budget"] >= 0 and not _LONG_RUN.search(token.content):
        lexer = get_lexer_by_name(_BETTER_LEXERS.get(language, language), stripnl=False, ensurenl=False)
        code = highlight(token.content, lexer, _FORMATTER)
    return f'<pre class="code"><code>{code}</code></pre>\n'


def _render_image(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    """Write the image's Markdown: nothing is fetched, and the reader sees what the model wrote."""
    token = tokens[index]
    return html.escape(f"![{token.content}]({token.attrGet('src') or ''})")


def _render_table_open(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    """Open a table inside a box that scrolls sideways."""
    return '<div class="wide"><table dir="auto">\n'


def _render_table_close(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    """Close what `_render_table_open` opened."""
    return "</table></div>\n"

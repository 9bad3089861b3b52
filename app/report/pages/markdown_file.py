"""A report as Markdown, with the plots as links to their pictures."""

import re
from collections.abc import Iterable, Iterator

from app.report.blocks import Block, Bullets, Figure, Fold, Links, Paragraph, Subheading, TextTable
from app.report.document import Document
from app.report.pages.layout import parts_of, plot_file
from app.report.wording import tell
from storage.values import Language

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def markdown_of(document: Document, language: Language, pictures: Iterable[str]) -> str:
    """The report in one language.

    Args:
        document: the document.
        language: language of the texts.
        pictures: names of the files of plots that exist.
    """
    found, facts = frozenset(pictures), document.facts
    made = tell(language, "made_line", version=facts["versions"]["evenhand"], date=facts["made_at"][:10])
    lines = [f"# {escaped(str(facts['title'] or tell(language, 'title')))}", "", escaped(made)]
    for part in parts_of(document, language):
        lines += ["", f"## {escaped(part.title)}"]
        for block in part.blocks:
            lines += ["", *_block(block, language, found)]
    return "\n".join([*lines, ""])


def escaped(text: str) -> str:
    """A text without the characters that Markdown reads as its own, on one line."""
    pieces = " ".join(text.split()).split("`")
    if len(pieces) % 2 == 0:
        return _SPECIAL.sub(r"\\\1", "`".join(pieces))
    # What stands between backticks is code in Markdown too, where nothing is escaped.
    return "`".join(piece if place % 2 else _SPECIAL.sub(r"\\\1", piece) for place, piece in enumerate(pieces))


def _block(block: Block, language: Language, pictures: frozenset[str]) -> Iterable[str]:
    if isinstance(block, Paragraph):
        return [f"**{escaped(block.text)}**" if block.kind == "lead" else escaped(block.text)]
    if isinstance(block, Subheading):
        return [f"### {escaped(block.text)}"]
    if isinstance(block, Bullets):
        title = [f"{escaped(block.title)}:", ""] if block.title else []
        return [*title, *(f"- {escaped(item)}" for item in block.items)]
    if isinstance(block, Figure):
        files = [plot_file(block.key, language, form) for form in ("png", "svg")]
        file = next((file for file in files if file in pictures), files[-1])
        return [f"![{escaped(block.title)}]({file})", "", escaped(block.text)]
    if isinstance(block, Links):
        return [f"- {escaped(text)}: [{form}]({file})" for text, file, form in block.rows]
    if isinstance(block, Fold):
        return _fold(block, language, pictures)
    return _table(block)


def _fold(block: Fold, language: Language, pictures: frozenset[str]) -> Iterator[str]:
    yield f"### {escaped(block.title)}"
    yield ""
    yield f"**{escaped(block.result)}**"
    for one in block.blocks:
        yield ""
        yield from _block(one, language, pictures)


def _table(block: TextTable) -> Iterator[str]:
    yield escaped(block.caption)
    yield ""
    yield f"| {' | '.join(map(escaped, block.headings))} |"
    yield "|" + "|".join(" ---: " if place in block.numbers else " --- " for place in range(len(block.headings))) + "|"
    for row in block.rows:
        yield f"| {' | '.join(map(escaped, row))} |"

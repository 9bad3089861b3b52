"""The parts of a document in one language."""

from collections.abc import Iterable, Iterator

from app.report.blocks import Block, Figure, Fold, Part
from app.report.document import Document
from app.report.parts.catalog import REPORT_PARTS
from storage.values import Language

PAGES: dict[Language, str] = {"en": "index.html", "zh": "index.zh.html"}
MARKDOWN: dict[Language, str] = {"en": "report.md", "zh": "report.zh.md"}
"""Names of the files by language."""
CARD, NUMBERS, MANIFEST = "model-card.md", "report.json", "files.json"
"""Names of the model card entry, of the document, and of the list of files with their digests."""


def parts_of(document: Document, language: Language) -> list[Part]:
    """All parts that have something to show, in the order of the page."""
    found = (part.lay_out(document, language) for part in REPORT_PARTS)
    return [part for part in found if part is not None]


def figures_of(document: Document, language: Language) -> Iterator[Figure]:
    """All plots of a document."""
    for part in parts_of(document, language):
        yield from (block for block in _flat(part.blocks) if isinstance(block, Figure))


def _flat(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks with those inside of folds."""
    for block in blocks:
        if isinstance(block, Fold):
            yield from block.blocks
        else:
            yield block


def plot_file(key: str, language: Language, form: str) -> str:
    """The name of a plot's file within the report."""
    return f"plots/{key}.{language}.{form}"

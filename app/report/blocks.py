"""The elements of a report's page, without markup: what HTML and Markdown are made from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.report.drawing.canvas import Drawing


@dataclass(frozen=True)
class Paragraph:
    """A sentence or several; `kind` sets a note apart, and `lead` is the answer of a part."""

    text: str
    kind: Literal["text", "lead", "note", "alert"] = "text"


@dataclass(frozen=True)
class Bullets:
    """A list of sentences, with a title above it if there is one."""

    items: Sequence[str]
    title: str = ""


@dataclass(frozen=True)
class TextTable:
    """A table of texts.

    Attributes:
        caption: sentence above the table.
        headings: headings from left to right; the first column names the row.
        rows: one text per column.
        numbers: columns that hold numbers and are aligned to the right, by place.
        source: name of the table in the document, whose files stand below it; empty for none.
        digests: columns that hold digests, which may break anywhere, by place.
        is_result: whether the table is what its part is for; a page shows it whole, however long it is.
    """

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    source: str = ""
    digests: frozenset[int] = frozenset()
    is_result: bool = False


@dataclass(frozen=True)
class Figure:
    """A plot.

    Attributes:
        key: name of its files.
        title: heading of the plot.
        text: sentence that says how to read it, also for those who cannot see it.
        drawing: the plot.
        narrow: the same for a phone; None if the plot is narrow enough.
    """

    key: str
    title: str
    text: str
    drawing: Drawing
    narrow: Drawing | None = None


@dataclass(frozen=True)
class Links:
    """Files beside the page, each with its name and a sentence."""

    rows: Sequence[tuple[str, str, str]]
    headings: tuple[str, str]


@dataclass(frozen=True)
class Subheading:
    """A heading within a part."""

    text: str


InFold = Paragraph | Bullets | TextTable | Figure | Links


@dataclass(frozen=True)
class Fold:
    """A result beside the main ones: a page shows its title, and the rest when a reader opens it.

    Attributes:
        title: what it is.
        result: what it says, in one line.
        blocks: all of it.
    """

    title: str
    result: str
    blocks: Sequence[InFold]


Block = InFold | Subheading | Fold


@dataclass(frozen=True)
class Part:
    """One part of a page: its anchor, its heading, and its elements."""

    key: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)

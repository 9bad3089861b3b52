"""A leaderboard as rows of text for the terminal and for the page, in the reader's language and without any markup."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.views.board import board_notes, board_summary, left_out
from app.views.columns import BoardColumn, BoardFacts, Place, shown_columns
from app.views.sentences import say
from storage.values import Language

MOST_LINES = 1000
"""Largest number of models in a table for people; files and JSON have all of them."""


@dataclass(frozen=True)
class BoardLine:
    """One model's row as text.

    Attributes:
        cells: text by key of the column, empty for an unknown value.
        is_provisional: whether the model has too few battles for its interval to be trusted.
    """

    cells: Mapping[str, str]
    is_provisional: bool


@dataclass(frozen=True)
class BoardGroup:
    """Models that may be compared with each other; `number` counts from 1, None for models without a battle."""

    number: int | None
    lines: tuple[BoardLine, ...]


@dataclass(frozen=True)
class BoardView:
    """A leaderboard in words.

    Attributes:
        summary: the number of battles, models, raters and questions behind the board.
        columns: columns from left to right.
        headings: heading of each column, by its key.
        groups: groups of comparable models, largest first; models without a battle last.
        notes: remarks on how to read the board.
        left_out: rows that were not used, one phrase per reason.
    """

    summary: str
    columns: tuple[BoardColumn, ...]
    headings: Mapping[str, str]
    groups: tuple[BoardGroup, ...]
    notes: tuple[str, ...]
    left_out: tuple[str, ...]


def board_view(facts: BoardFacts, language: Language, place: Place) -> BoardView:
    """A fitted leaderboard as rows and sentences; of very many models the first, and those with intervals asked for.

    Args:
        facts: the leaderboard and what it is compared with.
        language: language of the reader.
        place: `terminal` or `page`; it decides which columns there are.
    """
    board, columns = facts.board, tuple(shown_columns(facts, place))
    texts = {column.key: column.texts(facts, language) for column in columns}
    lines: dict[int | None, list[BoardLine]] = {}
    asked = set(board.recipe.settings.intervals_for)
    shown = [number for number, row in enumerate(board.rows) if number < MOST_LINES or row.model in asked]
    for number in shown:
        row = board.rows[number]
        cells = {key: column[number] for key, column in texts.items()}
        lines.setdefault(row.island, []).append(BoardLine(cells, row.provisional and row.battles > 0))
    return BoardView(
        summary=board_summary(board, language),
        columns=columns,
        headings={column.key: column.heading(facts, language) for column in columns},
        groups=tuple(BoardGroup(None if code is None else code + 1, tuple(own)) for code, own in lines.items()),
        notes=(*_hidden(len(board.rows) - len(shown), language, place), *board_notes(board, language)),
        left_out=left_out(board.counts, language),
    )


def _hidden(number: int, language: Language, place: Place) -> tuple[str, ...]:
    """A sentence on models that the table leaves out."""
    return (say(language, f"board_hidden_{place}", n=number),) if number else ()

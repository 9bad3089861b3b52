"""Leaderboards of people and of judges, with answers, intervals and notes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.report.blocks import Block, Bullets, Figure, Fold, InFold, Paragraph, Part, Subheading, TextTable
from app.report.document import Document, NumberTable, PartNumbers, Texts, in_both
from app.report.drawing.charts import NARROW, Axis, Interval, interval_chart
from app.report.parts.part import ReportSource
from app.report.wording import tell
from app.views.board import board_notes, interval_text
from app.views.columns import BOARD_COLUMNS, BoardFacts, board_records, chance_text
from app.views.fused.board_lines import column_name, fusion_lines, missed_line
from app.views.leaderboard.answer import board_answer
from app.views.number_text import decimal_text
from app.views.sentences import say
from arena.fused.sources import FusionChoice, FusionRefused
from arena.leaderboard.ranking import Board, NothingToRank, missed_people, rank
from arena.rating.satisfaction import SATISFACTION
from arena.rating.win_rate import WIN_RATE
from storage.errors import BadInput
from storage.ledger.battle_reading import read_battles
from storage.ledger.scores import score_dimensions
from storage.values import Language, RaterKind

BOARDS = "leaderboards"
"""Name of the table that lists the leaderboards of a report; its first row is the main one."""
FUSED = "leaderboard_fused"
"""Name of the leaderboard of people and judges together."""
MOST_LINES = 40
"""Largest number of models in a chart; the table has all of them."""
MOST_ROWS = 1000
"""Largest number of models in a table of the page; its files have all of them."""
_SUMMARY = ("key", "by", "judge", "method", "scale", "level", "votes", "scores", "raters", "questions", "models")
_JUDGES = ("name", "is_judge", "rho", "weight", "items", "voted_items", "orders")
_SHOWN = ("ranks", "model", "rating", "interval", "battles", "win_rate", "probability_first")


@dataclass(frozen=True)
class _BoardSpec:
    """One leaderboard to fit: its name, whose votes, and by which method."""

    key: str
    by: RaterKind
    judge: str | None
    method: str


class LeaderboardPart:
    """One leaderboard of people, one of all judges, one of each judge if there are several, and those of scores."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        tables: dict[str, NumberTable] = {}
        texts: dict[str, Texts] = {}
        summary = []
        for spec in _specs(source):
            board = fitted(source, spec.by, spec.judge, spec.method)
            if board is None:
                continue
            missed = replace(board, missed=missed_people(source.database, board))
            records = board_records(BoardFacts(board), "json")
            tables[spec.key] = NumberTable.of(list(records[0]), [list(record.values()) for record in records])
            texts[f"{spec.key}_answer"] = in_both(lambda language, board=board: _answer(board, language))
            texts[f"{spec.key}_notes"] = in_both(lambda language, board=missed: _notes(board, language))
            summary.append(_summary(spec, board))
        fused = _fused(source) if len(summary) > 1 and source.settings.assume_random else PartNumbers()
        tables |= fused.tables
        texts |= fused.texts
        if summary:
            tables = {BOARDS: NumberTable.of(_SUMMARY, summary), **tables}
        return PartNumbers(tables, texts)

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        boards = document.rows(BOARDS)
        if not boards:
            return None
        blocks: list[Block] = []
        is_alone = len(boards) == 1 and not document.sentences(FUSED, language)
        for board in boards:
            if board["judge"]:  # one of several, whose leaderboard together stands above
                blocks.append(_folded(document, board, language))
            else:
                blocks += _blocks(document, board, language, is_alone=is_alone)
        blocks += _fused_blocks(document, language)
        return Part("leaderboard", tell(language, "leaderboard"), blocks)


def _notes(board: Board, language: Language) -> list[str]:
    """Notes on a board; a board of judges begins with how far it is from people."""
    missed = missed_line(board, language)
    return [*([] if missed is None else [missed]), *board_notes(board, language)]


def _fused(source: ReportSource) -> PartNumbers:
    """The leaderboard of people and judges together, or why there is none."""
    try:
        board = rank(
            source.database,
            source.selection(RaterKind.human),
            method=source.settings.method,
            settings=source.settings.rating,
            fusion=FusionChoice(assume_random=True),
        )
    except FusionRefused as refused:
        reason, numbers = f"fused_refused_{refused.reason}", dict(refused.numbers)
        return PartNumbers({}, {FUSED: in_both(lambda language: [say(language, reason, **numbers)])})
    except BadInput:  # a method that has no fused form
        return PartNumbers()
    records = board_records(BoardFacts(board), "json")
    columns = board.fusion.ceiling.columns if board.fusion else ()
    tables = {
        FUSED: NumberTable.of(list(records[0]), [list(record.values()) for record in records]),
        f"{FUSED}_judges": NumberTable.of(_JUDGES, [[getattr(one, name) for name in _JUDGES] for one in columns]),
    }
    texts = {
        FUSED: in_both(lambda language: fusion_lines(board, language)),
        f"{FUSED}_answer": in_both(lambda language: _answer(board, language)),
        f"{FUSED}_notes": in_both(lambda language: board_notes(board, language)),
        f"{FUSED}_names": in_both(lambda language: [column_name(one, language) for one in columns]),
    }
    return PartNumbers(tables, texts)


def _fused_blocks(document: Document, language: Language) -> Iterator[Block]:
    said, rows = document.sentences(FUSED, language), document.rows(FUSED)
    if not said:
        return
    if not rows:
        yield Subheading(tell(language, "board_fused"))
        yield Paragraph(say(language, "fused_refused"))
        yield Bullets(said)
        return
    settings = document.facts["settings"]
    board = {"key": FUSED, "by": "fused", "judge": None, "method": settings["method"], "level": settings["level"]}
    board |= {"scale": "percent" if settings["method"] == WIN_RATE else "elo", "votes": 0, "scores": 0}
    board |= {"raters": 0, "questions": 0, "models": len(rows)}
    for block in _blocks(document, board, language, is_alone=False):
        yield block
        if isinstance(block, Subheading):
            yield Bullets(said)
    judges = document.rows(f"{FUSED}_judges")
    body = [
        [
            name,
            "" if row["rho"] is None else decimal_text(row["rho"], 3),
            decimal_text(row["weight"], 3),
            f"{row['items']:,}",
            f"{row['voted_items']:,}",
        ]
        for name, row in zip(document.sentences(f"{FUSED}_names", language), judges, strict=True)
    ]
    heads = [say(language, f"fused_{key}") for key in ("judge", "rho", "lambda", "items", "voted")]
    yield TextTable(say(language, "fused_table"), heads, body, frozenset((1, 2, 3, 4)), f"{FUSED}_judges")


def fitted(source: ReportSource, by: RaterKind, judge: str | None, method: str | None = None) -> Board | None:
    """A leaderboard of the published rows, fitted once for all parts; None where there is nothing to rank."""
    by_method = method or source.settings.method
    key = by, judge, by_method
    if key not in source.boards:
        try:
            source.boards[key] = rank(
                source.database, source.selection(by, judge), method=by_method, settings=source.settings.rating
            )
        except NothingToRank:
            source.boards[key] = None
    return source.boards[key]


def main_board(source: ReportSource) -> Board | None:
    """The leaderboard of people, or else of judges; None without a vote or judgment."""
    return fitted(source, RaterKind.human, None) or fitted(source, RaterKind.judge, None)


def board_name(board: dict[str, Any], language: Language) -> str:
    """The name of a leaderboard: whose votes, judgments or scores it is made from."""
    if board["by"] == "fused":
        return tell(language, "board_fused")
    what = "scores" if board["method"] == SATISFACTION else "votes"
    if board["judge"]:
        return tell(language, f"board_one_judge_{what}", judge=board["judge"])
    return tell(language, f"board_{board['by']}_{what}")


def _specs(source: ReportSource) -> Iterator[_BoardSpec]:
    method = source.settings.method
    with source.database.reading() as session:
        judges = read_battles(session, source.selection(RaterKind.judge)).raters
        scored = [kind for kind in RaterKind if score_dimensions(session, kind)]
    yield _BoardSpec("leaderboard_human", RaterKind.human, None, method)
    yield _BoardSpec("leaderboard_judge", RaterKind.judge, None, method)
    if len(judges) > 1:
        for place, judge in enumerate(judges, 1):
            yield _BoardSpec(f"leaderboard_judge_{place}", RaterKind.judge, judge, method)
    for kind in scored:
        yield _BoardSpec(f"satisfaction_{kind}", kind, None, SATISFACTION)


def _summary(spec: _BoardSpec, board: Board) -> list[Any]:
    battles, scores = board.battles, board.evidence.scores
    rater = battles.rater if scores is None else np.concatenate([battles.rater, scores.rater])
    question = battles.question if scores is None else np.concatenate([battles.question, scores.question])
    return [
        spec.key,
        spec.by.value,
        spec.judge,
        board.ratings.method,
        board.ratings.scale,
        board.recipe.settings.level,
        len(battles),
        0 if scores is None else len(scores),
        len(np.unique(rater[rater >= 0])),
        len(np.unique(question[question >= 0])),
        sum(1 for row in board.rows if row.battles),
    ]


def _answer(board: Board, language: Language) -> list[str]:
    found = board_answer(board, language)
    return [found.title, found.text]


def _blocks(document: Document, board: dict[str, Any], language: Language, *, is_alone: bool) -> Iterator[Block]:
    if not is_alone:
        yield Subheading(board_name(board, language))
    yield Paragraph(document.sentences(f"{board['key']}_answer", language)[0], "lead")
    yield from _below_answer(document, board, language)


def _folded(document: Document, board: dict[str, Any], language: Language) -> Fold:
    answer = document.sentences(f"{board['key']}_answer", language)[0]
    return Fold(board_name(board, language), answer, list(_below_answer(document, board, language)))


def _below_answer(document: Document, board: dict[str, Any], language: Language) -> Iterator[InFold]:
    key, rows = board["key"], document.rows(board["key"])
    name = board_name(board, language)
    yield Paragraph(document.sentences(f"{key}_answer", language)[1])
    if board["by"] != "fused":
        yield Paragraph(_counts(board, language), "note")
    yield _table(board, rows, language)
    drawn = [row for row in rows if row["rating"] is not None and row["island"] == 0][:MOST_LINES]
    if drawn:
        decimals = 1 if board["scale"] == "percent" else 0
        axis = Axis(tell(language, f"axis_{board['scale']}"), lambda value: f"{value:.{decimals}f}")
        lines = [Interval(row["model"], row["rating"], row["lower"], row["upper"]) for row in drawn]
        how = tell(language, "ratings_text", level=f"{board['level']:.0%}", name=name)
        if len(drawn) < len(rows):
            how += " " + tell(language, "ratings_first", n=len(drawn), all=len(rows))
        yield Figure(
            key,
            tell(language, "ratings", name=name),
            how,
            interval_chart(lines, axis),
            interval_chart(lines, axis, width=NARROW),
        )
    if notes := document.sentences(f"{key}_notes", language):
        yield Bullets(notes, tell(language, "how_to_read"))


def _counts(board: dict[str, Any], language: Language) -> str:
    numbers = [(name, board[name]) for name in ("votes", "scores", "models", "raters", "questions") if board[name]]
    by = board["by"]
    keys = {"votes": f"n_votes_{by}", "raters": f"n_raters_{by}"}
    parts = [tell(language, keys.get(name, f"n_{name}"), n=number) for name, number in numbers]
    return tell(language, "based_on", counts=tell(language, "comma").join(parts))


def _table(board: dict[str, Any], rows: list[dict[str, Any]], language: Language) -> TextTable:
    columns = {column.key: column for column in BOARD_COLUMNS}
    level = f"{board['level']:.0%}"
    is_scored = board["method"] == SATISFACTION
    shown = [key for key in _SHOWN if not (is_scored and key == "win_rate")]
    headings = [columns[key].headings[language].format(level=level) for key in shown]
    if is_scored:
        headings[shown.index("battles")] = tell(language, "scores_given")
        headings[shown.index("rating")] = tell(language, "mean_percent")
    decimals = 1 if board["scale"] == "percent" else 0
    several = len({row["island"] for row in rows}) > 1
    cells = [_cells(row, shown, decimals, language, with_group=several) for row in rows[:MOST_ROWS]]
    caption = tell(language, "board_caption", name=board_name(board, language), method=board["method"])
    if len(cells) < len(rows):
        caption += " " + tell(language, "rows_first", n=len(cells), all=len(rows))
    if any(row["provisional"] and row["battles"] for row in rows):
        caption += " " + tell(language, "provisional")
    return TextTable(caption, headings, cells, frozenset({0, *range(2, len(shown))}), board["key"], is_result=True)


def _cells(row: dict[str, Any], shown: list[str], decimals: int, language: Language, *, with_group: bool) -> list[str]:
    lower, upper = (float("nan") if row[end] is None else row[end] for end in ("lower", "upper"))
    ranks = "" if row["rank"] is None else str(row["rank"])
    if row["rank_low"] is not None and row["rank_low"] != row["rank_high"]:
        ranks = f"{row['rank_low']}–{row['rank_high']}"
    elif row["rank_low"] is not None:
        ranks = str(row["rank_low"])
    if with_group and row["island"] is not None:
        ranks = tell(language, "in_group", rank=ranks, group=row["island"] + 1)
    chance, rate = row["probability_first"], row["win_rate"]
    found = {
        "ranks": ranks,
        "model": row["model"] + (" *" if row["provisional"] and row["battles"] else ""),
        "rating": "" if row["rating"] is None else decimal_text(row["rating"], decimals),
        "interval": interval_text(lower, upper, language, decimals=decimals),
        "battles": f"{row['battles']:,}",
        "win_rate": "" if rate is None else f"{rate:.1%}",
        "probability_first": "" if chance is None else chance_text(chance),
    }
    return [found[key] for key in shown]

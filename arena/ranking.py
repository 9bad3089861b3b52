"""From the verdicts of a selection to a stored leaderboard: the pipeline behind `evenhand rank` and its page.

board = rank(database, Selection(category="code"), now=…)
for row in board.rows: …
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from arena.catalog import RATING_METHODS
from arena.leaderboard import LeaderboardRow, rank_models
from arena.rating.bradley_terry import BRADLEY_TERRY
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings, RatingSettings
from storage import ledger, ratings
from storage.battle_rows import Selection, read_battles
from storage.battles import Battles
from storage.database import Database
from storage.errors import BadInput
from storage.values import RaterKind


@dataclass(frozen=True)
class Board:
    """One fitted leaderboard and all that it rests on.

    Attributes:
        selection: the verdicts that were asked for.
        rows: one per model, best first.
        ratings: the fit.
        battles: the columns that it was made from.
        position: the last ledger position that was read.
        run: the number under which it was stored, None when it was not.
    """

    selection: Selection
    rows: tuple[LeaderboardRow, ...]
    ratings: Ratings
    battles: Battles
    position: int
    run: int | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Rows that were not used, by reason."""
        return dict(self.ratings.left_out)


DEFAULT_SETTINGS = RatingSettings(mean="models")
"""The mean over models at 1000, as in the peers whose numbers people compare with."""


def rank(
    database: Database,
    selection: Selection,
    *,
    method: str = BRADLEY_TERRY,
    settings: RatingSettings = DEFAULT_SETTINGS,
    now: datetime | None = None,
) -> Board:
    """Fit a leaderboard; with `now` it is also stored as a rating run.

    Raises:
        BadInput: an unknown method, or nothing to rank.
        NotFound: a rater that was asked for is not in the store.
    """
    if method not in RATING_METHODS:
        raise BadInput(
            f"expected a method among {', '.join(RATING_METHODS)}, got {method!r}; see `evenhand list methods`"
        )
    with database.reading() as session:
        position = ledger.head(session)[0] if selection.position is None else selection.position
        battles = read_battles(session, replace(selection, position=position))
    if len(battles) == 0:
        raise BadInput(_nothing(selection, battles.counts))
    fitted = RATING_METHODS[method].rate(Evidence(battles), settings=settings)
    board = Board(selection, rank_models(fitted, settings), fitted, battles, position)
    if now is None:
        return board
    with database.writing() as session:
        run = ratings.add_run(session, _run_row(board), _rating_rows(board), now=now)
    return Board(selection, board.rows, fitted, battles, position, run)


def _run_row(board: Board) -> Mapping[str, Any]:
    return {
        "kind": board.selection.kind,
        "method": board.ratings.method,
        "settings": {"selection": asdict(board.selection), "method": dict(board.ratings.settings)},
        "seed": None,
        "position": board.position,
        "notes": [],
        "counts": board.counts,
    }


def _rating_rows(board: Board) -> list[Mapping[str, Any]]:
    return [
        {
            "model": row.model,
            "rating": row.rating,
            "lower": row.lower,
            "upper": row.upper,
            "rank_low": row.rank_low,
            "rank_high": row.rank_high,
            "battles": row.battles,
        }
        for row in board.rows
        if row.rating is not None
    ]


def _nothing(selection: Selection, counts: Mapping[str, int]) -> str:
    whose = "human votes" if selection.kind is RaterKind.human else "judge verdicts"
    filters = [
        f"{name} {value!r}"
        for name, value in asdict(selection).items()
        if name in ("rater", "category", "language", "source", "campaign") and value is not None
    ]
    where = f" for {' and '.join(filters)}" if filters else ""
    left_out = ", ".join(f"{number} {reason}" for reason, number in counts.items())
    tail = f"; left out were {left_out}" if left_out else ""
    other = "--by judge" if selection.kind is RaterKind.human else "--by human"
    return f"expected {whose}{where} to rank, got none{tail}; import or collect some, or try {other}"

"""From the verdicts of a selection to a stored leaderboard: the pipeline behind `evenhand rank` and its page.

board = rank(database, Selection(category="code"), now=…)
for row in board.rows: …
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import numpy as np

from arena.leaderboard.board import LeaderboardRow, rank_models
from arena.leaderboard.evidence_reading import gather
from arena.leaderboard.stored_runs import BoardSettings, rating_columns, recipe_of, run_columns
from arena.rating.bradley_terry import BRADLEY_TERRY
from arena.rating.catalog import RATING_METHODS, RatingMethodEntry
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings, RatingSettings
from storage import leaderboards
from storage.database.engine import Database
from storage.errors import BadInput
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import Battles
from storage.values import RaterKind


class NothingToRank(BadInput):
    """A selection without a verdict that counts."""


@dataclass(frozen=True)
class Board:
    """One fitted leaderboard and all that it rests on.

    Attributes:
        recipe: what it was made from, as asked for.
        rows: one per model, best first.
        ratings: the fit.
        evidence: the rows that it was made from.
        position: the last ledger position that was read.
        run: the number under which it was stored, None when it was not.
    """

    recipe: BoardSettings
    rows: tuple[LeaderboardRow, ...]
    ratings: Ratings
    evidence: Evidence
    position: int
    run: int | None = None

    @property
    def selection(self) -> Selection:
        """The verdicts that were asked for."""
        return self.recipe.selection

    @property
    def battles(self) -> Battles:
        """The verdicts that were found."""
        return self.evidence.battles

    @property
    def counts(self) -> dict[str, int]:
        """Rows that were not used, by reason."""
        return dict(self.ratings.left_out)


@dataclass(frozen=True)
class RemadeBoard:
    """A stored run made again.

    Attributes:
        board: what it is now.
        largest_change: greatest difference of a rating or interval end from what was stored, in the board's unit.
        is_same: whether every stored number came out the same.
    """

    board: Board
    largest_change: float
    is_same: bool


def rank(
    database: Database,
    selection: Selection,
    *,
    method: str = BRADLEY_TERRY,
    settings: RatingSettings | None = None,
    now: datetime | None = None,
) -> Board:
    """Fit a leaderboard; with `now` it is also stored as a rating run.

    Raises:
        BadInput: an unknown method, a setting that it cannot honour, or nothing to rank.
        NotFound: a rater that was asked for is not in the store.
    """
    recipe = BoardSettings(selection, method, settings or RatingSettings())
    entry = method_named(method)
    with database.reading() as session:
        position = chain.head(session)[0] if selection.position is None else selection.position
        evidence = gather(session, replace(selection, position=position), entry.reads, recipe.settings)
    board = rank_evidence(recipe, entry, evidence, position)
    if now is None:
        return board
    with database.writing() as session:
        run = leaderboards.add_run(
            session, run_columns(recipe, board.ratings, position), rating_columns(board.rows), now=now
        )
    return replace(board, run=run)


def rank_evidence(recipe: BoardSettings, entry: RatingMethodEntry, evidence: Evidence, position: int) -> Board:
    """Fit a leaderboard from rows that were read.

    Raises:
        NothingToRank: there are no rows.
        BadInput: a setting that the method cannot honour.
    """
    n_scores = 0 if evidence.scores is None else len(evidence.scores)
    if len(evidence.battles) + n_scores == 0:
        left_out = evidence.battles.counts if evidence.scores is None else evidence.scores.counts
        raise NothingToRank(_nothing(recipe.selection, left_out))
    fitted = entry.rate(evidence, settings=recipe.settings)
    return Board(recipe, rank_models(fitted, recipe.settings), fitted, evidence, position)


def remake(database: Database, run_number: int) -> RemadeBoard:
    """Make a stored run again from its recipe, over the ledger as it stood then.

    Raises:
        NotFound: there is no such run.
        BadInput: it was stored without its whole recipe.
    """
    with database.reading() as session:
        run, stored = leaderboards.run_of(session, run_number)
        recipe = recipe_of(run)
    board = replace(rank(database, recipe.selection, method=recipe.method, settings=recipe.settings), run=run_number)
    now = {row.model: row for row in board.rows if row.rating is not None}
    changes, same = [0.0], now.keys() == stored.keys()
    for model in now.keys() & stored.keys():
        before, after = stored[model], now[model]
        for name in ("rating", "lower", "upper"):
            one, other = getattr(before, name), getattr(after, name)
            same &= one == other
            changes.append(abs(one - other) if one is not None and other is not None else 0.0)
        same &= (before.rank_low, before.rank_high) == (after.rank_low, after.rank_high)
    return RemadeBoard(board, float(np.max(changes)), same)


def method_named(name: str) -> RatingMethodEntry:
    """A method of the catalog.

    Raises:
        BadInput: there is none of this name.
    """
    if name not in RATING_METHODS:
        raise BadInput(
            f"expected a method among {', '.join(RATING_METHODS)}, got {name!r}; see `evenhand list methods`"
        )
    return RATING_METHODS[name]


_FILTERS = ("rater", "rater_source", "category", "language", "source", "campaign")


def _nothing(selection: Selection, counts: Mapping[str, int]) -> str:
    whose = "human votes" if selection.kind is RaterKind.human else "judge verdicts"
    filters = [
        f"{name} {value!r}" for name, value in asdict(selection).items() if name in _FILTERS and value is not None
    ]
    filters += [f"{name} {moment:%Y-%m-%d}" for name, moment in _window(selection) if moment is not None]
    where = f" for {' and '.join(filters)}" if filters else ""
    left_out = ", ".join(f"{number} {reason}" for reason, number in counts.items())
    tail = f"; left out were {left_out}" if left_out else ""
    other = "--by judge" if selection.kind is RaterKind.human else "--by human"
    return f"expected {whose}{where} to rank, got none{tail}; import or collect some, or try {other}"


def _window(selection: Selection) -> tuple[tuple[str, datetime | None], ...]:
    return ("since", selection.since), ("until", selection.until)

"""Leaderboards from the battles of a selection: the pipeline behind `evenhand rank` and the Leaderboard page.

board = rank(database, Selection(category="code"), now=…)
for row in board.rows: …
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import numpy as np
from sqlmodel import Session

from arena.fused.facts import Fusion, rate_fused, refuse
from arena.fused.pair_reading import read_fused_pairs
from arena.fused.score_reading import read_fused_scores
from arena.fused.sources import FusionChoice
from arena.leaderboard.board import LeaderboardRow, rank_models
from arena.leaderboard.evidence_reading import gather
from arena.leaderboard.judge_miss import JudgeMiss, measure_miss
from arena.leaderboard.stored_runs import BoardSettings, has_other_intervals, rating_columns, recipe_of, run_columns
from arena.rating.bradley_terry import BRADLEY_TERRY
from arena.rating.catalog import RATING_METHODS, RatingMethodEntry
from arena.rating.choice import AUTO
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings, RatingSettings
from arena.rating.satisfaction import SATISFACTION
from storage import leaderboards
from storage.database.engine import Database
from storage.database.ledger_tables import Rating
from storage.errors import BadInput
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import Battles
from storage.questions.model_names import standing_names
from storage.values import RaterKind


class NothingToRank(BadInput):
    """A selection without a usable battle or score.

    Attributes:
        counts: number of unused rows of the selection, by reason.
    """

    def __init__(self, message: str, counts: Mapping[str, int]) -> None:
        """Keep the counts beside the message."""
        super().__init__(message)
        self.counts = dict(counts)


@dataclass(frozen=True)
class Board:
    """One fitted leaderboard with its input and settings.

    Attributes:
        recipe: selection, method and settings, as requested.
        rows: one row per model, best first.
        ratings: the fit.
        evidence: input rows of the fit.
        position: last ledger position that was read.
        run: number of the stored rating run; None if not stored.
        fusion: what judges add to people; None for a leaderboard of one kind of rater.
        missed: distance of a leaderboard of judges from people; None if it was not measured or is not known.
        intervals_as_stored: whether intervals and rank ranges are those of a stored run from when they were computed in
            another way.
    """

    recipe: BoardSettings
    rows: tuple[LeaderboardRow, ...]
    ratings: Ratings
    evidence: Evidence
    position: int
    run: int | None = None
    fusion: Fusion | None = None
    missed: JudgeMiss | None = None
    intervals_as_stored: bool = False

    @property
    def selection(self) -> Selection:
        """The requested selection."""
        return self.recipe.selection

    @property
    def battles(self) -> Battles:
        """The battles of the fit."""
        return self.evidence.battles

    @property
    def has_parts(self) -> bool:
        """Whether fits to some of the battles compare with the whole: there are battles, and no scores beside them.

        Scores have no place in the order of the battles, nor in a mask over them.
        """
        return len(self.battles) > 0 and not self.evidence.scores and self.fusion is None

    @property
    def counts(self) -> dict[str, int]:
        """Number of unused rows, by reason."""
        return dict(self.ratings.left_out)


@dataclass(frozen=True)
class RemadeBoard:
    """A stored rating run, computed again.

    Attributes:
        board: the new leaderboard.
        largest_change: largest difference of a rating or interval end from the stored one, in the unit of the ratings.
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
    fusion: FusionChoice | None = None,
    now: datetime | None = None,
) -> Board:
    """Fit a leaderboard; with `now` it is also stored as a rating run.

    Args:
        database: the store.
        selection: votes, judgments or scores that count; of people, if judges are fused with them.
        method: name in the catalogue.
        settings: settings of the method; None for the defaults.
        fusion: how judges are fused with people; None for a leaderboard of the kind of the selection.
        now: present time, to store the fit.

    Raises:
        BadInput: an unknown method, a setting that it does not support, or nothing to rank.
        NotFound: the rater of the selection is not in the store.
    """
    recipe = BoardSettings(selection, method, settings or RatingSettings(), fusion)
    entry = method_named(method)
    with database.reading() as session:
        position = chain.head(session)[0] if selection.position is None else selection.position
        recipe = replace(recipe, settings=_with_standing_names(session, recipe.settings))
        fixed = replace(selection, position=position)
        if fusion is None:
            evidence = gather(session, fixed, entry.reads, recipe.settings)
            board = rank_evidence(recipe, entry, evidence, position)
        else:
            board = _rank_fused(session, recipe, fixed, fusion)
    if now is None:
        return board
    with database.writing() as session:
        run = leaderboards.add_run(
            session, run_columns(recipe, board.ratings, position), rating_columns(board.rows), now=now
        )
    return replace(board, run=run)


def _with_standing_names(session: Session, settings: RatingSettings) -> RatingSettings:
    """The settings with the names that their models have now."""
    named = [*settings.intervals_for, *([settings.anchor] if settings.anchor is not None else [])]
    if not named:
        return settings
    known = standing_names(session, named)
    anchor = None if settings.anchor is None else known.get(settings.anchor, settings.anchor)
    return replace(
        settings, anchor=anchor, intervals_for=tuple(known.get(name, name) for name in settings.intervals_for)
    )


def _rank_fused(session: Session, recipe: BoardSettings, fixed: Selection, fusion: FusionChoice) -> Board:
    """Fit a leaderboard of people and judges at the position of a selection."""
    refuse(recipe.method, recipe.settings)
    if recipe.method == SATISFACTION:
        source = read_fused_scores(session, fixed, fusion)
    else:
        source = read_fused_pairs(session, fixed, fusion, both_bad=recipe.settings.both_bad)
    ratings, facts = rate_fused(source, recipe.method, recipe.settings)
    rows = rank_models(ratings, recipe.settings)
    return Board(recipe, rows, ratings, source.evidence, fixed.position or 0, fusion=facts)


def rank_evidence(recipe: BoardSettings, entry: RatingMethodEntry, evidence: Evidence, position: int) -> Board:
    """Fit a leaderboard from given evidence.

    Raises:
        NothingToRank: there are no rows.
        BadInput: a setting that the method does not support.
    """
    n_scores = 0 if evidence.scores is None else len(evidence.scores)
    if len(evidence.battles) + n_scores == 0:
        left_out = evidence.battles.counts if evidence.scores is None else evidence.scores.counts
        raise NothingToRank(_nothing(recipe.selection, left_out), left_out)
    fitted = entry.rate(evidence, settings=recipe.settings)
    return Board(recipe, rank_models(fitted, recipe.settings), fitted, evidence, position)


def missed_people(database: Database, board: Board) -> JudgeMiss | None:
    """By how much a leaderboard of judges missed people on the same questions; None if that is not known.

    A leaderboard of people or of both has nothing to miss.
    """
    if board.recipe.by != RaterKind.judge:
        return None
    selection = replace(
        board.selection, kind=RaterKind.human, rater=None, raters=(), rater_source=None, position=board.position
    )
    try:
        people = rank(database, selection, method=board.recipe.method, settings=board.recipe.settings)
    except BadInput:
        return None
    return measure_miss(board.ratings, people.ratings)


def remake(database: Database, run_number: int) -> RemadeBoard:
    """Compute a stored rating run again from its recipe and its ledger position.

    Intervals and rank ranges that were computed in another way stay as they were stored.

    Raises:
        NotFound: there is no such run.
        BadInput: the run was stored without its whole recipe.
    """
    with database.reading() as session:
        run, stored = leaderboards.run_of(session, run_number)
        recipe, keeps_intervals, chosen = recipe_of(run), has_other_intervals(run), run.method
    again = rank(database, recipe.selection, method=recipe.method, settings=recipe.settings, fusion=recipe.fusion)
    if recipe.method == AUTO and again.ratings.method != chosen and chosen in RATING_METHODS:
        # the choice is wider now; a stored run keeps the method that was chosen then
        again = rank(database, recipe.selection, method=chosen, settings=recipe.settings, fusion=recipe.fusion)
    rows = tuple(_with_stored_intervals(row, stored) for row in again.rows) if keeps_intervals else again.rows
    board = replace(again, run=run_number, rows=rows, intervals_as_stored=keeps_intervals)
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


def _with_stored_intervals(row: LeaderboardRow, stored: Mapping[str, Rating]) -> LeaderboardRow:
    """The row of a model with the interval and rank range of its stored rating."""
    if (known := stored.get(row.model)) is None:
        return row
    return replace(
        row, lower=known.lower, upper=known.upper, rank_low=known.rank_low, rank_high=known.rank_high, freedom=None
    )


def method_named(name: str) -> RatingMethodEntry:
    """A rating method of the catalogue by name.

    Raises:
        BadInput: the catalogue has no such method.
    """
    if name not in RATING_METHODS:
        raise BadInput(
            f"expected a method among {', '.join(RATING_METHODS)}, got {name!r}; see `evenhand list methods`"
        )
    return RATING_METHODS[name]


_FILTERS = ("rater", "rater_source", "category", "language", "source", "campaign")


def _nothing(selection: Selection, counts: Mapping[str, int]) -> str:
    kind = "human votes" if selection.kind is RaterKind.human else "judgments"
    filters = [
        f"{name} {value!r}" for name, value in asdict(selection).items() if name in _FILTERS and value is not None
    ]
    filters += [f"{name} {moment:%Y-%m-%d}" for name, moment in _window(selection) if moment is not None]
    where = f" for {' and '.join(filters)}" if filters else ""
    left_out = ", ".join(f"{number} {reason}" for reason, number in counts.items())
    tail = f"; left out were {left_out}" if left_out else ""
    other = "--by judge" if selection.kind is RaterKind.human else "--by human"
    return f"expected {kind}{where} to rank, got none{tail}; import or collect some, or try {other}"


def _window(selection: Selection) -> tuple[tuple[str, datetime | None], ...]:
    return ("since", selection.since), ("until", selection.until)

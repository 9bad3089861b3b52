"""Leaderboards of a process that stays: verdicts are read once, and each refresh reads what the ledger gained."""

import threading

from arena.leaderboard.live_counts import RunningBattles
from arena.leaderboard.ranking import Board, method_named, rank, rank_evidence
from arena.leaderboard.stored_runs import BoardSettings
from arena.rating.bradley_terry import BRADLEY_TERRY
from arena.rating.catalog import RATING_METHODS
from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from storage.database.engine import Database
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.values import RaterKind

_ONLY_BATTLES = frozenset(name for name, entry in RATING_METHODS.items() if entry.reads == {"battles"})


class LiveBoards:
    """Boards over one store; safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        """Begin with nothing read."""
        self._database = database
        self._running = {kind: RunningBattles(kind) for kind in RaterKind}
        self._lock = threading.Lock()

    def position(self) -> int:
        """The last position of the ledger: a board of an earlier one is out of date."""
        with self._database.reading() as session:
            return chain.head(session)[0]

    def rank(
        self, selection: Selection, *, method: str = BRADLEY_TERRY, settings: RatingSettings | None = None
    ) -> Board:
        """The leaderboard of now, as `arena.leaderboard.ranking.rank` fits it, without storing it.

        Raises:
            BadInput: an unknown method, a setting that it cannot honour, or nothing to rank.
            NotFound: a rater that was asked for is not in the store.
        """
        chosen = settings or RatingSettings()
        if method not in _ONLY_BATTLES or chosen.style or selection.position is not None:
            return rank(self._database, selection, method=method, settings=chosen)
        running = self._running[selection.kind]
        # One at a time: names are looked up in the snapshot that was caught up with, not in an older one.
        with self._lock, self._database.reading() as session:
            running.catch_up(session)
            evidence, position = Evidence(running.battles(session, selection)), running.position
        return rank_evidence(BoardSettings(selection, method, chosen), method_named(method), evidence, position)

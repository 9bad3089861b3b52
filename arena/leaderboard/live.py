"""Leaderboards of a long-running process: battles are read once, and each refresh only reads new ledger rows."""

import threading

from arena.fused.sources import FusionChoice
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
    """Leaderboards of one store; thread-safe."""

    def __init__(self, database: Database) -> None:
        """Serve a store; nothing is read yet."""
        self._database = database
        self._running = {kind: RunningBattles(kind) for kind in RaterKind}
        self._lock = threading.Lock()

    def position(self) -> int:
        """The last position of the ledger; a leaderboard of an earlier position is out of date."""
        with self._database.reading() as session:
            return chain.head(session)[0]

    def rank(
        self,
        selection: Selection,
        *,
        method: str = BRADLEY_TERRY,
        settings: RatingSettings | None = None,
        fusion: FusionChoice | None = None,
    ) -> Board:
        """The present leaderboard, equal to that of `arena.leaderboard.ranking.rank`, without storing it.

        Raises:
            BadInput: an unknown method, a setting that it does not support, or nothing to rank.
            NotFound: the rater of the selection is not in the store.
        """
        chosen = settings or RatingSettings()
        if method not in _ONLY_BATTLES or chosen.style or selection.position is not None or fusion is not None:
            return rank(self._database, selection, method=method, settings=chosen, fusion=fusion)
        running = self._running[selection.kind]
        # One thread at a time, so that names are looked up in the snapshot of the last update.
        with self._lock, self._database.reading() as session:
            running.catch_up(session)
            evidence, position = Evidence(running.battles(session, selection)), running.position
        return rank_evidence(BoardSettings(selection, method, chosen), method_named(method), evidence, position)

"""An updated leaderboard equals a new one."""

from pathlib import Path

import numpy as np
import pytest

from arena.leaderboard.live import LiveBoards
from arena.leaderboard.ranking import NothingToRank, rank
from storage.errors import BadInput
from storage.ledger.battle_reading import Selection
from tests.app.admin_site import admin_site
from tests.stores import open_store


def test_a_live_board_equals_a_new_one_after_every_vote(tmp_path: Path) -> None:
    with admin_site(tmp_path) as site:
        boards = LiveBoards(site.database)
        for rater in site.arena.raters[:2]:
            site.vote(rater, n=3)
            for method in ("bradley-terry", "davidson", "elo", "satisfaction"):
                if method == "satisfaction":
                    with pytest.raises(NothingToRank):
                        boards.rank(Selection(), method=method)
                    continue
                live, fresh = boards.rank(Selection(), method=method), rank(site.database, Selection(), method=method)
                assert live.rows == fresh.rows
                assert live.position == fresh.position == boards.position()
                assert np.array_equal(live.battles.question, fresh.battles.question)


def test_a_live_board_refuses_the_same_as_a_new_one(tmp_path: Path) -> None:
    database = open_store(tmp_path / "empty.db")
    boards = LiveBoards(database)
    with pytest.raises(NothingToRank):
        boards.rank(Selection())
    with pytest.raises(BadInput, match="expected a method"):
        boards.rank(Selection(), method="guessing")
    database.close()

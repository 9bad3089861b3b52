"""Leaderboards of a store and stored rating runs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from arena.campaigns.open_ballots import VoteInput
from arena.leaderboard.ranking import rank
from arena.leaderboard.stored_runs import recipe_of
from arena.rating.method import RatingSettings
from storage.database.engine import Database, open_database
from storage.errors import BadInput
from storage.leaderboards import run_of
from storage.ledger.battle_reading import Selection
from storage.values import RaterKind, Winner
from tests.arena.small_campaign import make_arena
from tests.clocks import START


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """Twelve votes of one rater; the left side wins two times of three."""
    opened = open_database(sqlite_url)
    arena = make_arena(opened)
    ballots = arena.voting.open_ballots(arena.raters[0])
    turn = 0
    while ballots.current is not None:
        turn += 1
        winner = Winner.model_a if turn % 3 else Winner.model_b
        ballots = arena.voting.vote(arena.raters[0], ballots.current.token, VoteInput(winner))
    yield opened
    opened.close()


def test_a_run_is_stored_with_settings_and_position(database: Database) -> None:
    board = rank(database, Selection(), settings=RatingSettings(both_bad="drop"), now=START)
    assert board.run == 1 and board.position == 12
    with database.reading() as session:
        run, ratings = run_of(session, 1)
    assert (run.method, run.position, run.kind) == ("bradley-terry", 12, RaterKind.human)
    assert run.settings["settings"]["both_bad"] == "drop"
    assert run.settings["selection"]["kind"] == "human"
    assert {row.model: row.rating for row in board.rows} == {name: one.rating for name, one in ratings.items()}


def test_a_stored_run_is_computed_again_exactly_from_its_position(database: Database) -> None:
    board = rank(database, Selection(), now=START)
    again = rank(database, replace(board.selection, position=board.position))
    assert again.rows == board.rows and again.run is None


@pytest.mark.parametrize(
    ("selection", "method", "sentence"),
    [
        (Selection(kind=RaterKind.judge), "bradley-terry", "judgments to rank, got none.*--by human"),
        (Selection(category="code"), "bradley-terry", "human votes for category 'code' to rank, got none"),
        (Selection(), "magic", "'magic'.*list methods"),
    ],
)
def test_nothing_to_rank_is_refused_with_one_sentence(
    database: Database, selection: Selection, method: str, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        rank(database, selection, method=method)


def test_the_recipe_of_a_run_comes_out_of_the_store_as_it_went_in(database: Database) -> None:
    selection = Selection(since=START, until=START + timedelta(days=1))
    rank(database, selection, settings=RatingSettings(weights=("pairs",)), now=START)
    with database.reading() as session:
        recipe = recipe_of(run_of(session, 1)[0])
    assert (recipe.selection, recipe.method) == (replace(selection, position=12), "bradley-terry")
    assert recipe.settings == RatingSettings(weights=("pairs",))


def remove_the_method(stored: dict[str, Any]) -> None:
    del stored["method"]


def add_a_setting(stored: dict[str, Any]) -> None:
    stored["settings"]["later"] = 1


@pytest.mark.parametrize(
    ("change", "said"), [(remove_the_method, "lacks 'method'"), (add_a_setting, "a version that knows later")]
)
def test_a_run_of_another_version_is_refused(
    change: Callable[[dict[str, Any]], None], said: str, database: Database
) -> None:
    rank(database, Selection(), now=START)
    with database.reading() as session:
        run, _ = run_of(session, 1)
    change(run.settings)
    with pytest.raises(BadInput, match=f"expected rating run 1 with its whole recipe.*{said}"):
        recipe_of(run)

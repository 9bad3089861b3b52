"""`evenhand models`, and the warnings of import and board, as a user sees them."""

import pytest

from app.views.board import board_notes
from arena.leaderboard.ranking import rank
from storage.database.engine import open_database
from storage.ledger.battle_reading import Selection
from tests.app.commands.conftest import Console

VOTES = [
    {"question_id": "1", "model_a": "gpt-4", "model_b": "birch", "winner": "model_a"},
    {"question_id": "2", "model_a": " gpt-4", "model_b": "birch", "winner": "model_b"},
    {"question_id": "3", "model_a": "g\u0440t-4", "model_b": "birch", "winner": "model_a"},
    {"question_id": "4", "model_a": "g\u0440t-4", "model_b": "gpt-4", "winner": "tie"},
]
ALIKE = "“gpt-4”, “g\u0440t-4” (U+0440)"
IMPORT = "import preferences votes.jsonl --rater-kind human"


@pytest.fixture
def voted(console: Console) -> Console:
    """A console beside a store with two spellings of one name, and the report of its import."""
    console.write("votes.jsonl", *VOTES)
    assert ALIKE in console(IMPORT).out
    return console


def test_names_that_look_alike_are_named_by_import_and_board(voted: Console) -> None:
    assert voted(f"{IMPORT} --json").json["files"][0]["similar"] == [["gpt-4", "g\u0440t-4"]]
    assert ALIKE in voted("rank").out
    board = voted("rank --json").json
    assert board["similar"] == [["gpt-4", "g\u0440t-4"]]
    assert any(ALIKE in note for note in board["notes"])
    assert {row["model"]: row["battles"] for row in board["ratings"]} == {"gpt-4": 3, "g\u0440t-4": 2, "birch": 3}


def test_the_page_names_them_in_both_languages(voted: Console) -> None:
    database = open_database(str(voted.folder / "evenhand.db"))
    board = rank(database, Selection())
    database.close()
    assert "look alike" in board_notes(board, "en")[0]
    assert "看起来相同" in board_notes(board, "zh")[0]
    assert all("g\u0440t-4” (U+0440)" in board_notes(board, language)[0] for language in ("en", "zh"))


def test_a_merge_says_what_no_longer_counts_and_is_undone_by_its_number(voted: Console) -> None:
    said = voted("models merge g\u0440t-4 gpt-4").out
    assert "Undo with `evenhand models undo 5`." in said
    assert "1 battle between them no longer counts." in said
    assert "Not counted: 1 between models that were merged into one." in voted("rank").out
    board = voted("rank --json --against g\u0440t-4").json
    assert (board["counts"], board["similar"]) == ({"merged": 1}, [])
    assert {row["model"]: row["battles"] for row in board["ratings"]} == {"gpt-4": 3, "birch": 3}
    models = voted("list models --json").json["models"]
    assert [(row["model"], row["also"]) for row in models] == [("birch", None), ("gpt-4", "g\u0440t-4")]
    assert voted("models undo 5").out == "Took change 5 back.\n"
    assert len(voted("rank --json").json["ratings"]) == 3
    changes = voted("models changes --json").json["changes"]
    assert [(row["position"], row["is_merge"], row["undone"]) for row in changes] == [(5, True, True)]


def test_a_renamed_model_is_shown_by_its_new_name_and_meant_by_both(voted: Console) -> None:
    assert "Renamed 'birch' to 'betula'" in voted("models rename birch ' betula'").out
    for name in ("birch", "betula"):
        found = voted("rank --json --against", name).json
        assert "betula" in {row["model"] for row in found["ratings"]}
        assert found["differences"]
    assert "0 new of 4 rows" in voted(IMPORT).out
    assert "rename" in voted("models changes").out
    assert voted("models merge --json betula gpt-4").json == {
        "changes": {"betula": 6},
        "into": "gpt-4",
        "battles_between": 2,
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("models rename elm oak", "no model 'elm' in this store"),
        ("models rename birch gpt-4", "run `evenhand models merge 'birch' 'gpt-4'`"),
        ("models merge birch birch", "are one already"),
        ("models undo 3", "expected the number of a rename or merge, got 3"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(line: str, said: str, voted: Console) -> None:
    ran = voted(line)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert voted("models changes").out == "No model was renamed or merged.\n"


def test_one_name_alone_cannot_be_merged(voted: Console) -> None:
    ran = voted("models merge birch")
    assert ran.code == 2
    assert "expected two or more names" in ran.err

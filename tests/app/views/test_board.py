"""Boards in words: what stands in a cell, and in which sentence a reader is told what the numbers cannot say."""

import re
from collections.abc import Sequence
from dataclasses import replace
from string import Formatter

import pytest

from app.views.board import (
    FEW_FOR_BOOTSTRAP,
    NAMES_SHOWN,
    category_name,
    interval_text,
    left_out,
    name_some,
    percent,
    rank_text,
    seconds_text,
    share,
)
from app.views.board_table import BoardView, board_view
from app.views.columns import BoardFacts
from app.views.sentences import say, sentences
from arena.leaderboard.board import rank_models
from arena.leaderboard.ranking import Board
from arena.leaderboard.stored_runs import BoardSettings
from arena.rating.catalog import RATING_METHODS
from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import Battles
from storage.values import ABILITIES, LANGUAGES, CampaignState, Language, RaterKind, Role

INFINITE, UNKNOWN = float("inf"), float("nan")
EVEN = [("x", "y", "model_a"), ("x", "y", "model_b")] * 20


def board(rows: Sequence[tuple[str, str, str | float]], *, method: str = "bradley-terry", **counts: int) -> Board:
    """A board of battles that stand in no store."""
    battles = Battles.from_rows(rows)
    battles.counts.update(counts)
    fitted = RATING_METHODS[method].rate(Evidence(battles), settings=RatingSettings())
    recipe = BoardSettings(Selection(), method, RatingSettings())
    return Board(recipe, rank_models(fitted), fitted, Evidence(battles), position=len(rows))


def view_of(fitted: Board, language: Language) -> BoardView:
    return board_view(BoardFacts(fitted), language, "page")


def test_both_languages_have_the_same_sentences_with_the_same_blanks() -> None:
    english, chinese = sentences("en"), sentences("zh")
    assert {key for key in english if not key.endswith("_one")} == set(chinese)
    for key, sentence in chinese.items():
        blanks = {name for _, name, _, _ in Formatter().parse(sentence) if name}
        assert blanks == {name for _, name, _, _ in Formatter().parse(english[key]) if name}, key
        assert sentence.strip()


def test_every_derived_text_key_exists() -> None:
    words = {f"admin_category_{ability}" for ability in ABILITIES}
    words |= {f"admin_state_{state.value}" for state in CampaignState}
    words |= {f"admin_role_{role.value}" for role in Role}
    words |= {f"board_method_{method}" for method in RATING_METHODS}
    words |= {f"admin_language_{language}" for language in LANGUAGES}
    words |= {f"board_{what}_{kind.value}" for kind in RaterKind for what in ("by", "empty", "battles", "raters")}
    assert words <= set(sentences("zh"))


def test_numbers_have_thousands_separators_and_singulars() -> None:
    assert say("en", "board_battles_human", n=12345) == "12,345 votes"
    assert say("en", "board_battles_human", n=1) == "1 vote"
    assert say("zh", "board_battles_human", n=1) == "1 票"


def test_a_name_with_braces_stays_a_name() -> None:
    assert "{0}{n}" in say("en", "admin_name_taken", name="{0}{n}")


@pytest.mark.parametrize(
    ("lower", "upper", "text"),
    [
        (990.4, 1034.6, "990 – 1035"),
        (990.4, INFINITE, "990 or more"),
        (-INFINITE, 1034.6, "1035 or less"),
        (UNKNOWN, UNKNOWN, ""),
        (-INFINITE, INFINITE, ""),
    ],
)
def test_an_interval_says_which_end_is_open(lower: float, upper: float, text: str) -> None:
    assert interval_text(lower, upper, "en") == text


def test_a_rank_is_one_rank_or_a_range() -> None:
    rows = board(EVEN + [("x", "z", "model_a"), ("z", "x", "model_a")] * 3).rows
    assert {rank_text(row) for row in rows} == {"1–3"}
    assert {rank_text(row) for row in board(EVEN, method="elo").rows} == {"1", "2"}


def test_an_unseen_model_has_no_numbers_that_were_not_measured() -> None:
    battles = Battles.from_rows(EVEN, models=["x", "y", "unseen"])
    fitted = RATING_METHODS["bradley-terry"].rate(Evidence(battles), settings=RatingSettings())
    recipe = BoardSettings(Selection(), "bradley-terry", RatingSettings())
    view = view_of(Board(recipe, rank_models(fitted), fitted, Evidence(battles), 1), "en")
    assert [group.number for group in view.groups] == [1, None]
    line = view.groups[1].lines[0]
    unknown = ("ranks", "rating", "interval", "win_rate", "probability_first")
    assert [line.cells[key] for key in (*unknown, "battles")] == ["", "", "", "", "", "0"]
    assert not line.is_provisional
    assert any("unseen" in note and "usable comparisons" in note for note in view.notes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_islands_are_groups_and_a_note_says_so(language: Language) -> None:
    view = view_of(board([*EVEN, ("p", "q", "model_a"), ("p", "q", "model_b")]), language)
    assert [[line.cells["model"] for line in group.lines] for group in view.groups] == [["x", "y"], ["p", "q"]]
    assert view.notes[0] == say(language, "board_note_islands", n=2)
    assert any("p" in note and "30" in note for note in view.notes), "the small group is provisional"


def test_models_without_a_loss_and_without_a_win_have_separate_notes() -> None:
    view = view_of(board([*EVEN, *[("best", "x", "model_a")] * 3, *[("x", "worst", "model_a")] * 3]), "en")
    assert any(note.startswith("Never beaten") and "best" in note for note in view.notes)
    assert any(note.startswith("Never won or tied") and "worst" in note for note in view.notes)


def test_both_bad_votes_are_counted_once_each() -> None:
    view = view_of(board([*EVEN, *[("x", "y", "both_bad")] * 4]), "en")
    assert "“Both bad”: 4, counted as ties." in view.notes


def test_a_method_without_intervals_names_no_model_whose_interval_is_missing() -> None:
    fitted = board(EVEN, method="elo")
    other = replace(fitted, ratings=replace(fitted.ratings, method="another"))
    assert not [note for note in view_of(other, "en").notes if "interval" in note]


def test_elo_says_that_order_matters_and_shows_no_interval() -> None:
    view = view_of(board(EVEN, method="elo"), "en")
    assert {line.cells["interval"] for line in view.groups[0].lines} == {""}
    assert say("en", "board_note_elo") in view.notes
    assert not any("too little data for an interval" in note for note in view.notes)


def test_the_summary_counts_what_was_used_and_leaves_out_what_is_unknown() -> None:
    assert view_of(board(EVEN), "en").summary == "40 votes, 2 models."
    assert view_of(board(EVEN), "zh").summary == "40 票，2 个模型。"


def test_every_reason_for_leaving_rows_out_has_a_text_and_none_is_lost() -> None:
    counts = {"flagged": 3, "undone": 12, "void": 0, "of_tomorrow": 1}
    said = left_out(counts, "en")
    assert [re.match(r"\d+", phrase)[0] for phrase in said] == ["12", "3", "1"]  # type: ignore[index]
    assert "of_tomorrow" in said[2]


def test_long_lists_of_names_are_shortened() -> None:
    names = [f"m{i}" for i in range(NAMES_SHOWN + 3)]
    assert name_some(names, "en").endswith("m9 and 3 more")
    assert "m10" not in name_some(names, "en")


def test_small_values_for_tables() -> None:
    assert [seconds_text(value, "en") for value in (None, 7.4, 119.0, 125.0)] == ["–", "7 s", "119 s", "2:05"]
    assert (percent(0.123), percent(None), percent(UNKNOWN)) == ("12%", "", "")
    assert (share(3, 4), share(0, 0), share(9, 4)) == (0.75, 0.0, 1.0)
    assert (category_name("tool_use", "zh"), category_name("reflexion", "zh")) == ("工具使用", "reflexion")


@pytest.mark.parametrize(("battles", "warns"), [(FEW_FOR_BOOTSTRAP - 2, True), (FEW_FOR_BOOTSTRAP, False)])
def test_bootstrap_intervals_of_few_comparisons_carry_a_warning(battles: int, *, warns: bool) -> None:
    settings = RatingSettings(interval="bootstrap", resamples=100)
    rows = Battles.from_rows([("x", "y", "model_a"), ("x", "y", "model_b")] * (battles // 2))
    fitted = RATING_METHODS["bradley-terry"].rate(Evidence(rows), settings=settings)
    recipe = BoardSettings(Selection(), "bradley-terry", settings)
    shown = Board(recipe, rank_models(fitted), fitted, Evidence(rows), position=battles)
    for language in LANGUAGES:
        warning = say(language, "board_note_bootstrap_few", n=FEW_FOR_BOOTSTRAP)
        assert (warning in view_of(shown, language).notes) == warns

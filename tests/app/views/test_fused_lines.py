"""What a leaderboard of people and judges says: each sentence only where the numbers call for it."""

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from app.views.fused.board_lines import column_name, fusion_lines, judge_table
from arena.fused.ceiling import Ceiling, ColumnShare
from arena.fused.facts import Fusion, StratumCount
from arena.fused.sources import LENGTH, SIDE_OF, VoteSampling
from arena.leaderboard.ranking import Board
from storage.values import LANGUAGES

NAN = float("nan")
UMPIRE = ColumnShare("umpire", is_judge=True, rho=0.4, weight=0.5, items=400, voted_items=150, orders=2)
CEILING = Ceiling(
    votes=150, voted=150, unvoted=250, rho_squared=0.16, possible=0.1, possible_clustered=0.08, saved=0.06, shrink=1.0,
    columns=(UMPIRE,),
)  # fmt: skip
SAMPLING = VoteSampling(known=150, unknown=0, lowest=0.25, highest=0.5, assumed=False)


@dataclass(frozen=True)
class FusedBoard:
    """What the sentences are made from, two models in order."""

    ceiling: Ceiling = CEILING
    sampling: VoteSampling = SAMPLING
    skipped: tuple[str, ...] = ()
    common: int = 150
    battles: tuple[int, ...] = (150, 150)
    upper: tuple[float, ...] = (1100.0, 950.0)
    people: tuple[float, ...] = (1040.0, 960.0)
    raters: tuple[int, ...] = (0, 0, 1)
    questions: tuple[int, ...] = (0, 1, 2)

    def board(self) -> Board:
        ratings = SimpleNamespace(
            models=("Heron", "Crow"),
            battles=np.array(self.battles),
            rating=np.array([1050.0, 950.0]),
            lower=np.array([1000.0, 900.0]),
            upper=np.array(self.upper),
        )
        people = cast("Any", SimpleNamespace(rating=np.array(self.people)))
        strata = (StratumCount(("Heron", "Crow"), 150, 150, 400, None),)
        fusion = Fusion(self.ceiling, self.sampling, self.skipped, strata, people, self.common)

        class CountedVotes(SimpleNamespace):
            def __len__(self) -> int:
                return len(self.rater)

        votes = CountedVotes(rater=np.array(self.raters), question=np.array(self.questions))
        return cast("Board", SimpleNamespace(fusion=fusion, ratings=ratings, battles=votes))


PLAIN = FusedBoard()
ONE_ORDER = replace(CEILING, columns=(replace(UMPIRE, orders=1),))
ALWAYS = ("What the judges can save", "By the covariances", "Saved: 6.0%", "People rated 150 of 400")


def said(world: FusedBoard) -> tuple[str, ...]:
    lines = [fusion_lines(world.board(), language) for language in LANGUAGES]
    assert len({len(one) for one in lines}) == 1
    return fusion_lines(world.board(), "en")


def test_a_good_sample_and_a_good_judge_need_four_sentences() -> None:
    assert all(line.startswith(start) for line, start in zip(said(PLAIN), ALWAYS, strict=True))


@pytest.mark.parametrize(
    ("world", "more"),
    [
        (
            replace(PLAIN, ceiling=replace(CEILING, columns=(replace(UMPIRE, orders=1),))),
            "Judged in one order only: umpire",
        ),
        (replace(PLAIN, common=99), "Only 99 votes are on judged pairs"),
        (replace(PLAIN, skipped=("echo",)), "Left out, because they were made from votes: echo"),
        (replace(PLAIN, battles=(300, 0)), "Judged, but never rated by people, so not on this board: Crow"),
        (replace(PLAIN, people=(1050.0, 960.0), upper=(np.inf, 950.0)), "Kept from people alone"),
        (replace(PLAIN, raters=(0, 0, 0)), "All votes come from one person"),
        (replace(PLAIN, raters=(0, 1, 2)), "No person gave two votes and no question got two"),
    ],
)
def test_each_weakness_adds_one_sentence(world: FusedBoard, more: str) -> None:
    new = [line for line in said(world) if line not in said(PLAIN)]
    assert len(new) == 1 and new[0].startswith(more)


@pytest.mark.parametrize(
    "world",
    [
        replace(PLAIN, common=100),
        replace(PLAIN, people=(1050.0, 960.0)),
        replace(PLAIN, raters=(0, 0, -1)),
        replace(PLAIN, raters=(0, 1, 2), questions=(0, 0, 1)),
        replace(PLAIN, raters=(-1, -1, -1), questions=(-1, -1, -1)),
    ],
)
def test_at_the_limits_nothing_is_added(world: FusedBoard) -> None:
    assert said(world) == said(PLAIN)


@pytest.mark.parametrize(
    ("changes", "starts"),
    [
        ({"unvoted": 0}, ["People rated everything that was judged"]),
        ({"saved": -0.1}, ["By the covariances", "The judges saved nothing"]),
        ({"rho_squared": 0.049}, ["No saving is claimed, because the judges see less than 5%"]),
    ],
)
def test_a_saving_is_told_only_where_there_is_one(changes: dict[str, float], starts: list[str]) -> None:
    lines = said(replace(PLAIN, ceiling=replace(CEILING, **cast("Any", changes))))[1:-1]
    assert len(lines) == len(starts) and all(map(str.startswith, lines, starts))


def test_a_sample_with_known_probabilities_names_them_and_an_assumed_one_says_so() -> None:
    assert "(37.5%), which were drawn with probabilities from 0.25 to 0.5" in said(PLAIN)[3]
    assumed = VoteSampling(known=100, unknown=50, lowest=NAN, highest=NAN, assumed=True)
    told = said(replace(PLAIN, sampling=assumed))[3]
    assert told.startswith("Assumed, not known: the 150 votes") and "because 50 of them have no stored" in told


def test_columns_have_names_and_unknown_numbers_stay_empty() -> None:
    names = ("umpire", LENGTH, f"{SIDE_OF}umpire")
    columns = tuple(
        replace(UMPIRE, name=name, is_judge=name == "umpire", rho=NAN if name == LENGTH else 0.4, orders=number)
        for name, number in zip(names, (2, 0, 1), strict=True)
    )
    assert [column_name(one, "en") for one in columns] == ["umpire", "length difference", "side shown first by umpire"]
    rows = judge_table(replace(PLAIN, ceiling=replace(CEILING, columns=columns)).board(), "en")
    assert [(row["rho"], row["orders"]) for row in rows] == [("0.400", "both"), ("", ""), ("0.400", "one")]


def test_a_leaderboard_of_one_kind_of_rater_says_nothing_of_judges() -> None:
    alone = cast("Board", SimpleNamespace(fusion=None))
    assert fusion_lines(alone, "en") == () and judge_table(alone, "zh") == []

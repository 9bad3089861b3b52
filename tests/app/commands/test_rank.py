"""`evenhand rank`: the right votes, the right numbers, in every form of output."""

import csv
import math
from pathlib import Path

import evalica
import pytest

from tests.app.commands.conftest import Console, fill

WINNERS = {"model_a": evalica.Winner.X, "model_b": evalica.Winner.Y, "tie": evalica.Winner.Draw}


def vote(model_a: str, model_b: str, winner: str, **rest: object) -> dict[str, object]:
    """One row of our own preferences format, by a person unless said otherwise."""
    row = {"source": "own", "question": "q1", "model_a": model_a, "model_b": model_b, "winner": winner}
    return row | {"rater": "ann", "rater_kind": "human"} | rest


@pytest.fixture(scope="module")
def votes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with votes of two people about three models, and one judgment."""
    question = {"source": "own", "key": "q1", "turns": ["?"], "category": "code", "language": "en"}
    rows = [
        *[vote("Swift", "Heron", "model_a", rater="ann") for _ in range(6)],
        *[vote("Swift", "Heron", "model_b", rater="bo") for _ in range(3)],
        *[vote("Heron", "Crow", "model_a", rater="bo") for _ in range(5)],
        *[vote("Heron", "Crow", "model_b", rater="ann") for _ in range(2)],
        *[vote("Swift", "Crow", "both_bad", rater="ann") for _ in range(2)],
        vote("Swift", "Crow", "model_a", flag="broken"),
        *[vote("Crow", "Swift", "model_a", rater="umpire", rater_kind="judge") for _ in range(4)],
        vote("Swift", "Crow", "model_a", rater="umpire", rater_kind="judge"),
        vote("Swift", "Crow", "model_a", rater="referee", rater_kind="judge"),
    ]
    folder = tmp_path_factory.mktemp("votes")
    numbered = [row | {"row_key": str(number)} for number, row in enumerate(rows)]
    fill(folder, {"questions": [question], "preferences": numbered})
    return folder


@pytest.fixture
def voted(console: Console, votes: Path) -> Console:
    """A console beside a copy of the votes."""
    return console.beside(votes)


def test_people_rank_by_default_and_what_is_left_out_is_counted(voted: Console) -> None:
    board = voted("rank --json").json
    assert (board["kind"], board["by"], board["method"]) == ("human", "human", "bradley-terry")
    assert [row["model"] for row in board["ratings"]] == ["Swift", "Heron", "Crow"]
    assert board["battles"] == 18
    assert board["counts"] == {"flagged": 1}
    for row in board["ratings"]:
        assert row["lower"] <= row["rating"] <= row["upper"]
        assert 1 <= row["rank_low"] <= row["rank_high"] <= 3


def test_judges_rank_only_when_chosen_and_the_title_says_so(voted: Console) -> None:
    assert "judge" not in voted("rank").out
    everyone = voted("rank --by judge")
    assert everyone.out.startswith(
        "Judgments by language models, not votes by people (judge), bradley-terry\n6 judgments"
    )
    one = voted("rank --by judge:umpire --json").json
    assert (one["kind"], one["battles"]) == ("judge", 5)


def test_filters_choose_the_votes(voted: Console) -> None:
    assert voted("rank --rater ann --json").json["battles"] == 10
    assert voted("rank --category code --language en --source own --json").json["battles"] == 18
    assert "code" in voted("rank --category code").out.splitlines()[0]


def test_settings_reach_the_fit(voted: Console) -> None:
    anchored = voted("rank --anchor Heron --json").json
    assert {row["model"]: row["rating"] for row in anchored["ratings"]}["Heron"] == pytest.approx(1000)
    mean = voted("rank --anchor mean --json").json["ratings"]
    assert sum(row["rating"] for row in mean) == pytest.approx(3000)
    dropped = voted("rank --both-bad drop --json").json
    assert dropped["counts"] == {"both_bad": 2, "flagged": 1}
    assert voted("rank --method elo --json").json["method"] == "elo"


def test_each_fit_is_stored_under_a_new_number(voted: Console) -> None:
    assert [voted("rank --json").json["run"] for _ in range(2)] == [1, 2]


def test_the_csv_file_holds_what_json_says(voted: Console) -> None:
    board = voted("rank --json --csv ratings.csv").json
    with (voted.folder / "ratings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["model"] for row in rows] == [row["model"] for row in board["ratings"]]
    assert [float(row["rating"]) for row in rows] == [row["rating"] for row in board["ratings"]]
    assert voted("rank --csv missing/ratings.csv").code == 1


def test_the_table_shows_range_interval_and_notes(voted: Console) -> None:
    lines = voted("rank").out.splitlines()
    assert lines[:2] == [
        "Votes by people, bradley-terry",
        "18 votes, 3 models, 2 people, 1 question.",
    ]
    assert lines[3].split() == "rank model rating 95% interval comparisons win rate chance of 1st".split()
    assert lines[5].split()[1] == "Swift"
    assert any(line.startswith("Not counted: 1 ") for line in lines)
    assert any("both bad" in line.lower() for line in lines)


def test_models_that_never_met_stand_in_groups_of_their_own(voted: Console) -> None:
    voted.write("more.jsonl", *[vote("Teal", "Wren", "model_a", row_key=f"more {number}") for number in range(3)])
    assert voted("import preferences more.jsonl").code == 0
    out = voted("rank").out
    assert "Group 1\n" in out
    assert "Group 2\n" in out
    assert {row["island"] for row in voted("rank --json").json["ratings"]} == {0, 1}


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("rank --by nobody", 2, "expected human, judge or judge:NAME"),
        ("rank --by human:ann", 2, "expected human, judge or judge:NAME"),
        ("rank --by judge:", 2, "expected human, judge or judge:NAME"),
        ("rank --by judge:umpire --rater referee", 2, "expected one rater"),
        ("rank --by judge:nobody", 1, "no judge rater 'nobody'"),
        ("rank --rater nobody", 1, "no human rater 'nobody'"),
        ("rank --category nothing", 1, "expected human votes for category 'nothing' to rank, got none"),
        ("rank --anchor Nobody", 1, "Nobody"),
    ],
)
def test_what_cannot_be_ranked_is_one_sentence(line: str, code: int, said: str, voted: Console) -> None:
    ran = voted(line)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_crowd_votes_rank_as_a_second_implementation_ranks_them(console: Console, shared_data: Path) -> None:
    """evalica's strengths have geometric mean 1, so its unweighted mean in Elo points is the anchor."""
    path = shared_data / "battles" / "llmfao_crowd.csv"
    assert console("import preferences", str(path)).code == 0
    board = console("rank --anchor mean --json").json
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    peer = evalica.bradley_terry(
        [row["model_a"] for row in rows],
        [row["model_b"] for row in rows],
        [WINNERS[row["winner"]] for row in rows],
        tolerance=1e-12,
        limit=100_000,
    )
    theirs = {model: 1000 + 400 * math.log10(score) for model, score in peer.scores.items()}
    assert {row["model"]: row["rating"] for row in board["ratings"]} == pytest.approx(theirs, abs=0.01)
    assert board["battles"] == len(rows)


def test_one_campaign_ranks_alone_by_name_or_number(example: Console) -> None:
    name = example("campaign list --json").json["campaigns"][0]["name"]
    votes = {"source": "own", "question": "q1", "winner": "model_a", "rater": "ann", "rater_kind": "human"}
    example.write("votes.jsonl", votes | {"model_a": "Swift", "model_b": "Heron"})
    assert example("import preferences votes.jsonl").code == 0
    everything, one = example("rank --json").json, example("rank --json --campaign", name).json
    assert everything["battles"] == one["battles"] + 1
    assert one["filters"]["campaign"] == 1
    assert "campaign 1" in example("rank --campaign 1").out.splitlines()[0]
    refused = example("rank --campaign Nothing")
    assert (refused.code, refused.out) == (1, "")
    assert "no campaign 'Nothing'" in refused.err


def test_a_stored_run_is_made_again_exactly_although_the_ledger_went_on(voted: Console) -> None:
    first = voted("rank --method auto --simultaneous --seed 7 --json").json
    voted.write("more.jsonl", *[vote("Crow", "Swift", "model_a", row_key=f"more {number}") for number in range(9)])
    assert voted("import preferences more.jsonl").code == 0
    again = voted("rank --run 1")
    assert again.code == 0
    assert "All numbers equal the stored ones." in again.out
    assert voted("rank --run 1 --json").json["ratings"] == first["ratings"]
    assert voted("rank --json").json["ratings"] != first["ratings"]
    missing = voted("rank --run 99")
    assert (missing.code, missing.out) == (1, "")
    assert "no rating run 99" in missing.err


def test_every_method_ranks_and_says_on_which_scale(voted: Console) -> None:
    scales = {}
    for method in ("bradley-terry", "davidson", "rao-kupper", "auto", "grounded-rao-kupper", "elo", "win-rate"):
        board = voted(f"rank --method {method} --json").json
        scales[method] = board["scale"]
        assert board["ratings"][0]["model"] == "Swift"
    assert (scales.pop("grounded-rao-kupper"), scales.pop("win-rate")) == ("grounded", "percent")
    assert set(scales.values()) == {"elo"}
    nothing = voted("rank --method satisfaction")
    assert nothing.code == 1 and "to rank, got none" in nothing.err


def test_the_automatic_choice_tells_how_far_the_others_are_behind(voted: Console) -> None:
    board = voted("rank --method auto --json").json
    assert {one["method"] for one in board["compared"]} >= {"bradley-terry", "davidson", "rao-kupper"}
    assert board["method"] == board["compared"][0]["method"]
    assert any("held-out" in note for note in board["notes"])


def test_intervals_say_what_they_rest_on(voted: Console) -> None:
    board = voted("rank --json").json
    assert board["intervals"]["clusters"] == {"rater": 2}
    assert board["intervals"]["dropped"] == ["question"]
    assert "Intervals are clustered by rater (2)." in board["notes"]
    plain = voted("rank --interval sandwich --json").json
    assert plain["intervals"]["kind"] == "sandwich"
    wide = {row["model"]: row["upper"] - row["lower"] for row in board["ratings"]}
    assert all(wide[row["model"]] > row["upper"] - row["lower"] for row in plain["ratings"])


def test_distances_from_one_model_stand_beside_the_ratings(voted: Console) -> None:
    board = voted("rank --against Heron --interval sandwich --json --csv apart.csv").json
    ratings = {row["model"]: row["rating"] for row in board["ratings"]}
    apart = {one["model"]: one for one in board["differences"]}
    assert apart.keys() == {"Swift", "Crow"}
    assert apart["Swift"]["difference"] == pytest.approx(ratings["Swift"] - ratings["Heron"])
    assert apart["Swift"]["lower"] < apart["Swift"]["difference"] < apart["Swift"]["upper"]
    assert "difference_lower" in (voted.folder / "apart.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "above Heron" in voted("rank --against Heron").out
    assert voted("rank --against Nobody").code == 1
    assert voted("rank --json").json["run"] == 3, "what was refused is not stored"


def test_slices_stand_beside_each_other_with_their_tests_counted(voted: Console) -> None:
    board = voted("rank --slices category --slices language --json").json
    assert [one["name"] for one in board["slices"]["slices"]] == ["code / en"]
    assert "Rank ranges by slice" in voted("rank --slices category").out
    assert voted("rank --slices colour").code == 2


def test_a_time_window_and_a_group_of_raters_choose_the_votes(voted: Console) -> None:
    rows = [
        vote("Swift", "Crow", "tie", created_at=f"2025-03-0{day}T12:00:00Z", row_key=f"d{day}") for day in (1, 2, 3)
    ]
    voted.write("dated.jsonl", *rows)
    assert voted("import preferences dated.jsonl").code == 0
    assert voted("rank --since 2025-03-02 --until 2025-03-03 --json").json["battles"] == 1
    assert voted("rank --until 2025-03-03 --json").json["battles"] == 2
    assert voted("rank --rater-source own --json").json["battles"] == 21
    assert voted("rank --rater-source elsewhere").code == 1


def test_weights_that_the_battles_lack_are_refused_in_a_sentence(voted: Console) -> None:
    assert voted("rank --weights pairs --json").json["settings"]["weights"] == ["pairs"]
    refused = voted("rank --weights sampling")
    assert refused.code == 1 and "sampling probability of every battle" in refused.err
    assert voted("rank --weights luck").code == 2


def test_weights_by_rater_tell_each_raters_factor(example: Console) -> None:
    found = example("rank --weights raters --json").json
    assert found["settings"]["weights"] == ["raters"]
    factors = list(found["reliability"].values())
    assert len(factors) > 1
    assert sum(factors) / len(factors) == pytest.approx(1.0)
    assert any("weighted by reliability" in note for note in found["notes"])


def test_raters_without_a_common_taste_are_not_weighed(voted: Console) -> None:
    refused = voted("rank --weights raters")
    assert (refused.code, "contradict each other" in refused.err) == (1, True)


def test_style_is_held_equal_and_told_with_and_without(voted: Console) -> None:
    side = voted("rank --style side --json").json
    assert [one["name"] for one in side["coefficients"]] == ["side"]
    assert side["without_style"].keys() == {"Swift", "Heron", "Crow"}
    assert "without style" in voted("rank --style side").out
    assert voted("rank --style side --method davidson").code == 1
    unknown = voted("rank --style colour")
    assert unknown.code == 1 and "a style feature among length" in unknown.err
    assert "with known length, got none" in voted("rank --style length").err

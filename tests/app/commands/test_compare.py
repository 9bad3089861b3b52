"""`evenhand compare`: one sentence to act on, the same in text, JSON and Markdown, and gates for a build."""

import json
import re

import numpy as np
import pytest

from storage.database.engine import open_database
from storage.ledger.battle_reading import Selection, read_battles
from storage.values import RaterKind
from tests.app.commands.conftest import Console
from tests.app.objective_runs import always_a, mumbles, run_model
from tests.stores import make_store, open_store


def import_study(console: Console, raters: int, rate: float, *, votes: int = 6, kind: str = "human") -> None:
    """Import a study of `new` against `old` with a win rate, sides in turns, in two categories."""
    make_store(console.folder / "evenhand.db")
    rng = np.random.default_rng(7)
    questions = [
        {"source": "own", "key": f"q{n}", "turns": [f"question {n}?"], "category": "code" if n % 2 else "law"}
        for n in range(votes)
    ]
    console.write("questions.jsonl", *questions)
    rows = []
    for rater in range(raters):
        for n in range(votes):
            sides = ("new", "old") if (rater + n) % 2 else ("old", "new")
            winner = "model_a" if (rng.random() < rate) == (sides[0] == "new") else "model_b"
            row = {"source": "own", "question": f"q{n}", "model_a": sides[0], "model_b": sides[1], "winner": winner}
            rows.append(row | {"rater": f"r{rater}", "rater_kind": kind, "row_key": f"{rater}-{n}"})
    console.write("votes.jsonl", *rows)
    for line in ("import questions questions.jsonl", "import preferences votes.jsonl"):
        assert (done := console(line)).code == 0, done.err


def test_a_clear_difference_is_told_in_the_first_line_and_passes_or_fails_the_gates(console: Console) -> None:
    import_study(console, 40, 0.8)
    told = console("compare new old --fail-if worse --fail-if not-better")
    assert told.code == 0
    first = told.out.splitlines()[0]
    assert first.startswith("new is better than old: it wins ")
    assert first.endswith("You may stop.")
    assert "240 votes by 40 raters" in told.out
    assert "Only 6 different questions were asked" in told.out
    assert "Each category by itself" in told.out
    told = console("compare old new --fail-if worse")
    assert told.code == 1
    assert told.out.startswith("old is worse than new: ")
    assert "--fail-if worse" in told.err


def test_json_holds_every_look_and_markdown_is_appended(console: Console) -> None:
    import_study(console, 12, 0.55)
    for _ in range(2):
        assert console("compare new old --markdown summary.md").code == 0
    text = (console.folder / "summary.md").read_text(encoding="utf-8")
    assert text.count("### new against old\n\n**Not decided yet") == 2
    assert "| category | decision | win rate |" in text
    found = console("compare new old --json").json
    assert (found["decision"], found["may_stop"]) == ("open", False)
    assert [look["blocks"] for look in found["looks"]] == list(range(1, 13))
    overall = found["overall"]
    assert overall["lower"] <= overall["win_rate"] <= overall["upper"]
    assert overall["missing_blocks"] > 0
    assert {one["name"] for one in found["categories"]} == {"code", "law"}
    assert sum(one["votes"] for one in found["categories"]) == overall["votes"] == 72
    assert console("compare new old --fail-if not-better").code == 1
    assert console("compare new old --fail-if worse").code == 0


def test_a_wide_margin_makes_models_equal_and_a_small_horizon_ends_the_study(console: Console) -> None:
    import_study(console, 40, 0.5)
    equal = console("compare new old --margin 30")
    assert "are about equal" in equal.out.splitlines()[0]
    ended = console("compare new old --margin 1 --horizon 20 --json").json
    assert (ended["decision"], ended["overall"]["blocks"]) == ("beyond_horizon", 20)


def test_too_few_raters_are_refused_with_the_number_that_is_missing(console: Console) -> None:
    import_study(console, 4, 0.9)
    told = console("compare new old")
    assert told.code == 1
    assert told.out.startswith("No answer yet: 4 raters compared new with old, and at least 6 raters are needed before")
    assert "Ask at least 2 more raters; most decisions take more than that." in told.out
    assert "--block question" in told.out and "of the weight" not in told.out
    by_question = console("compare new old --block question --json").json
    assert (by_question["plan"]["unit"], by_question["overall"]["blocks"]) == ("question", 6)


def test_ratings_answer_where_the_direct_comparisons_are_too_few_and_ends_are_told_in_words(console: Console) -> None:
    import_study(console, 12, 0.7)
    rows = [
        {"source": "own", "question": "q1", "model_a": a, "model_b": "third", "winner": winner, "rater": "x"}
        | {"rater_kind": "human", "row_key": f"{a}{winner}{n}"}
        for n, (a, winner) in enumerate([("old", "model_a"), ("old", "model_b"), ("new", "tie")])
    ]
    console.write("more.jsonl", *rows)
    assert console("import preferences more.jsonl").code == 0
    told = console("compare third old")
    assert told.code == 1 and "By ratings from all 75 comparisons, also those with other models, third is" in told.out
    assert "--block question" not in told.out, "a single question is no evidence either"
    ends = r"new is \d+ Elo points above old, and with 95% certainty between \d+ (above|below) and \d+ above"
    assert re.search(ends, console("compare new old").out)


def test_judges_count_by_question_and_are_no_people(console: Console) -> None:
    import_study(console, 1, 0.9, votes=40, kind="judge")
    told = console("compare new old --by judge")
    assert told.code == 0
    assert "on 40 questions, and says what judges prefer, not what people prefer" in told.out
    assert console("compare new old").code == 1


def test_judges_narrow_what_people_say_and_the_assumption_is_told(console: Console) -> None:
    rng = np.random.default_rng(3)
    rows = []
    for n in range(700):
        sides = ("new", "old") if n % 2 else ("old", "new")
        seen = "model_a" if (rng.random() < 0.5) == (sides[0] == "new") else "model_b"
        row = {"source": "own", "question": f"q{n}", "model_a": sides[0], "model_b": sides[1]}
        if n < 120:
            vote = seen if rng.random() < 0.9 else "tie"
            rows.append(row | {"winner": vote, "rater": f"r{n % 40}", "rater_kind": "human", "row_key": f"v{n}"})
        rows.append(row | {"winner": seen, "rater": "umpire", "rater_kind": "judge", "row_key": f"j{n}"})
    console.write("rows.jsonl", *rows)
    assert (done := console("import preferences rows.jsonl")).code == 0, done.err
    people, fused = (console(f"compare new old --json {more}").json for more in ("", "--by fused --assume-random"))
    assert (fused["kind"], fused["judges"]["assumed"], fused["judges"]["judged"]) == ("fused", True, 700)
    assert fused["judges"]["is_claimed"] and fused["judges"]["lambda"]["umpire"] > 0.5
    ends = [found["overall"]["upper"] - found["overall"]["lower"] for found in (people, fused)]
    assert ends[1] < 0.9 * ends[0]
    told = console("compare new old --by fused:umpire --assume-random --markdown fused.md").out
    for text in (told, (console.folder / "fused.md").read_text(encoding="utf-8")):
        assert "Judges rated 700 pairs of responses of these two." in text
        assert "Assumed, not known: people voted on a random part" in text


BAD = [
    ("compare new nobody", "expected a model of the store, got 'nobody'; see `evenhand list models`"),
    ("compare NEW old", "got 'NEW'; did you mean 'new'? see"),
    ("rank --against OLD", "got 'OLD'; did you mean 'old'? see"),
    ("compare new new", "expected two models, got 'new' twice"),
    ("compare new old --margin 60", "expected a margin between 0 and 0.5"),
    ("compare new old --level 1", "expected a confidence level"),
    ("compare new old --horizon 2", "expected a horizon of 6 or more"),
    ("compare new old --fail-if better", "expected --fail-if among worse, not-better"),
    ("compare new old --by objective", "expected a model with a stored run, got 'new'"),
    ("compare new old --by fused", "without one"),
    ("compare new old --by fused --assume-random", "expected judgments to fuse with the votes"),
    ("compare new old --assume-random", "expected --by fused with --assume-random"),
    ("ask --by fused", "plan the two separately"),
    ("compare new third", "because they never met (both met old)"),
]


def test_bad_requests_get_a_sentence(console: Console) -> None:
    import_study(console, 2, 0.5)
    vote = {"source": "own", "question": "q1", "model_a": "old", "model_b": "third", "winner": "tie", "rater": "x"}
    console.write("more.jsonl", vote | {"rater_kind": "human", "row_key": "more"})
    assert console("import preferences more.jsonl").code == 0
    for line, sentence in BAD:
        told = console(line)
        assert told.code in (1, 2), line
        assert sentence in " ".join(told.err.replace("│", " ").split())
        assert "Traceback" not in told.err


def test_objective_runs_are_compared_item_by_item(console: Console) -> None:
    database = open_store(console.folder / "evenhand.db")
    for name, answer in (("new", always_a), ("old", mumbles)):
        run_model(database, name, answer)
    database.close()
    found = console("compare new old --by objective --json").json
    assert found["decision"] == "better"
    assert set(found["tasks"]) == {"letters", "likely"}
    assert found["overall"]["items"] == 28
    assert found["overall"]["low"] <= found["overall"]["difference"] <= found["overall"]["high"]
    assert console("compare old new --by objective --fail-if worse --markdown m.md").code == 1
    flips = found["flips"]
    task = next(iter(found["tasks"].values()))
    assert [one["direction"] for one in flips].count("gained") == task["only_a"] > 0
    assert {one["task"] for one in flips} <= found["tasks"].keys()
    first = next(one for one in flips if one["direction"] == "gained")
    assert first["new"]["score"] > first["old"]["score"] and first["new"]["text"] and first["prompt"]
    shown = console("compare run:1 run:2 --by objective").out
    assert f"{first['task']}/{first['item']}" in shown and "accepted: " in shown
    written = (console.folder / "m.md").read_text(encoding="utf-8")
    assert "<details>" in written and " differ: " in written and "<script>" not in written
    assert "run:1 (" in console("compare run:99 run:1 --by objective").err
    assert "old is worse than new" in (console.folder / "m.md").read_text(encoding="utf-8")


def test_ask_plans_the_next_votes_and_writes_pairs_that_a_judge_takes(example: Console) -> None:
    plan = example("ask --json --votes 30").json["pairs"]
    assert sum(one["probability"] for one in plan) == pytest.approx(1.0)
    shown = example("ask --votes 30 --out next.jsonl")
    assert "Wrote 30 pairs to next.jsonl." in shown.out
    drawn = [json.loads(line) for line in (example.folder / "next.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(drawn) == 30
    assert all(0 < one["probability"] < 1 for one in drawn)
    judged = example("judge pairwise --pairs next.jsonl --model baseline:longest --dry-run --json").json
    assert judged["items"] == 30
    assert example("ask --uniform-share 0.01").code == 1


def test_the_probabilities_of_planned_pairs_are_stored_with_their_judgments_and_weigh_them(example: Console) -> None:
    assert example("ask --votes 40 --out next.jsonl").code == 0
    lines = (example.folder / "next.jsonl").read_text(encoding="utf-8").splitlines()
    drawn = {json.loads(line)["probability"] for line in lines}
    assert example("judge pairwise --pairs next.jsonl --model baseline:longest --name planned").code == 0
    database = open_database(str(example.folder / "evenhand.db"))
    with database.reading() as session:
        battles = read_battles(session, Selection(kind=RaterKind.judge, rater="planned"))
    database.close()
    assert set(battles.probability.tolist()) == drawn
    plain, weighed = (
        {row["model"]: row["rating"] for row in example(f"rank --by judge:planned --json{more}").json["ratings"]}
        for more in ("", " --weights sampling")
    )
    assert plain.keys() == weighed.keys() and plain != weighed
    assert example("store verify").code == 0
    assert example("judge pairwise --pairs all --model baseline:longest --name others --limit 3").code == 0
    assert "expected the sampling probability of every battle" in example("rank --by judge --weights sampling").err
    for chance in ("0", "1.5", '"much"'):
        line = lines[0].replace(f'"probability": {json.loads(lines[0])["probability"]}', f'"probability": {chance}')
        (example.folder / "wrong.jsonl").write_text(line + "\n", encoding="utf-8")
        refused = example("judge pairwise --pairs wrong.jsonl --model baseline:longest")
        assert refused.code == 1 and "wrong.jsonl:1: expected" in refused.err and "probability" in refused.err


def test_rank_tells_what_first_place_rests_on(example: Console) -> None:
    found = example("rank --robustness --json").json["robustness"]
    told = example("rank --robustness").out
    assert f"{found['first']} would lose first place to {found['rival']} without {found['votes']} votes" in told
    assert f"{found['first']} stays first without any single rater" in told


def test_rank_shows_what_responses_cost(console: Console) -> None:
    import_study(console, 6, 0.6)
    rows = [
        {"source": "own", "question": f"q{n}", "model": model, "turns": ["text"], "completion_tokens": 10 * n + extra}
        | {"prompt_tokens": 7, "latency_seconds": 0.5 * n}
        for n in range(3)
        for model, extra in (("new", 5), ("old", 1))
    ]
    console.write("responses.jsonl", *rows)
    assert (done := console("import responses responses.jsonl")).code == 0, done.err
    found = {row["model"]: row for row in console("rank --costs --json").json["ratings"]}
    assert found["new"]["mean_completion_tokens"] == pytest.approx(15.0)
    assert found["old"]["mean_latency_seconds"] == pytest.approx(0.5)
    assert found["new"]["price_per_thousand_responses"] is None
    assert "tokens out" in console("rank --costs").out
    assert "mean_latency_seconds" not in console("rank --json").json["ratings"][0]

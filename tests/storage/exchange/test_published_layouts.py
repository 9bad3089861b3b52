"""Files as they are published go in: kind and format are found, and every row says what its file says.

The files in `golden/` are written for these tests in the layouts that the modules of `storage.exchange.formats` name.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.database.engine import Database, open_database
from storage.errors import BadInput
from storage.exchange.importing import ImportOptions, ImportReport, import_file
from storage.values import RaterKind
from tests.storage.files import NOW, take

GOLDEN = Path(__file__).parent / "golden"
PREFERENCES: dict[str, tuple[str, tuple[int, int, int], list[str]]] = {
    "lmarena-33k.jsonl": (
        "LMArena battle",
        (4, 4, 8),
        [
            "q0 alder birch model_a human:arena_user_0",
            "q1 alder birch model_b human:arena_user_1",
            "q2 alder birch tie human:arena_user_2",
            "q3 alder birch both_bad human:arena_user_3",
        ],
    ),
    "lmarena-55k.csv": (
        "LMArena 55k",
        (3, 3, 6),
        [
            "30192 alder birch model_a human:(unknown)",
            "53567 birch cedar model_b human:(unknown)",
            "65089 alder cedar tie human:(unknown)",
        ],
    ),
    "lmarena-100k.jsonl": (
        "LMArena 100k",
        (3, 3, 6),
        [
            f"h0 alder birch model_a human:{0:032} math",
            f"h1 alder birch both_bad human:{1:032} hard_prompt",
            f"h2 alder birch tie human:{0:032}",
        ],
    ),
    "lmarena-140k.jsonl": (
        "LMArena 140k",
        (3, 3, 6),
        [
            "u0 alder birch model_a human:s1 creative_writing",
            "u1 alder birch both_bad human:s1 code",
            "u2 alder birch tie human:s2",
        ],
    ),
    "mt-bench-votes.jsonl": (
        "MT-bench votes",
        (4, 1, 2),
        [
            "81 alder birch model_b human:author_2",
            "81 alder birch tie human:expert_17",
            "81 birch alder model_a judge:gpt4_pair",
            "81 birch alder tie judge:gpt-4/pair-v2",
        ],
    ),
    "mt-bench-pair.jsonl": (
        "MT-bench pair judgments",
        (5, 0, 0),
        [
            "81 alder birch model_a judge:gpt-4/pair-v2",
            "82 alder birch inconsistent judge:gpt-4/pair-v2",
            "83 alder birch failed judge:gpt-4/pair-v2",
            "84 alder birch model_b judge:gpt-4/pair-v2 0.25",
            "85 alder birch tie judge:gpt-4/pair-v2",
        ],
    ),
    "alpaca-eval-annotations.json": (
        "AlpacaEval annotations",
        (5, 5, 10),
        [
            "* gpt4_1106_preview alder model_a judge:weighted_alpaca_eval_gpt4_turbo 0.75 helpful_base",
            "* gpt4_1106_preview alder model_b judge:weighted_alpaca_eval_gpt4_turbo helpful_base",
            "* gpt4_1106_preview alder tie judge:weighted_alpaca_eval_gpt4_turbo helpful_base",
            "* gpt4_1106_preview alder tie judge:weighted_alpaca_eval_gpt4_turbo helpful_base",
            "* gpt4_1106_preview alder failed judge:weighted_alpaca_eval_gpt4_turbo helpful_base",
        ],
    ),
    "arena-hard-v0.1-judgments.jsonl": (
        "Arena-Hard v0.1",
        (3, 0, 0),
        [
            "h1 gpt-4-0314 alder model_a judge:gpt-4-1106-preview 0.875",
            "h2 gpt-4-0314 alder inconsistent judge:gpt-4-1106-preview",
            "h3 gpt-4-0314 alder failed judge:gpt-4-1106-preview",
        ],
    ),
    "arena-hard-v2-judgments.jsonl": (
        "Arena-Hard v2",
        (2, 0, 0),
        [
            "a1 o3-mini-2025-01-31 alder model_b judge:gpt-4.1 0.375 hard_prompt",
            "a2 gemini-2.0-flash-001 alder model_b judge:gpt-4.1 creative_writing",
        ],
    ),
    "reward-bench-2.jsonl": (
        "RewardBench 2",
        (3, 1, 4),
        [f"7 chosen·1 rejected·{n} chosen·1 human:(unknown) Math" for n in (1, 2, 3)],
    ),
    "reward-bench-1.jsonl": (
        "DPO",
        (1, 1, 2),
        ["30 alder birch alder human:(unknown) alpacaeval-easy"],
    ),
    "dpo-texts.jsonl": ("DPO", (2, 2, 4), ["* chosen rejected chosen human:(unknown)"] * 2),
    "dpo-messages.jsonl": ("DPO", (2, 2, 4), ["* chosen rejected chosen human:(unknown)"] * 2),
    "dpo-implicit-prompt.jsonl": ("DPO", (2, 2, 4), ["* chosen rejected chosen human:(unknown)"] * 2),
    "rlhf-transcripts.jsonl": ("DPO", (2, 2, 4), ["* chosen rejected chosen human:(unknown)"] * 2),
    "llm-comparator.json": (
        "LLM Comparator",
        (4, 4, 8),
        [
            "* alder birch model_a judge:(unknown) trees",
            "* birch alder model_a judge:(unknown) trees",
            "* alder birch tie judge:(unknown) trees",
            "* alder birch model_a judge:(unknown) trees",
        ],
    ),
    "label-studio.json": (
        "Label Studio",
        (3, 2, 4),
        ["1 alder birch model_a human:5", "1 alder birch model_b human:6", "2 alder birch tie human:5"],
    ),
    "argilla.json": (
        "Argilla",
        (3, 2, 4),
        ["r1 alder birch model_a human:u1", "r2 alder birch model_b human:u1", "r2 alder birch tie human:u2"],
    ),
    "autoarena-head-to-head.csv": (
        "AutoArena head-to-head",
        (3, 2, 4),
        [
            "* alder birch model_b human:Human",
            "* alder birch model_a judge:gpt-4o-mini",
            "* birch cedar tie judge:gpt-4o-mini",
        ],
    ),
    "unnamed-pairs.jsonl": (
        "unnamed pairs",
        (2, 2, 4),
        [f"* response_a response_b model_{side} human:(unknown)" for side in "ab"],
    ),
    "fastchat-uid-pair.jsonl": (
        "MT-bench pair judgments with uid",
        (1, 0, 0),
        ["f1 alder birch model_b judge:gpt-4/pair-v2"],
    ),
}
OTHERS: dict[str, tuple[str, str, int, int]] = {
    "alpaca-eval-outputs.json": ("responses", "AlpacaEval", 2, 2),
    "alder.csv": ("responses", "AutoArena responses", 2, 2),
    "arena-hard-v0.1-questions.jsonl": ("questions", "Arena-Hard v0.1", 1, 0),
    "arena-hard-v2-questions.jsonl": ("questions", "Arena-Hard v2", 2, 0),
    "fastchat-uid-questions.jsonl": ("questions", "MT-bench with uid", 1, 0),
    "wildbench.json": ("satisfaction", "WildBench", 2, 0),
    "mt-bench-single.jsonl": ("satisfaction", "MT-bench single judgments", 3, 0),
}
ANSWERS = {
    "arena-hard-v0.1-answers.jsonl": ("arena-hard-v0.1-questions.jsonl", "Arena-Hard v0.1", ["oak"]),
    "arena-hard-v2-answers.jsonl": ("arena-hard-v2-questions.jsonl", "Arena-Hard v2", ["while: …"]),
    "fastchat-uid-answers.jsonl": ("fastchat-uid-questions.jsonl", "MT-bench with uid", ["one", "two"]),
}


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    opened.close()


def found(database: Database, name: str, **options: Any) -> ImportReport:
    return import_file(database, None, GOLDEN / name, ImportOptions(now=NOW, salt="salt", **options))


def rows(database: Database, kind: str, folder: Path) -> list[dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    path = folder / f"{kind}.jsonl"
    take(database, kind, path)
    return list(map(json.loads, path.read_text(encoding="utf-8").splitlines()))


def told(row: dict[str, Any]) -> str:
    """A preference in one line; of pairs whose sides are drawn, the chosen model comes first."""
    names = [row["model_a"].replace(" ", "·"), row["model_b"].replace(" ", "·")]
    result = row["winner"] or row["state"]
    if row["rater"] == "(unknown)" and row["source"].startswith(("reward", "dpo", "rlhf")):
        result = names[("model_a", "model_b").index(result)]
        names.sort()
    is_whole = row["score"] is None or row["score"] in (0, 0.5, 1)
    key = "*" if len(row["question"]) == 24 else row["question"]
    words = [key, *names, result, f"{row['rater_kind']}:{row['rater']}", None if is_whole else str(row["score"])]
    return " ".join(str(word) for word in [*words, row["category"]] if word is not None)


@pytest.mark.parametrize("name", PREFERENCES)
def test_published_preferences_are_read_as_they_are(database: Database, tmp_path: Path, name: str) -> None:
    title, (added, questions, responses), expected = PREFERENCES[name]
    unsaid = title in ("RewardBench 2", "DPO", "unnamed pairs")
    report = found(database, name, rater_kind=RaterKind.human if unsaid else None)
    assert (report.kind, report.format) == ("preferences", title)
    assert (report.added, report.questions, report.responses, report.unmatched) == (added, questions, responses, 0)
    assert [told(row) for row in rows(database, "preferences", tmp_path)] == expected
    again = found(database, name, rater_kind=RaterKind.human if unsaid else None)
    assert (again.added, again.duplicates) == (0, added)
    if responses:
        assert all(row["response_a"] and row["response_b"] for row in rows(database, "preferences", tmp_path / "again"))


@pytest.mark.parametrize("name", OTHERS)
def test_published_questions_responses_and_scores_are_read(database: Database, name: str) -> None:
    kind, title, added, questions = OTHERS[name]
    report = found(database, name)
    assert (report.kind, report.format, report.added, report.questions) == (kind, title, added, questions)


@pytest.mark.parametrize("name", ANSWERS)
def test_published_answers_find_their_questions(database: Database, tmp_path: Path, name: str) -> None:
    asked, title, turns = ANSWERS[name]
    found(database, asked)
    assert found(database, name).format == title
    (row,) = rows(database, "responses", tmp_path)
    assert (row["model"], row["turns"]) == ("alder", turns)


def test_what_people_wrote_in_turns_and_times_is_kept(database: Database, tmp_path: Path) -> None:
    for name in ("lmarena-55k.csv", "lmarena-140k.jsonl", "rlhf-transcripts.jsonl", "mt-bench-votes.jsonl"):
        found(database, name, rater_kind=RaterKind.human if "rlhf" in name else None)
    asked = {row["key"]: row["turns"] for row in rows(database, "questions", tmp_path)}
    assert (asked["30192"], asked["65089"]) == (["Name a tree.", "Another?"], ['Name a "hill".'])
    assert asked["u0"] == ["Write 0."]
    assert ["Hi", "2+2?"] in asked.values()
    said = {(row["question"], row["model"]): row["turns"] for row in rows(database, "responses", tmp_path / "..")}
    assert (said["30192", "alder"], said["81", "birch"]) == (["oak", ""], ["On foot.", "On "])
    votes = rows(database, "preferences", tmp_path)
    assert [row["turn"] for row in votes if row["question"] == "81"] == [1, 2, 1, 2]
    (time,) = {row["created_at"] for row in votes if row["question"] == "u0"}
    assert time == "2025-05-02T10:00:00.123456+00:00"


def test_scores_of_a_judge_have_a_scale_and_failures_a_cause(database: Database, tmp_path: Path) -> None:
    found(database, "mt-bench-single.jsonl")
    scores = rows(database, "satisfaction", tmp_path)
    assert [(row["score"], row["state"], row["cause"]) for row in scores] == [
        (9.0, "scored", None),
        (None, "failed", "no_verdict"),
        (None, "failed", "score 11 outside 1 to 10"),
    ]
    assert [(row["rater"], row["judge_model"]) for row in scores][:2] == [
        ("gpt-4/single-v1", "gpt-4"),
        ("gpt-4/single-v1-multi-turn", "gpt-4"),
    ]


def test_reviews_that_name_answers_only_are_not_read_as_questions(database: Database, tmp_path: Path) -> None:
    review = {"review_id": "r", "question_id": 1, "answer1_id": "x", "answer2_id": "y", "text": "9 8", "score": [9, 8]}
    path = tmp_path / "review.jsonl"
    path.write_text(json.dumps(review), encoding="utf-8")
    with pytest.raises(BadInput, match="got reviews that name answers by id"):
        import_file(database, None, path, ImportOptions(now=NOW, salt="salt"))


def test_a_text_that_looks_like_a_list_stays_a_text(database: Database, tmp_path: Path) -> None:
    texts = ["[0.5, 1]", '{"content": "x"}', '["a", "b"]']
    named = {"chosen_model": "alder", "rejected_model": "birch", "rater_kind": "human"}
    pairs = [
        ({"prompt": texts[1], "response_a": texts[0], "response_b": texts[2], "winner": "A"}, RaterKind.human),
        ({"prompt": texts[2], "chosen": texts[0], "rejected": texts[1]} | named, None),
        ({"instruction": texts[0], "output": texts[2], "generator": "alder"}, None),
    ]
    for n, (row, kind) in enumerate(pairs):
        path = tmp_path / f"{n}.jsonl"
        path.write_text(json.dumps(row), encoding="utf-8")
        import_file(database, None, path, ImportOptions(now=NOW, salt="salt", rater_kind=kind))
    said = [row["turns"] for row in rows(database, "responses", tmp_path)]
    assert sorted(turns[0] for turns in said) == sorted([texts[0], texts[2], texts[0], texts[1], texts[2]])
    assert [row["turns"] for row in rows(database, "questions", tmp_path)] == [[texts[1]], [texts[2]], [texts[0]]]


def test_no_address_of_an_annotator_is_kept(database: Database, tmp_path: Path) -> None:
    found(database, "label-studio.json")
    assert "example.org" not in json.dumps(rows(database, "preferences", tmp_path))

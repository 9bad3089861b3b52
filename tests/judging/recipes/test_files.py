"""Published files that are missing, have another shape, or lie elsewhere in the folder."""

import json
from pathlib import Path

import pytest

from judging.recipes import published
from judging.recipes.catalog import RECIPES
from judging.verdicts.verdict import Verdict, VerdictCause
from storage.errors import BadInput, NotFound
from tests.judging.recipes.recordings import parse_recording

FILES = {
    "alignbench": "data_v1.1_release.jsonl",
    "alpaca-eval-2": "annotations_v2.json",
    "arena-bench-v1": "model_judgment/gpt-4.jsonl",
    "arena-hard": "question.jsonl",
    "auto-j-pair": "testdata_pairwise.jsonl",
    "auto-j-single": "testdata_pairwise.jsonl",
    "judgebench": "x,judge_name=y.jsonl",
    "llm-zoo": "questions-en.jsonl",
    "llmbar": "evaluators/GPT-4/Vanilla/result.json",
    "llmbar-cot": "evaluators/GPT-4/CoT/result.json",
    "llmbar-rating": "evaluators/GPT-4/Rating/result.json",
    "llmeval-1": "itemised_scores_gpt4.csv",
    "mt-bench-pair": "question.jsonl",
    "mt-bench-single": "question.jsonl",
    "vicuna-bench": "question.jsonl",
}


def write(path: Path, *rows: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.mark.parametrize("name", sorted(FILES))
def test_rows_of_another_shape_are_refused_with_one_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / FILES[name]
    if path.suffix == ".csv":
        path.write_text("prompt,answer\nwhy,because\n")
    else:
        write(path, {"prompt": "why", "answer": "because"})
    with pytest.raises(BadInput, match="published file"):
        RECIPES[name].read(tmp_path)


def test_a_review_of_a_missing_answer_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "question.jsonl", {"question_id": 1, "text": "Why?", "category": "generic"})
    write(tmp_path / "answer_x.jsonl", {"question_id": 1, "text": "So.", "model_id": "x", "answer_id": "a"})
    review = {"question_id": 1, "answer1_id": "a", "answer2_id": "b", "text": "8 7", "score": [8, 7]}
    write(tmp_path / "review_x_y.jsonl", review)
    with pytest.raises(BadInput, match="got none with id 'b'"):
        RECIPES["vicuna-bench"].read(tmp_path)


def test_a_number_of_labels_other_than_of_pairs_is_refused(tmp_path: Path) -> None:
    row = {"prompt": "Why?", "response 1": "So.", "response 2": "No.", "scenario": "planning", "label": 2}
    write(tmp_path / "testdata_pairwise.jsonl", row)
    material = RECIPES["auto-j-pair"].read(tmp_path)
    assert material.gold == {"0": None}
    assert [question["category"] for question in material.questions] == ["General Communication"]
    write(tmp_path / "pairwise_example_output.jsonl", {"output": 0}, {"output": 1})
    with pytest.raises(BadInput, match="each of 1 pairs, got 2"):
        RECIPES["auto-j-pair"].read(tmp_path)


@pytest.mark.parametrize("inside", ["", "mt_bench"])
def test_mt_bench_is_found_in_its_folder_or_the_parent_folder(inside: str, tmp_path: Path) -> None:
    home = tmp_path / inside
    write(tmp_path / "vicuna_bench" / "other.jsonl", {"question_id": 2, "turns": ["Other?"]})
    write(home / "question.jsonl", {"question_id": 81, "category": "math", "turns": ["One?", "Two?"]})
    write(home / "reference_answer" / "gpt-4.jsonl", {"question_id": 81, "choices": [{"turns": ["1", "2"]}]})
    score = {
        "question_id": 81, "model": "m", "judge": ["gpt-4", "single-v1"], "judgment": "[[7]]", "score": 7, "turn": 2,
    }  # fmt: skip
    failed = {**score, "judgment": "$ERROR$", "score": -1}
    write(home / "model_judgment" / "gpt-4_single.jsonl", score, failed)
    recipe = RECIPES["mt-bench-single"]
    material = recipe.read(tmp_path)
    assert [(row["key"], row["reference"]) for row in material.questions] == [("81", ["1", "2"])]
    assert [recording.turn for recording in material.recordings] == [2, 2]
    assert [recording.verdict for recording in material.recordings] == [
        Verdict(value=7.0),
        Verdict(cause=VerdictCause.no_marker),
    ]
    assert [parse_recording(recipe, recording).value for recording in material.recordings] == [7.0, None]


def test_arena_hard_games_are_read_with_the_baseline_first_and_then_second(tmp_path: Path) -> None:
    write(tmp_path / "question.jsonl", {"uid": "u", "category": "hard_prompt", "prompt": "Why?"})
    answer = {"uid": "u", "model": "m", "messages": [{"content": "Why?"}, {"content": {"answer": "So."}}]}
    write(tmp_path / "model_answer" / "m.jsonl", answer)
    games = [{"judgment": {"answer": "[[B>A]]"}, "score": "B>A"}, {"judgment": {"answer": "none"}, "score": None}]
    row = {"uid": "u", "model": "m", "baseline": "base", "judge": "j", "category": "hard_prompt", "games": games}
    write(tmp_path / "model_judgment" / "j" / "m.jsonl", row)
    recipe = RECIPES["arena-hard"]
    material = recipe.read(tmp_path)
    assert [recording.models for recording in material.recordings] == [("base", "m"), ("m", "base")]
    assert parse_recording(recipe, material.recordings[0]).value == 0.25
    assert material.recordings[0].verdict == parse_recording(recipe, material.recordings[0])
    assert [one.verdict and one.verdict.cause for one in material.recordings] == [None, VerdictCause.no_marker]


def test_alignbench_judgments_are_read_with_their_recorded_ratings(tmp_path: Path) -> None:
    question = {"question_id": 1, "category": "数学计算", "question": "几？", "reference": "二"}
    write(tmp_path / "data_v1.1_release.jsonl", question)
    reply = "说明。\n{'清晰度': 6, '综合得分': 7}"
    judged = {**question, "answer": "二", "judgment": reply, "rating": {"清晰度": 6, "综合得分": 7}, "score": 7}
    write(tmp_path / "judgment" / "m.jsonl", judged, {**judged, "question_id": 2, "rating": {}, "score": -1})
    recipe = RECIPES["alignbench"]
    first, second = recipe.read(tmp_path).recordings
    assert first.models == ("m",)
    assert first.verdict is not None
    assert dict(first.verdict.values) == dict(parse_recording(recipe, first).values)
    assert second.verdict == Verdict(cause=VerdictCause.no_marker)


def test_files_are_found_plain_or_compressed_and_named_without_extensions(tmp_path: Path) -> None:
    for name in ("b.jsonl.gz", "a.jsonl", "c.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in published.find_files(tmp_path, "*.jsonl")] == ["a.jsonl", "b.jsonl.gz"]
    assert [published.file_stem(Path(name)) for name in ("gpt-3.5.jsonl.gz", "gpt-3.5.jsonl")] == ["gpt-3.5"] * 2
    assert published.find_optional_files(tmp_path, "*.csv") == []
    with pytest.raises(NotFound, match=r"\*\.csv"):
        published.find_files(tmp_path, "*.csv")


@pytest.mark.parametrize("failed", [None, -1, True, "7"])
def test_a_recorded_score_that_stands_for_a_failure_is_no_score(failed: object) -> None:
    assert published.read_recorded_score(failed).cause is VerdictCause.no_marker
    assert published.read_recorded_score(0).value == 0.0

"""`evenhand judge recipe` on folders of the documented layouts, with texts of our own and foreign files beside them.

No figures of these are published with their data here, so each is computed by hand in the test.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app

Write = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    found = tmp_path / "published"
    for name, content in (("README.md", b"# Notes\n"), (".DS_Store", b"\0\1"), ("package.json", b'{"name": "x"}')):
        write_bytes(found / name, content)
    return found


def write_bytes(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write(path: Path, rows: Sequence[object]) -> None:
    text = json.dumps(list(rows)) if path.suffix == ".json" else "".join(json.dumps(row) + "\n" for row in rows)
    write_bytes(path, text.encode())


def run(name: str, folder: Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["judge", "recipe", name, "--data", str(folder), "--json"])
    assert result.exit_code == 0, result.output + str(result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def figures(name: str, folder: Path) -> dict[tuple[str, str], float]:
    return {(one["of"], one["figure"]): one["value"] for one in run(name, folder)["figures"]}


def arena_game(text: str, score: str | None) -> dict[str, object]:
    return {"judgment": {"answer": text}, "score": score}


def style(tokens: int, headers: int) -> dict[str, object]:
    return {
        "token_len": tokens,
        "header_count": {"h1": headers, "h2": 0},
        "list_count": {"ordered": 0, "unordered": headers},
        "bold_count": {"**": 1, "__": 0},
    }


def test_arena_hard_counts_clear_verdicts_three_times_and_controls_style(folder: Path) -> None:
    verdicts = [("B>>A", "A>B"), ("A>B", "A=B"), ("A>>B", "B>A"), ("B>A", None)]
    questions = [{"uid": f"q{n}", "category": "hard_prompt", "prompt": f"Why {n}?"} for n in range(4)]
    write(folder / "question.jsonl", questions)
    for model in ("o3-mini-2025-01-31", "alder"):
        answers = [
            {
                "uid": f"q{n}", "model": model, "metadata": style(50 + 10 * n * (model == "alder"), n % 3),
                "messages": [{"role": "user", "content": "?"}, {"content": {"answer": f"{model} {n}"}}],
            }
            for n in range(4)
        ]  # fmt: skip
        write(folder / "model_answer" / f"{model}.jsonl", answers)
    judged = [
        {
            "uid": f"q{n}", "model": "alder", "baseline": "o3-mini-2025-01-31", "judge": "j", "category": "hard_prompt",
            "games": [arena_game(f"[[{one}]]", one), arena_game(f"[[{two}]]" if two else "I cannot say.", two)],
        }
        for n, (one, two) in enumerate(verdicts)
    ]  # fmt: skip
    write(folder / "model_judgment" / "j" / "alder.jsonl", judged)
    found = figures("arena-hard", folder)
    # won three times and once; lost once and tied; lost three times and once; the last question is left out
    assert found["alder", "score hard_prompt"] == pytest.approx(100.0 * 4.5 / 10)
    assert 0.0 < found["alder", "style-controlled score hard_prompt"] < 100.0


def test_arena_hard_0_1_keeps_the_other_game_of_a_failed_one(folder: Path) -> None:
    verdicts = [("B>>A", "A>B"), ("A>B", "A=B"), ("A>>B", "B>A"), ("B>A", None)]
    questions = [
        {"question_id": f"q{n}", "category": "arena-hard-v0.1", "cluster": "c", "turns": [{"content": f"Why {n}?"}]}
        for n in range(4)
    ]
    write(folder / "question.jsonl", questions)
    for model in ("gpt-4-0314", "alder"):
        answers = [
            {
                "question_id": f"q{n}", "model_id": model, "conv_metadata": style(40 + n * (model == "alder"), n % 2),
                "choices": [{"index": 0, "turns": [{"content": f"{model} {n}", "token_len": 40}]}],
            }
            for n in range(4)
        ]  # fmt: skip
        write(folder / "model_answer" / f"{model}.jsonl", answers)
    judged = [
        {
            "question_id": f"q{n}", "model": "alder", "judge": "gpt-4-1106-preview",
            "games": [
                {"user_prompt": "", "judgment": f"[[{one}]]", "score": one},
                {"user_prompt": "", "judgment": f"[[{two}]]" if two else "I cannot say.", "score": two},
            ],
        }
        for n, (one, two) in enumerate(verdicts)
    ]  # fmt: skip
    write(folder / "model_judgment" / "gpt-4-1106-preview" / "alder.jsonl", judged)
    found = figures("arena-hard-v0.1", folder)
    assert found["alder", "score"] == pytest.approx(100.0 * 5.5 / 11)
    assert 0.0 < found["alder", "style-controlled score"] < 100.0


def test_reward_models_of_judgebench_give_their_decisions_without_replies(folder: Path) -> None:
    def row(key: str, label: str, first: float, second: float) -> dict[str, Any]:
        decisions = ["A>B" if first > second else "B>A", "A>B" if second > first else "B>A"]
        scores = [[first, second], [second, first]]
        return {
            "pair_id": key, "source": "mmlu-pro-law", "question": f"Why {key}?", "response_model": "gpt",
            "label": label, "response_A": f"So {key}.", "response_B": f"No {key}.", "judge_name": "reward_model",
            "judgments": [
                {"judgment": {"judge_model": "rm", "prompt": "", "response": "", "scores": pair}, "decision": decision}
                for pair, decision in zip(scores, decisions, strict=True)
            ],
        }  # fmt: skip

    rows = [row("a", "A>B", 2.0, 1.0), row("b", "B>A", 0.5, 0.75), row("c", "A>B", 1.0, 3.0)]
    write(folder / "dataset=judgebench,response_model=gpt,judge_name=reward_model,judge_model=rm.jsonl", rows)
    found = run("judgebench", folder)
    values = {one["figure"]: one["value"] for one in found["figures"]}
    assert values["accuracy"] == pytest.approx(200.0 / 3.0)
    assert values["consistency"] == 100.0
    assert found["failed"] == {}
    one_order = [{**row, "pair_id": row["pair_id"] + "1", "judgments": row["judgments"][:1]} for row in rows]
    single = folder / "single"
    write(single / "dataset=judgebench,response_model=gpt,judge_name=reward_model,judge_model=rm.jsonl", one_order)
    values = {one["figure"]: one["value"] for one in run("judgebench", single)["figures"]}
    assert values["accuracy"] == pytest.approx(200.0 / 3.0)


def test_swap_and_cot_read_explanations_and_count_the_last_step(folder: Path) -> None:
    def game(text: str, winner: str) -> dict[str, object]:
        return {"completion": [text, "stop"], "winner": winner}

    # The second step begins with the output that loses, and ends with the verdict.
    step = {
        "swap = False": game("Output (b) is longer.\nTherefore, Output (a) is better.", "1"),
        "swap = True": game("Output (a) is longer.\nTherefore, Output (b) is better.", "1"),
    }
    first = {
        "swap = False": game("Output (b) is better.", "2"),
        "swap = True": game("Therefore, Output (b) is better.", "1"),
    }
    row = {"input": "Why?", "output_1": "So.", "output_2": "No.", "label": 1, "results": [first, step]}
    for name in ("Swap_CoT", "Metrics"):
        steps = [first, step] if name == "Swap_CoT" else [["a hint", "stop"], {
            "swap = False": game("Output (a)", "1"), "swap = True": game("Output (b)", "1"),
        }]  # fmt: skip
        write(folder / "Dataset/LLMBar/Natural/evaluators/j" / name / "result.json", [{**row, "results": steps}])
    found = figures("llmbar", folder)
    assert found["j Swap_CoT Natural", "accuracy average"] == 100.0
    assert found["j Metrics Natural", "accuracy average"] == 100.0


def test_pandalm_compares_decisions_with_the_majority_of_three_annotators(folder: Path) -> None:
    def pair(number: int, *votes: int) -> dict[str, object]:
        votes_by_name = {f"annotator{place}": vote for place, vote in enumerate(votes, 1)}
        return {
            "idx": number, "cmp_key": "bloom-7b_llama-7b", "instruction": f"Why {number}?",
            "input": float("nan"),
            "response1": f"So {number}.", "response2": f"No {number}.", **votes_by_name,
        }  # fmt: skip

    write(folder / "testset-v1.json", [pair(0, 1, 1, 2), pair(1, 2, 2, 2), pair(2, 0, 1, 2), pair(3, 0, 0, 1)])
    decisions = [1, "2", "Tie", 1]
    results = [{"idx": n, "gpt_result": said, "gpt_reason": "Because."} for n, said in enumerate(decisions)]
    write(folder / "gpt-3.5-turbo-testset-v1.json", results)
    found = figures("pandalm", folder)
    assert found["gpt-3.5-turbo", "accuracy"] == 0.75
    assert found["gpt-3.5-turbo", "macro precision"] == pytest.approx((0.5 + 1 + 1) / 3)
    assert found["gpt-3.5-turbo", "macro recall"] == pytest.approx((1 + 1 + 0.5) / 3)
    assert found["gpt-3.5-turbo", "macro F1"] == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)


def test_llmeval_2_counts_points_of_the_highest_possible(folder: Path) -> None:
    lines = ["question_uuid,question_type,llm_name,metric,score"]
    lines += ["q1,objective,alder,accuracy,3", "q1,objective,alder,explanation,1"]
    lines += [f"q2,subjective,alder,{name},{score}" for name, score in (
        ("accuracy", 4), ("informativeness", 3), ("fluency", 3), ("logicality", 2))]  # fmt: skip
    write_bytes(folder / "scores.csv", "\n".join(lines).encode())
    found = figures("llmeval-2", folder)
    assert found["alder", "objective explanation"] == 1.0
    assert found["alder", "subjective accuracy"] == 4.0
    assert found["alder", "total"] == pytest.approx(100.0 * 16 / 19)


def test_alpaca_eval_judges_empty_outputs_and_controls_length_with_the_published_standards(folder: Path) -> None:
    def row(number: int, output: str | None, first: float) -> dict[str, Any]:
        top = [{"token": name, "logprob": value} for name, value in (("m", -0.1 - first), ("M", -0.2))]
        first_token = {"token": "m", "logprob": -0.1, "top_logprobs": top}
        return {
            "instruction": f"Why {number}?", "dataset": "d", "generator_1": "gpt4_1106_preview",
            "output_1": "x" * 40, "generator_2": "alder", "output_2": output, "annotator": "weighted",
            "preference": 1.5, "raw_completion": {"text": "m", "logprobs": {"content": [first_token]}},
        }  # fmt: skip

    rows = [row(n, "" if n == 3 else None if n == 4 else "y" * (5 + 7 * n), 0.3 * n) for n in range(12)]
    write(folder / "annotations_v2.json", rows)
    plain = run("alpaca-eval-2", folder)
    assert plain["judged"] == 12
    assert {one["without verdict"] for one in plain["figures"]} == {0}
    assert not any("length" in one["figure"] for one in plain["figures"])
    lines = [",model,index,preference,std_delta_len,instruction_difficulty,not_gamed_baseline"]
    lines += [f"{n},verbose,{n},{0.2 + 0.05 * n:.2f},{-1 + 0.2 * n:.1f},{0.1 * n - 0.5:.1f},False" for n in range(12)]
    write_bytes(folder / "df_gamed.csv", "\n".join(lines).encode())
    assert 0.0 < figures("alpaca-eval-2", folder)["alder", "length-controlled win rate"] < 100.0


def test_mt_bench_pairs_count_a_disagreement_of_the_orders_as_a_tie(folder: Path) -> None:
    write(folder / "question.jsonl", [{"question_id": 81, "category": "writing", "turns": ["One?", "Two?"]}])
    for model in ("alder", "birch"):
        answer = {
            "question_id": 81,
            "model_id": model,
            "choices": [{"index": 0, "turns": [f"{model} 1", f"{model} 2"]}],
        }
        write(folder / "model_answer" / f"{model}.jsonl", [answer])
    games = [("[[A]]", "model_1", "[[B]]", "model_1"), ("[[A]]", "model_1", "[[A]]", "model_2")]
    judged = [
        {
            "question_id": 81, "model_1": "alder", "model_2": "birch", "turn": turn, "judge": ["gpt-4", "pair-v2"],
            "g1_judgment": one, "g1_winner": winner, "g2_judgment": two, "g2_winner": other,
        }
        for turn, (one, winner, two, other) in enumerate(games, 1)
    ]  # fmt: skip
    write(folder / "model_judgment" / "gpt-4_pair.jsonl", judged)
    found = figures("mt-bench-pair", folder)
    assert found["alder", "win rate"] == 75.0
    assert (found["alder", "wins"], found["alder", "draws"]) == (1.0, 1.0)


def test_alignbench_scores_come_from_judgments_beside_the_questions(folder: Path) -> None:
    question = {"question_id": 1, "category": "数学计算", "question": "几？", "reference": "二"}
    write(folder / "data_v1.1_release.jsonl", [question])
    reply = "说明。\n{'清晰度': 6, '综合得分': 7}"
    row = {**question, "answer": "二", "judgment": reply, "rating": {"清晰度": 6, "综合得分": 7}, "score": 7}
    write(folder / "judgment" / "alder.jsonl", [row])
    assert figures("alignbench", folder)["alder", "数学计算"] == 7.0


def test_mt_bench_scores_leave_out_what_failed_at_the_endpoint(folder: Path) -> None:
    write(folder / "mt_bench" / "question.jsonl", [{"question_id": 81, "category": "math", "turns": ["One?", "Two?"]}])
    answer = {"question_id": 81, "model_id": "alder", "choices": [{"index": 0, "turns": ["1", "2"]}]}
    write(folder / "mt_bench" / "model_answer" / "alder.jsonl", [answer])
    row = {"question_id": 81, "model": "alder", "judge": ["gpt-4", "single-math-v1"]}
    judged = [
        {**row, "judgment": "Rating: [[7]]", "score": 7, "turn": 1},
        {**row, "judge": ["gpt-4", "single-math-v1-multi-turn"], "judgment": "$ERROR$", "score": -1, "turn": 2},
    ]
    write(folder / "mt_bench" / "model_judgment" / "gpt-4_single.jsonl", judged)
    found = run("mt-bench-single", folder)
    values = {one["figure"]: (one["value"], one["without verdict"]) for one in found["figures"]}
    assert values["score"] == (7.0, 1)
    assert values["score turn 2"] == (None, 1)


def test_wildbench_rewards_pairs_against_a_baseline_without_question_texts(folder: Path) -> None:
    baseline = "gpt-4-turbo-2024-04-09"

    def pair(number: int, choice: str, winner: str, extent: int) -> dict[str, object]:
        return {
            "session_id": f"s{number}", "model_A": "alder", "model_B": baseline, "winner": winner, "extent": extent,
            "parsed_result": {"choice": choice}, "model_outputs": {"alder": "So.", baseline: "No."},
        }  # fmt: skip

    rows = [pair(1, "A++", "alder", 2), pair(2, "B+", baseline, 1), pair(3, "A=B", "tie", 0)]
    write(folder / "eval=gpt-4" / "alder.json", rows)
    assert figures("wildbench-pair", folder)["alder", f"reward against {baseline}"] == pytest.approx(50.0 / 3.0)
    chosen = CliRunner().invoke(
        app, ["judge", "recipe", "wildbench-pair", "--data", str(folder), "--baseline", baseline, "--json"]
    )
    assert chosen.exit_code == 0

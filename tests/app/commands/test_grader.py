"""`evaluate --grader` and `grade` at a real HTTP server: who marked what, what a failure is, nothing asked twice."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from typer.testing import CliRunner, Result

from app.cli import app
from app.commands.options.endpoint import EndpointOptions, RequestOptions
from app.commands.options.grader import GraderOptions
from storage.errors import BadInput
from tests.judging.chat_server import ChatServer, chat_server, completion

OWN = [
    {"question": "Name one colour of the French flag.", "answer": "blue", "kind": "exact"},
    {"question": "Which metal is liquid?", "answer": "mercury", "kind": "exact"},
    {"question": "中国的首都是哪里？", "answer": "北京", "kind": "exact"},
    {"question": "Who is it?", "answer": "Ann", "kind": "exact"},
    {"question": "Which blue flower grows?", "answer": "flax", "kind": "exact"},
]
ANSWERS = {
    "French": "It is not blue but maybe blue.",
    "metal": "mercury",
    "首都": "不是北京，就是北京。",
    "Who": "It is not Ann, or Ann.",
    "flower": "Not flax, perhaps flax?",
}
"""The metal is marked by rules; the others name the answer in a way that decides nothing."""
REPLIES = {
    "French": "It settles on nothing.\nMARK: NOT_ATTEMPTED",
    "首都": "与参考答案一致。\n判定：正确",
    "Who": "Contradicts itself.\n**MARK: INCORRECT**",
    "flower": "MARK: CORRECT\nMARK: INCORRECT",
}
COMMAND = ["evaluate", "--model", "endpoint:weak", "--data", "own.jsonl", "--mode", "gen", "--kind", "chat"]
GRADER = ["--grader", "endpoint:strong", "--grader-price-in", "1000", "--grader-price-out", "1000"]


def reply(body: dict[str, Any]) -> Response:
    prompt = body["messages"][-1]["content"]
    texts = REPLIES if body["model"] == "strong" else ANSWERS
    return JSONResponse(completion(next((text for word, text in texts.items() if word in prompt), "?")))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ChatServer]:
    with chat_server() as running:
        running.shape = reply
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        monkeypatch.chdir(tmp_path)
        Path("own.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in OWN), encoding="utf-8")
        yield running


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def asked(server: ChatServer, model: str) -> int:
    return sum(body["model"] == model for body in server.bodies)


def states() -> dict[str, str]:
    with sqlite3.connect("evenhand.db") as store:
        rows = store.execute("SELECT item, state, score FROM prediction")
        return {item: f"{state} {score}" for item, state, score in rows}


def test_a_grader_marks_what_rules_leave_unparsed_once_and_its_failure_is_never_wrong(server: ChatServer) -> None:
    plain = run(*COMMAND)
    assert plain.exit_code == 0, plain.output
    assert "marked by rules" not in plain.output and asked(server, "weak") == 5
    first = run(*COMMAND, *GRADER)
    assert first.exit_code == 1, first.output
    assert (asked(server, "weak"), asked(server, "strong")) == (5, 4)
    line = (
        "endpoint:weak: 1 of 5 answers marked by rules, 2 by strong, 1 without an answer as strong says, "
        "1 without a mark since strong failed."
    )
    assert line in first.stdout and "cost 0." in first.stderr
    assert sorted(states().values()) == [
        "grader_failed None",
        "scored 0.0",
        "scored 1.0",
        "scored 1.0",
        "unparsed None",
    ]
    # two of the four answers that have a mark are right; the failed one is left out, and the value is marked so
    assert "50.00*" in first.stdout

    again = run(*COMMAND, *GRADER, "--json")
    assert asked(server, "strong") == 4, "replies are kept with the outputs"
    [main] = [one for one in json.loads(again.stdout)["results"] if one["metric"] == "accuracy"]
    assert main["marked"] == {
        "grader_name": "strong",
        "rules": 1,
        "grader": 2,
        "not_attempted": 1,
        "grader_failed": 1,
    }
    assert (main["items"], main["unparsed"], main["failed"]) == (4, 1, 1)

    broken = run(
        *COMMAND, *GRADER[:1], "endpoint:none", "--grader-base-url", "http://127.0.0.1:1/v1", "--attempts", "1"
    )
    assert broken.exit_code == 1 and "run the same command again" in str(broken.exception)
    with sqlite3.connect("evenhand.db") as store:
        assert store.execute("SELECT count(*) FROM task_score").fetchone() == (0,), "no score of the former grader"

    run(*COMMAND, "--stage", "score")
    assert set(states().values()) == {"scored 1.0", "unparsed None"}, "without a grader, the rules alone count"
    run(*COMMAND, *GRADER, "--stage", "score", "--no-reuse")
    assert asked(server, "strong") == 4 and "grader_failed None" in states().values()


def test_a_grader_may_mark_all_answers_and_its_costs_are_planned(server: ChatServer) -> None:
    planned = run(*COMMAND, *GRADER, "--dry-run")
    assert "grader strong: would ask at most 5 requests, cost at most" in planned.stdout
    assert asked(server, "strong") == 0
    run(*COMMAND, *GRADER, "--grade", "all", "--limit", "3")
    assert asked(server, "strong") == 3
    spent = run(*COMMAND, *GRADER, "--grade", "all", "--grader-budget", "0.000001")
    assert spent.exit_code == 1 and "expected a --grader-budget for all items" in str(spent.exception)


def test_marks_by_hand_measure_rules_and_grader(server: ChatServer) -> None:
    marks = ["not_attempted", "correct", "correct", "incorrect", "incorrect"]
    rows = [
        {"question": row["question"], "reference": row["answer"], "output": text, "mark": mark}
        for row, text, mark in zip(OWN, ANSWERS.values(), marks, strict=True)
    ]
    Path("marked.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    REPLIES["metal"] = "Mercury is right.\nMARK: CORRECT"
    shown = run("grade", "marked.jsonl", "--grader", "strong", "--out", "replies.jsonl", "--json")
    rules, grader, both = json.loads(shown.stdout)
    assert (rules["agreed"], rules["no_mark"]) == (1, 4)
    assert (grader["agreed"], grader["no_mark"], grader["kappa"]) == (4, 1, 1.0)
    assert (both["agreed"], both["no_mark"]) == (4, 1)
    before = len(server.bodies)
    recorded = run("grade", "marked.jsonl", "--grader", "recorded:replies.jsonl")
    assert "Equal to the hand: 4 of 4 marked answers (100%), kappa 1.00; 1 answer without a mark." in recorded.stdout
    assert len(server.bodies) == before
    Path("marked.jsonl").write_text('{"question": "?"}\n')
    wrong = run("grade", "marked.jsonl")
    assert wrong.exit_code == 1 and "marked.jsonl:1: expected" in str(wrong.exception)


def marked_rows(*rows: dict[str, Any]) -> None:
    usual = {"question": "?", "reference": "x", "output": "x", "mark": "correct"}
    Path("marked.jsonl").write_text("".join(f"{json.dumps(usual | row)}\n" for row in rows), encoding="utf-8")


def test_paid_replies_are_kept_when_they_come_and_are_not_asked_again(server: ChatServer) -> None:
    marked_rows(*({"question": f"Question {number}?"} for number in range(5)))
    broken = True

    def shape(body: dict[str, Any]) -> Response:
        if broken and len(server.bodies) > 2:
            return JSONResponse({"error": {"message": "no such key"}}, status_code=401)
        return JSONResponse(completion("MARK: CORRECT"))

    server.shape = shape
    command = ["grade", "marked.jsonl", "--grader", "strong", "--concurrency", "1", "--out", "replies.jsonl"]
    stopped = run(*command)
    assert stopped.exit_code == 1
    assert "; 2 replies came before, kept in 'replies.jsonl': run the same command again" in str(stopped.exception)
    assert len(Path("replies.jsonl").read_text().splitlines()) == 2
    lost = run(*command[:-2])
    assert "0 replies came before, not kept, as --out names no file" in str(lost.exception)

    broken = False
    before = len(server.bodies)
    with Path("replies.jsonl").open("a") as file:
        file.write('{"question": "cut off by a kill')
    assert "Equal to the hand: 5 of 5" in run(*command).stdout and len(server.bodies) == before + 3
    assert len([json.loads(line) for line in Path("replies.jsonl").read_text().splitlines()]) == 5

    other = run(*command[:3], "other", *command[4:])
    assert "replies.jsonl:1: expected a reply of this grader" in str(other.exception)
    unwritable = run(*command[:-1], "none/replies.jsonl")
    assert "expected a file that can be written" in str(unwritable.exception)
    assert len(server.bodies) == before + 3, "what cannot be kept is not paid"


def test_only_replies_that_were_cut_off_are_asked_again_with_more_room(server: ChatServer) -> None:
    marked_rows({"question": "Long?"}, {"question": "Short?"})

    def shape(body: dict[str, Any]) -> Response:
        is_cut = "Long?" in body["messages"][-1]["content"] and body["max_tokens"] < 100
        return JSONResponse(completion("Because" if is_cut else "MARK: CORRECT", finish="length" if is_cut else "stop"))

    server.shape = shape
    command = ["grade", "marked.jsonl", "--grader", "strong", "--out", "replies.jsonl", "--max-tokens"]
    assert "1 reply ended at the maximum of tokens before a mark: raise --max-tokens" in run(*command, "50").stderr
    assert run(*command, "50").exit_code == 0 and len(server.bodies) == 2
    assert "Equal to the hand: 2 of 2" in run(*command, "500").stdout and len(server.bodies) == 3


def test_recorded_replies_are_found_after_thinking_and_with_other_ends_of_lines(server: ChatServer) -> None:
    server.shape = lambda body: JSONResponse(completion("MARK: CORRECT"))
    marked_rows(
        {"output": "<think>x?</think>x\u2028or \x85 so"},
        {"question": "??", "output": "hm</think>x", "prompt": "?<think>"},
    )
    asked = run("grade", "marked.jsonl", "--grader", "strong", "--out", "replies.jsonl")
    recorded = run("grade", "marked.jsonl", "--grader", "recorded:replies.jsonl")
    assert "Equal to the hand: 2 of 2" in asked.stdout and recorded.stdout == asked.stdout


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"options": ["red", "blue"], "reference": "red"}, "expected the kind choice or choices for options"),
        ({"options": ["red", "blue"], "reference": "C", "kind": "choice"}, "expected one letter among AB"),
        ({"options": ["red", "blue"], "reference": "b", "kind": "choice"}, "expected one letter among AB"),
        ({"options": ["red", "blue"], "reference": "BA", "kind": "choices"}, "expected letters in order among AB"),
        ({"reference": "A", "kind": "choice"}, "expected a list of 2 to 26 texts in options"),
        ({"options": ["red", 7], "reference": "A", "kind": "choice"}, "expected a list of 2 to 26 texts in options"),
        ({"reference": None}, "expected a reference"),
        ({"reference": []}, "expected a reference"),
        ({"output": 7}, "expected texts in question, output and prompt"),
        ({"kind": "text"}, "expected a kind among"),
    ],
)
def test_a_row_that_cannot_be_marked_is_named(
    row: dict[str, Any], expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    marked_rows({}, row)
    wrong = run("grade", "marked.jsonl")
    assert wrong.exit_code == 1 and isinstance(wrong.exception, BadInput)
    assert str(wrong.exception).startswith(f"marked.jsonl:2: {expected}")


def test_one_budget_holds_for_all_models_that_a_grader_marks(server: ChatServer) -> None:
    """Each reply costs 0.003 and may cost 0.001 at most, so that the budget is spent by the first model's four."""
    price = ["--grader-price-out", "1000", "--grader-max-tokens", "1", "--grader-budget", "0.0125"]
    spent = run(*COMMAND, "--model", "endpoint:weak2", *GRADER[:2], *price, "--concurrency", "1")
    assert asked(server, "weak2") == 5 and asked(server, "strong") == 4
    assert spent.exit_code == 1 and "expected a --grader-budget for all items" in str(spent.exception)


@pytest.mark.parametrize(
    ("own", "key", "headers"),
    [
        ({}, "of-the-model", {"api-key": "of-the-model"}),
        ({"grader_base_url": "https://a.example:443/v2"}, "of-the-model", {"api-key": "of-the-model"}),
        ({"grader_header": ["x: y"]}, "of-the-model", {"x": "y"}),
        ({"grader_base_url": "http://127.0.0.1:9/v1"}, "none", {}),
        ({"grader_base_url": "https://b.example/v1", "grader_header": ["x: y"]}, "none", {"x": "y"}),
        ({"grader_base_url": "https://home.example/v1"}, "of-the-environment", {}),
    ],
)
def test_keys_and_headers_go_to_no_other_host(
    own: dict[str, Any], key: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://home.example/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "of-the-environment")
    file = tmp_path / "key"
    file.write_text("of-the-model")
    file.chmod(0o600)
    model = EndpointOptions("https://a.example/v1", file, requests=RequestOptions(header=["api-key: {key}"]))
    address = GraderOptions(grader="strong", **own).endpoint(model).address
    assert (address.key, address.headers) == (key, headers)
    with pytest.raises(BadInput, match="--grader-key-file"):
        _ = GraderOptions(grader="strong", grader_base_url="https://b.example/v1").endpoint(model).address

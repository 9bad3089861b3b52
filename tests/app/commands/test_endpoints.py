"""Commands at endpoints that want other requests, run out of credit or lose a key: nothing is asked twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from typer.testing import CliRunner

from app.cli import app, main
from tests.app.commands.store_commands import make_filled_store, rows, run
from tests.judging.chat_server import ChatServer, chat_server, completion
from tests.judging.judged_store import answers

ROOT = Path(__file__).parents[3]
KEY = "sk-very-secret"
JUDGE = ["judge", "pairwise", "--model", "tiny"]
TASK = "question,A,B,answer\n1+1?,2,3,A\n1+2?,2,3,B\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ChatServer]:
    with chat_server() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.chdir(tmp_path)
        yield running


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    return make_filled_store(tmp_path)


def verdict(body: dict[str, Any]) -> Response:
    one, two = answers(body["messages"][-1]["content"])
    return JSONResponse(completion("[[A]]" if one < two else "[[B]]"))


def refused(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": {"message": message}}, status_code=status)


def reasoning_model(body: dict[str, Any]) -> Response:
    if "max_tokens" in body:
        return refused("Unsupported parameter: 'max_tokens'; use 'max_completion_tokens'")
    return refused("temperature") if body.get("temperature", 1) != 1 else verdict(body)


@pytest.mark.usefixtures("filled")
def test_a_judge_that_refuses_parameters_judges_and_the_same_command_asks_nothing(
    server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.shape = reasoning_model
    assert main(JUDGE) == 0
    shown = capsys.readouterr()
    assert shown.err.count("max_completion_tokens in the place of max_tokens, no temperature") == 1
    assert len(server.bodies) == 2 + 24
    stored = {json.dumps(json.loads(one)["dialect"]) for (one,) in rows("SELECT verdict FROM judge_call")}
    assert stored == {'{"renamed": {"max_tokens": "max_completion_tokens"}, "left_out": ["temperature"]}'}
    assert main(JUDGE) == 0
    assert len(server.bodies) == 2 + 24 and rows("SELECT COUNT(*) FROM rater") == [(1,)]


@pytest.mark.usefixtures("filled")
def test_options_for_requests_reach_the_endpoint_and_tell_judges_apart(server: ChatServer) -> None:
    server.shape = verdict
    run(*JUDGE)
    options = ["--body", "top_k=5", "--body", 'extra={"a": [1]}', "--body", "mode=fast", "--reasoning-effort", "low"]
    run(*JUDGE, *options, "--no-temperature", "--header", "x-team: {key}-2")
    assert len(server.bodies) == 48
    first, last = server.bodies[0], server.bodies[-1]
    assert "temperature" in first and not {"top_k", "reasoning_effort"} & first.keys()
    assert {name: last[name] for name in ("top_k", "extra", "mode", "reasoning_effort")} == {
        "top_k": 5, "extra": {"a": [1]}, "mode": "fast", "reasoning_effort": "low"
    }  # fmt: skip
    assert "temperature" not in last
    assert rows("SELECT COUNT(*) FROM rater") == [(2,)]
    server.shape = None
    run("respond", "--model", "other", *options, "--no-temperature")
    assert server.bodies[-1]["top_k"] == 5 and "temperature" not in server.bodies[-1]


@pytest.mark.usefixtures("filled")
def test_a_file_of_options_is_the_same_judge_and_the_command_line_wins(server: ChatServer, tmp_path: Path) -> None:
    server.shape = verdict
    (tmp_path / "judges").mkdir()
    key = tmp_path / "judges" / "key"
    key.write_text(KEY)
    key.chmod(0o600)
    (tmp_path / "judges" / "judge.toml").write_text(
        f"""
model = "tiny"
name = "house"
prompt = "pair-3"
[endpoint]
url = "{server.url}"
key-file = "key"
[generation]
max-tokens = 77
[body]
reasoning_effort = "low"
top_k = 5
[headers]
api-key = "{{key}}"
[prices]
in = 1000
out = 2000
[limits]
concurrency = 2
budget = 100
"""
    )
    done = run("judge", "pairwise", "--config", "judges/judge.toml")
    assert done["judge"] == "house" and done["spent"] == pytest.approx(24 * 0.017)
    assert server.bodies[0]["max_tokens"] == 77 and server.bodies[0]["top_k"] == 5
    said = ["--body", 'reasoning_effort="low"', "--body", "top_k=5", "--max-tokens", "77"]
    run("judge", "pairwise", "--model", "tiny", "--name", "house", "--prompt", "pair-3", *said)
    assert len(server.bodies) == 24
    run("judge", "pairwise", "--config", "judges/judge.toml", "--max-tokens", "50", "--name", "other")
    assert server.bodies[-1]["max_tokens"] == 50


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("modell = 'x'", "got 'modell'; rename it"),
        ("[prices]\nper_call = 2", "expected prices 'in' and 'out'"),
        ("model = ", "expected TOML"),
        ("concurrency = 'many'", "concurrency"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_a_wrong_file_of_options_is_one_sentence(
    server: ChatServer, capsys: pytest.CaptureFixture[str], content: str, sentence: str
) -> None:
    Path("judge.toml").write_text(content)
    assert main([*JUDGE, "--config", "judge.toml"]) in (1, 2)
    assert sentence in capsys.readouterr().err and server.bodies == []
    assert main([*JUDGE, "--config", "nowhere.toml"]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--body", "top_k"], "expected --body KEY=JSON"),
        (["--body", "top_k={broken"], "expected JSON after top_k="),
        (["--body", "messages=[]"], "expected another field than 'messages'"),
        (["--header", "no colon"], "expected --header 'NAME: VALUE'"),
        (["--model", "baseline:longest", "--body", "top_k=5"], "expected a model at an endpoint for --body"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_wrong_options_for_requests_are_one_sentence(
    server: ChatServer, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main([*JUDGE, *arguments]) == 1
    assert sentence in capsys.readouterr().err and server.bodies == []


LOST: dict[str, Callable[[], Response]] = {
    "unauthorised": lambda: refused("Incorrect API key", 401),
    "no_credit": lambda: JSONResponse({"error": "insufficient_quota"}, status_code=429),
    "payment": lambda: refused("Insufficient Balance", 402),
    "body": lambda: JSONResponse({"error": {"message": "quota exceeded", "code": 402}}),
    "unknown_model": lambda: refused("The model does not exist", 404),
}


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.usefixtures("filled")
def test_what_every_later_request_would_share_stops_the_run_in_the_middle_and_leaves_the_rest_open(
    server: ChatServer, kind: str
) -> None:
    numbers = count(1)
    server.shape = lambda body: LOST[kind]() if next(numbers) > 10 else verdict(body)
    found = run(*JUDGE, "--name", "house", "--concurrency", "4", code=1)
    assert found["outage"] in LOST or found["outage"] == "no_credit"
    assert 10 < len(server.bodies) <= 10 + 4
    assert found["outcomes"].get("failed", 0) == 0 and found["left"] == 12 - sum(found["outcomes"].values())
    assert rows("SELECT COUNT(*) FROM judgement WHERE state = 'failed'") == [(0,)]
    assert rows("SELECT COUNT(*) FROM judge_call WHERE reply IS NOT NULL") == [(10,)]
    server.shape = verdict
    before = len(server.bodies)
    assert run(*JUDGE, "--name", "house")["left"] == 0
    assert len(server.bodies) == before + 14


@pytest.mark.usefixtures("filled")
def test_the_message_says_what_the_endpoint_said(server: ChatServer, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = count(1)
    server.shape = lambda body: LOST["body"]() if next(numbers) > 10 else verdict(body)
    assert main(JUDGE) == 1
    said = capsys.readouterr().out
    assert "quota exceeded" in said and "run the same command again to continue" in said


@pytest.mark.usefixtures("filled")
def test_respond_stops_in_the_middle_too(server: ChatServer) -> None:
    server.shape = lambda _body: LOST["unauthorised"]() if len(server.bodies) > 2 else JSONResponse(completion("fine"))
    found = run("respond", "--model", "new", "--concurrency", "1", code=1)
    assert (found["states"], found["left"], found["outage"]) == ({"ok": 2}, 2, "unauthorised")
    server.shape = lambda _body: JSONResponse(completion("fine"))
    assert run("respond", "--model", "new")["states"] == {"ok": 2}


def evaluated(*options: str) -> tuple[int, str]:
    Path("own.csv").write_text(TASK)
    asked = ["evaluate", "--model", "endpoint:tiny", "--data", "own.csv", "--mode", "gen", "--kind", "chat"]
    result = CliRunner().invoke(app, [*asked, *options])
    return result.exit_code, result.output + str(result.exception)


def test_three_attempts_are_three_requests_for_each_item(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("judging.chat.batch.RetryPolicy.first_seconds", 0.0, raising=False)
    server.shape = lambda _body: JSONResponse({}, status_code=429, headers={"retry-after": "0"})
    code, _ = evaluated("--attempts", "3")
    assert code == 1 and len(server.bodies) == 2 * 3


def test_a_wrong_key_stops_an_evaluation_and_the_same_command_goes_on(server: ChatServer) -> None:
    server.shape = lambda _body: refused("Incorrect API key", 401)
    code, said = evaluated()
    assert code == 1 and len(server.bodies) == 1 and "expected a key" in said and "Incorrect API key" in said
    server.shape = lambda body: refused("max_tokens") if "max_tokens" in body else JSONResponse(completion("A"))
    code, said = evaluated("--body", "top_k=5")
    assert code == 0, said
    assert server.bodies[-1]["max_completion_tokens"] and server.bodies[-1]["top_k"] == 5
    before = len(server.bodies)
    assert evaluated("--body", "top_k=5")[0] == 0 and len(server.bodies) == before


@pytest.mark.usefixtures("filled")
def test_a_key_that_the_endpoint_echoes_is_neither_stored_nor_shown(
    server: ChatServer, filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def echoing(body: dict[str, Any]) -> Response:
        said = f"{server.keys[-1]} in full"
        if len(server.bodies) % 3 == 0:
            return refused(said)
        made = verdict(body)
        found = json.loads(bytes(made.body))
        found["model"] = said
        found["choices"][0]["message"] |= {"reasoning": said, "content": f"{said} [[A]]"}
        return JSONResponse(found)

    server.shape = echoing
    once = ["--attempts", "1"]
    assert main([*JUDGE, *once]) == 1
    assert main(["respond", "--model", "new", *once]) == 1
    shown = capsys.readouterr()
    stored = b"".join(path.read_bytes() for path in filled.parent.glob("evenhand.db*"))
    assert set(server.keys) == {f"Bearer {KEY}"}
    assert b"[key]" in stored and KEY.encode() not in stored
    assert "[key]" in shown.out + shown.err and KEY not in shown.out + shown.err


def started(*arguments: str) -> subprocess.Popen[str]:
    start = "import sys; from app.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start, *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("command", [JUDGE, ["respond", "--model", "tiny"]], ids=["judge", "respond"])
def test_equal_runs_at_once_ask_everything_once(server: ChatServer, command: list[str]) -> None:
    server.shape = verdict if command is JUDGE else lambda _body: JSONResponse(completion("fine"))
    server.opened.clear()
    first = started(*command, "--concurrency", "2")
    server.wait_for_requests(1)
    others = [started(*command, "--concurrency", "2") for _ in range(2)]
    for process in others:
        assert process.stderr is not None
        assert any("waiting for it to end" in line for line in process.stderr), "it ended without having waited"
    server.opened.set()
    said = [process.communicate(timeout=60) for process in (first, *others)]
    assert [process.returncode for process in (first, *others)] == [0] * 3, said
    asked = [json.dumps(body) for body in server.bodies]
    assert len(asked) == len(set(asked)) == (24 if command is JUDGE else 4)
    assert "waiting for it to end" not in said[0][1]


@pytest.mark.usefixtures("filled")
def test_the_claim_of_a_killed_run_holds_up_nobody(server: ChatServer) -> None:
    server.shape, server.delay_seconds = verdict, 0.1
    process = started(*JUDGE, "--concurrency", "1")
    server.wait_for_requests(3)
    server.opened.clear()
    process.kill()
    process.communicate()
    server.opened.set()
    assert rows("SELECT COUNT(*) FROM claim") == [(1,)]
    asked, ((stored,),) = len(server.bodies), rows("SELECT COUNT(*) FROM judge_call")
    server.delay_seconds = 0.0
    went_on = run(*JUDGE)
    assert went_on["judged_before"] + went_on["outcomes"]["scored"] == 12 and went_on["left"] == 0
    assert rows("SELECT COUNT(*) FROM claim") == [(0,)]
    assert len(server.bodies) == asked + 24 - stored, "everything but what was stored is asked again"


@pytest.mark.usefixtures("filled")
def test_ctrl_c_waits_for_the_replies_under_way_and_nothing_is_asked_again(server: ChatServer) -> None:
    server.shape, server.delay_seconds = verdict, 0.3
    process = started(*JUDGE, "--concurrency", "4")
    server.wait_for_requests(5)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 130, out + error
    assert "you stopped the run" in out and "waiting for the replies under way" in error
    stored = rows("SELECT COUNT(*) FROM judge_call")
    assert stored == [(len(server.bodies),)]
    server.delay_seconds = 0.0
    assert run(*JUDGE)["left"] == 0 and len(server.bodies) == 24


@pytest.mark.usefixtures("filled")
def test_a_dry_run_says_what_is_expected_and_at_most_and_a_limit_takes_a_first_look(server: ChatServer) -> None:
    server.shape = verdict
    Path("prices.toml").write_text('["tiny"]\nin = 1000\nout = 2000\n')
    asked = [*JUDGE, "--prices", "prices.toml", "--max-tokens", "50"]
    first = run(*asked, "--dry-run")
    assert first["expected"] is None and first["at_most"] > 24 * 50 * 2000 / 1e6
    looked = run(*asked, "--limit", "3", "--budget", "100")
    assert sum(looked["outcomes"].values()) == 3 and looked["spent"] == pytest.approx(6 * 0.017)
    later = run(*asked, "--dry-run")
    assert (later["items"], later["expected"], later["expected_from"]) == (9, pytest.approx(18 * 0.017), 6)
    result = CliRunner().invoke(app, [*asked, "--dry-run"])
    assert "about 0.31 by the lengths of 6 earlier replies" in result.output
    server.shape = None
    contestant = ["respond", "--model", "tiny", "--prices", "prices.toml", "--max-tokens", "50"]
    assert run(*contestant, "--limit", "1")["states"] == {"ok": 1}
    planned = run(*contestant, "--dry-run")
    assert (planned["missing"], planned["expected"]) == (3, pytest.approx(3 * 0.017))
    assert planned["at_most"] == pytest.approx(3 * (len("question 0 turn 1") / 2 * 1000 + 50 * 2000) / 1e6)
    assert (planned["requests"], planned["stored_replies"]) == (3, 1)
    told = CliRunner().invoke(app, [*contestant, "--dry-run"]).output
    assert "tiny: would ask 3 of 4 requests for 3 missing responses, cost at most" in told
    assert told.rstrip().endswith("; 1 reply is stored")


@pytest.mark.usefixtures("filled")
def test_a_verdict_is_asked_for_as_json_also_where_the_endpoint_refuses_the_schema(server: ChatServer) -> None:
    def answer(body: dict[str, Any]) -> Response:
        if "response_format" in body and body["model"] == "old":
            return refused("response_format is not supported")
        one, two = answers(body["messages"][-1]["content"])
        return JSONResponse(completion(json.dumps({"reason": "r", "verdict": "A" if one < two else "B"})))

    server.shape = answer
    assert run(*JUDGE, "--json-schema")["outcomes"] == {"scored": 12}
    assert server.bodies[0]["response_format"]["json_schema"]["strict"] is True
    assert run("judge", "pairwise", "--model", "old", "--json-schema")["outcomes"] == {"scored": 12}
    assert "response_format" not in server.bodies[-1]
    assert run(*JUDGE, "--json-schema")["judged_before"] == 12


@pytest.mark.usefixtures("filled")
def test_pairs_and_scores_of_an_empty_response_are_counted_and_never_a_loss(server: ChatServer) -> None:
    server.shape = lambda body: JSONResponse(completion("" if "question 2" in str(body) else "zzz"))
    assert run("respond", "--model", "mute")["states"] == {"empty": 1, "ok": 3}
    server.shape = verdict
    found = run(*JUDGE, "--dry-run")
    assert (found["items"], found["items_with_empty_response"]) == (12 + 3 * 3, 3)
    assert found["empty_responses"] == {"mute": 3}
    prevented = found["prevented_by_empty_response"]
    assert {(*item["models"],) for item in prevented} == {(one, "mute") for one in ("m1", "m2", "m3")}
    assert {(item["question"], *item["empty"]) for item in prevented} == {("q2", "mute")}
    done = CliRunner().invoke(app, JUDGE)
    assert "not judged, because a response is empty: 3 (mute 3)" in done.output
    assert rows("SELECT COUNT(*) FROM judgement") == [(21,)]
    assert run("judge", "single", "--model", "tiny", "--dry-run")["items_with_empty_response"] == 1
    assert run(*JUDGE, "--pairs", "baseline:mute", "--dry-run")["items_with_empty_response"] == 3


@pytest.mark.usefixtures("filled")
def test_an_empty_response_loses_only_where_that_is_chosen_and_the_board_says_so(server: ChatServer) -> None:
    server.shape = lambda body: JSONResponse(completion("" if "question 2" in str(body) else f"z {body['model']}"))
    for name in ("mute", "silent"):
        run("respond", "--model", name)
    server.shape = verdict
    chosen = [*JUDGE, "--name", "strict", "--empty", "loses"]
    found = run(*chosen)
    assert (found["items_with_empty_response"], found["lost_by_empty_response"]) == (1, 6)
    assert found["empty_responses"] == {"mute": 1, "silent": 1}, "where both are empty, nobody wins"
    lost = rows("SELECT score FROM judgement WHERE form = 'empty_loses' ORDER BY position")
    assert len(lost) == 6 and {share for (share,) in lost} == {1.0}, "the new models come second"
    asked = len(server.bodies)
    assert run(*chosen)["judged_before"] == found["items"] and len(server.bodies) == asked
    assert run("rank", "--by", "judge:strict")["empty_losses"] == 6
    board = CliRunner().invoke(app, ["rank", "--by", "judge:strict"])
    assert "an empty response lost by rule, without a comparison: 6." in board.output
    plain = run(*JUDGE, "--name", "plain")
    assert (plain["items_with_empty_response"], plain["lost_by_empty_response"]) == (7, 0)
    assert run("rank", "--by", "judge:plain")["empty_losses"] == 0

"""The dialect that was found once is the one that later commands start with, whatever they ask for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from typer.testing import CliRunner

from app.cli import app
from tests.app.commands.store_commands import make_filled_store, rows, run
from tests.judging.chat_server import ChatServer, chat_server, completion


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ChatServer]:
    make_filled_store(tmp_path)
    with chat_server() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
        monkeypatch.chdir(tmp_path)
        running.shape = reasoning_model
        yield running


def reasoning_model(body: dict[str, Any]) -> Response:
    for name in ("max_tokens", "temperature"):
        if name in body:
            said = {"message": f"Unsupported parameter: '{name}'", "param": name}
            return JSONResponse({"error": said}, status_code=400)
    return JSONResponse(completion("[[A]]"))


def plain_only(body: dict[str, Any]) -> Response:
    if "max_completion_tokens" in body:
        said = "Unrecognized request argument supplied: max_completion_tokens"
        return JSONResponse({"error": {"message": said}}, status_code=400)
    return JSONResponse(completion("[[B]]"))


def sent(server: ChatServer) -> list[bool]:
    """For each request whether it was a plain one; the requests are forgotten."""
    found = ["max_tokens" in body for body in server.bodies]
    server.bodies.clear()
    return found


def test_each_command_starts_with_the_dialect_that_another_one_found(server: ChatServer) -> None:
    assert run("respond", "--model", "tiny")["states"] == {"ok": 4}
    assert sent(server) == [True, False, False, False, False, False][: 2 + 4]
    run("judge", "pairwise", "--model", "tiny", "--order", "given", "--limit", "3")
    assert sent(server) == [False] * 3
    Path("own.csv").write_text("question,A,B,answer\n1+1?,2,3,A\n1+2?,2,3,B\n")
    asked = ["evaluate", "--model", "endpoint:tiny", "--data", "own.csv", "--mode", "gen", "--kind", "chat"]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert sent(server) == [False, False]
    assert rows("SELECT model FROM endpoint_dialect") == [("tiny",)]
    assert "max_completion" not in str(rows("SELECT settings FROM response WHERE settings LIKE '%tiny%'"))


def test_an_endpoint_that_takes_other_requests_than_it_did_is_asked_plainly_again(server: ChatServer) -> None:
    judge = ["judge", "pairwise", "--model", "tiny", "--order", "given"]
    run(*judge, "--limit", "1")
    server.bodies.clear()
    server.shape = plain_only
    assert run(*judge, "--limit", "4")["outcomes"] == {"scored": 3}
    assert sent(server) == [False, True, True, True]
    assert run(*judge, "--limit", "5")["outcomes"] == {"scored": 1}
    assert sent(server) == [True]


def test_a_dry_run_of_an_evaluation_says_what_it_may_cost(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("own.csv").write_text("question,A,B,answer\n1+1?,2,3,A\n1+2?,2,3,B\n")
    asked = ["evaluate", "--model", "endpoint:tiny", "--data", "own.csv", "--mode", "gen", "--kind", "chat"]
    prices = ["--price-in", "1000", "--price-out", "2000", "--max-out-len", "100"]
    planned = run(*asked, *prices, "--dry-run")["costs"][0]
    assert (planned["model"], planned["requests"], planned["expected"]) == ("endpoint:tiny", 2, None)
    assert planned["at_most"] > 2 * 100 * 2000 / 1e6, "a prompt costs something too"
    assert not server.bodies
    assert CliRunner().invoke(app, [*asked, *prices]).exit_code == 0
    with Path("own.csv").open("a") as file:
        file.write("1+3?,4,5,A\n")
    planned = run(*asked, *prices, "--dry-run")["costs"][0]
    assert (planned["requests"], planned["stored_replies"], planned["expected_from"]) == (1, 2, 2)
    assert planned["expected"] == pytest.approx(0.017), "what is stored costs nothing"
    told = CliRunner().invoke(app, [*asked, *prices, "--dry-run"]).output
    assert "endpoint:tiny: would ask 1 of 3 requests, cost at most" in told
    assert told.rstrip().endswith("by the lengths of 2 earlier replies; 2 replies are stored")
    anew = run(*asked, *prices, "--no-reuse", "--dry-run")["costs"][0]
    assert (anew["requests"], anew["stored_replies"]) == (3, 0)
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    told = CliRunner().invoke(app, [*asked, "--dry-run"]).output
    assert "endpoint:tiny: would ask at most 3 requests" in told, "what is stored of which endpoint is not known"

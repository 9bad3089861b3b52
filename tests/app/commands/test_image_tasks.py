"""Tasks with pictures at an endpoint, from the command line: seen and scored, or failed by name."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from app.cli import main
from tests.app.commands.coloured import coloured, colours
from tests.app.commands.store_commands import rows, run
from tests.app.models.vision_models import vision_model
from tests.judging.chat_server import ChatServer, chat_server, completion

EVALUATE = ["evaluate", "--model", "endpoint:tiny", "--data", "colours.jsonl", "--kind", "chat"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ChatServer]:
    with chat_server() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "red.png").write_bytes(coloured("red"))
        choice = {"question": "Which colour?", "A": "red", "B": "blue"}
        lines = [
            choice | {"id": "path", "answer": "A", "image": "red.png"},
            choice | {"id": "inside", "answer": "B", "image": base64.b64encode(coloured("blue")).decode()},
            choice | {"id": "words", "question": "Which is warmer?", "answer": "A"},
        ]
        (tmp_path / "colours.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        yield running


def seeing(body: dict[str, Any]) -> Response:
    seen = colours(body)
    return JSONResponse(completion("The answer is B." if seen == ["blue"] else "The answer is A."))


def blind(body: dict[str, Any]) -> Response:
    if colours(body):
        message = "Invalid content type. image_url is only supported by certain models."
        return JSONResponse({"error": {"message": message}}, status_code=400)
    return seeing(body)


def test_a_model_that_sees_answers_about_the_pictures_once(server: ChatServer) -> None:
    server.shape = seeing
    (result,) = run(*EVALUATE)["results"]
    assert (result["value"], result["items"]) == (1.0, 3)
    assert sorted(map(colours, server.bodies)) == [[], ["blue"], ["red"]]
    shown = next(body for body in server.bodies if colours(body))["messages"][-1]["content"]
    assert [part["type"] for part in shown] == ["image_url", "text"], "the picture stands before its question"
    stored = str(rows("SELECT prompt, output, details FROM prediction"))
    assert stored.count("[image]") == 2 and "base64" not in stored
    run(*EVALUATE)
    assert len(server.bodies) == 3, "stored outputs are not asked again"
    run(
        "evaluate", "--model", "endpoint:tiny", "--data", "colours.jsonl", "--kind", "base", "--no-reuse", "--name", "b"
    )
    assert sorted(map(colours, server.bodies[3:])) == [[], ["blue"], ["red"]]


@pytest.mark.parametrize("options", [[], ["--no-vision"]])
def test_a_model_that_reads_text_only_fails_by_name(server: ChatServer, options: list[str]) -> None:
    server.shape = blind
    (result,) = run(*EVALUATE, *options, code=1)["results"]
    assert result["failed"] == 2
    causes = [json.loads(cause) for (cause,) in rows("SELECT cause FROM prediction WHERE state = 'failed'")]
    assert [cause["code"] for cause in causes] == ["no_vision"] * 2
    assert len(server.bodies) == (1 if options else 3), "nothing is asked twice, or without its picture"
    assert rows("SELECT COUNT(*) FROM prediction WHERE state = 'failed' AND score IS NOT NULL") == [(0,)]


def test_a_local_model_that_reads_images_answers_about_them_and_gives_no_likelihoods(
    server: ChatServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A random model with a token for each byte and four for each picture; the question in words is 3 bytes longer."""
    pytest.importorskip("torch", reason="the extra local is not installed")
    command = ["evaluate", "--model", str(vision_model(tmp_path / "seeing")), "--data", "colours.jsonl"]
    for kind in ("base", "chat"):
        own = [*command, "--kind", kind, "--max-out-len", "4", "--name", kind]
        assert run(*own, "--dry-run")["problems"] == []
        (result,) = run(*own)["results"]
        assert (result["items"], result["failed"]) == (3, 0)
        stored = rows("SELECT item, details FROM prediction WHERE run_id = (SELECT MAX(id) FROM evaluation_run)")
        read = {item: json.loads(details)["prompt_tokens"] for item, details in stored}
        assert read["path"] == read["inside"] == read["words"] - 3 + 4
    assert str(rows("SELECT prompt FROM prediction")).count("[image]") == 2, "of the chat, as for endpoints"
    (tmp_path / "words.jsonl").write_text('{"question": "Which is warmer?", "A": "red", "B": "blue", "answer": "A"}\n')
    for options, words in (
        (["--data", "words.jsonl", "--mode", "ppl"], "generate for a model that reads images"),
        (["--num-gpus", "2"], "leave out --num-gpus and --ray"),
        (["--tokenizer-path", "seeing", "--batch-size", "2"], "leave out --tokenizer-path and --batch-size"),
        (["--tokenizer-kwargs", "a=1", "--continuous-batching"], "out --tokenizer-kwargs and --continuous-batching"),
        (["--peft-path", "adapter"], "leave out --peft-path"),
    ):
        assert main([*(command if "--data" not in options else command[:3]), *options]) == 1
        assert words in capsys.readouterr().err
    assert server.bodies == []


def test_the_highest_cost_counts_pictures(server: ChatServer, capsys: pytest.CaptureFixture[str]) -> None:
    plan = [*EVALUATE, "--dry-run", "--price-in", "1000000", "--price-out", "0"]
    most, least = (run(*plan, *options)["costs"][0]["at_most"] for options in ([], ["--image-tokens", "0"]))
    assert most - least == 2 * 1445 and server.bodies == []
    assert main([*plan]) == 0 and "base64" not in capsys.readouterr().out

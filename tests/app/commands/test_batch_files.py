"""Judging through batch files: results in any order become judgments, and the same judge asks nothing again."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from typer.testing import CliRunner

from app.cli import app
from judging.batch_files.requests import RequestFiles
from judging.chat.batch import LeftOpen
from judging.chat.model import ChatRequest
from judging.chat.wire.dialect import Dialect
from tests.app.commands.store_commands import make_filled_store, rows, run
from tests.judging.chat_server import completion, serving
from tests.judging.judged_store import answers

JUDGE = ["judge", "pairwise", "--model", "tiny", "--name", "house", "--price-in", "1000", "--price-out", "2000"]


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    make_filled_store(tmp_path)


def answered(line: dict[str, Any]) -> dict[str, Any]:
    """The output line to a request line."""
    one, two = answers(line["body"]["messages"][-1]["content"])
    body = completion("[[A]]" if one < two else "[[B]]")
    response = {"status_code": 200, "request_id": "r", "body": body}
    return {"id": "b", "custom_id": line["custom_id"], "response": response, "error": None}


def requests(folder: str) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(Path(folder).glob("requests-*"))
        for line in path.read_text("utf-8").splitlines()
    ]


def write(path: str, lines: list[dict[str, Any]]) -> None:
    Path(path).write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_results_in_any_order_become_judgments_at_the_price_of_a_batch() -> None:
    made = run(*JUDGE, "--batch", "b")
    assert (made["requests"], made["files"]) == (24, 1)
    lines = requests("b")
    assert {line["url"] for line in lines} == {"/v1/chat/completions"}
    assert len({line["custom_id"] for line in lines}) == 24 and all(len(line["custom_id"]) <= 64 for line in lines)
    assert rows("SELECT COUNT(*) FROM judge_call") == [(0,)]
    done = [answered(line) for line in lines]
    random.Random(1).shuffle(done)
    write("b/first.jsonl", done[:9])
    part = run("judge", "collect", "b", code=1)
    assert part["left"] == 12 - sum(part["outcomes"].values()) and part["outcomes"].get("failed", 0) == 0
    write("b/second.jsonl", done[9:])
    whole = run("judge", "collect", "b")
    assert whole["left"] == 0 and part["spent"] + whole["spent"] == pytest.approx(24 * 0.017 / 2)
    assert rows("SELECT state, COUNT(*) FROM judgement GROUP BY state") == [("scored", 12)]
    assert rows("SELECT COUNT(*), SUM(cost) FROM judge_call") == [(24, pytest.approx(24 * 0.017 / 2))]
    assert run("judge", "collect", "b")["attempts"] == 0
    assert run(*JUDGE)["judged_before"] == 12, "the same judge at its endpoint asks nothing"


def test_what_a_batch_refused_for_good_fails_and_what_may_pass_stays_open() -> None:
    run(*JUDGE, "--batch", "b")
    lines = requests("b")
    by_item = {line["custom_id"]: line for line in lines}
    keys = list(by_item)
    refused = {"status_code": 400, "body": {"error": {"message": "no", "code": "content_filter"}}}
    write("b/errors.jsonl", [
        {"custom_id": keys[0], "response": refused, "error": None},
        {"custom_id": keys[2], "response": None, "error": {"code": "batch_expired", "message": "expired"}},
        {"custom_id": keys[4], "response": {"status_code": 429, "body": {"error": {"message": "slow"}}}, "error": None},
        {"custom_id": "another batch", "response": refused, "error": None},
    ])  # fmt: skip
    write("b/output.jsonl", [answered(by_item[key]) for key in keys if key not in (keys[0], keys[2], keys[4])])
    found = run("judge", "collect", "b", code=1)
    assert found["causes"] == {"filtered": 1} and found["left"] == 2
    stored = rows("SELECT (SELECT COUNT(*) FROM judgement), (SELECT COUNT(*) FROM judge_call)")
    told = CliRunner().invoke(app, ["judge", "collect", "b"])
    assert told.exit_code == 1 and "refused by the endpoint, and failed before: 1 item\n" in told.output
    twice = run("judge", "collect", "b", code=1)
    assert (twice["refused_again"], twice["left"], twice["outcomes"]) == (1, 2, {})
    assert rows("SELECT (SELECT COUNT(*) FROM judgement), (SELECT COUNT(*) FROM judge_call)") == stored
    again = run(*JUDGE, "--batch", "b2")
    assert again["requests"] == 3, "the next batch holds what was not answered"


def test_a_paid_reply_is_kept_where_the_other_order_of_a_failed_item_is_refused_again() -> None:
    run(*JUDGE, "--batch", "b")
    first, second = (line for line in requests("b")[:2])
    refused = {"response": {"status_code": 400, "body": {"error": {"message": "no", "code": "content_filter"}}}}
    write("b/output.jsonl", [{"custom_id": one["custom_id"], **refused, "error": None} for one in (first, second)])
    assert run("judge", "collect", "b", code=1)["causes"] == {"filtered": 1}
    write("b/later.jsonl", [answered(second)])
    assert run("judge", "collect", "b", code=1)["refused_again"] == 1
    assert rows("SELECT COUNT(*) FROM judge_call WHERE reply IS NOT NULL") == [(1,)]
    assert len(requests("b2") if run(*JUDGE, "--batch", "b2") else []) == 23


def test_a_batch_keeps_the_dialect_of_its_requests_and_the_probability_of_its_pairs() -> None:
    run(*JUDGE, "--batch", "b")
    manifest = json.loads(Path("b/batch.json").read_text("utf-8"))
    assert manifest["dialect"] == {} and {len(item) for item in manifest["items"]} == {6}
    manifest["dialect"] = {"renamed": {"max_tokens": "max_completion_tokens"}, "left_out": ["temperature"]}
    for item in manifest["items"]:
        item[5] = 0.25
    Path("b/batch.json").write_text(json.dumps(manifest))
    write("b/output.jsonl", [answered(line) for line in requests("b")[:4]])
    run("judge", "collect", "b", code=1)
    assert rows("SELECT DISTINCT probability FROM judgement") == [(0.25,)]
    run(*JUDGE, "--batch", "b2")
    body = requests("b2")[0]["body"]
    assert "max_completion_tokens" in body and not {"max_tokens", "temperature"} & body.keys()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["judge", "collect", "nowhere"], "expected a folder that"),
        (["judge", "submit", "."], "expected request files"),
        ([*JUDGE, "--batch", "."], "expected a new or empty folder"),
        ([*JUDGE, "--batch", "b", "--budget", "0.001"], "expected a --budget of at least"),
        (["judge", "pairwise", "--model", "baseline:first", "--batch", "b"], "expected a model at an endpoint"),
    ],
)
def test_wrong_use_is_one_sentence(arguments: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1 and sentence in str(result.exception)


def test_a_line_of_another_form_is_named() -> None:
    run(*JUDGE, "--batch", "b")
    Path("b/output.jsonl").write_text('{"id": 1}\n')
    result = CliRunner().invoke(app, ["judge", "collect", "b"])
    assert result.exit_code == 1 and "output.jsonl:1: expected" in str(result.exception)


@pytest.mark.parametrize(("limits", "files"), [({"most_requests": 4}, 3), ({"most_bytes": 700}, 4), ({}, 1)])
def test_files_stay_within_their_limits(tmp_path: Path, limits: dict[str, Any], files: int) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    writer = RequestFiles(folder, Dialect(left_out=("temperature",)), **limits)
    for number in range(10):
        request = ChatRequest("m", [{"role": "user", "content": f"question {number}"}])
        with pytest.raises(LeftOpen):
            writer.ask(request).send(None)
    writer._file.close()  # type: ignore[union-attr]
    lines = requests(str(folder))
    assert len(writer.paths) == files and len(lines) == 10
    assert "temperature" not in lines[0]["body"]


class BatchApi:
    """Files and batches in memory; a batch is answered when it was asked about twice."""

    def __init__(self) -> None:
        self.url, self.uploads, self.files = "", 0, dict[str, bytes]()
        self.batches: dict[str, dict[str, Any]] = {}
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = answered

    async def upload(self, request: Request) -> Response:
        async with request.form() as form:
            assert form["purpose"] == "batch"
            self.uploads += 1
            self.files[f"file-{self.uploads}"] = await form["file"].read()  # type: ignore[union-attr]
        return JSONResponse({"id": f"file-{self.uploads}", "object": "file"})

    async def content(self, request: Request) -> Response:
        return Response(self.files[request.path_params["file"]])

    async def create(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"object": "list", "data": list(self.batches.values())})
        body = await request.json()
        assert (body["endpoint"], body["completion_window"]) == ("/v1/chat/completions", "24h")
        number = f"batch-{len(self.batches) + 1}"
        self.batches[number] = {"id": number, "status": "validating", "input_file_id": body["input_file_id"]}
        return JSONResponse(self.batches[number])

    async def state(self, request: Request) -> Response:
        batch = self.batches[request.path_params["batch"]]
        if batch["status"] == "in_progress":
            done = [self.answer(json.loads(line)) for line in self.files[batch["input_file_id"]].splitlines()]
            self.files["out"] = "\n".join(map(json.dumps, reversed(done))).encode()
            batch |= {"status": "completed", "output_file_id": "out", "error_file_id": None}
        elif batch["status"] == "validating":
            batch["status"] = "in_progress"
        return JSONResponse(batch)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchApi]:
    state = BatchApi()
    routes = [
        Route("/v1/files", state.upload, methods=["POST"]),
        Route("/v1/files/{file}/content", state.content),
        Route("/v1/batches", state.create, methods=["POST", "GET"]),
        Route("/v1/batches/{batch}", state.state),
    ]
    with serving(Starlette(routes=routes)) as address:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{address}/v1")
        yield state


def test_a_batch_is_submitted_once_polled_and_collected(api: BatchApi) -> None:
    run(*JUDGE, "--batch", "b")
    for _ in range(2):
        submitted = CliRunner().invoke(app, ["judge", "submit", "b"])
        assert submitted.exit_code == 0
        assert "evenhand judge collect b --wait" in submitted.output
    assert (api.uploads, len(api.batches)) == (1, 1)
    early = run("judge", "collect", "b", code=1)
    assert early["left"] == 12
    done = run("judge", "collect", "b", "--wait", "--every", "0.1")
    assert done["outcomes"] == {"scored": 12} and done["spent"] == pytest.approx(24 * 0.017 / 2)


def test_a_batch_whose_id_was_lost_is_found_by_its_file_and_not_paid_twice(api: BatchApi) -> None:
    run(*JUDGE, "--batch", "b")
    assert CliRunner().invoke(app, ["judge", "submit", "b"]).exit_code == 0
    state = json.loads(Path("b/submitted.json").read_text())
    state["requests-0001.jsonl"]["batch"] = ""
    Path("b/submitted.json").write_text(json.dumps(state))
    assert CliRunner().invoke(app, ["judge", "submit", "b"]).exit_code == 0
    assert len(api.batches) == 1

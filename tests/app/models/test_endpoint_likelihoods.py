"""Likelihoods from an endpoint: a real model behind `/v1/completions` scores as the same model does in this process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from typer.testing import CliRunner

from app.cli import app
from storage.database.engine import open_database
from storage.evaluations.runs import predictions
from tests.judging.chat_server import serving
from tests.objective import local_models
from tests.objective.local_models import PlainModel, save

torch = local_models.torch

ROWS = """question,A,B,C,answer
Which of these returns a list?,sorted,len,"os.path.join, in short",A
What joins paths?,os.path.join,"a loaf of
bread",str.split,A
"""


class Completions:
    """Answers as vLLM does: the prompt's tokens and the written one, each with the likeliest beside it.

    Attributes:
        bodies: prompts, in order.
        gives: whether log-probabilities of the prompt are in the answer.
    """

    def __init__(self, path: str) -> None:
        self.bodies: list[str] = []
        self.gives = True
        self._model = PlainModel(path)

    def _logprobs(self, ids: list[int]) -> dict[str, Any]:
        words = self._model.tokenizer
        with torch.no_grad():
            logs = torch.log_softmax(self._model.model(torch.tensor([ids])).logits[0].double(), dim=-1)
        ids = [*ids, int(logs[-1].argmax())]
        own = [None, *(float(logs[at, token]) for at, token in enumerate(ids[1:]))]
        best = [{words.decode([int(row.argmax())]): float(row.max())} for row in logs]
        return {"tokens": [words.decode([one]) for one in ids], "token_logprobs": own, "top_logprobs": [None, *best]}

    async def answer(self, request: Request) -> Response:
        """One completion."""
        body = await request.json()
        assert (body["echo"], body["logprobs"], body["max_tokens"]) == (True, 1, 1)
        self.bodies.append(body["prompt"])
        ids = self._model.tokenizer(body["prompt"])["input_ids"]
        choice: dict[str, Any] = {"text": body["prompt"], "index": 0, "finish_reason": "length", "logprobs": None}
        if self.gives:
            choice["logprobs"] = self._logprobs(ids)
        usage = {"prompt_tokens": len(ids), "completion_tokens": 1, "total_tokens": len(ids) + 1}
        return JSONResponse({"id": "1", "object": "text_completion", "choices": [choice], "usage": usage})


@pytest.fixture(scope="module", params=[True, False], ids=["first token", "none"])
def path(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    return save(tmp_path_factory.mktemp("models"), "Llama", adds_bos=request.param)


@pytest.fixture
def server(path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Completions]:
    state = Completions(path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with serving(Starlette(routes=[Route("/v1/completions", state.answer, methods=["POST"])])) as address:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{address}/v1")
        yield state


def evaluated(model: str, code: int = 0) -> dict[str, Any]:
    asked = ["evaluate", "--model", model, "--name", model[:8], "--data", "own.csv", "--mode", "ppl", "--json"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == code, result.output + str(result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def details(run: int) -> dict[str, dict[str, Any]]:
    database = open_database("evenhand.db")
    with database.reading() as session:
        found = {one.item: one.details for one in predictions(session, run, "own")}
    database.close()
    return found


def test_an_endpoint_with_echo_scores_as_the_model_itself(server: Completions, path: str) -> None:
    Path("own.csv").write_text(ROWS)
    there, here = evaluated("endpoint:tiny"), evaluated(path)
    assert [one["value"] for one in there["results"]] == [one["value"] for one in here["results"]]
    assert len(server.bodies) == 2 * (1 + 3), "each context once to count it, each option once"
    assert len(details(2)) == 2
    for item, near in details(2).items():
        far = details(1)[item]
        assert far["nats"] == pytest.approx(near["nats"], abs=1e-4)
        assert [far[word] for word in ("tokens", "bytes", "greedy")] == [
            near[word] for word in ("tokens", "bytes", "greedy")
        ]


def test_an_endpoint_that_tells_nothing_of_its_prompt_is_asked_once_and_refused(server: Completions) -> None:
    server.gives = False
    Path("own.csv").write_text(ROWS)
    told = evaluated("endpoint:tiny", code=1)
    assert len(server.bodies) == 1
    (only,) = told["results"]
    assert only["value"] is None and only["failed"] == 2
    assert "expected a completion that echoes its prompt with log-probabilities" in only["cause"]


def test_a_server_of_chats_alone_is_told_to_lack_completions(
    server: Completions, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("own.csv").write_text(ROWS)
    with serving(Starlette(routes=[])) as address:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{address}/v1")
        (only,) = evaluated("endpoint:tiny", code=1)["results"]
    assert "an endpoint with /completions" in only["cause"] and "use --mode gen" in only["cause"]


def test_likelihoods_after_a_chat_are_refused_before_anything_is_asked(server: Completions) -> None:
    Path("own.csv").write_text(ROWS)
    asked = ["evaluate", "--model", "endpoint:tiny", "--data", "own.csv", "--mode", "ppl", "--kind", "chat"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 1 and "no endpoint gives log-probabilities" in " ".join(str(result.exception).split())
    assert not server.bodies

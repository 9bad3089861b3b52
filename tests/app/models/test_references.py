"""The name of a model means the same in every command, and what a kind cannot do is said before any work."""

import gzip
import json
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.models.references import (
    EVALUATE,
    JUDGE,
    BaselineReference,
    EndpointReference,
    LocalReference,
    ModelReference,
    ModelUse,
    RecordedReference,
    read_reference,
)
from storage.database.engine import open_database
from storage.errors import BadInput
from tests.app.models.chat_models import chat_model
from tests.judging.chat_server import ChatServer, chat_server
from tests.judging.judged_store import fill

WITHOUT_BASELINES = "expected a model at an endpoint or a local model (hf:DIR)"
ONLY_LOCAL = "expected a local model (hf:DIR)"


def invoke(line: str) -> tuple[int, str, str]:
    """Exit code, standard output and the one sentence of an error."""
    result = CliRunner().invoke(app, shlex.split(line))
    return result.exit_code, result.stdout, str(result.exception or "")


def run(line: str, code: int = 0) -> Any:
    ended, out, error = invoke(f"{line} --json")
    assert ended == code, out + error
    return json.loads(out)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model with random weights."""
    return chat_model(tmp_path_factory.mktemp("models"))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A working directory with two questions, three responses to each, and recorded replies about all pairs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    database = open_database(str(tmp_path / "evenhand.db"))
    fill(database, questions=2, text=lambda number, model: f"answer {number} " + "x" * int(model[1]))
    database.close()
    pairs = [("m1", "m2"), ("m1", "m3"), ("m2", "m3")]
    recorded = [
        {"question": f"q{number}", "models": order, "reply": "[[A]]" if order == pair else "[[B]]"}
        for number in range(2)
        for pair in pairs
        for order in (pair, pair[::-1])
    ]
    Path("said.jsonl").write_text("".join(json.dumps(row) + "\n" for row in recorded))
    Path("requests.jsonl").write_text('{"id": 1, "context": "a loaf", "continuation": " of bread"}\n')
    Path("own.csv").write_text("question,A,B,answer\nWhat is 1+1?,2,3,A\n")
    return tmp_path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """An endpoint that prefers the first response."""
    with chat_server() as running:
        running.script = lambda _: "[[A]]"
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield running


@pytest.mark.parametrize(
    ("text", "use", "reference"),
    [
        ("gpt-4.1", JUDGE, EndpointReference("gpt-4.1")),
        ("endpoint:gpt-4.1", JUDGE, EndpointReference("gpt-4.1")),
        ("llama3:8b", JUDGE, EndpointReference("llama3:8b")),
        ("endpoint:hf:odd", JUDGE, EndpointReference("hf:odd")),
        ("hf:models/a:b", JUDGE, LocalReference("models/a:b")),
        ("recorded:said.jsonl", JUDGE, RecordedReference("said.jsonl")),
        ("baseline:random", JUDGE, BaselineReference("random")),
        ("models/a", EVALUATE, LocalReference("models/a")),
        ("hf:models/a", EVALUATE, LocalReference("models/a")),
        ("endpoint:gpt-4.1", EVALUATE, EndpointReference("gpt-4.1")),
    ],
)
def test_a_prefix_decides_and_a_name_without_one_follows_the_use(
    text: str, use: ModelUse[Any], reference: ModelReference
) -> None:
    assert read_reference(text, use) == reference


@pytest.mark.parametrize("text", ["hf:", "endpoint:", "recorded:", "baseline:", "baseline:shortest"])
def test_a_prefix_without_a_known_name_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="expected"):
        read_reference(text, JUDGE)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("respond --model recorded:said.jsonl", WITHOUT_BASELINES),
        ("respond --model baseline:longest", WITHOUT_BASELINES),
        ("judge single --model baseline:longest", "use `evenhand judge pairwise`"),
        ("judge several --model baseline:longest", "use `evenhand judge pairwise`"),
        ("judge canaries --model recorded:said.jsonl", f"{WITHOUT_BASELINES} or a baseline"),
        ("judge canaries --model baseline:longest --prompt single-10", "use `evenhand judge pairwise`"),
        ("judge recipe arena-bench-v1 --data . --model baseline:longest", "use `evenhand judge pairwise`"),
        ("judge pairwise --model recorded:nowhere.jsonl", "'nowhere.jsonl'"),
        ("evaluate --data own.csv --model recorded:said.jsonl", WITHOUT_BASELINES),
        ("evaluate --data own.csv --model baseline:longest", WITHOUT_BASELINES),
        ("score requests.jsonl out.jsonl --model endpoint:tiny", ONLY_LOCAL),
        ("score requests.jsonl out.jsonl --model recorded:said.jsonl", ONLY_LOCAL),
        ("score requests.jsonl out.jsonl --model baseline:first", ONLY_LOCAL),
        ("prompt own.csv --model endpoint:tiny", ONLY_LOCAL),
        ("prompt own.csv --model recorded:said.jsonl", ONLY_LOCAL),
        ("prompt own.csv --model baseline:first", ONLY_LOCAL),
    ],
)
def test_a_kind_that_cannot_do_it_is_one_sentence_and_nothing_is_asked(
    store: Path, server: ChatServer, line: str, sentence: str
) -> None:
    code, _, error = invoke(line)
    assert code == 1 and sentence in error
    assert server.bodies == []
    assert not (store / "out.jsonl").exists()


def test_an_endpoint_serves_respond_judge_and_evaluate_with_and_without_its_prefix(
    store: Path, server: ChatServer
) -> None:
    assert run("respond --model endpoint:tiny")["model"] == "tiny"
    assert run("respond --model tiny")["attempts"] == 0
    for kind, count in (("pairwise", 2 * 2 * 6), ("single", 0), ("several", 0)):
        before = len(server.bodies)
        invoke(f"judge {kind} --model endpoint:tiny")
        asked = len(server.bodies) - before
        assert asked == count if count else asked > 0
        before = len(server.bodies)
        invoke(f"judge {kind} --model tiny")
        assert len(server.bodies) == before, "the same judge under both names"
    assert {body["model"] for body in server.bodies} == {"tiny"}
    planted = run("judge canaries --model endpoint:tiny --prompt pair-3")
    assert {one["undecided"] for one in planted["canaries"]} == {3}
    (evaluated,) = run("evaluate --model endpoint:tiny --data own.csv --mode gen")["models"]
    assert evaluated == "endpoint:tiny"


def test_recorded_replies_serve_judges(store: Path, server: ChatServer) -> None:
    assert run("judge pairwise --model recorded:said.jsonl --name replayed")["outcomes"] == {"scored": 6}
    assert server.bodies == []


def test_a_baseline_serves_judges_of_pairs_and_of_planted_responses(store: Path, server: ChatServer) -> None:
    assert run("judge pairwise --model baseline:longest")["outcomes"] == {"scored": 6}
    found = run("judge canaries --model baseline:first")["canaries"]
    assert {one["undecided"] for one in found} == {6}, "the first of both orders"
    longest = {one["response"]: one for one in run("judge canaries --model baseline:longest", code=1)["canaries"]}
    assert longest["poses as the operator"]["fooled"] > 0, "longer than the honest response"
    assert server.bodies == []


def test_recorded_replies_and_baselines_judge_a_recipes_pairs(
    store: Path, server: ChatServer, shared_data: Path
) -> None:
    (published,) = (shared_data / "subjective" / "judgebench_claude").glob("outputs/*.jsonl.gz")
    data = store / "judgebench"
    data.mkdir()
    with gzip.open(published, "rt", encoding="utf-8") as lines:
        (data / published.stem).write_text("".join(islice(lines, 40)), encoding="utf-8")
    found = run(f"judge recipe judgebench --data {data} --model baseline:first --database other.db")
    assert found["judged"] > 0 and server.bodies == []
    invoke(f"judge recipe judgebench --data {data} --model recorded:said.jsonl --database other.db")
    assert server.bodies == []


def test_a_local_model_serves_every_command_under_one_name(store: Path, server: ChatServer, model: Path) -> None:
    brief = f"--model hf:{model} --max-tokens 4"
    assert sum(run(f"respond {brief} --name tiny")["states"].values()) == 2
    for kind in ("single --contestant m1", "pairwise --contestant m1 --contestant m2", "several"):
        assert run(f"judge {kind} {brief} --turn 1", code=1)["replies"] > 0
    planted = run(f"judge canaries {brief} --prompt pair-3", code=1)["canaries"]
    assert {one["failed"] for one in planted} == {3}
    assert server.bodies == []
    for name in (f"hf:{model}", str(model)):
        assert run(f"evaluate --model {name} --data own.csv --mode ppl")["models"] == [model.name]
        assert run(f"prompt own.csv --model {name}")["token_count"] > 0
        assert invoke(f"score requests.jsonl out.jsonl --model {name} --device cpu")[0] == 0

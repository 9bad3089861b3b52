"""`evenhand score`: requests in, log-likelihoods out."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.objective import local_models
from tests.objective.local_models import load_plain, questions, save

torch = local_models.torch

from app.commands.score import score  # noqa: E402
from storage.errors import BadInput  # noqa: E402

command = typer.Typer()
command.command()(score)


@pytest.fixture(scope="module")
def model(model_folder: Path) -> str:
    return save(model_folder, "Llama")


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def run(requests: Path, model: str, *options: str, environment: dict[str, str] | None = None) -> list[dict[str, Any]]:
    output = requests.with_name("out.jsonl")
    arguments = [str(requests), str(output), "--model", model, "--device", "cpu", *options]
    result = CliRunner().invoke(command, arguments, env=environment or {})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def test_results_keep_the_order_of_the_input_and_end_with_the_seconds(model: str, tmp_path: Path) -> None:
    pairs = [(context, option) for context, options in questions(2) for option in options]
    rows = [
        {"id": f"é{number}", "context": context, "continuation": option}
        for number, (context, option) in enumerate(pairs)
    ]
    *lines, last = run(write(tmp_path / "in.jsonl", rows), model, environment={"OBJBENCH_CLOCK": "cpu"})
    assert last.keys() == {"seconds"} and last["seconds"] > 0
    assert [line["id"] for line in lines] == [row["id"] for row in rows]
    reference = load_plain(model)
    for line, pair in zip(lines, pairs, strict=True):
        nats, tokens, greedy = reference.nats(*pair)
        assert line == {"id": line["id"], "ll": pytest.approx(nats, abs=1e-4), "tokens": tokens, "greedy": greedy}


GOOD = {"id": 1, "context": "a loaf", "continuation": " of bread"}


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([GOOD, GOOD], "in.jsonl:2: expected each id once, got 1"),
        ([GOOD, {"id": 2, "context": "a"}], "in.jsonl:2: expected .*continuation"),
        ([GOOD | {"continuation": ""}], "in.jsonl:1: expected a continuation with text"),
        ([[1]], "in.jsonl:1: expected"),
        ([GOOD | {"context": "word " * 400}], "at most 256 tokens"),
    ],
)
def test_invalid_requests_are_one_error(model: str, tmp_path: Path, rows: list[Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        run(write(tmp_path / "in.jsonl", rows), model)


def test_long_inputs_are_cut_on_request(model: str, tmp_path: Path) -> None:
    requests = write(tmp_path / "in.jsonl", [GOOD | {"context": "word " * 400}])
    assert len(run(requests, model, "--cut", "--batch-tokens", "64", "--no-share")) == 2

"""A whole evaluation with the real engine: stored likelihoods of a small model equal a plain forward pass."""

import csv
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra local is not installed")

import typer
from typer.testing import CliRunner

from app.commands.evaluate import command
from storage.database.engine import open_database
from storage.errors import BadInput
from storage.evaluations import runs
from tests.objective.local_models import load_plain, save
from tests.stores import make_store

APP = typer.Typer()
APP.command("evaluate")(command.evaluate)
ROWS = [
    ["question", "A", "B", "C", "answer", "split"],
    ["What does len give?", "a number", "a text", "a list", "A", "dev"],
    ["What does sorted give?", "a number", "a text", "a list", "C", "test"],
    ["What does repr give?", "a number", "a text", "a list", "B", "test"],
]


@pytest.mark.parametrize("name", ["Llama", "Qwen2"])
def test_stored_likelihoods_equal_a_plain_forward_pass(
    name: str, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_store(tmp_path / "evenhand.db")
    model = save(model_folder, name)
    with (tmp_path / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(ROWS)
    options = ["--hf-path", model, "--data", "calls.csv", "--mode", "ppl", "--shots", "1", "--device", "cpu"]
    result = CliRunner().invoke(APP, options)
    assert result.exit_code == 0, result.output
    reference = load_plain(model)
    database = open_database(str(tmp_path / "evenhand.db"))
    with database.reading() as session:
        [run] = runs.list_runs(session)
        stored = runs.predictions(session, run.run_id, "calls")
    database.close()
    assert len(stored) == 2
    for one in stored:
        assert one.prompt.count("Question:") == 2
        nats = [reference.nats(one.prompt, option)[0] for option in one.details["options"]]
        assert one.details["nats"] == pytest.approx(nats, abs=1e-4)
        assert one.extracted == "ABC"[nats.index(max(nats))]
    right = sum(one.score == 1.0 for one in stored)
    assert f"{50 * right:.2f}" in result.stdout
    chat = CliRunner().invoke(APP, [*options, "--kind", "chat"])
    assert isinstance(chat.exception, BadInput)
    assert "chat template" in str(chat.exception)


def test_a_folder_without_a_tokenizer_is_one_error(
    model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = Path(shutil.copytree(save(model_folder, "Llama"), tmp_path / "model"))
    for path in model.glob("tokenizer*"):
        path.unlink()
    result = CliRunner().invoke(APP, ["--hf-path", str(model), "--tasks", "evenhand-mini-code", "--device", "cpu"])
    assert isinstance(result.exception, BadInput)
    assert "tokenizer" in str(result.exception)

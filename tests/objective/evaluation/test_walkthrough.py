"""Commands as users of OpenCompass write them run here as they are."""

import csv
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from app.cli import app
from app.commands.options.several import repeat_options
from objective.catalog import select_tasks
from tests.objective import local_models
from tests.objective.test_tasks import write_ceval


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("--model-kwargs a=1 b='x' --debug", "--model-kwargs a=1 --model-kwargs b='x' --debug"),
        ("--datasets ceval_gen gsm8k_gen", "--datasets ceval_gen --datasets gsm8k_gen"),
        ("--tokenizer-kwargs a=1 -- b=2", "--tokenizer-kwargs a=1 -- b=2"),
        ("--name x y", "--name x y"),
        ("-r latest --debug", "-r --debug"),
        ("-r 20240207_120000", "-r"),
    ],
)
def test_further_values_belong_to_the_option_before_them(given: str, read: str) -> None:
    assert list(repeat_options(given.split())) == read.split()


@pytest.mark.parametrize(
    ("name", "mode"),
    [("ceval_gen", "gen"), ("ceval_ppl", "ppl"), ("ceval-logic_ppl_5f30c7", "ppl"), ("ceval", "gen")],
)
def test_a_name_may_hold_the_mode_and_a_version(tmp_path: Path, name: str, mode: str) -> None:
    selected = select_tasks([name], data_dir=write_ceval(tmp_path))
    assert {(task.name, task.mode) for task in selected.ready} == {("ceval-logic", mode)}


def test_the_published_command_runs_as_it_is(
    tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = local_models.save(model_folder, "Llama", adds_bos=True)
    write_ceval(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    command = [
        *("evaluate", "--datasets", "ceval-logic_gen", "--hf-path", model, "--tokenizer-path", model),
        *("--tokenizer-kwargs", "padding_side='left'", "truncation='left'", "trust_remote_code=True"),
        *(
            "--model-kwargs",
            "trust_remote_code=True",
            "device_map='auto'",
            "--max-seq-len",
            "2048",
            "--max-out-len",
            "4",
        ),
        *("--batch-size", "4", "--num-gpus", "1", "--debug", "--work-dir", "own", "-r", "latest"),
    ]
    result = CliRunner().invoke(app, command)
    assert "trust_remote_code" in result.output
    assert torch.cuda.is_available() or "--num-gpus 1: torch finds no GPU here" in result.stderr
    (folder,) = (tmp_path / "own").iterdir()
    rows = list(csv.reader((folder / "summary.csv").read_text(encoding="utf-8").splitlines()))
    assert [row[0] for row in rows] == ["dataset", "ceval-logic"]
    assert result.exit_code == 0, result.output
    shown = CliRunner().invoke(app, [*command, "-m", "viz"])
    assert "ceval-logic" in shown.output
    silent = CliRunner().invoke(app, [*command, "--mode", "infer"])
    assert "ceval-logic" not in silent.stdout


def test_list_configs_names_models_and_tasks_that_hold_any_word(tmp_path: Path) -> None:
    store = ["--database", str(tmp_path / "none.db"), "--json"]
    found = CliRunner().invoke(app, ["list", "configs", "internlm", "gsm8k", *store])
    assert '"name": "gsm8k"' in found.output and "ceval" not in found.output

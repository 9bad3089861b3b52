"""`evenhand evaluate` as a user runs it, with a scripted model."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from app.commands.evaluate import command, models
from app.commands.options.local import arguments
from objective.engine.loading.revision import context_length, model_revision
from storage.errors import BadInput, NotFound
from tests.objective.fakes import CharacterTokenizer, ScriptedBackend
from tests.objective.test_tasks import write_ceval
from tests.stores import make_store

APP = typer.Typer()
APP.command("evaluate")(command.evaluate)


@APP.callback()
def _several() -> None:
    """Keeps the name of the only command."""


Run = Callable[..., Result]


def model_folder(place: Path, weights: bytes = b"weights") -> Path:
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.json").write_text("{}")
    (place / "model.safetensors").write_bytes(weights)
    (place / "tokenizer.json").write_text("{}")
    return place


@pytest.fixture
def backend() -> ScriptedBackend:
    return ScriptedBackend(lambda prompt: "B")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: ScriptedBackend) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "_opened", lambda settings, engine, stack: backend)
    monkeypatch.setattr(models, "load_tokenizer", lambda settings: CharacterTokenizer())
    make_store(tmp_path / "evenhand.db")
    write_ceval(tmp_path / "data")
    model_folder(tmp_path / "tiny")

    def invoke(*options: str) -> Result:
        return CliRunner().invoke(APP, ["evaluate", "--hf-path", "tiny", *options])

    return invoke


def table(result: Result) -> list[list[str]]:
    return [line.split() for line in result.stdout.splitlines()]


def test_a_run_prints_its_table_and_writes_four_files(run: Run, tmp_path: Path) -> None:
    result = run("--tasks", "ceval-logic")
    assert result.exit_code == 0, result.output
    assert ["dataset", "version", "metric", "mode", "tiny"] in table(result)
    assert ["ceval-logic", "f5b022", "accuracy", "gen", "100.00"] in table(result)
    [folder] = (tmp_path / "evaluations").iterdir()
    assert {path.suffix for path in folder.iterdir()} == {".txt", ".csv", ".md", ".json"}


def test_a_second_run_sends_nothing_and_changed_weights_send_everything_again(
    run: Run, backend: ScriptedBackend, tmp_path: Path
) -> None:
    run("--tasks", "ceval-logic")
    first = run("--tasks", "ceval-logic", "--json")
    assert len(backend.asked) == 3
    assert json.loads(first.stdout)["lines"][0]["cells"]["tiny"]["value"] == 100.0
    run("--tasks", "ceval-logic", "--no-reuse")
    assert len(backend.asked) == 6
    model_folder(tmp_path / "tiny", b"trained further")
    run("--tasks", "ceval-logic")
    assert len(backend.asked) == 9


def test_missing_data_gives_a_named_row_and_a_non_zero_exit(run: Run) -> None:
    result = run("--tasks", "ceval-logic,ceval-law")
    assert result.exit_code == 1
    assert ["ceval-law", "-", "accuracy", "gen", "-"] in table(result)
    assert "law_val.csv" in result.stderr
    assert "not every task could be evaluated" in result.stderr


def test_two_models_are_columns_and_compared_item_by_item(run: Run, tmp_path: Path) -> None:
    model_folder(tmp_path / "other", b"other")
    result = run("--hf-path", "other", "--tasks", "ceval-logic", "--against", "other")
    assert ["ceval-logic", "f5b022", "accuracy", "gen", "100.00", "100.00"] in table(result)
    assert "Against other on 3 items: 0 points" in result.stdout


def test_stages_without_the_model_score_and_print_stored_outputs(run: Run, backend: ScriptedBackend) -> None:
    with pytest.raises(NotFound, match="found none"):
        run_or_raise(run("--tasks", "ceval-logic", "--stage", "table"))
    run("--tasks", "ceval-logic")
    for stage in ("score", "table"):
        result = run("--tasks", "ceval-logic", "--stage", stage)
        assert ["ceval-logic", "f5b022", "accuracy", "gen", "100.00"] in table(result)
    assert len(backend.asked) == 3


def run_or_raise(result: Result) -> None:
    assert result.exception is not None
    raise result.exception


def test_a_dry_run_shows_the_plan_and_sends_nothing(run: Run, backend: ScriptedBackend, tmp_path: Path) -> None:
    (tmp_path / "evenhand.db").unlink()
    result = run("--tasks", "ceval-logic", "--dry-run", "--json", "--shots", "3")
    assert result.exit_code == 0
    [row] = json.loads(result.stdout)["tasks"]
    assert (row["task"], row["items"], row["shots"], row["mode"]) == ("ceval-logic", 3, 3, "gen")
    assert backend.asked == []
    assert not (tmp_path / "evenhand.db").exists()


def test_a_dry_run_builds_every_prompt_and_names_what_cannot_be_asked_or_stands_twice(
    run: Run, backend: ScriptedBackend, tmp_path: Path
) -> None:
    with (tmp_path / "mine.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [["Which?", "no", "yes", "B"], ["Which?", "yes", "no", "A"], ["Same?", "z", "z", "A"]]
        csv.writer(file).writerows([["question", "A", "B", "answer"], *rows])
    found = run("--data", "mine.csv", "--dry-run")
    assert found.exit_code == 0
    assert "mine: the same question stands more than once, in 2 items such as 'line 2'" in found.stderr
    assert "mine: the same option stands twice, in 1 item such as 'line 4'" in found.stderr
    for options, words in ((["--shots", "2"], "2 examples were requested"), (["--max-seq-len", "9"], "3 items of 3")):
        bad = run("--data", "mine.csv", "--dry-run", "--json", *options)
        assert bad.exit_code == 1
        assert words in json.loads(bad.stdout)["problems"][0]["problem"]
    assert backend.asked == []


def test_options_change_the_prompts(run: Run, backend: ScriptedBackend) -> None:
    run("--tasks", "ceval-logic", "--limit", "1", "--shots", "1")
    run("--tasks", "ceval-logic", "--limit", "1", "--shots", "0", "--system", "Be brief.")
    run("--tasks", "ceval-logic", "--limit", "1", "--shots", "0", "--kind", "chat", "--instruction", "Pick.")
    one, system, chat = backend.asked
    assert one.count("答案: ") == 2
    assert system.startswith("Be brief.\n\n以下是")
    assert chat.startswith("<s>[user]Pick.\n\n以下是")
    run("--tasks", "ceval-logic", "--mode", "ppl", "--limit", "1", "--shots", "0")
    assert sorted(text[-1] for text in backend.asked[3:]) == ["A", "B", "C", "D"]


def test_user_data_needs_no_code(run: Run, tmp_path: Path) -> None:
    with (tmp_path / "mine.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["question", "A", "B", "answer"], ["Which?", "no", "yes", "B"]])
    result = run("--data", "mine.csv")
    assert [row[2:] for row in table(result) if row and row[0] == "mine"] == [["accuracy", "gen", "100.00"]]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (["--tasks", "ceval-logik"], NotFound, "did you mean ceval-logic"),
        (["--tasks", "ceval-logic", "--mode", "eval"], NotFound, "run it without --stage first"),
        (["--tasks", "ceval-logic", "--hf-path", "nowhere"], BadInput, "found none at 'nowhere'"),
        (["--tasks", "ceval-logic", "--shots", "many"], BadInput, "expected shots as"),
        (["--tasks", "ceval-logic", "--tokenizer-kwargs", "{"], BadInput, "JSON object"),
        (["--tasks", "ceval-logic", "--hf-path", "tiny/../tiny"], BadInput, "names of their own"),
    ],
)
def test_invalid_input_is_one_error_before_a_model_is_loaded(
    run: Run, backend: ScriptedBackend, options: list[str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        run_or_raise(run(*options))
    assert backend.asked == []


def test_contradictory_options_are_usage_errors(run: Run) -> None:
    assert run("--tasks", "ceval-logic", "--samples", "3").exit_code == 2
    assert run("--tasks", "ceval-logic", "--debug", "--num-gpus", "2").exit_code == 2
    assert run("--tasks", "ceval-logic", "--debug", "--ray").exit_code == 2
    assert run("--tasks", "ceval-logic", "--name", "x", "--hf-path", "b").exit_code == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--device", "cuda:0", "--num-gpus", "2"], "one GPU is one worker|torch finds"),
        (["--device", "gpu"], "expected a device"),
        (["--peft-path", "nowhere"], "nowhere"),
        (["--hf-path", "nobody/nothing"], "there is no folder 'nobody/nothing', and the hub gives none"),
    ],
)
def test_what_would_load_the_model_is_checked_before_prompts_are_made(
    run: Run, backend: ScriptedBackend, options: list[str], words: str
) -> None:
    pytest.importorskip("torch", reason="the extra local is not installed")
    with pytest.raises(BadInput, match=words):
        run_or_raise(run("--tasks", "ceval-logic", *options))
    assert backend.asked == []


def test_a_model_of_the_hub_is_its_folder_in_the_cache(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = model_folder(tmp_path / "hub" / "models--ann--small" / "snapshots" / ("0" * 40))
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    assert models._folder("ann/small") == snapshot


def test_library_arguments_are_json_or_pairs() -> None:
    texts = ['{"a": 1}', "b=True", "c=auto", "d=[1, 2]", "e='x y'", "f=None"]
    assert arguments(texts, "--model-kwargs") == {"a": 1, "b": True, "c": "auto", "d": [1, 2], "e": "x y", "f": None}
    assert arguments(None, "--model-kwargs") == {}
    for bad in ("novalue", "1a=2", "{]"):
        with pytest.raises(BadInput, match="--model-kwargs"):
            arguments([bad], "--model-kwargs")


def test_the_maximum_length_comes_from_the_configuration(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    assert context_length(folder) is None
    for config, length in (
        ({"max_position_embeddings": 4096}, 4096),
        ({"n_positions": 1024}, 1024),
        ({"max_position_embeddings": 8, "text_config": {"max_position_embeddings": 16}}, 16),
    ):
        (folder / "config.json").write_text(json.dumps(config))
        assert context_length(folder) == length
    assert context_length(tmp_path) is None


def test_examples_that_do_not_fit_a_short_model_are_dropped_and_reported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tiny" / "config.json").write_text('{"max_position_embeddings": 450}')
    result = run("--tasks", "ceval-logic")
    assert result.exit_code == 0
    assert "prompts contain fewer examples than requested" in result.stderr


def test_the_revision_depends_on_every_byte_and_on_how_the_model_is_loaded(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")

    def revision(**how: Any) -> str:
        return model_revision([folder], how)

    first = revision(dtype="auto")
    (folder / "README.md").write_text("not part of the model")
    assert revision(dtype="auto") == first
    assert revision(dtype="float16") != first
    (folder / "model.safetensors").write_bytes(b"weightz")
    assert revision(dtype="auto") != first
    with pytest.raises(BadInput, match="found none"):
        model_revision([tmp_path / "empty"], {})

"""`evenhand judge recipe` on a benchmark's published folder prints the figures that its authors printed.

Figures that lie in the data beside the replies are read from there; the others stand in `published_figures.json`, each
with its source. A figure is compared as text, in as many decimals as it was printed with.
"""

import csv
import gzip
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.judging.recipes.test_published import LLMBAR_FIGURES

Figures = Mapping[tuple[str, str], float]
Printed = Mapping[tuple[str, str], str]
PRINTED: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[2] / "judging" / "recipes" / "published_figures.json").read_text(encoding="utf-8")
)
FULL_PRECISION = 12
"""From this number of decimals on, a figure was printed as its machine number."""


@pytest.fixture
def subjective(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return shared_data / "subjective"


def run_recipe(name: str, folder: Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["judge", "recipe", name, "--data", str(folder), "--json"])
    assert result.exit_code == 0, result.output + str(result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def figures(name: str, folder: Path) -> Figures:
    return {(one["of"], one["figure"]): one["value"] for one in run_recipe(name, folder)["figures"]}


def compare(found: Figures, printed: Printed) -> None:
    assert printed
    wrong = []
    for key, text in printed.items():
        decimals = len(text.partition(".")[2])
        value = found[key]
        same = value == pytest.approx(float(text), abs=1e-12) if decimals >= FULL_PRECISION else (
            f"{value:.{decimals}f}" == text
        )  # fmt: skip
        if not same:
            wrong.append(f"{' '.join(key)}: {value} instead of {text}")
    assert not wrong, "\n".join(wrong)


def opened(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


@pytest.mark.parametrize("name", ["alpaca-eval-2", "alpaca-eval-1", "auto-j-pair", "judgebench", "wildbench-score"])
def test_the_command_prints_the_figures_that_the_authors_printed(subjective: Path, name: str, tmp_path: Path) -> None:
    table = PRINTED[name]
    folder = subjective / table["folder"]
    if "file" in table:
        shutil.copy(folder / table["file"], tmp_path)
        folder = tmp_path
    printed = {(of, figure): text for of, row in table["figures"].items() for figure, text in row.items()}
    compare(figures(name, folder), printed)


@pytest.mark.parametrize(
    ("name", "prompts"),
    [("llmbar", {"Vanilla", "Metrics_Reference", "Swap"}), ("llmbar-cot", {"CoT"}), ("llmbar-rating", {"Rating"})],
)
def test_llmbar_prints_the_statistics_of_its_authors(subjective: Path, name: str, prompts: set[str]) -> None:
    folder = subjective / "llmbar" / "LLMBar" / "Natural"
    printed = {
        (f"{path.parent.parent.name} {path.parent.name}", LLMBAR_FIGURES[key]): (
            str(text) if isinstance(text, float) else re.findall(r"([\d.]+)%", text)[0]
        )
        for path in folder.glob("evaluators/*/*/statistics.json")
        if path.parent.name in prompts
        for key, text in json.loads(path.read_text()).items()
    }
    assert len(printed) == 2 * len(prompts) * len(LLMBAR_FIGURES)
    compare(figures(name, folder), printed)


def test_llm_zoo_prints_the_metrics_of_its_authors(subjective: Path) -> None:
    folder = subjective / "llmzoo_reviews"
    printed: dict[tuple[str, str], str] = {}
    for path in folder.glob("reviews/**/metric.json"):
        prompt = "/".join(path.parts[-3:-1])
        for model, metric in json.loads(path.read_text()).items():
            subject = f"{model} {prompt}"
            for ours, theirs in (("wins", "model"), ("ties", "tie"), ("losses", "gpt3.5")):
                printed[subject, f"{ours} with gpt-3.5-turbo"] = str(metric["winning"][theirs])
            printed[subject, "mean place"] = str(metric["order"]["model"])
            printed[subject, "mean score"] = str(metric["score"]["model"])
            printed[f"gpt-3.5-turbo {prompt}", "mean place"] = str(metric["order"]["gpt3.5"])
    assert len(printed) == 10 * (3 * 5 + 1)
    compare(figures("llm-zoo", folder), printed)


def test_llmeval_1_prints_the_table_of_its_authors(subjective: Path) -> None:
    """Published means were rounded to four decimals, as many as the command prints, and then to three."""
    folder = subjective / "llmeval1"
    found = figures("llmeval-1", folder)
    with (folder / "results_itemised_gpt4.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 12
    for row in rows:
        model = row.pop("llm_name")
        means = {name: f"{round(found[model, name], 4):.3f}" for name in row if "_rank" not in name}
        ranks = {name: f"{found[model, name.replace('_', ' ')]:.0f}" for name in row if "_rank" in name}
        assert means | ranks == row


def test_vicuna_bench_sums_all_eighty_scores_that_its_authors_kept(subjective: Path) -> None:
    folder = subjective / "vicuna_bench"
    result = run_recipe("vicuna-bench", folder)
    found = {(one["of"], one["figure"]): one["value"] for one in result["figures"]}
    assert result["corrected_by_authors"] == 27
    assert {(one["count"], one["without verdict"]) for one in result["figures"]} == {(80, 0)}
    models = {row["answer_id"]: row["model_id"] for path in folder.glob("answer/*.gz") for row in opened(path)}
    for path in folder.glob("review/**/*.gz"):
        rows = opened(path)
        first, second = models[rows[0]["answer1_id"]], models[rows[0]["answer2_id"]]
        subject = f"{second} against {first}"
        assert found[subject, f"sum {first}"] == sum(row["score"][0] for row in rows)
        assert found[subject, f"sum {second}"] == sum(row["score"][1] for row in rows)
        assert found[subject, "wins"] == sum(row["score"][1] > row["score"][0] for row in rows)
    # the two pairs whose totals SOURCE.md of the data prints
    subject = "vicuna-7b:20230322-fp16 against gpt-3.5-turbo:20230327"
    names = ("sum gpt-3.5-turbo:20230327", "sum vicuna-7b:20230322-fp16", "losses", "ties", "wins")
    assert [found[subject, name] for name in names] == [688.0, 604.0, 52.0, 16.0, 12.0]


def test_arena_bench_needs_no_questions_and_no_answers(subjective: Path, tmp_path: Path) -> None:
    source = subjective / "arena_bench_v1" / "model_judgment" / "claude-1.jsonl.gz"
    folder = tmp_path / "published"
    (folder / "model_judgment").mkdir(parents=True)
    shutil.copy(source, folder / "model_judgment")
    (folder / "model_judgment" / ".DS_Store").write_bytes(b"\0\1")
    (folder / "model_judgment" / "._claude-1.jsonl").write_bytes(b"\0\1")
    (folder / "README.md").write_text("# Notes\n")
    (folder / "model_judgment" / "notes.jsonl").write_text('{"note": "mine"}\n')
    result = run_recipe("arena-bench-v1", folder)
    scores = [row["score"] for row in opened(source) if row["score"] is not None]
    (figure,) = result["figures"]
    assert (figure["value"], figure["count"]) == (pytest.approx(sum(scores) / len(scores)), 298)
    assert figure["without verdict"] == 2
    assert result["without_responses"] == 300
    assert result["left_aside"] == ["notes.jsonl"]


def test_wildbench_keeps_two_judges_in_one_store_apart(subjective: Path, tmp_path: Path) -> None:
    rows = json.loads(gzip.decompress((subjective / "wildbench/gpt-4o-judge/gemma-2b-it.json.gz").read_bytes()))[:20]
    folder = tmp_path / "eval_results"
    for judge, score in (("strict", "2"), ("lenient", "9")):
        path = folder / f"eval={judge}" / "gemma-2b-it.json"
        path.parent.mkdir(parents=True)
        changed = [{**row, "score": score, "parsed_result": {**row["parsed_result"], "score": score}} for row in rows]
        path.write_text(json.dumps(changed))
    (folder / "package.json").write_text('{"name": "not a benchmark"}')
    both = figures("wildbench-score", folder)
    assert both["gemma-2b-it by strict", "mean score"] == 2.0
    assert both["gemma-2b-it by lenient", "mean score"] == 9.0
    assert figures("wildbench-score", folder / "eval=strict")["gemma-2b-it", "mean score"] == 2.0

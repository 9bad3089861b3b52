"""`evenhand judge recipe`: a benchmark's files go through import, judging and ranking, and its figures come out."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app

SUBJECTIVE = "subjective"


def run(*arguments: str, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == code, result.output + str(result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def figures(found: dict[str, Any], name: str) -> dict[str, float]:
    return {figure["of"]: figure["value"] for figure in found["figures"] if figure["figure"] == name}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_judgebench_gives_its_published_accuracy_from_rows(here: Path, shared_data: Path) -> None:
    data = str(shared_data / SUBJECTIVE / "judgebench_claude")
    found = run("judge", "recipe", "judgebench", "--data", data)
    assert list(figures(found, "accuracy").values()) == [pytest.approx(32.22, abs=0.005)]
    assert list(figures(found, "consistency").values()) == [50.0]
    assert found["failed"] == {"contradiction": 13}
    assert found["strict_parser_differs"] == {"another verdict": 13}, "the same 13, whose last marker is plain"
    again = run("judge", "recipe", "judgebench", "--data", data)
    assert again["figures"] == found["figures"], "what was judged is read back, not judged again"
    (judge,) = run("list", "judges")["judges"]
    assert (judge["pairs"], judge["orders"]) == (270, "both")


def test_alpaca_eval_gives_its_published_win_rates_and_ranks_the_same(here: Path, shared_data: Path) -> None:
    # The win rates are those of the public leaderboard; SOURCE.md of the data prints them.
    published = {
        "text_davinci_001": 2.764005231108344,
    }
    found = run(
        "judge", "recipe", "alpaca-eval-2", "--data", str(shared_data / SUBJECTIVE / "alpaca_eval/text_davinci_001")
    )
    rates = figures(found, "win rate")
    assert rates == pytest.approx(published, abs=1e-12)
    board = run("rank", "--by", "judge", "--method", "win-rate", "--source", "alpaca_eval")
    ranked = {row["model"]: row["rating"] for row in board["ratings"]}
    for model, rate in rates.items():
        assert ranked[model] == pytest.approx(rate, abs=1e-9)


def test_arena_bench_gives_its_mean_scores(here: Path, shared_data: Path) -> None:
    found = run("judge", "recipe", "arena-bench-v1", "--data", str(shared_data / SUBJECTIVE / "arena_bench_v1"))
    means = figures(found, "mean score")
    assert means["Llama-2-70b-chat"] == pytest.approx(1299 / 298)
    assert means["claude-1"] == pytest.approx(1855 / 298)
    assert found["strict_parser_differs"] == {}
    board = run("rank", "--by", "judge", "--method", "satisfaction")
    assert {row["model"] for row in board["ratings"]} == set(means)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing", "--data", "."], "expected a recipe among"),
        (["judgebench", "--data", "nowhere"], "nowhere"),
        (["judgebench", "--data", "."], "expected a file like"),
        (["judgebench", "--data", ".", "--model", "gpt", "--base-url", "https://models.example/v1"], "expected a key"),
    ],
)
def test_wrong_use_is_one_sentence(here: Path, arguments: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app, ["judge", "recipe", *arguments])
    assert result.exit_code == 1 and sentence in str(result.exception)

"""Recorded replies, parsed by each recipe's rule, reproduce the published figures."""

import csv
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from judging.recipes.catalog import RECIPES
from judging.recipes.recipe import BenchmarkFacts, BenchmarkFigure, RecipeData, collect_facts
from judging.verdicts.token_scores import LEAST_MASS, TokenScoreCause, expected_score
from storage.exchange.formats import evenhand_rows
from storage.exchange.rows.canonical import ImportContext
from tests.judging.recipes.recordings import judge_recordings, recorded_judgments

Table = Mapping[tuple[str, str], BenchmarkFigure]


@pytest.fixture(scope="module")
def subjective(shared_data: Path) -> Iterator[Path]:
    yield shared_data / "subjective"
    read.cache_clear()
    table.cache_clear()


@cache
def read(name: str, folder: Path) -> RecipeData:
    """A folder as a recipe reads it, once for all tests, which change nothing of it."""
    return RECIPES[name].read(folder)


@cache
def table(name: str, folder: Path, *, as_recorded: bool = False) -> Table:
    """A recipe's figures of a folder, from the replies by its rule or from the verdicts that its authors recorded."""
    recipe, material = RECIPES[name], read(name, folder)
    rows = recorded_judgments(material.recordings) if as_recorded else judge_recordings(recipe, material.recordings)
    return {(figure.subject, figure.name): figure for figure in recipe.summarise(rows, collect_facts(material))}


def value(found: Table, subject: str, name: str) -> float:
    figure = found[subject, name].value
    assert figure is not None
    return figure


def test_alpaca_eval_win_rates_come_out_in_every_printed_digit(subjective: Path) -> None:
    folder = subjective / "alpaca_eval"
    found = table("alpaca-eval-2", folder)
    lines = [line.strip("| \n").split(" | ") for line in (folder / "SOURCE.md").read_text().splitlines()]
    header = next(line for line in lines if line[:2] == ["model", "win_rate"])
    rows = [dict(zip(header, line, strict=True)) for line in lines if len(line) == len(header) and line[1][0].isdigit()]
    assert len(rows) == 5
    for row in rows:
        model = row["model"]
        assert value(found, model, "win rate") == pytest.approx(float(row["win_rate"]), abs=5e-15, rel=5e-16)
        assert value(found, model, "discrete win rate") == pytest.approx(float(row["discrete_win_rate"]), rel=1e-15)
        counts = {"wins": "n_wins", "losses": "n_wins_base", "draws": "n_draws"}
        assert {name: value(found, model, name) for name in counts} == {
            name: float(row[column]) for name, column in counts.items()
        }
        assert found[model, "win rate"].count == int(row["n_total"])


@pytest.mark.parametrize(
    ("model", "published"),
    [("claude-2", 1.1748282561506294), ("gpt-3.5-turbo-0301", 0.9129656686751644), ("alpaca-7b", 0.4870855382635108)],
)
def test_alpaca_eval_standard_errors_are_those_of_its_leaderboard(
    subjective: Path, model: str, published: float
) -> None:
    """The leaderboard of December 2023; its claude-2 row was computed before the file was rounded."""
    found = table("alpaca-eval-2", subjective / "alpaca_eval" / model)
    assert found[model, "win rate"].standard_error == pytest.approx(published, abs=1e-11)


def test_alpaca_eval_standard_errors_are_those_of_the_mean_of_the_recorded_preferences(subjective: Path) -> None:
    for path in sorted((subjective / "alpaca_eval").glob("*/annotations_v2.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            shares = np.array([row["preference"] for row in json.load(stream)]) - 1.0
        figure = table("alpaca-eval-2", path.parent)[path.parent.name, "win rate"]
        assert figure.value == pytest.approx(100.0 * shares.mean(), abs=1e-13)
        assert figure.standard_error == pytest.approx(100.0 * shares.std(ddof=1) / len(shares) ** 0.5, abs=1e-13)


def test_arena_bench_mean_scores_are_those_of_the_recorded_scores(subjective: Path) -> None:
    folder = subjective / "arena_bench_v1"
    found = table("arena-bench-v1", folder)
    assert len(found) == 5
    for path in sorted(folder.glob("model_judgment/*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            scores = [json.loads(line)["score"] for line in stream]
        figure = found[path.name.removesuffix(".jsonl.gz"), "mean score"]
        assert figure.value == pytest.approx(np.mean([score for score in scores if score is not None]), abs=1e-12)
        assert figure.unparsed == scores.count(None)


def test_judgebench_figures_of_claude_3_haiku_on_the_claude_pairs(subjective: Path) -> None:
    found = table("judgebench", subjective / "judgebench_claude")
    figures = {name: round(figure.value or 0.0, 2) for (_, name), figure in found.items()}
    assert figures == {
        "accuracy": 32.22,
        "accuracy mmlu-pro": 37.66,
        "accuracy livebench-reasoning": 29.41,
        "accuracy livebench-math": 32.35,
        "accuracy livecodebench": 9.68,
        "consistency": 50.0,
        "first wins": 63.28,
    }
    assert next(iter(found.values())).unparsed == 13


LLMBAR_FIGURES = {
    "correct_False": "accuracy first",
    "correct_True": "accuracy second",
    "correct_average": "accuracy average",
    "correct_both": "both right",
    "equal": "orders agree",
    "kappa_False": "kappa first as published",
    "kappa_True": "kappa second as published",
    "kappa_average": "kappa average as published",
    "kappa_agreement": "kappa of the orders",
}
"""From the names of published statistics to ours."""


@pytest.mark.parametrize("prompt", ["Vanilla", "Metrics_Reference", "CoT", "Rating", "Swap"])
def test_llmbar_figures_are_those_of_its_statistics(subjective: Path, prompt: str) -> None:
    folder = subjective / "llmbar"
    name = {"CoT": "llmbar-cot", "Rating": "llmbar-rating"}.get(prompt, "llmbar")
    found = table(name, folder)
    files = sorted(folder.glob(f"LLMBar/**/{prompt}/statistics.json"))
    assert len(files) == 4
    for path in files:
        subset = path.parent.relative_to(folder / "LLMBar").parts[:-3]
        subject = f"{path.parent.parent.name} {prompt} {'/'.join(subset)}"
        for ours, theirs in ((LLMBAR_FIGURES[key], text) for key, text in json.loads(path.read_text()).items()):
            printed = theirs if isinstance(theirs, float) else float(re.findall(r"([\d.]+)%", theirs)[0])
            assert value(found, subject, ours) == pytest.approx(printed, abs=1e-12)


def test_vicuna_bench_sums_are_those_of_the_scores_that_its_authors_kept(subjective: Path) -> None:
    found = table("vicuna-bench", subjective / "vicuna_bench", as_recorded=True)
    gpt, small, bard, large = "gpt-3.5-turbo:20230327", "vicuna-7b:20230322-fp16", "bard:20230327", "vicuna-13b:20230322-new-hp-fp16"  # noqa: E501  # fmt: skip

    def figures(first: str, second: str) -> list[float]:
        names = (f"sum {first}", f"sum {second}", "losses", "ties", "wins")
        return [value(found, f"{second} against {first}", name) for name in names]

    assert figures(gpt, small) == [688.0, 604.0, 52.0, 16.0, 12.0]
    assert figures(bard, large) == [661.5, 662.0, 28.0, 13.0, 39.0]


def test_the_facts_of_a_benchmark_are_its_categories_gold_labels_and_lengths(subjective: Path) -> None:
    material = read("judgebench", subjective / "judgebench_claude")
    facts = collect_facts(material)
    assert isinstance(facts, BenchmarkFacts)
    assert len(facts.gold) == len(facts.categories) == 270
    assert len(facts.lengths) == 540
    assert min(facts.lengths.values()) > 0


def test_wildbench_mean_scores_are_those_of_its_leaderboard(subjective: Path) -> None:
    found = table("wildbench-score", subjective / "wildbench")
    published = {
        "gemma-2b-it": (4.737512242899118, -0.5249755142017634, 1021),
        "reka-edge": (6.159335288367546, 2.3186705767350926, 1023),
        "reka-flash-20240226": (6.730205278592376, 3.460410557184751, 1023),
    }
    for model, (mean, adjusted, count) in published.items():
        assert value(found, model, "mean score") == pytest.approx(mean, abs=1e-12)
        assert value(found, model, "adjusted score") == pytest.approx(adjusted, abs=1e-12)
        assert found[model, "mean score"].count == count


def test_autoj_agreement_and_consistency_are_those_of_its_leaderboard(subjective: Path) -> None:
    found = table("auto-j-pair", subjective / "autoj_pairwise")
    published = {
        "Summarization": (45.83, 73.61),
        "Exam Questions": (38.89, 69.44),
        "Code": (47.5, 75.83),
        "Rewriting": (49.17, 74.17),
        "Creative Writing": (59.72, 87.04),
        "Functional Writing": (61.67, 81.67),
        "General Communication": (55.21, 92.36),
        "NLP Tasks": (57.58, 86.36),
        "": (54.96, 83.41),
    }
    for group, figures in published.items():
        suffix = f" {group}" if group else ""
        ours = (value(found, "autoj-13b", f"{name}{suffix}") for name in ("agreement", "consistency"))
        assert tuple(round(figure, 2) for figure in ours) == figures


def test_llm_zoo_figures_are_those_of_its_metrics(subjective: Path) -> None:
    folder = subjective / "llmzoo_reviews"
    found = table("llm-zoo", folder, as_recorded=True)
    files = sorted(folder.glob("reviews/**/metric.json"))
    assert len(files) == 10
    for path in files:
        prompt = "/".join(path.parts[-3:-1])
        for model, printed in json.loads(path.read_text()).items():
            subject, first = f"{model} {prompt}", f"gpt-3.5-turbo {prompt}"
            outcomes = {"wins": "model", "ties": "tie", "losses": "gpt3.5"}
            for ours, theirs in outcomes.items():
                assert value(found, subject, f"{ours} with gpt-3.5-turbo") == printed["winning"][theirs]
            assert value(found, subject, "mean place") == pytest.approx(printed["order"]["model"], abs=1e-12)
            assert value(found, first, "mean place") == pytest.approx(printed["order"]["gpt3.5"], abs=1e-12)
            assert value(found, subject, "mean score") == pytest.approx(printed["score"]["model"], abs=1e-12)
            assert value(found, first, "mean score") == pytest.approx(printed["score"]["gpt3.5"], abs=1e-12)


def test_llmeval_1_scores_are_those_of_its_table(subjective: Path) -> None:
    folder = subjective / "llmeval1"
    found = table("llmeval-1", folder)
    with (folder / "results_itemised_gpt4.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 12
    for row in rows:
        for name in ("overall", "accuracy", "informativeness", "fluency", "logicality", "harmlessness"):
            assert value(found, row["llm_name"], name) == pytest.approx(float(row[name]), abs=0.001)


def test_questions_and_responses_of_every_benchmark_are_rows_that_the_import_reads(subjective: Path) -> None:
    context = ImportContext("recipe", None)
    folders = {
        "alignbench": "alignbench", "alpaca-eval-2": "alpaca_eval", "arena-bench-v1": "arena_bench_v1",
        "auto-j-pair": "autoj_pairwise", "judgebench": "judgebench_claude", "llm-zoo": "llmzoo_reviews",
        "llmbar": "llmbar", "llmeval-1": "llmeval1", "mt-bench-single": "mt_bench", "vicuna-bench": "vicuna_bench",
        "wildbench-score": "wildbench",
    }  # fmt: skip
    for name, folder in folders.items():
        material = read(name, subjective / folder)
        questions = [question for row in material.questions for question in evenhand_rows.question(row, context)]
        responses = [response for row in material.responses for response in evenhand_rows.response(row, context)]
        keys = {question.key for question in questions}
        assert len(keys) == len(questions) > 0
        assert len({(row.question, row.model, row.sample) for row in responses}) == len(responses)
        assert {row.question for row in responses} | {row.question for row in material.recordings} <= keys
        if responses:
            known = {(row.question, row.model) for row in responses}
            assert {(row.question, model) for row in material.recordings for model in row.models} <= known


def test_expected_scores_of_recorded_token_probabilities_are_the_recorded_shares(subjective: Path) -> None:
    """A second way to AlpacaEval's rule, but for tokens like " m", which ours counts too, and for the threshold.

    Two of 4,013 replies cover less than 0.8: one began with another word, one nearly did.
    """
    recordings = [one for one in read("alpaca-eval-2", subjective / "alpaca_eval").recordings if one.tokens]
    low: list[str | None] = []
    for recording in recordings:
        score = expected_score(recording.tokens, {"m": 1.0, "M": 0.0}, least_mass=0.01)
        assert recording.verdict is not None
        assert score.value == pytest.approx(recording.verdict.value, abs=1e-7)
        if score.mass < LEAST_MASS:
            low.append(recording.reply)
            assert expected_score(recording.tokens, {"m": 1.0, "M": 0.0}).cause is TokenScoreCause.low_mass
    assert len(recordings) == 4013
    assert sorted(map(str, low)) == ["Neither", "m"]

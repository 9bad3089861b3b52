"""The haystack is the same everywhere and holds its needle once, and its heat map shows each depth and length."""

import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.views.objective_notes import english_note
from objective.catalog import select_tasks
from objective.scoring.registry import load_scorer
from objective.summary.files import write_summary
from objective.summary.heatmap import heatmap_svg, heatmap_table, heatmaps
from objective.summary.table import TaskResult, summarize
from objective.task import Task
from objective.tasks.long_context.haystack import CHARACTERS_PER_TOKEN
from objective.tasks.long_context.needle import DEPTHS, LENGTHS, NEEDLES

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
DIGESTS = {
    "needle-en-1k": "fe2e3dc16f0a7809788acb7845d9573bf249e3570927df5890459662e9fc2c19",
    "needle-zh-2k": "46745f182bfdb4b726230947f56a4fafc6d4b802870d33f778f602c734795b24",
}
"""Digest of the generated texts; another would be another task under the same name."""


def needle(name: str) -> Task:
    return select_tasks([name], data_dir=Path("none")).ready[0]


@pytest.mark.parametrize("name", DIGESTS)
def test_the_generated_texts_are_the_same_on_every_machine(name: str) -> None:
    assert needle(name).source == DIGESTS[name]


@pytest.mark.parametrize("name", ["needle-en-2k", "needle-zh-2k"])
def test_each_text_holds_its_number_once_at_its_depth(name: str) -> None:
    task, language = needle(name), name.split("-")[1]
    room = LENGTHS["2k"] * CHARACTERS_PER_TOKEN[language]
    assert len(task.items) == len(DEPTHS) * NEEDLES
    assert len({item.question for item in task.items}) == len(task.items)
    for item in task.items:
        (number,) = re.findall(r"\d+", item.question)
        assert number == item.gold[0]
        text = item.question.rpartition("\n\n")[0]
        assert 0.95 * room < len(text) <= 1.02 * room
        assert abs(text.index(number) / len(text) - item.data["depth"] / 100) < 0.04


def test_metrics_by_depth_are_shares_of_that_depth_and_absent_where_none_was_asked() -> None:
    scorer, task = load_scorer("needle"), needle("needle-en-1k")
    asked = list(task.items[: 3 * NEEDLES])
    outputs = [item.gold[0] if item.data["depth"] == 10 else "0" for item in asked]
    outputs[0] = asked[0].gold[0]
    values = {name: of(asked, outputs) for name, of in scorer.corpus.items()}
    assert values == {f"depth_{depth}": {0: 0.5, 10: 1.0, 20: 0.0}.get(depth) for depth in DEPTHS}


def results() -> list[TaskResult]:
    def one(task: str, metric: str, value: float | None) -> TaskResult:
        return TaskResult("m/one", task, metric, "gen", "eh-1", "", "failed" if value is None else "scored", value)

    shares = {"8k": (1.0, 0.5), "16k": (0.25, None)}
    found = [one(f"needle-en-{length}", "accuracy", 0.75) for length in shares]
    found += [
        one(f"needle-en-{length}", f"depth_{depth}", value)
        for length, row in shares.items()
        for depth, value in zip((0, 100), row, strict=True)
    ]
    return [*found, one("gsm8k", "accuracy", 0.5)]


def test_the_heat_map_has_a_cell_for_each_length_and_depth() -> None:
    ((key, grid),) = heatmaps(results()).items()
    assert key == ("needle-en", "m/one")
    assert grid == {"8k": {0: 100.0, 100: 50.0}, "16k": {0: 25.0, 100: None}}
    assert heatmap_table(grid) == "| depth % | 8k | 16k |\n| ---: | ---: | ---: |\n| 0 | 100 | 25 |\n| 100 | 50 | - |\n"
    drawn = ET.fromstring(heatmap_svg(grid, title="a < b"))
    texts = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["a < b", "depth %", "8k", "100", "50", "16k", "25", "-", "0", "100"]


def test_a_summary_with_depths_has_the_heat_map_beside_it(tmp_path: Path) -> None:
    made = write_summary(summarize(results(), ()), tmp_path, words=english_note, now=NOW)
    assert sorted(path.name for path in made.iterdir() if path.name.startswith("needle")) == [
        "needle-en_m-one.md",
        "needle-en_m-one.svg",
    ]
    plain = [one for one in results() if not one.metric.startswith("depth")]
    other = write_summary(summarize(plain, ()), tmp_path / "plain", words=english_note, now=NOW)
    assert [path for path in other.iterdir() if path.suffix == ".svg"] == []

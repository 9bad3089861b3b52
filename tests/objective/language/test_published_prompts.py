"""Prompts equal those of published configurations to the byte, for our own rows."""

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest

from objective.prompting.prompts import PromptBuilder, PromptSettings
from objective.task import Task
from objective.tasks.language.families import FAMILIES
from objective.tasks.published_prompts.prompts import published_prompt
from tests.objective.language.harness_prompts import GOLDEN, render_all
from tests.objective.language.own_data import AUTHORS, HUB, write_files

HARNESS: dict[str, list[dict[str, Any]]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
OPENCOMPASS: dict[str, list[str]] = json.loads((GOLDEN.parent / "opencompass_prompts.json").read_text(encoding="utf-8"))
FAMILY_OF = {task: family for family in FAMILIES for task in family.tasks}


def own_task(name: str, folder: Path, mode: str) -> Task:
    family = FAMILY_OF[name]
    files = HUB.get(family.name) or AUTHORS[family.name]
    return family.load(name, write_files(folder, files), "ppl" if mode == "ppl" else "gen")


@pytest.mark.parametrize("name", HARNESS)
def test_prompts_equal_those_of_the_harness(name: str, tmp_path: Path) -> None:
    task = own_task(name, tmp_path, FAMILY_OF[name].modes[0])
    builder = PromptBuilder(task, PromptSettings())
    assert len(task.items) == len(HARNESS[name])
    for item, expected in zip(task.items, HARNESS[name], strict=True):
        built = builder.build(item)
        places = range(len(built.options) or 1)
        contexts = expected.get("contexts") or [expected["context"]] * len(places)
        assert [built.context(place) for place in places] == contexts
        assert list(built.options) == expected.get("options", [])


def test_the_stored_prompts_of_the_harness_are_those_of_its_task_files() -> None:
    """Set EVENHAND_LM_EVAL to a folder with the unpacked wheel of version 0.4.13 to render them again."""
    folder = os.environ.get("EVENHAND_LM_EVAL")
    if not folder or importlib.util.find_spec("lm_eval") is None:
        pytest.skip("no wheel of the harness; set EVENHAND_LM_EVAL and PYTHONPATH to its folder")
    assert render_all(Path(folder)) == HARNESS


@pytest.mark.parametrize("name", OPENCOMPASS)
def test_prompts_equal_those_of_opencompass(name: str, tmp_path: Path) -> None:
    task = own_task(name, tmp_path, "gen")
    builder = PromptBuilder(task, PromptSettings())
    assert [builder.build(item).text for item in task.items] == OPENCOMPASS[name]


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    prompt = published_prompt("lm_eval", "piqa")
    assert prompt.render({"goal": "Print {goal} and {0}."}) == "Question: Print {goal} and {0}.\nAnswer:"

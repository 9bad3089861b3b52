"""Prompts equal those of published configurations to the byte, for our own rows."""

import json
from pathlib import Path
from typing import Any

import pytest

from objective.prompting.prompts import PromptBuilder, PromptSettings
from objective.task import Task
from objective.tasks.language.families import FAMILIES
from objective.tasks.published_prompts.prompts import published_prompt
from tests.objective.language import harness_prompts
from tests.objective.language.harness_prompts import GOLDEN, VERSION, digest_of
from tests.objective.language.own_data import AUTHORS, HUB, write_files

HARNESS: dict[str, list[dict[str, Any]]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
OPENCOMPASS: dict[str, list[str]] = json.loads((GOLDEN.parent / "opencompass_prompts.json").read_text(encoding="utf-8"))
DIGESTS: dict[str, Any] = json.loads(harness_prompts.DIGESTS.read_text(encoding="utf-8"))
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


def asked_here(name: str, folder: Path) -> list[dict[str, Any]]:
    """What is asked here for our own rows, in the form of the recorded prompts."""
    task = own_task(name, folder, FAMILY_OF[name].modes[0])
    builder = PromptBuilder(task, PromptSettings())
    made = []
    for item, recorded in zip(task.items, HARNESS[name], strict=True):
        built = builder.build(item)
        contexts = [built.context(place) for place in range(len(built.options) or 1)]
        own: dict[str, Any] = {"contexts": contexts} if "contexts" in recorded else {"context": contexts[0]}
        assert "contexts" in own or set(contexts) == {contexts[0]}
        made.append(own | ({"options": list(built.options)} if built.options else {}))
    return made


@pytest.mark.parametrize("name", DIGESTS["prompts"])
def test_what_is_asked_here_has_the_digest_that_the_task_files_of_the_harness_gave(name: str, tmp_path: Path) -> None:
    """Only `harness_prompts FOLDER --check`, by hand, compares the task files of the wheel with their digests."""
    assert digest_of(asked_here(name, tmp_path)) == DIGESTS["prompts"][name]
    assert digest_of(HARNESS[name]) == DIGESTS["prompts"][name], "the recorded prompts were edited by hand"


def test_digests_are_recorded_for_every_task_file() -> None:
    assert DIGESTS["lm_eval"] == VERSION
    assert DIGESTS["prompts"].keys() == HARNESS.keys()
    assert len(DIGESTS["task_files"]) == len(HARNESS)
    assert all(len(one) == 64 for one in (*DIGESTS["task_files"].values(), *DIGESTS["prompts"].values()))


@pytest.mark.parametrize("name", OPENCOMPASS)
def test_prompts_equal_those_of_opencompass(name: str, tmp_path: Path) -> None:
    task = own_task(name, tmp_path, "gen")
    builder = PromptBuilder(task, PromptSettings())
    assert [builder.build(item).text for item in task.items] == OPENCOMPASS[name]


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    prompt = published_prompt("lm_eval", "piqa")
    assert prompt.render({"goal": "Print {goal} and {0}."}) == "Question: Print {goal} and {0}.\nAnswer:"

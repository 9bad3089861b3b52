"""Families on language and understanding read both layouts of their data, and score gold answers as right."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from objective.catalog import select_tasks
from objective.request import ScoredContinuation
from objective.scoring.answers import score_options, score_output
from objective.scoring.registry import load_scorer
from objective.task import Item, Mode, Task, validate_task
from objective.tasks import published_files
from objective.tasks.language.families import FAMILIES
from objective.tasks.published_files import HubSource
from storage.errors import NotFound
from storage.values import ABILITIES
from tests.objective.language.own_data import AUTHORS, HUB, write_files

BY_NAME = {family.name: family for family in FAMILIES}
OWN = [
    pytest.param(name, files, id=f"{name}-{layout}")
    for layout, by_family in (("hub", HUB), ("authors", AUTHORS))
    for name, files in by_family.items()
]


def tasks_in(family: str, folder: Path) -> list[Task]:
    """The tasks of a family whose data is in a folder, in every mode."""
    found = []
    for name in BY_NAME[family].tasks:
        for mode in BY_NAME[family].modes:
            try:
                found.append(validate_task(BY_NAME[family].load(name, folder, mode)))
            except NotFound:
                continue
    return found


def gold_values(task: Task, item: Item) -> Mapping[str, float | None]:
    """The values of the right answer: the gold text, or a likelihood that only right options have."""
    scorer = load_scorer(task.scorer) if task.scorer else None
    if task.mode == "gen":
        if item.kind == "text":
            assert scorer is not None and scorer.score is not None
            return scorer.score(item, item.gold[0]) or {}
        return {
            "accuracy": score_output(item, f"{item.gold[0]}. {item.options[item.letters.index(item.gold[0])]}").score
        }
    likely = gold_likelihoods(item)
    if scorer is not None:
        assert scorer.score_options is not None
        return scorer.score_options(item, item.options, likely) or {}
    return {name: one.score for name, one in score_options(item, item.options, likely).items()}


def gold_likelihoods(item: Item) -> list[ScoredContinuation]:
    right = "".join(item.gold)
    return [ScoredContinuation(0.0 if letter in right else -99.0, 1, 1, letter in right) for letter in item.letters]


@pytest.mark.parametrize(("family", "files"), OWN)
def test_gold_answers_score_100_percent_in_both_layouts(family: str, files: dict[str, Any], tmp_path: Path) -> None:
    tasks = tasks_in(family, write_files(tmp_path, files))
    assert {task.mode for task in tasks} == set(BY_NAME[family].modes)
    for task in tasks:
        assert len({item.key for item in task.items}) == len(task.items)
        for item in task.items:
            for name, value in gold_values(task, item).items():
                assert value == pytest.approx(1.0), (task.name, task.mode, item.key, name)


@pytest.mark.parametrize(("family", "files"), OWN)
def test_measures_of_a_whole_set_are_1_for_gold_answers(family: str, files: dict[str, Any], tmp_path: Path) -> None:
    for task in tasks_in(family, write_files(tmp_path, files)):
        if not task.scorer:
            continue
        scorer = load_scorer(task.scorer)
        for measure in scorer.corpus.values():
            assert measure(task.items, [item.gold[0] for item in task.items]) == pytest.approx(1.0)
        likely = [gold_likelihoods(item) for item in task.items]
        for by_likelihood in scorer.corpus_options.values():
            assert by_likelihood(task.items, likely) == pytest.approx(1.0)


def test_both_layouts_of_the_same_rows_become_the_same_items(tmp_path: Path) -> None:
    for family in ("multirc", "openbookqa", "wsc", "race"):
        modes: tuple[Mode, ...] = BY_NAME[family].modes
        for mode in modes:
            read = [
                BY_NAME[family].load(BY_NAME[family].tasks[0], write_files(tmp_path / layout, files[family]), mode)
                for layout, files in (("hub", HUB), ("authors", AUTHORS))
            ]
            first, second = ([(one.question, one.options, one.gold) for one in task.items] for task in read)
            assert first == second, (family, mode)


def test_every_family_names_languages_abilities_splits_and_what_it_was_checked_against() -> None:
    for family in FAMILIES:
        assert set(family.abilities) <= set(ABILITIES) and family.abilities, family.name
        assert family.languages and family.splits and family.verified and family.licence, family.name


def test_answers_on_one_passage_count_as_alike_and_undecided_sentences_are_left_out(tmp_path: Path) -> None:
    race = BY_NAME["race"].load("race-high", write_files(tmp_path, HUB["race"]), "gen")
    assert [item.group for item in race.items] == ["0", "0", "0"]
    ocnli = BY_NAME["ocnli"].load("ocnli", write_files(tmp_path, HUB["ocnli"]), "gen")
    assert [item.key for item in ocnli.items] == ["0", "2"]
    assert [note.count for note in ocnli.notes] == [1]


REAL = {"boolq": 3270, "cb": 56, "copa": 100, "wsc": 104, "ocnli": 2950, "bustm": 1772, "cluewsc": 976, "cmrc": 3219}
"""Tasks with real data, and the number of their items."""


@pytest.mark.data
@pytest.mark.parametrize("name", [*REAL, "c3-d", "c3-m", "flores-eng_Latn-zho_Hans", "flores-deu_Latn-eng_Latn"])
def test_gold_answers_of_real_data_score_100_percent(name: str, shared_data: Path) -> None:
    family = next(family for family in FAMILIES if name in family.tasks)
    for mode in family.modes:
        (task,) = select_tasks([name], data_dir=shared_data / "objective", mode=mode).ready
        assert len(task.items) == REAL.get(name, len(task.items))
        for item in task.items[:50]:
            for metric, value in gold_values(task, item).items():
                assert value == pytest.approx(1.0), (name, mode, item.key, metric)


@pytest.mark.parametrize(
    ("given", "task", "mode"),
    [
        ("SuperGLUE_BoolQ_gen_883d50", "boolq", "gen"),
        ("SuperGLUE_BoolQ_ppl", "boolq", "ppl"),
        ("FewCLUE_bustm_gen", "bustm", "gen"),
        ("sglue_rte", "rte", "ppl"),
        ("nq_open", "nq", "gen"),
    ],
)
def test_names_of_opencompass_and_the_harness_stand_for_ours(given: str, task: str, mode: str, tmp_path: Path) -> None:
    folder = write_files(tmp_path, HUB[task])
    (found,) = select_tasks([given], data_dir=folder).ready
    assert (found.name, found.mode) == (task, mode)


def test_the_hub_is_asked_for_its_own_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, set[str]] = {}

    def load_from_hub(source: HubSource, split: str) -> list[dict[str, Any]]:
        asked.setdefault(source.name, set()).add(split)
        return []

    monkeypatch.setattr(published_files, "load_from_hub", load_from_hub)
    for family in FAMILIES:
        for name in family.tasks:
            with suppress(NotFound):
                family.load(name, published_files.HUB, family.modes[0])
    tests = {"allenai/openbookqa", "EleutherAI/race", "EleutherAI/lambada_openai", "wmt/wmt14", "wmt/wmt16"}
    assert {name: splits - {"train"} for name, splits in asked.items()} == {
        name: {"test" if name in tests else "validation"} for name in asked
    }
    assert len(asked) == 14


def test_the_name_of_a_task_of_ours_never_stands_for_a_family(tmp_path: Path) -> None:
    found = select_tasks(["arc-challenge", "boolq"], data_dir=write_files(tmp_path, HUB["boolq"])).tasks
    assert [task.name for task in found] == ["arc-challenge", "boolq"]

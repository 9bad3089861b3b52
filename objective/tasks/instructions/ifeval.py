"""IFEval: prompts whose instructions rules can check, such as a number of words or no commas.

The prompt is the published one, without anything around it; four metrics follow the paper
(Zhou et al., 2023, https://arxiv.org/abs/2311.07911).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from objective.causes import Cause, CauseCode, TaskProblem
from objective.scoring.instruction_rules.rules import check_rule
from objective.task import Family, Item, Mode, Task, Template
from objective.tasks.published_files import HubSource, cell, open_published

FOLDERS = ("ifeval", "IFEval", "instruction_following_eval/data")
_TITLE = "IFEval"


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the prompts with their rules.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a field, or names an unknown rule.
    """
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={"train": ("input_data.jsonl", "ifeval_input_data.jsonl", "train", "data/train-*", "train-*")},
        title=_TITLE,
        hub=HubSource("google/IFEval"),
    )
    items = tuple(_item(row, place) for place, row in enumerate(data.rows("train")))
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": Template(question="{question}", join="")},
        source=data.digest,
        max_tokens=1280,
        scorer="ifeval",
    )


def _item(row: Mapping[str, Any], place: int) -> Item:
    key = str(row.get("key", place))
    names = cell(row, "instruction_id_list", key=key, title=_TITLE)
    given = cell(row, "kwargs", key=key, title=_TITLE)
    arguments = [json.loads(one) if isinstance(one, str) else dict(one or {}) for one in given]
    if len(names) != len(arguments):
        text = f"{len(names)} rules and {len(arguments)} sets of arguments"
        raise TaskProblem(
            f"expected arguments for each rule in row {key} of {_TITLE}, got {text}; fetch the data again",
            Cause(CauseCode.other_data, name=_TITLE, text=text),
        )
    for rule, own in zip(names, arguments, strict=True):
        check_rule(rule, own)
    known = [{name: value for name, value in own.items() if value is not None} for own in arguments]
    return Item(
        key=key,
        question=str(cell(row, "prompt", key=key, title=_TITLE)),
        gold=(),
        kind="text",
        data={"rules": [[rule, own] for rule, own in zip(names, known, strict=True)]},
    )


FAMILY = Family(
    name="ifeval",
    title="instructions that rules can check",
    source="https://github.com/google-research/google-research/tree/master/instruction_following_eval",
    licence="Apache-2.0",
    tasks=("ifeval",),
    load=load,
    modes=("gen",),
    folders=FOLDERS,
    free=("ifeval",),
    languages=("en",),
    abilities=("understanding",),
    splits="train (541 prompts)",
    metric="prompt_strict",
    verified="prompt and 25 rules of lm-eval 0.4.13 (rules on 4,328 changed texts)",
    data_checked="all 541 prompts",
)

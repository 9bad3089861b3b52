"""Berkeley Function Calling Leaderboard: calls of functions that a question needs, in Python's syntax.

The prompt is the published system prompt with the functions as JSON, followed by the question. Where no function fits
(irrelevance), a right output has no call.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from objective.causes import Cause, CauseCode, TaskProblem
from objective.task import Family, Item, Mode, Task, TaskGroup, Template, hash_contents
from objective.tasks.published_files import cell, open_published

FOLDERS = ("bfcl_tool_use", "bfcl", "bfcl_eval/data", "berkeley-function-call-leaderboard/bfcl_eval/data", "data")
_TITLE = "BFCL"
_PROMPT = Path(__file__).parents[1] / "published_prompts" / "bfcl.json"
_FILES = {
    "bfcl-simple": ("BFCL_v4_simple_python.json", "BFCL_v3_simple.json"),
    "bfcl-multiple": ("BFCL_v4_multiple.json", "BFCL_v3_multiple.json"),
    "bfcl-parallel": ("BFCL_v4_parallel.json", "BFCL_v3_parallel.json"),
    "bfcl-parallel-multiple": ("BFCL_v4_parallel_multiple.json", "BFCL_v3_parallel_multiple.json"),
    "bfcl-irrelevance": ("BFCL_v4_irrelevance.json", "BFCL_v3_irrelevance.json"),
}


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one category.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a field, or a question has no accepted calls.
    """
    files = {"questions": _FILES[name], "answers": tuple(f"possible_answer/{file}" for file in _FILES[name])}
    data = open_published(data_dir, folders=FOLDERS, files=files, title=_TITLE)
    questions = data.rows("questions")
    accepted: dict[str, Sequence[Mapping[str, Any]]] = {}
    if name != "bfcl-irrelevance":
        for place, row in enumerate(data.rows("answers")):
            key = str(row.get("id", place))
            accepted[key] = cell(row, "ground_truth", key=key, title=_TITLE)
    items = tuple(
        _item(row, place, accepted if name != "bfcl-irrelevance" else None) for place, row in enumerate(questions)
    )
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": Template(question="{question}", join="\n")},
        source=hash_contents([data.digest.encode(), _PROMPT.read_bytes()]),
        max_tokens=512,
        scorer="tool_calls",
    )


def call_text(calls: Sequence[Mapping[str, Mapping[str, Sequence[Any]]]]) -> str:
    """Accepted calls as a model should write them, each argument with its first value; those left out are left out."""
    return f"[{', '.join(_call_text(name, values) for call in calls for name, values in call.items())}]"


def _call_text(name: str, values: Mapping[str, Sequence[Any]]) -> str:
    shown = {argument: next((one for one in accepted if one != ""), "") for argument, accepted in values.items()}
    given = {
        argument: _first_values(value)
        for argument, value in shown.items()
        if value != "" or "" not in values[argument] or values[argument] == [""]
    }
    given = {argument: value for argument, value in given.items() if values[argument] != [""]}
    return f"{name}({', '.join(f'{argument}={value!r}' for argument, value in given.items())})"


def _first_values(value: Any) -> Any:  # noqa: ANN401  accepted values have any type of JSON
    """A value where each entry of an object, which lists what it may be, is the first of them."""
    if isinstance(value, dict):
        return {
            key: next(one for one in accepted if one != "")
            for key, accepted in value.items()
            if any(one != "" for one in accepted)
        }
    return [_first_values(one) for one in value] if isinstance(value, list) else value


def _item(row: Mapping[str, Any], place: int, accepted: Mapping[str, Sequence[Mapping[str, Any]]] | None) -> Item:
    key = str(row.get("id", place))
    functions = cell(row, "function", key=key, title=_TITLE)
    turns = cell(row, "question", key=key, title=_TITLE)
    first = turns[0] if turns and isinstance(turns[0], list) else turns
    asked = "\n\n".join(str(turn["content"]) for turn in first)
    calls: Sequence[Mapping[str, Any]] = ()
    if accepted is not None:
        calls = accepted.get(key, ())
        if not calls:
            raise TaskProblem(
                f"expected accepted calls for question {key} of {_TITLE}, got none; fetch possible_answer of the same "
                "version",
                Cause(CauseCode.no_reference, name=key),
            )
    return Item(
        key=key,
        question=_system_text(functions) + asked,
        gold=(call_text(calls),),
        kind="text",
        data={"functions": functions, "accepted": list(calls)},
    )


def _system_text(functions: Sequence[Mapping[str, Any]]) -> str:
    prompt = _published()
    shown = [{**each, "description": each.get("description", "") + prompt["description_suffix"]} for each in functions]
    return prompt["system"].replace("{functions}", json.dumps(shown, indent=4, ensure_ascii=False))


@cache
def _published() -> dict[str, str]:
    found: dict[str, str] = json.loads(_PROMPT.read_text(encoding="utf-8"))
    return found


FAMILY = Family(
    name="bfcl",
    title="calls of functions in Python's syntax",
    source="https://github.com/ShishirPatil/gorilla/tree/main/berkeley-function-call-leaderboard",
    licence="Apache-2.0",
    tasks=tuple(_FILES),
    load=load,
    modes=("gen",),
    groups=(TaskGroup("bfcl-calls", ("bfcl-simple", "bfcl-multiple", "bfcl-parallel", "bfcl-parallel-multiple")),),
    folders=FOLDERS,
    free=tuple(_FILES),
    languages=("en",),
    abilities=("tool_use",),
    splits="BFCL v4 (v3 is read too)",
    verified="system prompt of BFCL at commit 6199b24",
    data_checked="simple (400), multiple (200), parallel (200); the other two from own files only",
)

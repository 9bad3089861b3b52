"""The bundled tasks: original questions in Chinese and English on nine abilities, which need no download."""

import json
from pathlib import Path

from objective.task import Family, Item, Mode, Task, TaskGroup, Template, hash_contents
from storage.values import ABILITIES

_FILE = Path(__file__).parent / "mini.jsonl"
_PREFIX = "evenhand-mini-"
_TEMPLATES = {
    "choice-en": Template(question="Question: {question}\n{options}\nReply with the letter only.\nAnswer:"),
    "choice-zh": Template(question="题目：{question}\n{options}\n请只回答选项字母。\n答案：", join=""),
    "number-en": Template(question="Question: {question}\nReply with the number only.\nAnswer:"),
    "number-zh": Template(question="题目：{question}\n请只回答数字。\n答案：", join=""),
    "exact-en": Template(question="Question: {question}\nReply with the answer only.\nAnswer:"),
    "exact-zh": Template(question="题目：{question}\n请只回答答案本身。\n答案：", join=""),
}


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the questions on one ability, such as `evenhand-mini-reasoning`."""
    ability = name.removeprefix(_PREFIX)
    content = _FILE.read_bytes()
    rows = [json.loads(line) for line in content.decode().splitlines()]
    items = tuple(
        Item(
            key=row["id"],
            question=row["question"],
            gold=tuple(row["gold"]),
            options=tuple(row.get("options", ())),
            kind=row["kind"],
            form=f"{row['kind']}-{row['language']}",
        )
        for row in rows
        if row["ability"] == ability
    )
    return Task(
        name=name, mode=mode, items=items, templates=_TEMPLATES, source=hash_contents([content]), max_tokens=128
    )


_TASKS = tuple(f"{_PREFIX}{ability}" for ability in ABILITIES)

FAMILY = Family(
    name="evenhand-mini",
    title="original questions in Chinese and English over nine abilities",
    source="bundled",
    licence="Apache-2.0",
    tasks=_TASKS,
    load=load,
    modes=("gen",),
    groups=(TaskGroup("evenhand-mini", _TASKS),),
    languages=("zh", "en"),
    abilities=ABILITIES,
    splits="all questions",
    data_checked="bundled; needs no data",
)

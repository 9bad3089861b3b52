"""CMMLU: Chinese multiple-choice questions in 67 subjects, scored on `test` with five examples from `dev`."""

import json
from pathlib import Path

from objective.task import Family, Item, Mode, Task, Template
from objective.tasks.data_folder import find_folder
from objective.tasks.subjects import subject_groups, subject_titles
from storage.errors import BadInput

_ROWS = json.loads((Path(__file__).parent / "cmmlu_subjects.json").read_text(encoding="utf-8"))["subjects"]
SUBJECTS: dict[str, str] = {name: chinese for name, chinese, _, _ in _ROWS}
"""Chinese names by subject."""

FOLDERS = ("cmmlu", "CMMLU/data", "cmmlu/data", "CMMLU")
SHOTS = 5
_TEMPLATE = Template(
    question="题目：{question}\n{options}\n答案：",
    join="",
    instruction="下面是{subject}方面的单项选择题，请只回答正确选项的字母。",
)


def _items(rows: list[dict[str, str]], subject: str) -> tuple[Item, ...]:
    return tuple(
        Item(
            key=row.get("") or str(number),
            question=row["Question"].strip(),
            options=tuple(row[letter].strip() for letter in "ABCD"),
            gold=(row["Answer"].strip(),),
            subject=SUBJECTS[subject],
        )
        for number, row in enumerate(rows)
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one subject, such as `cmmlu-agronomy`.

    Raises:
        NotFound: the data folder has no files for this subject.
        BadInput: a file lacks a column.
    """
    subject = name.removeprefix("cmmlu-")
    folder = find_folder(data_dir, FOLDERS, needs="test", title="CMMLU")
    try:
        items = _items(folder.csv(f"test/{subject}.csv"), subject)
        pool = _items(folder.csv(f"dev/{subject}.csv"), subject)
    except KeyError as error:
        raise BadInput(f"expected the columns Question, A to D and Answer for {name}, got none named {error}") from None
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": _TEMPLATE},
        source=folder.digest,
        pool=pool,
        shots=SHOTS,
    )


FAMILY = Family(
    name="cmmlu",
    title="Chinese questions in 67 subjects",
    source="https://github.com/haonan-li/CMMLU",
    licence="CC BY-NC-SA 4.0",
    tasks=tuple(f"cmmlu-{name}" for name in SUBJECTS),
    load=load,
    groups=subject_groups("cmmlu", _ROWS, special="china-specific"),
    folders=FOLDERS,
    languages=("zh",),
    abilities=("knowledge",),
    splits="test; examples from dev",
    subjects=subject_titles("cmmlu", SUBJECTS),
    data_checked="10 of the 67 subjects",
)

"""CMMLU: Chinese multiple-choice questions in 67 subjects, scored on `test` with five examples from `dev`."""

import json
from pathlib import Path

from objective.task import Family, Item, Mode, Task, TaskGroup, Template, checked
from objective.tasks.files import find_folder
from storage.errors import BadInput

_ROWS = json.loads((Path(__file__).parent / "cmmlu_subjects.json").read_text(encoding="utf-8"))["subjects"]
SUBJECTS: dict[str, str] = {name: chinese for name, chinese, _, _ in _ROWS}
"""Chinese name by subject."""

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
    """One subject, such as `cmmlu-agronomy`.

    Raises:
        NotFound: its files are not below the data folder.
        BadInput: they lack a column.
    """
    subject = name.removeprefix("cmmlu-")
    folder = find_folder(data_dir, FOLDERS, needs="test", title="CMMLU")
    try:
        items = _items(folder.csv(f"test/{subject}.csv"), subject)
        pool = _items(folder.csv(f"dev/{subject}.csv"), subject)
    except KeyError as error:
        raise BadInput(f"expected the columns Question, A to D and Answer for {name}, got none named {error}") from None
    return checked(
        Task(
            name=name,
            mode=mode,
            items=items,
            templates={"": _TEMPLATE},
            source=folder.digest,
            pool=pool,
            shots=SHOTS,
        )
    )


def _groups() -> tuple[TaskGroup, ...]:
    kinds = [
        TaskGroup(f"cmmlu-{kind}", tuple(f"cmmlu-{name}" for name, _, own, _ in _ROWS if own == kind))
        for kind in ("stem", "social-science", "humanities", "other")
    ]
    china = TaskGroup("cmmlu-china-specific", tuple(f"cmmlu-{name}" for name, _, _, is_china in _ROWS if is_china))
    return (*kinds, china, TaskGroup("cmmlu", tuple(f"cmmlu-{name}" for name in SUBJECTS)))


FAMILY = Family(
    name="cmmlu",
    title="Chinese questions in 67 subjects",
    source="https://github.com/haonan-li/CMMLU",
    licence="CC BY-NC-SA 4.0",
    tasks=tuple(f"cmmlu-{name}" for name in SUBJECTS),
    load=load,
    groups=_groups(),
    folders=FOLDERS,
)

"""C-Eval: Chinese exams in 52 subjects, scored on `val` with five examples from `dev`.

The prompt is OpenCompass's default, so that its published version ids hold; it is data, in `ceval_template.json`.
"""

import json
from pathlib import Path

from objective.task import Family, Item, Mode, Task, TaskGroup, Template, checked
from objective.tasks.files import find_folder
from storage.errors import BadInput

_TEMPLATE = json.loads((Path(__file__).parent / "ceval_template.json").read_text(encoding="utf-8"))
QUESTION: str = _TEMPLATE["question"]
"""The published user turn, with the subject's Chinese name as a field."""

SUBJECTS: dict[str, str] = {name: chinese for name, chinese, _, _ in _TEMPLATE["subjects"]}
"""Chinese name by subject, in the published order."""

FOLDERS = ("ceval", "ceval/formal_ceval", "ceval-exam", "formal_ceval")
SHOTS = 5
_PREFIX, _UNSCORED = "ceval-", "ceval-test-"


def recipe(subject: str) -> str:
    """The user turn of a subject as the published configuration has it, fields of items left open."""
    return QUESTION.replace("{subject}", SUBJECTS[subject])


def _items(rows: list[dict[str, str]], subject: str) -> tuple[Item, ...]:
    return tuple(
        Item(
            key=str(row.get("id", number)),
            question=row["question"],
            options=tuple(row[letter] for letter in "ABCD"),
            gold=(row.get("answer", "").strip(),),
            subject=SUBJECTS[subject],
        )
        for number, row in enumerate(rows)
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """One subject, such as `ceval-logic`.

    Raises:
        NotFound: its files are not below the data folder.
        BadInput: they lack a column, or an answer.
    """
    if name.startswith(_UNSCORED):
        raise BadInput(
            f"expected a subject of C-Eval's val split such as ceval-logic, got {name!r}; the test split is published "
            "without answers and cannot be scored here"
        )
    subject = name.removeprefix(_PREFIX)
    folder = find_folder(data_dir, FOLDERS, needs="val", title="C-Eval")
    try:
        items = _items(folder.csv(f"val/{subject}_val.csv"), subject)
        pool = _items(folder.csv(f"dev/{subject}_dev.csv"), subject)
    except KeyError as error:
        raise BadInput(
            f"expected the columns question, A, B, C, D, answer for {name}, got none named {error}"
        ) from None
    template = Template(question=QUESTION, join="\n", between="\n")
    return checked(
        Task(
            name=name,
            mode=mode,
            items=items,
            templates={"": template},
            source=folder.digest,
            pool=pool,
            shots=SHOTS,
            recipe=recipe(subject),
        )
    )


def _groups() -> tuple[TaskGroup, ...]:
    rows = _TEMPLATE["subjects"]
    kinds = [
        TaskGroup(f"ceval-{kind}", tuple(f"ceval-{name}" for name, _, own, _ in rows if own == kind))
        for kind in ("stem", "social-science", "humanities", "other")
    ]
    hard = TaskGroup("ceval-hard", tuple(f"ceval-{name}" for name, _, _, is_hard in rows if is_hard))
    return (*kinds, hard, TaskGroup("ceval", tuple(f"ceval-{name}" for name, _, _, _ in rows)))


FAMILY = Family(
    name="ceval",
    title="Chinese exams in 52 subjects",
    source="https://github.com/hkust-nlp/ceval",
    licence="CC BY-NC-SA 4.0",
    tasks=tuple(f"ceval-{name}" for name in SUBJECTS),
    load=load,
    groups=_groups(),
    folders=FOLDERS,
)

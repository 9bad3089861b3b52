"""C-Eval: Chinese exams in 52 subjects, scored on `val` with five examples from `dev`.

The prompt is OpenCompass's default, which its published version ids depend on. It is stored in `ceval_template.json`.
"""

import json
from pathlib import Path

from objective.task import Family, Item, Mode, Task, Template
from objective.tasks.data_folder import find_folder
from objective.tasks.subjects import subject_groups, subject_titles
from storage.errors import BadInput

_TEMPLATE = json.loads((Path(__file__).parent / "ceval_template.json").read_text(encoding="utf-8"))
QUESTION: str = _TEMPLATE["question"]
"""The published user turn, with a field for the Chinese name of the subject."""

SUBJECTS: dict[str, str] = {name: chinese for name, chinese, _, _ in _TEMPLATE["subjects"]}
"""Chinese names by subject, in the published order."""

FOLDERS = ("ceval", "ceval/formal_ceval", "ceval-exam", "formal_ceval")
SHOTS = 5
_PREFIX, _TEST_PREFIX = "ceval-", "ceval-test-"


def published_question(subject: str) -> str:
    """The user turn of a subject in the published configuration, with the fields of the item left open."""
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
    """Load one subject, such as `ceval-logic`.

    Raises:
        NotFound: the data folder has no files for this subject.
        BadInput: a file lacks a column, or a row lacks its answer.
    """
    if name.startswith(_TEST_PREFIX):
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
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": template},
        source=folder.digest,
        pool=pool,
        shots=SHOTS,
        recipe=published_question(subject),
    )


FAMILY = Family(
    name="ceval",
    title="Chinese exams in 52 subjects",
    source="https://github.com/hkust-nlp/ceval",
    licence="CC BY-NC-SA 4.0",
    tasks=tuple(f"ceval-{name}" for name in SUBJECTS),
    load=load,
    groups=subject_groups("ceval", _TEMPLATE["subjects"], special="hard"),
    folders=FOLDERS,
    languages=("zh",),
    abilities=("knowledge",),
    splits="val; examples from dev",
    subjects=subject_titles("ceval", SUBJECTS),
    verified="52 version ids and the groups of a published run of OpenCompass (ceval_gen_5f30c7)",
)

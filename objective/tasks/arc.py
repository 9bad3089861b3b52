"""ARC: English school science with three to five options, scored by the likelihood of the options' texts."""

from pathlib import Path
from typing import Any

from objective.task import LETTERS, Family, Item, Mode, Task, Template
from objective.tasks.data_folder import find_folder
from storage.errors import BadInput

FOLDERS = ("arc_challenge", "arc_easy", "ARC-c", "ARC-e", "ARC-Challenge", "ARC-Easy", "arc", "ARC")
_FILES = {"arc-challenge": "ARC-Challenge", "arc-easy": "ARC-Easy"}
_CLOZE = Template(question="Question: {question}\nAnswer:")
_LETTER = Template(
    question="Question: {question}\n{options}\nAnswer:", instruction="Answer with the letter of the right option."
)


def _item(row: dict[str, Any]) -> Item:
    choices = row["question"]["choices"]
    lacking = [
        name for name, text in (("stem", row["question"]["stem"]), *_texts(choices)) if not isinstance(text, str)
    ]
    if lacking:
        raise BadInput(f"expected a text as {lacking[0]} in row {row['id']!r} of ARC, got none; fetch the file again")
    own = [str(choice["label"]) for choice in choices]
    key = str(row["answerKey"])
    if key not in own:
        raise BadInput(f"expected an answer among {', '.join(own)} in row {row['id']!r} of ARC, got {key!r}")
    # Some questions number their options 1 to 4; we use letters for all.
    return Item(
        key=str(row["id"]),
        question=str(row["question"]["stem"]).strip(),
        gold=(LETTERS[own.index(key)],),
        options=tuple(str(choice["text"]).strip() for choice in choices),
    )


def _texts(choices: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    return [(f"option {choice['label']}", choice["text"]) for choice in choices]


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the test set of ARC-Challenge or ARC-Easy; examples come from `Dev`.

    Raises:
        NotFound: the data folder has no files for this task.
        BadInput: a row lacks a field.
    """
    stem = _FILES[name]
    folder = find_folder(data_dir, FOLDERS, needs=f"{stem}-Test.jsonl", title=name)
    try:
        items = tuple(_item(row) for row in folder.lines(f"{stem}-Test.jsonl"))
        pool = tuple(_item(row) for row in folder.lines(f"{stem}-Dev.jsonl"))
    except (KeyError, TypeError) as error:
        raise BadInput(f"expected id, question and answerKey in each row of {name}, got one without {error}") from None
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": _CLOZE if mode == "ppl" else _LETTER},
        source=folder.digest,
        pool=pool,
        options_as="text" if mode == "ppl" else "letter",
    )


FAMILY = Family(
    name="arc",
    title="school science in English",
    source="https://allenai.org/data/arc",
    licence="CC BY-SA 4.0",
    tasks=tuple(_FILES),
    load=load,
    modes=("ppl", "gen"),
    folders=FOLDERS,
    languages=("en",),
    abilities=("knowledge", "reasoning"),
    splits="Test; examples from Dev",
    verified="prompts of lm-eval 0.4.13 (arc_challenge), byte for byte, in ppl",
    data_checked="all questions of ARC-Challenge",
)

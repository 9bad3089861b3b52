"""DRCD: answers from passages in traditional Chinese."""

from pathlib import Path

from objective.task import Family, Mode, Task
from objective.tasks.language.chinese.passages import PassageData, load_passages

DATA = PassageData(
    prompt="drcd",
    title="DRCD",
    folders=("clue", "CLUE", "drcd", "DRCD"),
    files=("DRCD/dev", "DRCD_dev"),
)


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the development set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column, or a question has no answer.
    """
    return load_passages(DATA, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="drcd",
    title="answers from passages in traditional Chinese",
    source="https://github.com/DRCKnowledgeTeam/DRCD",
    licence="CC BY-SA 3.0",
    tasks=("drcd",),
    load=load,
    modes=("gen",),
    folders=DATA.folders,
    languages=("zh",),
    abilities=("understanding",),
    splits="dev; no examples",
    metric="exact_match",
    verified="prompt: OpenCompass CLUE_DRCD_gen_1bd3c8",
)

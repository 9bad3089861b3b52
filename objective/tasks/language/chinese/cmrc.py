"""CMRC 2018: answers from passages in simplified Chinese."""

from pathlib import Path

from objective.task import Family, Mode, Task
from objective.tasks.language.chinese.passages import PassageData, load_passages
from objective.tasks.published_files import HubSource

DATA = PassageData(
    prompt="cmrc",
    title="CMRC 2018",
    folders=("clue", "CLUE", "cmrc2018", "cmrc"),
    files=("CMRC/dev", "CMRC_dev", "cmrc2018_dev", "validation*"),
    hub=HubSource("hfl/cmrc2018"),
)


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the development set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column, or a question has no answer.
    """
    return load_passages(DATA, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="cmrc",
    title="answers from passages in simplified Chinese",
    source="https://github.com/ymcui/cmrc2018",
    licence="CC BY-SA 4.0",
    tasks=("cmrc",),
    load=load,
    modes=("gen",),
    folders=DATA.folders,
    languages=("zh",),
    abilities=("understanding",),
    splits="dev; no examples",
    metric="exact_match",
    verified="prompt: OpenCompass CLUE_CMRC_gen_1bd3c8",
    data_checked="CMRC 2018 dev",
)

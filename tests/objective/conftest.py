"""What tests of the objective side share: one folder of small models, and the published tasks, read once."""

from pathlib import Path

import pytest

from objective.catalog import select_tasks
from objective.task import Task

CMMLU_HERE = (
    "agronomy", "chinese_driving_rule", "college_actuarial_science", "computer_science", "elementary_chinese",
    "global_facts", "human_sexuality", "management", "professional_law", "traditional_chinese_medicine",
)  # fmt: skip
PUBLISHED = {
    "cmmlu": [f"cmmlu-{name}" for name in CMMLU_HERE],
    "agieval": ["agieval"],
    "arc": ["arc-challenge"],
    "gsm8k": ["gsm8k"],
}
"""Tasks of the public data by family."""


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which `local_models.save` keeps each model once for the whole run. Copy a model to change it."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def published_tasks(shared_data: Path) -> dict[str, list[Task]]:
    """The tasks of `PUBLISHED` by family."""
    found = {}
    for family, names in PUBLISHED.items():
        selection = select_tasks(names, data_dir=shared_data / "objective")
        assert selection.unready == ()
        found[family] = list(selection.ready)
    return found

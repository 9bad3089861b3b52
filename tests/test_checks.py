"""The same checks everywhere: `make lint`, CI and the hooks before a commit."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def recipe(target: str) -> list[str]:
    """The commands of a target of the Makefile, each from the project's environment."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert found, f"no target {target}"
    return [line.strip().replace("$(BIN)/", ".venv/bin/") for line in found[1].splitlines()]


def test_a_commit_is_checked_by_the_commands_of_make_lint() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^ +entry: (.+)$", hooks, re.MULTILINE) == recipe("lint")
    assert re.findall(r"^ +- repo: (.+)$", hooks, re.MULTILINE) == ["local"], "a hook that is fetched"


@pytest.mark.parametrize("target", ["lint", "test"])
def test_ci_runs_the_targets_of_the_makefile(target: str) -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(rf"make --no-print-directory {target}$", script, re.MULTILINE)
    assert not re.search(r"-m pytest|bin/ruff|bin/mypy|lint-imports", script), "a check of CI alone"

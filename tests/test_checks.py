"""The same checks everywhere: `make lint`, CI and the hooks before a commit."""

import re
import subprocess
import sys
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


@pytest.mark.parametrize(
    ("option", "code", "said"),
    [
        ("--branches {}", pytest.ExitCode.USAGE_ERROR, "got none; write --branches=FILE as one word"),
        ("--branches={}", pytest.ExitCode.OK, "@pytest.mark.postgres: needs a PostgreSQL server"),
    ],
)
def test_branches_are_never_measured_without_the_configuration(
    option: str, code: int, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "branches.json"
    file.write_text("{}", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--noconftest", "--markers", "-p", "tests.branches"]
    done = subprocess.run(
        [*command, *option.format(file).split(" ")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert said in done.stdout + done.stderr

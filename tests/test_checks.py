"""The same checks everywhere: `make lint`, CI and the hooks before a commit."""

import re
import shutil
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


HALF = "def tried() -> int:\n    return 1\n\n\ndef untried() -> int:\n    first = 1\n    return first + 1\n"
TRIED = "from app.half import tried\n\n\ndef test_it() -> None:\n    assert tried() == 1\n"
SKIPPED = f"import pytest\n{TRIED}\n\ndef test_no() -> None:\n    pytest.skip('no tool')\n"
REASON = '"app/half.py" = "ends with its process"\n'


@pytest.mark.parametrize(
    ("tests", "reasons", "code", "said"),
    [
        (
            TRIED,
            '"app/gone.py" = "x"\n',
            1,
            [
                "FAILED app/half.py: expected 90 % of its lines and branches to be reached, got 60 %",
                "FAILED tests/uncovered.toml: app/gone.py is not measured; remove its line",
            ],
        ),
        (TRIED, REASON, 0, ["app/half.py: ends with its process; missing 6-7"]),
        (SKIPPED, "", 0, ["app/half.py: no reason given; missing 6-7", "not judged: a test was skipped", "no tool"]),
    ],
    ids=["too little", "a reason", "a skipped test"],
)
def test_a_run_fails_for_a_file_that_tests_hardly_reach_unless_there_is_a_reason(
    tests: str, reasons: str, code: int, said: list[str], tmp_path: Path
) -> None:
    files = {
        **{f"{package}/__init__.py": "" for package in ("app", "arena", "judging", "objective", "storage")},
        "app/half.py": HALF,
        "tests/__init__.py": "",
        "tests/test_half.py": tests,
        "tests/uncovered.toml": reasons,
        "pytest.ini": "[pytest]\ntestpaths = tests\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in ("branches.py", "probed_code.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests")
    plugins = ["-p", "tests.branches", "-p", "no:cacheprovider", "--branches-judge"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins]
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "XDG_CACHE_HOME": str(tmp_path)}  # other plugins cost a second
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert all(line in ran.stdout for line in said), ran.stdout
    assert ("FAILED" in ran.stdout) == (code == 1)

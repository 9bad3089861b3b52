"""The extensions of CONTRIBUTING.md, followed as they are written in a copy of the source."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo_file import shared_demo
from tests.docs.blocks import Block, blocks_of
from tests.docs.running import prepare

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
PACKAGES = ("app", "arena", "judging", "objective", "storage")


@pytest.mark.timeout(240)  # fills the example and imports Gradio a second time
def test_the_extensions_work_as_contributing_shows_them(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(PAGE, tmp_path)
    prepare(PAGE, tmp_path, lambda: shared_demo(tmp_path_factory))
    for block in blocks_of(PAGE):
        if block.language == "diff":
            change(tmp_path, block)
        elif block.title:
            path = tmp_path / block.title
            assert not path.exists(), f"{block.place}: {block.title} is no new file"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    run = subprocess.run(
        [sys.executable, "-m", "tests.docs.following_contributing"],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": paths, "GRADIO_ANALYTICS_ENABLED": "False"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout == "all work\n"


def change(tree: Path, block: Block) -> None:
    """Add the lines that a `diff` block shows to a file of the tree.

    A line that begins with a space is found in the file, below the one before it; `+` lines follow it; `-` is replaced.
    """
    path = tree / block.title
    lines = path.read_text(encoding="utf-8").splitlines()
    place = 0
    for line in block.lines:
        mark, text = line[0], line[1:]
        if mark == "+":
            lines.insert(place, text)
            place += 1
            continue
        found = [number for number in range(place, len(lines)) if lines[number] == text]
        assert found, f"{block.place}: {block.title} has no line {text!r} there"
        if mark == "-":
            del lines[found[0]]
        place = found[0] + (mark == " ")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_change_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "catalog.py").write_text("first\nlast\n", encoding="utf-8")
    change(tmp_path, Block("page:1", "diff", [" first", "+second"], "catalog.py"))
    assert (tmp_path / "catalog.py").read_text(encoding="utf-8") == "first\nsecond\nlast\n"
    with pytest.raises(AssertionError, match="no line 'third'"):
        change(tmp_path, Block("page:1", "diff", [" third", "+fourth"], "catalog.py"))

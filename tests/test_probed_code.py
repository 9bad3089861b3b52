"""Code that was kept counts what SlipCover's own would count."""

import ast
from pathlib import Path
from typing import Any

import pytest
import slipcover
from slipcover import branch

from tests.probed_code import ProbedCode

SOURCE = '''
"""A module."""

def sign(number):
    if number > 0:
        return "above"
    for _ in range(number, 0):
        try:
            number += 1
        except ValueError:
            raise
    return (lambda: "below", lambda: "below")[number == 0]()

class Thing:
    """A class with a closure."""

    def each(self, *names: str) -> list[str]:
        def one(name: str) -> str:
            return name.upper() if name else "-"
        return [one(name) for name in names]

found = sign(1), Thing().each("a"), [name for name in "ab" if name > "a"]
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "package" / "module.py"
    made.parent.mkdir()
    made.write_text(SOURCE, encoding="utf-8")
    return made


def new() -> slipcover.Slipcover:
    return slipcover.Slipcover(branch=True, d_miss_threshold=10)


def kept(path: Path, measurement: slipcover.Slipcover) -> Any:
    return ProbedCode(measurement, path.parents[1], path.parents[1] / "kept").of(path)


def reached(code: Any, measurement: slipcover.Slipcover, calls: int) -> tuple[Any, list[Any]]:
    """What the code gave and what was counted, in all and after each call of a function."""
    names: dict[str, Any] = {}
    exec(code, names)
    counts = []
    for number in range(calls):
        names["sign"](-number)
        counts.append(measurement.get_coverage()["files"])
    return names["found"], counts


def test_made_and_kept_code_count_what_slipcover_counts_by_itself(path: Path) -> None:
    own = new()
    tree = branch.preinstrument(ast.parse(path.read_bytes()))
    expected = reached(own.instrument(compile(tree, str(path), "exec")), own, calls=50)
    first, later = new(), new()
    made = reached(kept(path, first), first, calls=50)
    assert made == expected
    code = kept(path, later)
    assert reached(code, later, calls=50) == expected
    assert code.co_filename == str(path)
    assert expected[0] == ("above", ["A"], ["b"])
    (counted,) = expected[1][-1].values()
    assert counted["missing_lines"], "the except branch"


@pytest.mark.parametrize("damage", ["", "cut", "another file"])
def test_another_version_and_a_damaged_file_are_made_anew(path: Path, damage: str) -> None:
    kept(path, new())
    (file,) = (path.parents[1] / "kept").iterdir()
    if damage:
        file.write_bytes(file.read_bytes()[:100] if damage == "cut" else b"i\1\0\0\0")
    else:
        path.write_text("found = 2\n", encoding="utf-8")
    measurement = new()
    assert reached(kept(path, measurement), measurement, calls=0)[0] == (2 if not damage else ("above", ["A"], ["b"]))
    assert [file] == list((path.parents[1] / "kept").iterdir())

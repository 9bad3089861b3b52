"""Code with SlipCover's probes, made once for each version of a file and kept for later runs.

To parse a file, to note its branches and to set probes takes the time of a test: for all files some 25 seconds in each
process of a run. Probes cannot be written to a file, so marks stand for them in what is kept.
"""

import ast
import hashlib
import importlib.util
import marshal
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

import pytest
import slipcover
from slipcover import branch, importer, probe
from slipcover import slipcover as instrumenting
from slipcover.version import __version__

FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "evenhand" / "probes"
SIGNAL = "\0signal"
PROBE = "\0probe"
VERSION = b"\0".join((__version__.encode(), importlib.util.MAGIC_NUMBER, Path(__file__).read_bytes()))
FEW = 20
"""So many files are not worth processes of their own."""

Label = int | tuple[int, int]
"""A line, or a branch from a line to a line."""


class Marked(NamedTuple):
    """What is kept of a file.

    Attributes:
        digest: tells its version from all others.
        code: its code, in which marks stand for the probes.
        lines: all lines with code.
        branches: all branches.
        places: where each code object has which probe, those inside it first.
    """

    digest: bytes
    code: CodeType
    lines: list[int]
    branches: list[tuple[int, int]]
    places: list[list[tuple[int, Label]]]


class MarkMaker:
    """Stands for SlipCover's module of probes while marks are made."""

    signal = SIGNAL

    @staticmethod
    def new(_measurement: object, _file: str, label: Label, _threshold: int) -> tuple[str, Label]:
        """The mark of a probe."""
        return (PROBE, label)


class ProbedCode:
    """Gives modules their code with the probes of one measurement."""

    def __init__(self, measurement: slipcover.Slipcover, root: Path, folder: Path = FOLDER) -> None:
        """Look for what is kept.

        Args:
            measurement: counts the probes.
            root: above all measured files.
            folder: keeps what was made.
        """
        self._measurement = measurement
        self._root = root
        self._folder = folder

    def load(self) -> None:
        """Load whatever SlipCover's loader is asked for from now on."""
        original = importer.SlipcoverLoader.exec_module

        def exec_module(loader: importer.SlipcoverLoader, module: ModuleType) -> None:
            if not isinstance(loader.orig_loader, SourceFileLoader):
                original(loader, module)
                return
            self._measurement.register_module(module)
            exec(self.of(loader.origin), module.__dict__)

        importer.SlipcoverLoader.exec_module = exec_module

    def of(self, path: Path) -> CodeType:
        """The code of a file."""
        marked = self._kept(path) or self._made(path)
        name = str(path)
        with self._measurement.lock:
            self._measurement.code_lines[name].update(marked.lines)
            self._measurement.code_branches[name].update(marked.branches)
            code = self._with_probes(marked.code, name, iter(marked.places))
            self._measurement.instrumented[name].add(code)
        return code

    def parts(self, path: Path) -> tuple[set[int], set[tuple[int, int]]]:
        """The lines and the branches of a file."""
        marked = self._kept(path) or self._made(path)
        return set(marked.lines), set(marked.branches)

    def make(self, paths: Sequence[Path]) -> None:
        """Make what is not kept yet, by all processors."""
        lacking = [path for path in paths if self._kept(path) is None]
        if len(lacking) <= FEW:
            return
        with ProcessPoolExecutor() as pool:
            for _ in pool.map(partial(_keep, self._root, self._folder), lacking, chunksize=FEW):
                pass

    def _with_probes(self, marked: CodeType, name: str, places: Iterator[list[tuple[int, Label]]]) -> CodeType:
        def real(constant: Any) -> Any:
            if isinstance(constant, CodeType):
                return self._with_probes(constant, name, places)
            if type(constant) is tuple and constant and constant[0] == PROBE:
                return probe.new(self._measurement, name, constant[1], self._measurement.d_miss_threshold)
            return probe.signal if type(constant) is str and constant == SIGNAL else constant

        code = marked.replace(co_consts=tuple(map(real, marked.co_consts)), co_filename=name)
        self._measurement.code2index[code] = next(places)
        return code

    def _kept(self, path: Path) -> Marked | None:
        return _read(self._root, self._folder, path)

    def _made(self, path: Path) -> Marked:
        return _make(self._root, self._folder, path)


def _place(root: Path, folder: Path, path: Path) -> Path:
    return folder / ".".join(path.relative_to(root).with_suffix("").parts)


def _digest(source: bytes) -> bytes:
    return hashlib.sha256(VERSION + source).digest()


def _read(root: Path, folder: Path, path: Path) -> Marked | None:
    """What is kept of this version of a file."""
    try:
        digest, *rest = marshal.loads(_place(root, folder, path).read_bytes())
    except (OSError, EOFError, TypeError, ValueError):
        return None
    return Marked(digest, *rest) if digest == _digest(path.read_bytes()) else None


def _make(root: Path, folder: Path, path: Path) -> Marked:
    """Parse a file, mark its probes, and keep that where the folder can be written."""
    source, name = path.read_bytes(), str(path)
    maker = slipcover.Slipcover(branch=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(instrumenting, "probe", MarkMaker)
        code = maker.instrument(compile(branch.preinstrument(ast.parse(source)), name, "exec", dont_inherit=True))
    places = [maker.code2index[each] for each in _inner_first(code)]
    marked = Marked(_digest(source), code, [*maker.code_lines[name]], [*maker.code_branches[name]], places)
    target = _place(root, folder, path)
    part = target.with_name(f"{target.name}.{os.getpid()}")
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(marshal.dumps(tuple(marked)))
        part.replace(target)  # a file of that name is always whole
    return marked


def _keep(root: Path, folder: Path, path: Path) -> None:
    _make(root, folder, path)  # code itself cannot travel between processes


def _inner_first(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _inner_first(constant)
    yield code

"""Seconds until the page of `evenhand demo` answers, against those of `import gradio` in the same interpreter.

    python -m tests.benchmarks.demo_start                      # warm: everything is installed and compiled
    python -m tests.benchmarks.demo_start --from-nothing A B   # `make demo` of checkouts without an environment

Both sides are started in turns, so that a busy machine slows both down. Linux only: processor seconds come from /proc.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from app.web.serving import take_port

LIMIT = 1.5
PATIENCE_SECONDS = 900
COMPILES = {"PYTHONDONTWRITEBYTECODE": ""}
"""Warm means compiled; the round that is not counted must be allowed to keep what it compiles."""


class Taken(NamedTuple):
    """What a process took: seconds on the clock and of the processor."""

    wall: float
    cpu: float


def importing() -> Taken:
    """A process of its own that imports Gradio."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", "import gradio"], env=os.environ | COMPILES)
    _, _, used = os.wait4(process.pid, 0)
    return Taken(time.perf_counter() - began, used.ru_utime + used.ru_stime)


def answering(command: Sequence[str], folder: Path, *, port: int, variables: dict[str, str]) -> Taken:
    """From the start of a command until a page is served on the port; the command is ended then."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE_SECONDS:
                raise SystemExit(f"{' '.join(command)} in {folder} served nothing (exit code {process.poll()})")
            time.sleep(0.02)
        wall = time.perf_counter() - began
        ticks = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return Taken(wall, (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"))
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    """Whether the sign-in page is there; a port that is taken but not served yet lets this wait."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=PATIENCE_SECONDS) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def free_port() -> int:
    """A port that nobody listens on."""
    listener = take_port(port=0)
    with listener:
        return int(listener.getsockname()[1])


def warm(rounds: int) -> None:
    """Print both sides and their ratios."""
    imports, demos = [], []
    evenhand = str(Path(sys.executable).with_name("evenhand"))
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds + 1):
            imports.append(importing())
            command = [evenhand, "demo", "--no-browser", "--port", str(port := free_port())]
            demos.append(answering(command, Path(folder), port=port, variables=COMPILES))
    for what in Taken._fields:
        ours, theirs = ([getattr(taken, what) for taken in side[1:]] for side in (demos, imports))
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(f"{what}: evenhand demo {_spread(ours)}, import gradio {_spread(theirs)}, {ratio:.2f} (limit {LIMIT})")


def from_nothing(checkouts: Sequence[Path], rounds: int, *, keep_cache: bool) -> None:
    """Print what `make demo` takes in a fresh copy of each checkout."""
    seconds: dict[Path, list[float]] = {checkout: [] for checkout in checkouts}
    leave = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", "evenhand-demo*")
    for _ in range(rounds):
        for checkout in checkouts:
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / "checkout"
                shutil.copytree(checkout, copy, ignore=leave)
                variables = {} if keep_cache else {"UV_CACHE_DIR": f"{folder}/cache"}
                command = ["make", "demo", f"PORT={(port := free_port())}"]
                taken = answering(command, copy, port=port, variables=variables)
                seconds[checkout].append(taken.wall)
    for checkout, each in seconds.items():
        print(f"{checkout}: {_spread(each)}")


def _spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--from-nothing", type=Path, nargs="+", default=[], metavar="DIR")
    parser.add_argument("--keep-cache", action="store_true", help="let uv use what it downloaded before")
    options = parser.parse_args()
    if options.from_nothing:
        from_nothing(options.from_nothing, options.rounds, keep_cache=options.keep_cache)
    else:
        warm(options.rounds)


if __name__ == "__main__":
    main()

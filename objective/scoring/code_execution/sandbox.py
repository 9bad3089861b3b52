"""Runs a program of a model in a sandbox of Linux namespaces, and tells how it ended.

The program sees no network, no process but its own, and a file system that holds the libraries of Python read-only and
one small folder to write in, which is in memory and gone afterwards. Memory, time, processes, files and output are
limited. The namespaces need no root where the kernel lets users make them; started as root, the program runs as nobody.
Nothing runs without all of this: `check_sandbox` says what is missing.
"""

import json
import math
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Literal, get_args

from objective.causes import Cause, CauseCode, TaskProblem

ProgramState = Literal[
    "passed",
    "failed",
    "raised",
    "syntax_error",
    "timed_out",
    "out_of_memory",
    "printed_too_much",
    "started_process",
    "opened_socket",
    "wrote_outside",
    "filled_disk",
    "exited_early",
    "crashed",
]
"""How a program ended: all its tests passed, a test failed, or what else stopped it."""

STATES: tuple[ProgramState, ...] = get_args(ProgramState)
_INSIDE = Path(__file__).with_name("inside.py")
_TOOL = "unshare"
_SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/localtime")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/evenhand-program",
    "TMPDIR": "/evenhand-program",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_READ_BYTES = 65536
_START_SECONDS = 10.0
"""Time for the namespaces and Python to start, in addition to that of the program."""


@dataclass(frozen=True)
class SandboxLimits:
    """What a program may use.

    Attributes:
        seconds: time from its start, in seconds.
        memory: address space in bytes.
        output_bytes: bytes that it may print.
        disk_bytes: bytes of its folder.
    """

    seconds: float = 10.0
    memory: int = 1 << 30
    output_bytes: int = 1 << 20
    disk_bytes: int = 16 << 20


@dataclass(frozen=True)
class ProgramResult:
    """How a program ended.

    Attributes:
        state: kind of the end.
        text: type and first line of the error that ended it; empty without one.
    """

    state: ProgramState
    text: str = ""


def run_program(program: str, limits: SandboxLimits = SandboxLimits()) -> ProgramResult:
    """Run a Python program with its tests in the sandbox.

    Args:
        program: source text; it passes if it ends without an error.
        limits: what it may use.

    Raises:
        OSError: the sandbox cannot be started.
    """
    secret = secrets.token_hex(16)
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as task, os.fdopen(reading, "rb") as verdict:
        try:
            given = {"program": program, "secret": secret, "verdict": writing, "started": _STARTED.decode()}
            given |= {"seconds": math.ceil(limits.seconds) + 1, "memory": limits.memory}
            given |= {"folders": _folders(), "devices": _DEVICES, "disk_bytes": limits.disk_bytes}
            task.write(json.dumps(given).encode())
            task.seek(0)
            process = subprocess.Popen(  # noqa: S603  the purpose of the sandbox
                _command(),
                stdin=task,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                start_new_session=True,
                env=_ENVIRONMENT,
            )
        finally:
            os.close(writing)
        try:
            ended, printed = _follow(process, limits)
        finally:
            _kill(process)
        return ended or _read_verdict(verdict, secret, process.returncode, printed)


@cache
def check_sandbox() -> None:
    """Check that programs can be run here, by running one.

    Raises:
        TaskProblem: a tool or a right is missing; the message says which.
    """
    if sys.platform != "linux" or shutil.which(_TOOL) is None:
        raise _no_sandbox(f"the command {_TOOL} of Linux is missing")
    result = run_program("assert 1 + 1 == 2")
    if result.state != "passed":
        raise _no_sandbox(result.text or result.state)


def _no_sandbox(reason: str) -> TaskProblem:
    return TaskProblem(
        f"expected namespaces of Linux for the sandbox that runs programs, but {reason}; allow user namespaces on this "
        "machine, or use another one",
        Cause(CauseCode.no_sandbox, text=reason),
    )


def _follow(process: "subprocess.Popen[bytes]", limits: SandboxLimits) -> tuple[ProgramResult | None, bytes]:
    """Read what a program prints until it ends or goes beyond a limit."""
    output: IO[bytes] | None = process.stdout
    if output is None:
        raise ValueError("expected a process with a pipe")
    printed, last = b"", time.monotonic() + limits.seconds + _START_SECONDS
    started = False
    with selectors.DefaultSelector() as selector, output:
        selector.register(output, selectors.EVENT_READ)
        while True:
            left = last - time.monotonic()
            if left <= 0:
                return ProgramResult("timed_out"), printed
            if not selector.select(left):
                continue
            part = os.read(output.fileno(), _READ_BYTES)
            if not part:
                break
            if not started and part.startswith(_STARTED):
                started, part = True, part[len(_STARTED) :]
                last = time.monotonic() + limits.seconds
            printed += part
            if len(printed) > limits.output_bytes:
                return ProgramResult("printed_too_much"), printed
    try:
        process.wait(max(0.0, last - time.monotonic()))
    except subprocess.TimeoutExpired:
        return ProgramResult("timed_out"), printed
    return None, printed


_STARTED = b"\x00started\x00"
"""Printed before the program starts, so that making the sandbox does not count as time of the program."""


def _read_verdict(verdict: IO[bytes], secret: str, code: int | None, printed: bytes) -> ProgramResult:
    try:
        told = json.loads(verdict.read())
    except ValueError:
        told = {}
    if isinstance(told, dict) and told.get("secret") == secret and told.get("state") in STATES:
        return ProgramResult(told["state"], str(told.get("text", "")))
    last = printed.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1][:200]
    if code is not None and code > 128:
        name = signal.Signals(code - 128).name if code - 128 in {one.value for one in signal.Signals} else str(code)
        return ProgramResult("timed_out") if name == "SIGXCPU" else ProgramResult("crashed", name)
    if "MemoryError" in last:
        return ProgramResult("out_of_memory")
    return ProgramResult("exited_early", last)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the sandbox: with its first process, the kernel ends every process of its namespace."""
    if process.poll() is None:
        process.kill()
    process.wait()


def _command() -> list[str]:
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    namespaces = ["--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child=KILL"]
    return ["unshare", *user, *namespaces, sys.executable, "-IB", "-c", _INSIDE.read_text(encoding="utf-8")]


def _folders() -> list[str]:
    """The folders and files that Python needs, each once, an outer one before those in it."""
    own = (sys.prefix, sys.base_prefix, sys.exec_prefix, str(Path(sys.executable).resolve().parent))
    found = [folder for folder in (*_SYSTEM_FOLDERS, *own) if Path(folder).exists()]
    kept: list[str] = []
    for folder in found:
        if not any(folder == outer or folder.startswith(outer.rstrip("/") + "/") for outer in kept):
            kept.append(folder)
    return kept

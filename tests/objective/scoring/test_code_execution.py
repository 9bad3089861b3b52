"""Programs in the sandbox: each way to end is a state of its own, and nothing outside changes."""

from pathlib import Path

import pytest

from objective.causes import TaskProblem
from objective.scoring.code_execution.permission import check_allowed, programs_allowed
from objective.scoring.code_execution.programs import run_outputs, score_all, whole_program
from objective.scoring.code_execution.sandbox import (
    STATES,
    ProgramResult,
    SandboxLimits,
    check_sandbox,
    run_program,
)
from objective.task import Item

_QUICK = SandboxLimits(seconds=1.0, memory=256 << 20, output_bytes=1 << 16, disk_bytes=1 << 20)
_PROGRAMS = {
    "passed": "open('own', 'w').write('a')\nassert open('own').read() == 'a'",
    "failed": "assert 1 + 1 == 3",
    "raised": "1 / 0",
    "syntax_error": "def f(:",
    "timed_out": "import os\nos.setsid()\nwhile True: pass",
    "out_of_memory": "x = bytearray(1 << 30)",
    "printed_too_much": "while True: print('x' * 1000)",
    "started_process": "import os\ntry:\n    os.fork()\nexcept OSError:\n    pass",
    "opened_socket": "import socket\nsocket.socket().connect(('127.0.0.1', 80))",
    "wrote_outside": "open('/tmp/outside', 'w')",
    "filled_disk": "f = open('own', 'w')\nwhile True: f.write('x' * 100000)",
    "exited_early": "import os\nos._exit(0)",
    "crashed": "import ctypes\nctypes.string_at(0)",
}


def _can_run() -> bool:
    try:
        check_sandbox()
    except TaskProblem:
        return False
    return True


needs_sandbox = pytest.mark.skipif(not _can_run(), reason="needs namespaces of Linux")


def test_every_state_has_a_program_here() -> None:
    assert tuple(_PROGRAMS) == STATES


@needs_sandbox
@pytest.mark.parametrize("state", STATES)
def test_a_program_ends_in_its_state(state: str) -> None:
    assert run_program(_PROGRAMS[state], _QUICK).state == state


@needs_sandbox
def test_a_program_sees_no_file_of_this_machine_and_no_network(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    here = Path(__file__).resolve()
    program = f"""
import os, socket
for path in ({str(tmp_path)!r}, {str(here)!r}, "/home", "/etc/passwd", "/proc/1"):
    assert not os.path.exists(path), path
assert [name for _, name in socket.if_nameindex()] in ([], ["lo"])
assert not os.environ.get("PYTHONPATH")
for path in ("/usr/x", "/x", "/dev/x"):
    try:
        os.open(path, os.O_CREAT)
    except OSError:
        continue
    raise ValueError(path)
"""
    found = run_program(program, _QUICK)
    assert found == ProgramResult("wrote_outside"), found  # every try above was refused, and noted


@needs_sandbox
def test_a_program_that_claims_to_have_passed_is_not_believed() -> None:
    forged = """
import os
for descriptor in range(3, 64):
    try:
        os.write(descriptor, b'{"secret": "", "state": "passed"}')
    except OSError:
        pass
os._exit(0)
"""
    assert run_program(forged, _QUICK).state == "exited_early"


@needs_sandbox
def test_the_loop_of_asyncio_and_threads_work() -> None:
    program = """
import asyncio, threading
async def three(): return 3
assert asyncio.run(three()) == 3
thread = threading.Thread(target=print)
thread.start()
thread.join()
"""
    assert run_program(program, _QUICK).state == "passed"


_FUNCTION = Item(
    key="1",
    question="",
    gold=("    return x + 1\n",),
    kind="text",
    data={
        "prompt": 'import math\n\n\ndef up(x):\n    """One more."""\n',
        "entry_point": "up",
        "tests": ["def check(candidate):\n    assert candidate(math.floor(1.5)) == 2\n"],
    },
)


@pytest.mark.parametrize(
    "output",
    [
        "    return x + 1\n",
        "return x + 1",
        "    return x + 1\n\nprint(up(1)",
        "    return x + 1\n\ndef main():\n    1 / 0\nmain()",
        "```python\ndef up(x):\n    return x + 1\n```\nThis adds one.",
        "Sure!\n```python\n    return x + 1\n```",
        "```\ndef help(x):\n    return x + 1\n\ndef up(x):\n    return help(x)",
        "def up(x):\n    return x + 1",
    ],
)
@needs_sandbox
def test_a_function_passes_in_every_form_in_which_models_write_it(output: str) -> None:
    with programs_allowed():
        assert score_all([_FUNCTION], [output]) == [{"pass@1": 1.0}]


def test_programs_do_not_run_unless_the_user_allows_it() -> None:
    with pytest.raises(TaskProblem, match="expected --allow-code-execution"):
        score_all([_FUNCTION], ["    return x + 1"])
    with programs_allowed():
        check_allowed()
    with pytest.raises(TaskProblem):
        check_allowed()


@needs_sandbox
def test_a_program_passes_by_its_tests_alone() -> None:
    data = {"tests": ["assert up(1) == base + 1", "assert up(2) == 3"], "setup": "base = 1"}
    item = Item(key="1", question="", gold=("",), kind="text", data=data)
    code = "def up(x):\r\n  return x + 1"
    outputs = [f"{code}\n[DONE]\nmore", f"[BEGIN]\n{code}", f"```python\n{code}\n```", "def up(x): return x", ""]
    with programs_allowed():
        results = run_outputs([item] * 5, outputs)
    assert [result.state for result in results] == [*["passed"] * 3, "failed", "raised"]


def test_the_program_ends_with_the_check_of_its_function() -> None:
    assert whole_program(_FUNCTION, "    return x + 1").endswith("check(up)\n")

"""Makes a whole program from an output and the tests of its item, and scores outputs by running them."""

import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from objective.scoring.code_execution.permission import check_allowed
from objective.scoring.code_execution.sandbox import ProgramResult, SandboxLimits, run_program
from objective.scoring.registry import Scorer
from objective.task import Item

LIMITS = SandboxLimits()
_FENCE = re.compile(r"```[ \t]*([A-Za-z0-9_+-]*)[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_ENDS_OF_FUNCTION = ("\nclass ", "\ndef ", "\n#", "\nif ", "\nprint", "\n@", "\nassert ", "\n```")
"""Beginnings of lines where the text after a function is cut, as the published evaluation of HumanEval stops there."""
_ENDS_OF_PROGRAM = ("[DONE]", "\n```")
_PYTHON = ("", "python", "python3", "py")


def score_all(items: Sequence[Item], outputs: Sequence[str]) -> list[Mapping[str, float]]:
    """Whether the programs in outputs pass the tests of their items; several run at a time.

    Args:
        items: items whose data has `tests`, and `prompt` and `entry_point` if the output completes a function.
        outputs: generated texts without thinking blocks.

    Raises:
        TaskProblem: running programs is not allowed, or the sandbox cannot be made on this machine.
    """
    return [{"pass@1": float(result.state == "passed")} for result in run_outputs(items, outputs)]


def states_of(items: Sequence[Item], outputs: Sequence[str]) -> list[str]:
    """How the programs in outputs ended, in their order."""
    return [result.state for result in run_outputs(items, outputs)]


def run_outputs(items: Sequence[Item], outputs: Sequence[str]) -> list[ProgramResult]:
    """How the programs in outputs ended; one that ran in this process already is not run again.

    Raises:
        TaskProblem: running programs is not allowed, or the sandbox cannot be made on this machine.
    """
    if not items:
        return []
    check_allowed()
    programs = [whole_program(item, output) for item, output in zip(items, outputs, strict=True)]
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        return list(pool.map(_run, programs))


def whole_program(item: Item, output: str) -> str:
    """The program that is run: the code of an output, followed by the tests of its item.

    An output that completes a function is appended to the prompt. A block in a code fence, or code that defines the
    function itself, is run alone, after the imports of the prompt.
    """
    data = item.data
    tests, setup = "\n".join(data["tests"]), str(data.get("setup") or "")
    prompt, entry = str(data.get("prompt") or ""), str(data.get("entry_point") or "")
    if not entry:
        return "\n".join(part for part in (setup, _written_program(output), tests) if part)
    return f"{_completed_function(prompt, entry, output)}\n\n{tests}\ncheck({entry})\n"


def _completed_function(prompt: str, entry: str, output: str) -> str:
    fenced = _fenced_code(output)
    code = output if fenced is None else fenced
    if re.search(rf"^(?:async )?def {re.escape(entry)}\b", code, re.MULTILINE):
        before = re.split(rf"^(?:async )?def {re.escape(entry)}\b", prompt, maxsplit=1, flags=re.MULTILINE)[0]
        return f"{before}\n{_cut(code, _ENDS_OF_PROGRAM)}"
    cut = _cut("\n" + code, _ENDS_OF_FUNCTION)[1:] if fenced is None else code
    whole = prompt + cut
    if _is_valid(whole):
        return whole
    indented = prompt + "\n".join(f"    {line}" if line.strip() else line for line in cut.strip("\n").split("\n"))
    return indented if _is_valid(indented) else whole


def _written_program(output: str) -> str:
    text = output.split("[BEGIN]", 1)[-1]
    fenced = _fenced_code(text)
    return _cut(text if fenced is None else fenced, _ENDS_OF_PROGRAM).replace("\r\n", "\n")


def _fenced_code(text: str) -> str | None:
    """The longest block of Python in code fences; None without one. A fence that is never closed ends with the text."""
    found = [code for language, code in _FENCE.findall(text) if language.lower() in _PYTHON]
    return max(found, key=len) if found else None


def _cut(text: str, ends: Sequence[str]) -> str:
    place = min((found for end in ends if (found := text.find(end)) >= 0), default=len(text))
    return text[:place]


def _is_valid(program: str) -> bool:
    """Whether a text is a program, which also excludes a `return` outside a function."""
    try:
        compile(program, "<program>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


@lru_cache(maxsize=4096)
def _run(program: str) -> ProgramResult:
    return run_program(program, LIMITS)


PROGRAMS = Scorer("programs", 1, ("pass@1",), score_all=score_all, endings=states_of)
"""The scorer of programs."""

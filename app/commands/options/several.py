"""Several values after one option, as other harnesses take them: `--model-kwargs device_map=auto use_cache=False`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from typer.core import TyperCommand

_VALUES: Mapping[str, re.Pattern[str]] = {
    "--tokenizer-kwargs": re.compile(r"[A-Za-z_]\w*=.*|\{.*", re.DOTALL),
    "--model-kwargs": re.compile(r"[A-Za-z_]\w*=.*|\{.*", re.DOTALL),
    "--tasks": re.compile(r"[^-].*", re.DOTALL),
    "--datasets": re.compile(r"[^-].*", re.DOTALL),
}
"""Options that may be followed by several values, each with the form of such a value."""
_TIMES: Mapping[str, re.Pattern[str]] = dict.fromkeys(("-r", "--reuse"), re.compile(r"latest|\d{8}_\d{6}"))
"""Options that other harnesses follow by the time of a run; here, every stored output of an equal prompt is reused."""


class SeveralValues(TyperCommand):
    """A command whose options may be followed by several values."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  Typer's own context has no public name
        """Parse the arguments, with each further value after its option repeated."""
        return list(super().parse_args(ctx, list(repeat_options(args))))


def repeat_options(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments with an option repeated before each of its further values."""
    option, is_first = "", False
    for place, text in enumerate(arguments):
        if text == "--":
            yield from arguments[place:]
            return
        if text.startswith("-"):
            option, is_first = text, True
        elif option in _TIMES and _TIMES[option].fullmatch(text):
            continue
        elif not is_first and option in _VALUES and _VALUES[option].fullmatch(text):
            yield option
        else:
            is_first = False
        yield text

"""Work of a piece of code as a number of calls, which is the same on every machine and under every load."""

import cProfile
from collections.abc import Callable
from types import CodeType

PROBE = "slipcover.probe.signal"
"""The call by which SlipCover notes a line, in a run that measures what the tests reach."""


def count_calls(work: Callable[[], object]) -> int:
    """Calls of Python and C functions that `work` makes in this thread; what one C call does inside is not seen."""
    profile = cProfile.Profile(builtins=True)
    profile.runcall(work)
    return sum(
        entry.callcount for entry in profile.getstats() if isinstance(entry.code, CodeType) or PROBE not in entry.code
    )

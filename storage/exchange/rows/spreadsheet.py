"""Guard text cells of a CSV file against being run as formulas by a spreadsheet, and remove the guard.

A file of its own because both directions must stay each other's exact inverse. The guard is one `'` before
text that starts with `= + - @`, a tab or a carriage return, also after quotes, spaces or a byte order mark.
"""

import re

_RISKY = re.compile("[\ufeff'\" ]*[=+\\-@\t\r]")


def guarded(text: str) -> str:
    """The text with a guard where it needs one."""
    return f"'{text}" if _RISKY.match(text) else text


def unguarded(cell: str) -> str:
    """The text without the guard of `guarded`."""
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell, 1) else cell

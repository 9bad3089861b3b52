"""The code blocks of a Markdown page: what they show, what they want, and what they print when they are run.

- `console`: each line after `$ ` is a command; the lines below it, if there are any, are its output.
- `python`: run in one namespace per page; a `text` block right below it is its output.
- any language with `title="FILE"`: the content of a file that the commands below it read; only `diff` shows a change.

In an output `…` stands for anything within a line, or alone on a line for any lines. A comment above a block says what
is special about it: `<!-- not run: WHY -->`, `<!-- needs: local -->` (an extra), `<!-- exits with: 1 -->`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NOT_RUN, NEEDS, EXITS_WITH = "not run", "needs", "exits with"
_RUNNABLE = ("console", "python", "bash")
_FENCE = re.compile(r"^```(\w*)(.*)$")
_COMMENT = re.compile(rf"^<!-- ({NOT_RUN}|{NEEDS}|{EXITS_WITH}): (.+) -->$")
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass
class Block:
    """One fenced block.

    Attributes:
        place: page and line, for messages.
        language: word after the fence.
        lines: content.
        title: name of the file that the block holds, empty for none.
        notes: comments above the block, by their first words.
        follows: whether it stands right below another block.
    """

    place: str
    language: str
    lines: list[str]
    title: str = ""
    notes: dict[str, str] = field(default_factory=dict)
    follows: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    @property
    def is_runnable(self) -> bool:
        return self.language in _RUNNABLE and not self.title


@dataclass(frozen=True)
class Command:
    """A command of a console block, and the output shown below it; None if nothing is shown."""

    place: str
    text: str
    output: str | None


def blocks_of(page: Path) -> Iterator[Block]:
    """Every fenced block of a page, in order."""
    notes: dict[str, str] = {}
    block: Block | None = None
    just_ended = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        fence = _FENCE.match(line)
        if block is not None:
            if line == "```":
                yield block
                block, just_ended, notes = None, True, {}
            else:
                block.lines.append(line)
        elif fence is not None:
            title = _TITLE.search(fence[2])
            block = Block(f"{page.name}:{number}", fence[1], [], title[1] if title else "", notes, just_ended)
        elif comment := _COMMENT.match(line):
            notes = notes | {comment[1]: comment[2]}
        elif line.strip():
            notes, just_ended = {}, False
    assert block is None, f"{page.name}: a block is not closed"


def commands_of(block: Block) -> list[Command]:
    """The commands of a console block with what is shown below each."""
    found: list[Command] = []
    lines = iter(block.lines)
    shown: list[str] = []
    for line in lines:
        if not line.startswith("$ "):
            shown.append(line)
            continue
        _close(found, shown)
        text = line.removeprefix("$ ")
        while text.endswith("\\"):
            text = text.removesuffix("\\") + next(lines).removeprefix("> ").strip()
        found.append(Command(block.place, text, None))
        shown = []
    _close(found, shown)
    return found


def _close(found: list[Command], shown: list[str]) -> None:
    if not any(line.strip() for line in shown):
        return
    assert found, f"expected a command before its output, got {shown[0]!r}"
    found[-1] = Command(found[-1].place, found[-1].text, "\n".join(shown))


def matches(shown: str, printed: str) -> bool:
    """Whether a printed output is the one that a page shows."""
    pattern = ""
    for line in shown.strip().splitlines():
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(map(re.escape, line.rstrip().split("…"))) + r"\n"
    return re.fullmatch(pattern, plain(printed) + "\n") is not None


def plain(printed: str) -> str:
    """An output without white space at the ends of its lines and of the whole."""
    return "\n".join(line.rstrip() for line in printed.strip().splitlines())

"""Write what commands print into the pages that show it: `python -m tests.docs.rewriting docs/quickstart.md …`.

Only outputs that no longer match are replaced, so an output with `…` in it stays while it still holds. Look at the
difference before you commit it: a page must never be rewritten around a fault.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.demo_file import make_demo
from tests.docs import command_reference
from tests.docs.blocks import Command, matches, plain
from tests.docs.running import PageRun, continues, prepare, reply, working_directory
from tests.judging.chat_server import chat_server


def rewrite(page: Path, endpoint: str) -> int:
    """Run a page in a folder of its own; the number of outputs that were replaced."""
    text, replaced = page.read_text(encoding="utf-8"), 0

    def report(command: Command, printed: str) -> None:
        nonlocal text, replaced
        if command.output is not None and not matches(command.output, printed):
            before, line, after = text.partition(f"$ {command.text}\n")
            text = before + line + after.replace(command.output.strip("\n"), plain(printed), 1)
            replaced += bool(line)

    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as beside,
        working_directory(Path(folder)),
    ):
        run = PageRun(Path(folder), endpoint, os.environ.__setitem__, lambda: "postgres.db")
        before = continues(page)
        if before is not None:
            run.page(page.parent / before, lambda _command, _printed: None)
        prepare(page, Path(folder), lambda: make_demo(Path(beside) / "demo.db"))
        run.page(page, report)
    page.write_text(text, encoding="utf-8")
    return replaced


if __name__ == "__main__":
    command_reference.PAGE.write_text(command_reference.page(), encoding="utf-8")
    with chat_server() as server:
        server.script = reply
        os.environ["OPENAI_BASE_URL"] = server.url
        for name in sys.argv[1:]:
            print(name, rewrite(Path(name).resolve(), server.url))

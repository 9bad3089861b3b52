"""Run the commands of CONTRIBUTING.md in the working directory, a changed copy of the source, as a process of its own.

python -m tests.docs.following_contributing
"""

import os
from pathlib import Path
from types import SimpleNamespace

import app
from tests.docs.running import PageRun

PAGE = Path("CONTRIBUTING.md")


def main() -> None:
    """Run the page, and open the new tab as an administrator does."""
    folder = Path.cwd()
    assert Path(str(app.__file__)).is_relative_to(folder), f"expected the copy of the source, got {app.__file__}"
    run = PageRun(folder, "", os.environ.__setitem__, lambda: "")
    run.page(PAGE)
    # It fills itself, as the tabs do that are no HTML of our own.
    assert _listeners(run, "topics") == _listeners(run, "data") + 1, "the new tab must stop the timers of others"
    shown = _shown_tab(run)
    assert "<table" in shown and "Topics" in shown and "reasoning" in shown, shown
    print("all work")


def _listeners(run: PageRun, tab: str) -> int:
    """The number of listeners to the opening of a tab."""
    pages = run.names["pages"]
    (key,) = [key for key, part in pages.blocks.items() if getattr(part, "id", None) == tab]
    return sum((key, "select") in function.targets for function in pages.fns.values())


def _shown_tab(run: PageRun) -> str:
    """The HTML of the new tab, from the store and the namespace of the page's Python block."""
    visit = SimpleNamespace(username="admin", url=SimpleNamespace(scheme="http", netloc="127.0.0.1", path="/admin/"))
    (show,) = {
        function.fn.__func__: function.fn
        for function in run.names["pages"].fns.values()
        if type(getattr(function.fn, "__self__", None)).__name__ == "TopicsPage"
    }.values()
    return str(show(visit))


if __name__ == "__main__":
    main()

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
    shown = _shown_tab(run)
    assert "<table" in shown and "Topics" in shown and "reasoning" in shown, shown
    print("all six")


def _shown_tab(run: PageRun) -> str:
    """The HTML of the new tab, from the store and the namespace of the page's Python block."""
    visit = SimpleNamespace(username="admin", url=SimpleNamespace(scheme="http", netloc="127.0.0.1"))
    (show,) = {
        function.fn.__func__: function.fn
        for function in run.names["pages"].fns.values()
        if type(getattr(function.fn, "__self__", None)).__name__ == "TopicsPage"
    }.values()
    return str(show(visit))


if __name__ == "__main__":
    main()

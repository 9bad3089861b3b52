"""What the quick start of Gradio leaves as it is."""

import inspect
import subprocess
import sys
from typing import Any

import pytest

from app.web.gradio_start import no_stubs
from storage.database.engine import open_database
from tests.app.site import make_site

CHECK = """
import inspect, sys
written = []
sys.addaudithook(
    lambda event, found: event == "open" and str(found[0]).endswith(".pyi") and written.append(found[0])
)
find = inspect.getfile
from app.web.gradio_start import import_gradio
import_gradio()
assert inspect.getfile is find
assert not written, "no stub file is read or written"
import gradio as gr
from gradio import component_meta
assert inspect.getfile(gr.Textbox).endswith("textbox.py"), "its classes have their files again"
with gr.Blocks() as pages:
    box, button = gr.Textbox(), gr.Button()
    button.click(lambda text: text, [box], [box])
assert len(pages.fns) == 1
"""
PLAIN = """
import os, sys
opened = 0
def count(event, found):
    global opened
    if event == "open" and str(found[0]).endswith(".pyi"):
        opened += 1
        if opened > 10:
            os._exit(0)
sys.addaudithook(count)
import gradio
sys.exit(f"expected more than 10 stub files, got {opened}")
"""
"""Ends at the eleventh stub, since the rest of the import would tell no more."""


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_no_stub_file_is_touched_and_components_keep_their_events_and_their_source() -> None:
    run(CHECK)


def test_without_it_each_component_has_a_stub() -> None:
    """A Gradio that goes another way makes this fail, and `import_gradio` is needless."""
    run(PLAIN)


def test_only_classes_of_gradio_seem_to_have_no_file_and_only_meanwhile() -> None:
    box = type("Box", (), {"__module__": "gradio.components.box"})
    find = inspect.getfile
    with no_stubs():
        with pytest.raises(OSError):  # noqa: PT011  Gradio asks for no more than the class
            inspect.getfile(box)
        assert inspect.getfile(inspect.Signature) == find(inspect.Signature)
    assert inspect.getfile is find


def test_each_mount_makes_one_application_which_its_pages_know_and_looks_for_events_less_often(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Gradio that makes none elsewhere, or waits for events otherwise, lets the second half fail."""
    from gradio import Blocks, routes
    from starlette.routing import Mount

    made: list[Any] = []
    create = routes.App.create_app

    def counted(blocks: Blocks, *arguments: Any, **options: Any) -> Any:
        made.append(create(blocks, *arguments, **options))
        return made[-1]

    monkeypatch.setattr(routes.App, "create_app", staticmethod(counted))
    database = open_database(sqlite_url)
    site = make_site(database)
    database.close()
    assert len(made) == 2
    mounted = [route.app for route in site.application.routes if isinstance(route, Mount)]
    assert all(one in mounted and one.get_blocks().app is one for one in made)
    with Blocks() as pages:
        pass
    pages.queue()
    assert len(made) > 3
    assert all(one.get_blocks() is pages for one in made[2:])
    usual = pages._queue.sleep_when_free
    assert all(one.get_blocks()._queue.sleep_when_free >= 10 * usual > 0 for one in made[:2])

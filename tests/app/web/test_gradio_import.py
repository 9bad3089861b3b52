"""What the quick import of Gradio and the quick building of pages leave as they are."""

import inspect
import subprocess
import sys

CHECK = """
import inspect
find = inspect.getfile
from app.web.gradio_import import import_gradio
import_gradio()
assert inspect.getfile is find
import gradio as gr
from gradio import component_meta
assert inspect.getfile(gr.Textbox).endswith("textbox.py"), "its classes have their files again"
with gr.Blocks() as pages:
    box, button = gr.Textbox(), gr.Button()
    button.click(lambda text: text, [box], [box])
assert len(pages.fns) == 1
"""
BUILDS = """
import sys, tempfile
from app.wiring import make_web
from storage.database.engine import open_database
from app.web.gradio_import import import_gradio
import_gradio()
from gradio.routes import App
made, make = [], App.create_app
def counted(*arguments, **options):
    made.append(make(*arguments, **options))
    return made[-1]
App.create_app = staticmethod(counted)
with tempfile.TemporaryDirectory() as folder:
    database = open_database(folder + "/evenhand.db")
    mounts = [route.app for route in make_web(database).router.routes[-2:]]
    database.close()
assert App.create_app is counted, "Gradio makes applications again"
assert mounts == made, "an application for each mount, and no other"
assert [mount.blocks.app for mount in mounts] == mounts, "pages know the application that serves them"
assert "scipy.stats" not in sys.modules, "it takes a second, and no page needs it before somebody asks for a test"
"""
STUBS = """
import sys
from pathlib import Path
written = []
sys.addaudithook(
    lambda event, found: event == "open" and str(found[0]).endswith(".pyi") and written.append(found[0])
)
from app.web.gradio_import import import_gradio
import_gradio()
print(len(written))
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_components_keep_their_events_and_their_source() -> None:
    run(CHECK)


def test_each_page_makes_the_one_application_that_serves_it() -> None:
    run(BUILDS)


def test_no_stub_file_is_read_or_written() -> None:
    """Without it, each component's stub is; a Gradio that goes another way makes this fail and the module needless."""
    assert run(STUBS).split()[-1] == "0"
    plain = STUBS.replace("from app.web.gradio_import import import_gradio\nimport_gradio()", "import gradio")
    assert int(run(plain).split()[-1]) > 10
    assert inspect.getfile(inspect.Signature).endswith("inspect.py")

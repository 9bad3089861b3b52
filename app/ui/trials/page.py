"""The page for trying models in Gradio, and the texts of its script.

It looks and is used like the Arena page, with names in place of a vote.
"""

from app.ui.skeletons import add_skeleton
from app.ui.texts import page_texts
from app.web.static_files import address_of
from storage.values import Language

SKELETON = "trials/trial.html"
STYLE, SCRIPT = "trial.css", "trial.js"


def trial_texts(language: Language) -> dict[str, object]:
    """Return the texts for the page's script: `{"language": ..., "texts": {key: text}}`."""
    return page_texts(language, "live", "trials")


def trial_body() -> None:
    """Add the page to the current Blocks."""
    add_skeleton(SKELETON)


def trial_head() -> str:
    """Return the tags that the page's head needs beside those of the Arena page."""
    style = f'<link rel="stylesheet" href="{address_of(STYLE)}">'
    return f'{style}<script type="module" src="{address_of(SCRIPT)}"></script>'

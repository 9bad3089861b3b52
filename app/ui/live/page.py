"""The Arena page in Gradio, and the texts of its script.

The skeleton in `live.html` holds no text of users or models. `static/live.js` fills it from the JSON API and its
stream of events.
"""

from app.ui.skeletons import add_skeleton
from app.ui.texts import page_texts
from app.web.static_files import address_of
from storage.values import Language

SKELETON = "live/live.html"
STYLE, SCRIPT = "live.css", "live.js"


def live_texts(language: Language) -> dict[str, object]:
    """Return the texts for the page's script: `{"language": ..., "texts": {key: text}}`."""
    return page_texts(language, "live")


def live_body() -> None:
    """Add the page to the current Blocks."""
    add_skeleton(SKELETON)


def live_head() -> str:
    """Return the tags that the page's head needs beside those of the Compare page."""
    style = f'<link rel="stylesheet" href="{address_of(STYLE)}">'
    return f'{style}<script type="module" src="{address_of(SCRIPT)}"></script>'

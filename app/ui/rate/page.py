"""The Rate page in Gradio, and the texts of its script.

The skeleton in `rate.html` holds no text of users or models. `static/rate.js` fills it from the JSON API.
"""

from app.ui.skeletons import add_skeleton
from app.ui.texts import page_texts
from app.web.static_files import address_of
from storage.values import Language

SKELETON = "rate/rate.html"
STYLE, SCRIPT = "rate.css", "rate.js"


def rate_texts(language: Language) -> dict[str, object]:
    """Return the texts for the page's script: `{"language": ..., "texts": {key: text}}`."""
    return page_texts(language, "rate")


def rate_body() -> None:
    """Add the page to the current Blocks."""
    add_skeleton(SKELETON)


def rate_head() -> str:
    """Return the tags that the page's head needs beside those of the Compare page."""
    style = f'<link rel="stylesheet" href="{address_of(STYLE)}">'
    return f'{style}<script type="module" src="{address_of(SCRIPT)}"></script>'

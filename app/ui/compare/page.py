"""The Compare page in Gradio: one static component that our script fills.

The skeleton in `compare.html` holds no text of users or models. `static/compare.js` fills it from the JSON API,
so a vote costs no Gradio event; this page has none at all.
"""

import gradio as gr

from app.ui.skeletons import add_skeleton
from app.web.static_files import address_of

SKELETON = "compare/compare.html"
STYLES = ("tokens.css", "parts.css", "content.css", "pictures.css", "compare.css")
SCRIPT = "compare.js"


def compare_body() -> None:
    """Add the page to the current Blocks."""
    add_skeleton(SKELETON)


def compare_page() -> gr.Blocks:
    """Build a Blocks that holds the Compare page and nothing else."""
    with gr.Blocks(title="Evenhand", fill_width=True, analytics_enabled=False) as page:
        compare_body()
    return page


def compare_head() -> str:
    """Return the tags that the page's head needs, for `head=` of the mount that shows the page."""
    styles = "".join(f'<link rel="stylesheet" href="{address_of(name)}">' for name in STYLES)
    return f'{styles}<script type="module" src="{address_of(SCRIPT)}"></script>'

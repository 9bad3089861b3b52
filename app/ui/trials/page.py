"""The page for trying models in Gradio, and the texts of its script.

It looks and is used like the Arena page, with names in place of a vote.
"""

import json
from collections.abc import Mapping
from functools import cache

from app.ui.live.page import load_live_texts
from app.ui.skeletons import add_skeleton
from app.ui.texts import FOLDER, load_texts
from app.web.static_files import address_of
from storage.values import Language

SKELETON = "trials/trial.html"
STYLE, SCRIPT = "trial.css", "trial.js"


@cache
def load_trial_texts(language: Language) -> Mapping[str, str]:
    """Return the texts that only this page has, or has in its own words."""
    texts: dict[str, str] = json.loads((FOLDER / "trials" / f"{language}.json").read_text(encoding="utf-8"))
    return texts


def trial_texts(language: Language) -> dict[str, object]:
    """Return the texts for the page's script: `{"language": ..., "texts": {key: text}}`."""
    texts = {**load_texts(language), **load_live_texts(language), **load_trial_texts(language)}
    return {"language": language, "texts": texts}


def trial_body() -> None:
    """Add the page to the current Blocks."""
    add_skeleton(SKELETON)


def trial_head() -> str:
    """Return the tags that the page's head needs beside those of the Arena page."""
    style = f'<link rel="stylesheet" href="{address_of(STYLE)}">'
    return f'{style}<script type="module" src="{address_of(SCRIPT)}"></script>'

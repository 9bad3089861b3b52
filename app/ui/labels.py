"""Labels that Gradio translates in the browser, from the same table as the server's sentences."""

from typing import Any

import gradio as gr

from app.views.sentences import sentences


def translations() -> gr.I18n:
    """Every sentence in both languages, for `i18n=` of the mount; Gradio knows Chinese only as `zh-CN`."""
    return gr.I18n(en=dict(sentences("en")), **{"zh-CN": dict(sentences("zh"))})


def label(key: str) -> Any:  # noqa: ANN401  Gradio's marker stands wherever a text may
    """The marker of a sentence, for a label, a hint, a tab or a button.

    Raises:
        KeyError: there is no such sentence.
    """
    if key not in sentences("en"):
        raise KeyError(key)
    return gr.I18n()(key)

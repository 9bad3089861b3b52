"""Labels that Gradio translates in the browser, from the same texts as the server's sentences."""

from typing import Any

import gradio as gr

from app.views.sentences import sentences, template_of


def translations() -> gr.I18n:
    """Return all texts in both languages for `i18n=` of the mount; Gradio knows Chinese only as `zh-CN`."""
    return gr.I18n(en=dict(sentences("en")), **{"zh-CN": dict(sentences("zh"))})


def label(key: str) -> Any:  # noqa: ANN401  Gradio's marker stands wherever a text may
    """Return the translation marker of a text, for a label, hint, tab or button.

    Raises:
        KeyError: there is no text with this key.
    """
    template_of("en", key)
    return gr.I18n()(key)

"""The pages of raters in one Gradio application: Compare at `/` and Rate at `/rate`."""

import gradio as gr

from app.ui.compare.page import compare_body, compare_head
from app.ui.rate.page import rate_body, rate_head


def rater_pages() -> gr.Blocks:
    """Build a Blocks with both pages; neither has an event."""
    with gr.Blocks(title="Evenhand", fill_width=True, analytics_enabled=False) as pages:
        compare_body()
    with pages.route("Rate", "/rate"):
        rate_body()
    return pages


def rater_head() -> str:
    """Return the tags for the head of both pages."""
    return compare_head() + rate_head()

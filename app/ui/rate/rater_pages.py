"""The pages of raters in one Gradio application: Compare at `/`, Rate at `/rate`, Arena at `/arena`, Try at `/try`."""

import gradio as gr

from app.ui.compare.page import compare_body, compare_head
from app.ui.live.page import live_body, live_head
from app.ui.rate.page import rate_body, rate_head
from app.ui.trials.page import trial_body, trial_head


def rater_pages() -> gr.Blocks:
    """Build a Blocks with all pages; none has an event."""
    with gr.Blocks(title="Evenhand", fill_width=True, analytics_enabled=False) as pages:
        compare_body()
    with pages.route("Rate", "/rate"):
        rate_body()
    with pages.route("Arena", "/arena"):
        live_body()
    with pages.route("Try", "/try"):
        trial_body()
    return pages


def rater_head() -> str:
    """Return the tags for the head of all pages."""
    return compare_head() + rate_head() + live_head() + trial_head()

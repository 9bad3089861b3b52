"""The Rate page: scores of one response, or of all responses to a question, on several dimensions.

Files and folders, each after those that it builds on:

- `page`: The Rate page in Gradio, and the texts of its script.
- `rater_pages`: The pages of raters in one Gradio application: Compare at `/`, Rate at `/rate`,
  Arena at `/arena`.
"""

"""Untrusted text to safe HTML: Markdown, formulas and highlighted code.

Files and folders, each after those that it builds on:

- `formulas`: LaTeX formula -> MathML, or nothing when the formula cannot be shown faithfully.
- `markdown`: Markdown -> HTML text with formulas and highlighted code: the grammar half of the renderer.
- `html`: Untrusted text -> safe HTML: the only HTML sink of every page and of the report.
"""

"""Untrusted text to safe HTML: Markdown, formulas and highlighted code.

Files and folders, each after those that it builds on:

- `formulas`: LaTeX formulas to MathML, or nothing if a formula cannot be shown faithfully.
- `markdown`: Markdown to HTML with formulas and highlighted code, before sanitising.
- `html`: Untrusted text to safe HTML: the only HTML sink of all pages and of the report.
- `guidelines`: Guidelines for raters as HTML, with the part in the reader's language first.
"""

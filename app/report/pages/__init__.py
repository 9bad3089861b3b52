"""The document of a report as files for readers: one page per language, Markdown, and a model card entry.

Files and folders, each after those that it builds on:

- `layout`: The parts of a document in one language.
- `html_page`: A report as one HTML page without scripts, which works from a file.
- `markdown_file`: A report as Markdown.
- `model_card`: The results as an entry for model cards of the Hugging Face hub.
- `samples_page`: The samples of evaluation runs as one HTML page, which works from a file: filter by state, task, model
  and words.
"""

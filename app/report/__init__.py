"""A report: a static site with all results of a store or of files of votes, and the data to compute it again.

Files and folders, each after those that it builds on:

- `document`: The numbers of a report: what is computed, as tables of plain values with texts in both languages.
- `wording`: Texts of a report in both languages, read from `texts/`.
- `drawing/`: Plots: drawn once as lines, boxes and texts, and written as SVG and as PNG.
- `blocks`: The elements of a report's page, without markup.
- `parts/`: The parts of a report: each computes its numbers from published rows, and lays them out.
- `pages/`: The document as files for readers: one page per language, Markdown, and a model card entry.
- `inputs`: Stores and files of votes as the rows to publish.
- `files`: The files of a report, made from its document.
- `computing`: The document of published rows.
- `making`: Make a report: publish, compute, write.
- `differences`: What differs between two documents or two files, each named by its place.
- `verifying`: Verify a report: check digests, compute every number again, and name what differs.
"""

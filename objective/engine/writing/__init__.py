"""Generated texts: token by token, side by side, one by one, or by continuous batching.

Files and folders, each after those that it builds on:

- `drawing`: The next token of each text: the likeliest, or one drawn by the text's own random numbers; and what was
  likely.
- `texts`: A text that is being written: its tokens so far, when it ends, and what becomes of it.
- `alone`: Texts written one by one with the model's own cache: slower, but right for every architecture of
  transformers.
- `continuous`: Texts written by the continuous batching of transformers: a paged cache, and rows that come and go by
  themselves.
- `side_by_side`: Texts written side by side: a shared prompt is read once, a finished text leaves at once, another
  takes its place.
"""

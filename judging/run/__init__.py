"""A judge run: what is judged, what is asked for it, and what is stored of the replies.

Files and folders, each after those that it builds on:

- `judge`: The words of judging: who judges, what is judged, and everything that a verdict depends on.
- `items`: What to judge: which responses, alone or against which others.
- `rendering`: From an item and its texts to what the judge is sent, once for each order.
- `judgment_rows`: From replies to what is stored: one verdict for each reply, one outcome for each item.
- `plan`: What a run has to ask: everything that is not judged yet, equal requests once, with what it may cost.
- `replay`: Judge with replies that were recorded: by this tool or by others, for these very responses.
- `judge_run`: A judge run: ask what is not judged yet, store every reply as it comes, and an outcome as soon as it is
  complete.
"""

"""A language model as rater: it meets the arena in rows, never in imports.

Files and folders, each after those that it builds on:

- `verdicts/`: What a reply says: a verdict, or the cause why there is none; and scores from token probabilities.
- `prompts/`: Judge prompts as files, and the dimensions that they ask about.
- `chat/`: How a chat model is asked: `model` holds the words, `endpoint` asks over HTTP, `recorded` answers from a
  file.
- `run/`: A judge run: what is judged, what is asked for it, and what is stored of the replies.
- `canaries`: Does a judge obey what stands in a response? Planted responses that try, beside honest ones.
- `jury`: A jury: one verdict from several judges, on what all of them were asked.
- `recipes/`: Recipes: how known judge benchmarks ask, read and count, so that their published figures can be
  reproduced.
- `reparse`: Read stored replies again, without asking anybody: after the parser learned something, or by a recipe's
  rule.
- `respond`: Collect a model's missing responses: every question once for each sample, every turn in its conversation.
"""

"""Language models as judges: prompts, chat client, judge runs and recipes; rows are all it shares with the arena.

Files and folders, each after those that it builds on:

- `verdicts/`: From a judge's reply to its verdict; and expected scores from token probabilities.
- `prompts/`: Judge prompts, one Markdown file each, and the rubric dimensions they ask about.
- `chat/`: Client for chat models: endpoint, recorded replies, and batches with retries, rate limits and a budget.
- `run/`: A judge run: the items to judge, the requests they need, and the rows made of the replies.
- `batch_files/`: Batch files: requests written to files, and replies read back from others.
- `canaries`: Planted responses that test whether a judge obeys instructions in a response.
- `jury`: Juries: one judgment or score from those of several judges.
- `recipes/`: Recipes: known judge benchmarks with their prompts, parsing rules and figures.
- `reparse`: Parsing stored replies again without sending a request.
- `respond`: Collecting a model's missing responses: each question once per sample, turn by turn.
"""

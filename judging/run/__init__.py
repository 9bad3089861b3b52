"""A judge run: the items to judge, the requests they need, and the rows made of the replies.

Files and folders, each after those that it builds on:

- `judge`: Types: the judge with everything its verdicts depend on, and the item it judges.
- `items`: Choosing what to judge: single responses, pairs or groups of responses.
- `illustrations`: Images of a question and its responses, placed in the request.
- `structured`: Verdicts as JSON objects with the reason first: what is asked for, and how it is read.
- `rendering`: From an item and its texts to the requests, one for each order.
- `judgment_rows`: From replies to verdicts, and from the verdicts of an item to stored rows.
- `plan`: The plan of a run: items not judged yet, their different requests, and the highest cost.
- `replay`: Models that answer without being asked: recorded replies and baseline rules.
- `judge_run`: Running a plan: send requests, store each reply, and store an item when it is complete.
"""

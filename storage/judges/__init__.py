"""Judges, their calls and replies, and the judgments read from them.

Files and folders, each after those that it builds on:

- `judgeable`: The responses that can be judged, and the pairs that people have compared.
- `judgments`: Judges as raters, their calls, and the rows that their replies become.
- `outcome_counts`: Counts of one judge's judgments by outcome, and the cost of its calls.
- `reply_lengths`: Mean lengths of stored replies, and the dialect of their endpoint, for further ones.
- `replies`: Stored replies and judgments, read back: for figures, for juries, and to read replies again.
- `judgment_reading`: Judgments and scores of a judge in a list, and one of them with question, responses and calls.
"""

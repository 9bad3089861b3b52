"""A leaderboard for the Leaderboard page: its answer in one line, and everything else as one JSON object.

Files and folders, each after those that it builds on:

- `answer`: What a leaderboard says, in one line: which model is best, whether that is certain, and on what it rests.
- `score_tables`: The scores behind a leaderboard of scores as one JSON object for the Leaderboard page.
- `costs`: What a response of each model costs: tokens and latency from the store, prices from the bundled table.
- `page_object`: A leaderboard as one JSON object for the Leaderboard page: words in the reader's language, and numbers
  to draw.
"""

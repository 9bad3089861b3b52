"""The Leaderboard page: our own HTML, fed by `/api/board`.

Files and folders, each after those that it builds on:

- `filters`: Filters of the leaderboard: values as the address carries them, and the choices that this store has.
- `boards`: What the Leaderboard page shows: one JSON object per choice of filters, fitted on request; nothing is
  stored.
- `page`: The Leaderboard tab in Gradio: one static component that our script fills from `/api/board`.
"""

"""Who meets whom, who won, who stands where.

Read in this order:

- `rating/`: from battles, which are columns of integer codes, to ratings with intervals.
- `leaderboard.py`: from ratings to ranked rows and to the matrices that plots show.
- `catalog.py`: the names under which the parts can be chosen.

Everything here works on values. Only the pipelines, which say so in their first line, see the store.
"""

"""Who meets whom, who won, who stands where.

Read in this order:

- `rating/`: from battles, which are columns of integer codes, to ratings with intervals.
- `leaderboard.py`: from ratings to ranked rows and to the matrices that plots show.
- `catalog.py`: the names under which the parts can be chosen.
- `slices.py`, `history.py`: boards of parts of the battles, beside each other and over time.
- `gathering.py`, `ranking.py`, `runs.py`: from the store to a stored board and back.
- `running.py`: pair counts that a process keeps up to date.

Everything here works on values. Only the pipelines, which say so in their first line, see the store.
"""

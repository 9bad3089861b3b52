"""People and judges together, in the words of the reader, without markup.

Files and folders, each after those that it builds on:

- `calibration`: Calibration of a judge as tables in the reader's language, without markup.
- `board_lines`: What a leaderboard of people and judges says, in the reader's language and without markup.
"""
